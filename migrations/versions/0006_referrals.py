"""Patients, consents, referrals with their log, disclosures, notes, staff tasks, reply codes.

Before deploy. Undo: downgrade drops the tables with everything in them; take a backup first. Also
the policy by which an agency's answer adds messages to the sender's outbox (table of 0003).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from migrations.classes import (
    APP,
    WORKER,
    definer_function,
    insert_only_across,
    routing_table,
    shared_table,
    tenant_table,
)

revision = "0006"
down_revision = "0005"

STAMP = sa.DateTime(timezone=True)
REACHES = "own_phone shared_phone through_somebody will_come_or_call"
WAYS = "text link page api phone in_person fax clock"
NAMING_LEVELS = "plain need neutral"
FORMS = "verbal written signed_online"
STATUSES = (
    "draft awaiting_consent sent info_needed accepted waitlisted paused contacting scheduled "
    "serving enrolled service_reported accounts_differ closed_confirmed closed_agency_only "
    "closed_patient_only declined unable patient_declined withdrawn expired run_out rerouted "
    "served_without_answer entered_in_error"
)
TASK_STATUSES = (
    "draft requested accepted rejected cancelled in-progress on-hold completed failed "
    "entered-in-error"
)
URGENCIES = "today this_week routine"
AUDIENCES = "both sender"
EVENT_KINDS = (
    "created moved answer_given answer_undone answer_lapsed reason_given agency_wrote "
    "agency_asked call_wanted patient_answered patient_wrote patient_asked need_said "
    "identity_shown identity_hidden call_tried note_added contact_changed consent_recorded "
    "consent_revoked owner_changed ending_acknowledged clock_rang late_word unclear_reply"
    " message_failed channel_asked channel_agreed went_out"
)
PARTIES = "sender coordinator agency patient clock standing_yes"
DISCLOSURE_KINDS = "facts identity"
TASK_KINDS = (
    "read_text read_danger call_patient call_hotline call_agency call_agency_unreachable "
    "call_agency_unclear call_agency_after_yes call_agency_asked answer_question "
    "try_next_place did_not_get_it still_waiting ask_for_date ask_them_why decide_difference "
    "repair_contact follow_up_need new_visit_time bad_ending late_word ask_consent_again "
    "finish_draft team_lead give_name"
)
BOTH_ROLES = f"{APP}, {WORKER}"
# The agency may write these for the sender of a request that it was sent.
OWN_REQUEST = (
    "exists (select 1 from referral r where r.id = {subject}"
    " and r.requester_organization_id = {table}.organization_id"
    " and r.performer_organization_id = (select ctx_organization()))"
)
ONE_OF_THE_TWO = (
    "exists (select 1 from referral r where r.id = p_referral and ctx_organization()"
    " in (r.requester_organization_id, r.performer_organization_id))"
)
AFTER_YES = (
    "'accepted', 'waitlisted', 'paused', 'contacting', 'scheduled', 'serving', 'enrolled',"
    " 'service_reported', 'accounts_differ'"
)
# signature → (returns, body)
FUNCTIONS = {
    # One code free on every phone that is asked: the one that the request has already, where a
    # phone is asked later; else the longest unused, because a code that rests can't be mixed up
    # with yesterday's. Null: all 90 are open.
    "open_reply_code(p_referral uuid, p_channels uuid[], p_now timestamptz)": (
        "integer",
        """
declare
  found_sender uuid; found_performer uuid; own integer; hashes bytea[]; chosen integer;
begin
  select requester_organization_id, performer_organization_id, code
  into found_sender, found_performer, own from referral
  where id = p_referral and requester_organization_id = ctx_organization();
  if found_sender is null then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtextextended(found_sender::text || ':reply_code', 0));
  select array_agg(distinct c.address_hash) into hashes from answering_channel c
  where c.id = any(p_channels) and c.kind = 'sms' and c.organization_id = found_performer;
  if hashes is null then
    hashes := array[uuid_send(found_performer)];
  end if;
  select n into chosen from generate_series(10, 99) n
  where not exists (select 1 from reply_code k where k.sender_organization_id = found_sender
    and k.phone_hash = any(hashes) and k.code = n and k.closed_at is null)
  order by n is distinct from own, (select max(k.closed_at) from reply_code k
    where k.sender_organization_id = found_sender and k.phone_hash = any(hashes)
    and k.code = n) nulls first, n
  limit 1;
  if chosen is null then
    return null;
  end if;
  insert into reply_code (id, sender_organization_id, performer_organization_id, referral_id,
    phone_hash, code, opened_at)
  select gen_random_uuid(), found_sender, found_performer, p_referral, h, chosen, p_now
  from unnest(hashes) h;
  return chosen;
