"""One list a day for a phone, whoever sends it; calls are forgotten; a team's texts are uncounted.

Functions only: deploy before the code. Undo: downgrade puts the office's count back as it was; the
release before gives a phone one list a day of each clinic, and keeps calls for ever.
"""

from __future__ import annotations

from alembic import op

from migrations.classes import APP, WORKER, definer_function

revision = "0025"
down_revision = "0024"

BOTH = f"{APP}, {WORKER}"
# signature → (returns, body, who may call it, volatile)
FUNCTIONS = {
    # When any sender's list last went to this phone. Holds the phone until the transaction's end,
    # so that two senders' workers can't both find it untold.
    "last_list_to(p_channel uuid)": (
        "timestamptz",
        """
begin
  perform pg_advisory_xact_lock(hashtextextended('agency_list:' || p_channel::text, 0));
  return (select max(last_text_at) from agency_digest where channel_id = p_channel);
end
""",
        BOTH,
        True,
    ),
    # Whose turn it is: lists that were told longest ago. Ids and times, for the worker alone.
    "lists_told(p_digests uuid[])": (
        "table (id uuid, last_text_at timestamptz)",
        "select d.id, d.last_text_at from agency_digest d where d.id = any(p_digests)",
        WORKER,
        False,
    ),
    # FULL or OPEN as heard by staff, of the place of a request that their organization sent.
    "hear_full_or_open(p_referral uuid, p_until timestamptz, p_change uuid, p_now timestamptz)": (
        "setof uuid",
        """
insert into service_pause (id, service_at_location_id, full_until, said_at, how, member_id,
  change_id)
select gen_random_uuid(), l.id, p_until, p_now, 'staff', r.performer_organization_id, p_change
from referral r join service_at_location l on l.id = r.service_at_location_id
where r.id = p_referral and r.requester_organization_id = ctx_organization()
  and r.sent_at is not null
returning service_at_location_id
""",
        APP,
        True,
    ),
    # A call is over in minutes; what was disclosed in it stands in the audit.
    "forget_name_calls(p_before timestamptz)": (
        "bigint",
        """
with gone as (delete from name_call where started_at < p_before returning 1)
select count(*) from gone
""",
        WORKER,
        True,
    ),
}
SENDERS = "network_senders(p_now timestamptz)"
SENDERS_RETURN = (
    "table (organization_id uuid, waiting bigint, oldest timestamptz, in_doubt bigint,"
    " held bigint, failed bigint, paused boolean)"
)
COUNTED = """
select m.organization_id,
  count(*) filter (where m.state in ('queued', 'retry_at')),
  min(m.created_at) filter (where m.state in ('queued', 'retry_at') and m.held_since is null
    and (m.not_before is null or m.not_before <= p_now)),
  count(*) filter (where m.state = 'in_doubt'),
  count(*) filter (where m.held_since is not null),
  count(*) filter (where m.state in ('failed', 'undelivered')
    and m.state_changed_at > p_now - interval '24 hours'),
  exists (select 1 from sender_pause p
    where p.resumed_at is null and p.organization_id = m.organization_id)
from message m
where ctx_organization() is null
  and (m.state in ('queued', 'retry_at', 'in_doubt') or m.held_since is not null
    or m.state_changed_at > p_now - interval '24 hours'){and_not}
group by m.organization_id
"""
# Requests kept to a team are in nobody's totals but the team's (practice.md 3).
NOT_A_TEAMS = """
  and not exists (select 1 from referral r
    where r.id = m.subject_id and r.restricted_team_id is not null)"""


def upgrade() -> None:
    """Make them; the office's count leaves a team's messages out."""
    for signature, (returns, body, to, volatile) in FUNCTIONS.items():
        definer_function(signature, returns, body, to=to, volatile=volatile)
    _count(NOT_A_TEAMS)


def downgrade() -> None:
    """They go; the office counts every message again."""
    _count("")
    for signature in FUNCTIONS:
        op.execute(f"drop function {signature.partition('(')[0]}")


def _count(and_not: str) -> None:
    op.execute("drop function network_senders")
    definer_function(SENDERS, SENDERS_RETURN, COUNTED.format(and_not=and_not), to=BOTH)
