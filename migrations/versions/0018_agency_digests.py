"""Restricted requests leave no trace; an agency's routine requests go out in one text a day.

Before deploy. Undo: downgrade drops the digests with what waits in them (those requests would not
be texted any more: send them out first) and shows a restricted request's tasks, notes, messages
and patient to the whole organization again: lift the restrictions first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.classes import APP, WORKER, definer_function, tenant_table

revision = "0018"
down_revision = "0017"

BOTH = f"{APP}, {WORKER}"
STAMP = sa.DateTime(timezone=True)
NOT_MINE = (
    "{r}.requester_organization_id = ctx_organization() and {r}.restricted_team_id is not null"
    " and not ({r}.restricted_team_id = any(coalesce(ctx_teams(), '{{}}'::uuid[])))"
)
# Tables of the sender whose rows speak of one request, by the column that names it.
OF_REQUEST = {
    "staff_task": "referral_id",
    "internal_note": "referral_id",
    "follow_up_need": "referral_id",
    "next_place": "referral_id",
    "message": "subject_id",
}
OF_PATIENT = {"patient": "id", "patient_name": "patient_id", "consent": "patient_id"}
# signature → (returns, body, to, volatile)
FUNCTIONS = {
    # Requests of one's own organization that are kept to a team the caller is not on.
    "hidden_requests()": (
        "uuid[]",
        f"select coalesce(array_agg(r.id), '{{}}') from referral r where {NOT_MINE.format(r='r')}",
        BOTH,
        False,
    ),
    # Patients of whom nothing is known but such requests: that they are known would tell.
    "hidden_patients()": (
        "uuid[]",
        f"""
select coalesce(array_agg(distinct r.patient_id), '{{}}') from referral r
where {NOT_MINE.format(r="r")} and not exists (select 1 from referral o
  where o.patient_id = r.patient_id
    and o.requester_organization_id = r.requester_organization_id
    and (o.restricted_team_id is null
      or o.restricted_team_id = any(coalesce(ctx_teams(), '{{}}'::uuid[]))))
""",
        BOTH,
        False,
    ),
    # The worker reads a text that came in for everybody whom it may concern. Its own context's
    # organization only; the app has no right to ask.
    "restricted_teams_here()": (
        "uuid[]",
        (
            "select coalesce(array_agg(distinct restricted_team_id), '{}') from referral"
            " where requester_organization_id = ctx_organization()"
            " and restricted_team_id is not null"
        ),
        WORKER,
        False,
    ),
    # Who holds the patient's link holds the one request that it opens, restricted or not.
    "team_of_link(p_hash bytea)": (
        "uuid",
        (
            "select r.restricted_team_id from link l join referral r on r.id = l.referral_id"
            " where l.token_hash = p_hash and l.purpose = 'patient' and l.revoked_at is null"
        ),
        APP,
        False,
    ),
    # A draft nobody outside has seen is given to a team, or to everybody, with its whole log.
    # By somebody who is on both teams; a sent request stays as it is.
    "keep_draft_to_team(p_referral uuid, p_team uuid)": (
        "boolean",
        """
declare
  mine uuid[] := coalesce(ctx_teams(), '{}'); found uuid;
begin
  select id into found from referral where id = p_referral
    and requester_organization_id = ctx_organization()
    and status in ('draft', 'awaiting_consent')
    and (restricted_team_id is null or restricted_team_id = any(mine));
  if found is null or not (p_team is null or p_team = any(mine)) then
    return false;
  end if;
  update referral set restricted_team_id = p_team where id = found;
  update referral_event set restricted_team_id = p_team where referral_id = found;
  update referral_disclosure set restricted_team_id = p_team where referral_id = found;
  update shared_note set restricted_team_id = p_team where referral_id = found;
  return true;
end
""",
        APP,
        True,
    ),
    # Who leaves a team owns none of its requests any more: they are the team's.
    "keep_in_team(p_team uuid)": (
        "void",
        """
with left_behind as (
  update referral r set owner_person_id = null, owner_name = ''
  where r.restricted_team_id = p_team and r.requester_organization_id = ctx_organization()
    and r.owner_person_id is not null
    and not exists (select 1 from team_person t
      where t.team_id = p_team and t.person_id = r.owner_person_id)
  returning r.id)