end
""",
    ),
    "close_reply_codes(p_referral uuid, p_now timestamptz)": (
        "void",
        f"""
update reply_code set closed_at = p_now
where referral_id = p_referral and closed_at is null and {ONE_OF_THE_TWO}
""",
    ),
    # After an answer by mistake the same code stands for the request that is asked again.
    "move_reply_codes(p_referral uuid, p_to uuid)": (
        "void",
        f"""
update reply_code set referral_id = p_to
where referral_id = p_referral and closed_at is null and {ONE_OF_THE_TWO}
""",
    ),
    "reply_codes_of(p_sender uuid, p_phone_hash bytea)": (
        (
            "table (code integer, referral_id uuid, performer_organization_id uuid,"
            " opened_at timestamptz, closed_at timestamptz)"
        ),
        """
select distinct on (k.code) k.code, k.referral_id, k.performer_organization_id, k.opened_at,
  k.closed_at
from reply_code k
where k.sender_organization_id = p_sender and k.phone_hash = p_phone_hash
order by k.code, k.closed_at desc nulls first, k.opened_at desc
""",
    ),
    # The agency can't see the row before it is shown, so it can't update it either.
    "show_identity(p_referral uuid, p_now timestamptz)": (
        "boolean",
        f"""
with shown as (
  update referral_disclosure d set shown_at = coalesce(d.shown_at, p_now)
  where d.referral_id = p_referral and d.kind = 'identity' and d.revoked_at is null
    and d.performer_organization_id = ctx_organization()
    and exists (select 1 from referral r where r.id = p_referral
      and r.status in ({AFTER_YES}))
    and exists (select 1 from consent c where c.id = d.consent_id
      and c.revoked_at is null and c.ends_at > p_now)
  returning 1)
select exists (select 1 from shown)
""",
    ),
    "hide_identity(p_referral uuid)": (
        "boolean",
        """
with hidden as (
  update referral_disclosure d set shown_at = null
  where d.referral_id = p_referral and d.kind = 'identity'
    and d.performer_organization_id = ctx_organization() returning 1)