update staff_task set person_id = null
where done_at is null and referral_id in (select id from left_behind)
""",
        APP,
        True,
    ),
    # At what hour, where it is read, a phone gets the day's list.
    "digest_hour_of(p_channel uuid)": (
        "table (hour time, time_zone varchar)",
        (
            "select coalesce(c.digest_at, m.answers_from), m.time_zone from answering_channel c"
            " join member m on m.id = c.organization_id where c.id = p_channel"
        ),
        BOTH,
        False,
    ),
}
# As 0012 made it, and the tasks too: whoever disables somebody cannot see these.
RELEASE = "release_restricted(p_person uuid)"
RELEASE_BEFORE = """
update referral set owner_person_id = null, owner_name = ''
where owner_person_id = p_person and restricted_team_id is not null
  and requester_organization_id = ctx_organization()
"""
RELEASE_NOW = """
with released as (
  update referral set owner_person_id = null, owner_name = ''
  where owner_person_id = p_person and restricted_team_id is not null
    and requester_organization_id = ctx_organization()
  returning id)
update staff_task set person_id = null
where done_at is null and person_id = p_person and organization_id = ctx_organization()
  and referral_id in (select id from referral where restricted_team_id is not null)
"""


def upgrade() -> None:
    """Hide what speaks of a restricted request; make the digests' tables."""
    op.create_index(
        "ix_referral_restricted",
        "referral",
        ["requester_organization_id", "patient_id"],
        postgresql_where=sa.text("restricted_team_id is not null"),
    )
    op.add_column("answering_channel", sa.Column("digest_at", sa.Time))
    for signature, (returns, body, to, volatile) in FUNCTIONS.items():
        definer_function(signature, returns, body, to=to, volatile=volatile)
    op.execute("drop function release_restricted(uuid)")
    definer_function(RELEASE, "void", RELEASE_NOW)
    for hidden, tables in (("hidden_requests()", OF_REQUEST), ("hidden_patients()", OF_PATIENT)):
        for table, column in tables.items():
            op.execute(
                f"create policy team on {table} as restrictive for select to {APP}"
                f" using ({column} <> all ((select {hidden})::uuid[]))"
            )
    _message_subject()
    _digests()
    for table in ("message_subject", "agency_digest", "agency_digest_line"):
        tenant_table(table)


def downgrade() -> None:
    """Drop all of it."""
    for table in ("agency_digest_line", "agency_digest", "message_subject"):
        op.drop_table(table)
    op.execute("delete from due where kind = 'agency_digest'")
    for table in (*OF_PATIENT, *OF_REQUEST):
        op.execute(f"drop policy team on {table}")
    op.execute("drop function release_restricted(uuid)")
    definer_function(RELEASE, "void", RELEASE_BEFORE)
    for signature in FUNCTIONS:
        op.execute(f"drop function {signature.partition('(')[0]}")
    op.drop_column("answering_channel", "digest_at")
    op.drop_index("ix_referral_restricted", "referral")


def _message_subject() -> None:
    """A text may name several requests: each of them shows it."""
    op.create_table(
        "message_subject",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("subject_id", sa.Uuid, primary_key=True),
        sa.Column("message_id", sa.Uuid, primary_key=True),
    )
    op.create_index(
        "ix_message_subject_message", "message_subject", ["organization_id", "message_id"]
    )


def _digests() -> None:
    op.create_table(
        "agency_digest",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("channel_id", sa.Uuid, nullable=False),
        sa.Column("last_text_at", STAMP),
        sa.UniqueConstraint("organization_id", "channel_id", name="uq_agency_digest_channel"),
    )
    op.create_table(
        "agency_digest_line",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("digest_id", sa.Uuid, nullable=False),
        sa.Column("referral_id", sa.Uuid, nullable=False),
        sa.Column("template", sa.String(20), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("answer_by", STAMP),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("next_at", STAMP),
        sa.UniqueConstraint(
            "organization_id", "digest_id", "referral_id", name="uq_agency_digest_line"
        ),
    )