select exists (select 1 from hidden)
""",
    ),
}
TENANT = (
    "patient",
    "patient_name",
    "consent",
    "internal_note",
    "staff_task",
    "follow_up_need",
)
SHARED = ("referral", "referral_event", "referral_disclosure", "shared_note")


def upgrade() -> None:
    """Make tables, policies and functions."""
    for make in (
        _patient,
        _patient_name,
        _consent,
        _referral,
        _referral_event,
        _referral_disclosure,
        _shared_note,
        _internal_note,
        _staff_task,
        _follow_up_need,
        _reply_code,
    ):
        make()
    for name in TENANT:
        tenant_table(name)
    shared_table("referral", referral="id")
    shared_table("referral_event", sent="audience = 'both'", rights="select, insert")
    shared_table(
        "referral_disclosure",
        sent="revoked_at is null and (kind = 'facts' or shown_at is not null)",
    )
    shared_table(
        "shared_note",
        # The policy of `referral` applies inside: seen by the agency once it was sent.
        sent="exists (select 1 from referral r where r.id = referral_id)",
        rights="select, insert",
    )
    routing_table("reply_code")
    insert_only_across("staff_task", OWN_REQUEST.format(subject="referral_id", table="staff_task"))
    insert_only_across(
        "message",
        "source = 'referrals' and " + OWN_REQUEST.format(subject="subject_id", table="message"),
    )
    for signature, (returns, body) in FUNCTIONS.items():
        definer_function(signature, returns, body, to=BOTH_ROLES)


def downgrade() -> None:
    """Drop all of it."""
    for signature in FUNCTIONS:
        op.execute(f"drop function {signature}")
    op.execute("drop policy other_party on message")
    for table in (*TENANT, "reply_code", *reversed(SHARED)):
        op.drop_table(table)


def _enum(values: str, name: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=40)


def _patient() -> None:
    op.create_table(
        "patient",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("name_sealed", sa.LargeBinary),
        sa.Column("phone_sealed", sa.LargeBinary),
        sa.Column("email_sealed", sa.LargeBinary),
        sa.Column("birth_date_sealed", sa.LargeBinary),
        sa.Column("record_number_sealed", sa.LargeBinary),
        sa.Column("note_sealed", sa.LargeBinary),
        sa.Column("name_to_use_sealed", sa.LargeBinary),
        sa.Column("through_sealed", sa.LargeBinary),
        sa.Column("best_times_sealed", sa.LargeBinary),
        sa.Column("access_sealed", sa.LargeBinary),
        sa.Column("phone_index", sa.LargeBinary),
        sa.Column("email_index", sa.LargeBinary),
        sa.Column("record_index", sa.LargeBinary),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("text_language", sa.String(8), nullable=False),
        sa.Column("zip", sa.String(10)),
        sa.Column("household_size", sa.Integer),
        sa.Column("time_zone", sa.String(64)),
        sa.Column("way", _enum(REACHES, "way"), nullable=False),
        sa.Column("naming_level", _enum(NAMING_LEVELS, "naming_level"), nullable=False),
        sa.Column("may_text", sa.Boolean, nullable=False),
        sa.Column("may_voicemail", sa.Boolean, nullable=False),
        sa.Column("voicemail_says_clinic", sa.Boolean, nullable=False),
        sa.Column("interpreter", sa.Boolean, nullable=False),
        sa.Column("hello_sent_at", STAMP),
        sa.Column("phone_confirmed_at", STAMP),
        sa.Column("wrong_number_at", STAMP),
        sa.Column("created_at", STAMP, nullable=False),
    )
    op.create_index(
        "ix_patient_email",
        "patient",
        ["organization_id", "email_index"],
    )
    op.create_index(
        "ix_patient_phone",
        "patient",
        ["organization_id", "phone_index"],
    )
    op.create_index(
        "ix_patient_record",
        "patient",
        ["organization_id", "record_index"],
    )


def _patient_name() -> None:
    op.create_table(
        "patient_name",
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("token", sa.LargeBinary, primary_key=True),
        sa.Column("patient_id", sa.Uuid, primary_key=True),
    )
    op.create_index(
        "ix_patient_name_patient_id",
        "patient_name",
        ["patient_id"],
    )


def _consent() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("patient_id", sa.Uuid, nullable=False),
        sa.Column("share", sa.Boolean, nullable=False),
        sa.Column("hear_back", sa.Boolean, nullable=False),
        sa.Column("text", sa.Boolean, nullable=False),
        sa.Column("next_places", sa.Boolean, nullable=False),
        sa.Column("naming_level", _enum(NAMING_LEVELS, "naming_level"), nullable=False),
        sa.Column("form", _enum(FORMS, "form"), nullable=False),
        sa.Column("heard_by_person_id", sa.Uuid),
        sa.Column("heard_by_sealed", sa.LargeBinary),
        sa.Column("given_by_sealed", sa.LargeBinary),
        sa.Column("places", ARRAY(sa.String(60)), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("given_at", STAMP, nullable=False),
        sa.Column("ends_at", STAMP, nullable=False),
        sa.Column("revoked_at", STAMP),
    )
    op.create_index(
        "ix_consent_patient",
        "consent",
        ["organization_id", "patient_id"],
    )


def _referral() -> None:
    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("requester_organization_id", sa.Uuid, nullable=False),
        sa.Column("performer_organization_id", sa.Uuid, nullable=False),
        sa.Column("restricted_team_id", sa.Uuid),
        sa.Column("patient_id", sa.Uuid, nullable=False),
        sa.Column("consent_id", sa.Uuid),
        sa.Column("owner_person_id", sa.Uuid),
        sa.Column("owner_name", sa.String(40), nullable=False),
        sa.Column("status", _enum(STATUSES, "status"), nullable=False),
        sa.Column("task_status", _enum(TASK_STATUSES, "task_status"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("code", sa.Integer),
        sa.Column("need", sa.String(40), nullable=False),
        sa.Column("urgency", _enum(URGENCIES, "urgency"), nullable=False),
        sa.Column("how_to_start", sa.String(40), nullable=False),
        sa.Column("household_size", sa.Integer),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("zip", sa.String(10)),
        sa.Column("facts", ARRAY(sa.String(60)), nullable=False),
        sa.Column("service_at_location_id", sa.Uuid, nullable=False),
        sa.Column("service", JSONB, nullable=False),
        sa.Column("requester_name", sa.Text, nullable=False),
        sa.Column("requester_label", sa.String(40), nullable=False),
        sa.Column("requester_phone", sa.String(16)),
        sa.Column("requester_time_zone", sa.String(64), nullable=False),
        sa.Column("performer_name", sa.Text, nullable=False),
        sa.Column("performer_phone", sa.String(16)),
        sa.Column("performer_time_zone", sa.String(64), nullable=False),
        sa.Column("patient_time_zone", sa.String(64), nullable=False),
        sa.Column("naming_level", _enum(NAMING_LEVELS, "naming_level"), nullable=False),
        sa.Column("text_language", sa.String(8), nullable=False),
        sa.Column("may_text", sa.Boolean, nullable=False),
        sa.Column("sent_at", STAMP),
        sa.Column("answer_due_at", STAMP),
        sa.Column("asked_channels", JSONB, nullable=False),
        sa.Column("delivered_at", STAMP),
        sa.Column("viewed_at", STAMP),
        sa.Column("answered_at", STAMP),
        sa.Column("answered_way", sa.String(20)),
        sa.Column("answered_by_sealed", sa.LargeBinary),
        sa.Column("held", JSONB),
        sa.Column("contact_due_at", STAMP),
        sa.Column("identity_shown_at", STAMP),
        sa.Column("visit_at", STAMP),
        sa.Column("visit_note_sealed", sa.LargeBinary),
        sa.Column("patient_asks", sa.Integer, nullable=False),
        sa.Column("patient_asked_at", STAMP),
        sa.Column("clocks", JSONB, nullable=False),
        sa.Column("next_action_at", STAMP),
        sa.Column("reason", sa.String(40)),
        sa.Column("ended_at", STAMP),
        sa.Column("acknowledged_at", STAMP),
        sa.Column("next_step", sa.String(40)),
        sa.Column("part_of_id", sa.Uuid),
        sa.Column("follow_up_of_id", sa.Uuid),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("changed_at", STAMP, nullable=False),
    )
    op.create_index(
        "ix_referral_owner",
        "referral",
        ["requester_organization_id", "owner_person_id", "status"],
    )
    op.create_index(
        "ix_referral_patient",
        "referral",
        ["requester_organization_id", "patient_id"],
    )
    op.create_index(
        "ix_referral_performer",
        "referral",
        ["performer_organization_id", "status", "sent_at"],
    )
    op.create_index(
        "ix_referral_requester",
        "referral",
        ["requester_organization_id", "status", "next_action_at"],
    )


def _referral_event() -> None:
    op.create_table(
        "referral_event",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("requester_organization_id", sa.Uuid, nullable=False),
        sa.Column("performer_organization_id", sa.Uuid, nullable=False),
        sa.Column("restricted_team_id", sa.Uuid),
        sa.Column("referral_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("event_key", sa.String(200), nullable=False),
        sa.Column("audience", _enum(AUDIENCES, "audience"), nullable=False),
        sa.Column("kind", _enum(EVENT_KINDS, "kind"), nullable=False),
        sa.Column("party", _enum(PARTIES, "party"), nullable=False),
        sa.Column("way", _enum(WAYS, "way"), nullable=False),
        sa.Column("status_from", _enum(STATUSES, "status_from")),
        sa.Column("status_to", _enum(STATUSES, "status_to")),
        sa.Column("reason", sa.String(40)),
        sa.Column("question", sa.String(10)),
        sa.Column("digit", sa.Integer),
        sa.Column("got_help", sa.Boolean),
        sa.Column("need_met", sa.Boolean),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("said_by_sealed", sa.LargeBinary),
        sa.Column("role_sealed", sa.LargeBinary),
        sa.Column("told_to_sealed", sa.LargeBinary),
        sa.Column("words_sealed", sa.LargeBinary),
        sa.Column("said_at", STAMP, nullable=False),
        sa.Column("recorded_at", STAMP, nullable=False),
        sa.UniqueConstraint(
            "requester_organization_id",
            "referral_id",
            "event_key",
            name="uq_referral_event_event_key",
        ),
        sa.UniqueConstraint(
            "requester_organization_id",
            "referral_id",
            "version",
            name="uq_referral_event_version",
        ),
    )
    op.create_index(
        "ix_referral_event_key", "referral_event", ["requester_organization_id", "event_key"]
    )


def _referral_disclosure() -> None:
    op.create_table(
        "referral_disclosure",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("requester_organization_id", sa.Uuid, nullable=False),
        sa.Column("performer_organization_id", sa.Uuid, nullable=False),
        sa.Column("restricted_team_id", sa.Uuid),
        sa.Column("referral_id", sa.Uuid, nullable=False),
        sa.Column("kind", _enum(DISCLOSURE_KINDS, "kind"), nullable=False),
        sa.Column("consent_id", sa.Uuid, nullable=False),
        sa.Column("scope", sa.String(80), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary),
        sa.Column("shown_at", STAMP),
        sa.Column("revoked_at", STAMP),
        sa.Column("created_at", STAMP, nullable=False),
        sa.UniqueConstraint(
            "requester_organization_id",
            "referral_id",
            "kind",
            name="uq_referral_disclosure_kind",
        ),
    )


def _shared_note() -> None:
    op.create_table(
        "shared_note",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("requester_organization_id", sa.Uuid, nullable=False),
        sa.Column("performer_organization_id", sa.Uuid, nullable=False),
        sa.Column("restricted_team_id", sa.Uuid),
        sa.Column("referral_id", sa.Uuid, nullable=False),
        sa.Column("by_organization_id", sa.Uuid, nullable=False),
        sa.Column("author_sealed", sa.LargeBinary),
        sa.Column("body_sealed", sa.LargeBinary),
        sa.Column("written_at", STAMP, nullable=False),
    )
    op.create_index(
        "ix_shared_note_performer",
        "shared_note",
        ["performer_organization_id", "referral_id"],
    )
    op.create_index(
        "ix_shared_note_referral",
        "shared_note",
        ["requester_organization_id", "referral_id"],
    )


def _internal_note() -> None:
    op.create_table(
        "internal_note",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("referral_id", sa.Uuid, nullable=False),
        sa.Column("author_sealed", sa.LargeBinary),
        sa.Column("body_sealed", sa.LargeBinary),
        sa.Column("written_at", STAMP, nullable=False),
    )
    op.create_index(
        "ix_internal_note_referral",
        "internal_note",
        ["organization_id", "referral_id"],
    )


def _staff_task() -> None:
    op.create_table(
        "staff_task",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("referral_id", sa.Uuid, nullable=False),
        sa.Column("kind", _enum(TASK_KINDS, "kind"), nullable=False),
        sa.Column("person_id", sa.Uuid),
        sa.Column("due_at", STAMP, nullable=False),
        sa.Column("while_status", ARRAY(sa.String(40))),
        sa.Column("event_id", sa.Uuid),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("words_sealed", sa.LargeBinary),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("done_at", STAMP),
        sa.Column("done_by_person_id", sa.Uuid),
    )
    op.create_index(
        "ix_staff_task_open",
        "staff_task",
        ["organization_id", "due_at"],
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_index(
        "ix_staff_task_referral",
        "staff_task",
        ["organization_id", "referral_id"],
    )


def _follow_up_need() -> None:
    op.create_table(
        "follow_up_need",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("patient_id", sa.Uuid, nullable=False),
        sa.Column("referral_id", sa.Uuid, nullable=False),
        sa.Column("need", sa.String(40), nullable=False),
        sa.Column("said_at", STAMP, nullable=False),
        sa.Column("met_at", STAMP),
    )
    op.create_index(
        "ix_follow_up_need_patient",
        "follow_up_need",
        ["organization_id", "patient_id"],
    )


def _reply_code() -> None:
    op.create_table(
        "reply_code",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sender_organization_id", sa.Uuid, nullable=False),
        sa.Column("performer_organization_id", sa.Uuid, nullable=False),
        sa.Column("referral_id", sa.Uuid, nullable=False),
        sa.Column("phone_hash", sa.LargeBinary, nullable=False),
        sa.Column("code", sa.Integer, nullable=False),
        sa.Column("opened_at", STAMP, nullable=False),
        sa.Column("closed_at", STAMP),
    )
    op.create_index(
        "ix_reply_code_phone_hash",
        "reply_code",
        ["phone_hash", "sender_organization_id"],
    )
    op.create_index(
        "ix_reply_code_referral_id",
        "reply_code",
        ["referral_id"],
    )
    op.create_index(
        "uq_reply_code_open",
        "reply_code",
        ["sender_organization_id", "phone_hash", "code"],
        unique=True,
        postgresql_where=sa.text("closed_at is null"),
    )
