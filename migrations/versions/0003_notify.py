"""Messages, inbound texts, status callbacks, phone threads, suppressions, sender numbers.

Before deploy. Undo: downgrade drops the tables with everything in them; take a backup first. The
policy by which the other party of a referral adds messages comes with `referral` in 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.classes import APP, WORKER, definer_function, routing_table, tenant_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STAMP = sa.DateTime(timezone=True)
BOTH = f"{APP}, {WORKER}"
CHANNELS = "sms email"
STATES = "queued claimed retry_at in_doubt sent delivered undelivered failed suppressed"
# signature → (returns, body, who may call it)
FUNCTIONS = {
    # Sender numbers: an inbound text and a worker both start without knowing the other half.
    "sender_number_of(p_organization uuid)": (
        "text",
        "select number from sender_number where organization_id = p_organization",
        BOTH,
    ),
    "organization_of_number(p_number text)": (
        "uuid",
        "select organization_id from sender_number where number = p_number",
        BOTH,
    ),
    # Suppressions.
    "suppression_of(p_organization uuid, p_hash bytea)": (
        "text",
        """
select reason from suppression
where organization_id = p_organization and address_hash = p_hash
""",
        BOTH,
    ),
    "suppress_address(p_id uuid, p_organization uuid, p_hash bytea, p_reason text,"
    " p_now timestamptz)": (
        "boolean",
        """
with added as (
  insert into suppression (id, organization_id, address_hash, reason, since)
  values (p_id, p_organization, p_hash, p_reason, p_now)
  on conflict (organization_id, address_hash) do nothing returning 1)
select exists (select 1 from added)
""",
        BOTH,
    ),
    "unsuppress_address(p_organization uuid, p_hash bytea)": (
        "boolean",
        """
with gone as (
  delete from suppression where organization_id = p_organization and address_hash = p_hash
  returning 1)
select exists (select 1 from gone)
""",
        BOTH,
    ),
    # A question ends where the answer comes in, which may be a page of either party. The thread is
    # locked first; a text that a worker is just claiming is skipped: it waits for this very lock.
    "close_question(p_organization uuid, p_hash bytea)": (
        "void",
        """
update phone_thread set open_message_id = null, open_template = null, open_subject_id = null,
  asked_at = null, unclear_replies = 0
where organization_id = p_organization and phone_hash = p_hash;
update message set not_before = null where id in (
  select m.id from message m
  where m.organization_id = p_organization and m.state = 'queued' and m.reason = 'open_question'
  for update skip locked)
""",
        BOTH,
    ),
    "withdraw_question(p_organization uuid, p_message uuid)": (
        "void",
        """
update phone_thread set open_message_id = null, open_template = null, open_subject_id = null,
  asked_at = null
where organization_id = p_organization and open_message_id = p_message;
update message set not_before = null where id in (
  select m.id from message m
  where m.organization_id = p_organization and m.state = 'queued' and m.reason = 'open_question'
  for update skip locked)
""",
        BOTH,
    ),
    # A provider's callback names a message; its tenant is found here.
    "home_of_message(p_message uuid, p_sid text)": (
        "table (message_id uuid, organization_id uuid)",
        """
select m.id, m.organization_id from message m
where m.id = p_message or (p_message is null and m.provider_sid = p_sid)
limit 1
""",
        BOTH,
    ),
    # The sweep: ids of work whose job got lost, whose time has come, or whose worker died.
    "messages_to_do(p_now timestamptz, p_queued_before timestamptz, p_limit integer)": (
        "table (organization_id uuid, message_id uuid)",
        """
select m.organization_id, m.id from message m
where (m.state in ('queued', 'retry_at')
       and coalesce(m.not_before <= p_now, m.created_at <= p_queued_before))
   or (m.state = 'claimed' and m.lease_until <= p_now)
order by m.is_reply desc, m.priority desc, m.created_at, m.id limit p_limit
""",
        WORKER,
    ),
    "outcomes_to_tell(p_changed_before timestamptz, p_max_attempts integer, p_limit integer)": (
        "table (organization_id uuid, message_id uuid)",
        """
select m.organization_id, m.id from message m
where m.outcome_told_at is null
  and m.state in ('delivered', 'undelivered', 'failed', 'suppressed')
  and m.state_changed_at <= p_changed_before and m.outcome_attempts < p_max_attempts
order by m.state_changed_at, m.id limit p_limit
""",
        WORKER,
    ),
}


def upgrade() -> None:
    _message()
    _inbound()
    _threads()
    tenant_table("message", rights="select, insert, update")
    for table in ("inbound_text", "status_callback"):
        routing_table(table, app_rights="insert")
    for table in ("phone_thread", "suppression", "sender_number"):
        routing_table(table)
    for signature, (returns, body, callers) in FUNCTIONS.items():
        definer_function(signature, returns, body, to=callers)


def downgrade() -> None:
    for signature in FUNCTIONS:
        op.execute(f"drop function {signature}")
    for table in (
        "sender_number",
        "suppression",
        "phone_thread",
        "status_callback",
        "inbound_text",
        "message",
    ):
        op.drop_table(table)


def _enum(values: str, name: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=40)


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("template", sa.String(40), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("channel", _enum(CHANNELS, "channel"), nullable=False),
        sa.Column("recipient_kind", sa.String(20), nullable=False),
        sa.Column("recipient_id", sa.Uuid, nullable=False),
        sa.Column("params_sealed", sa.LargeBinary),
        sa.Column("body_sealed", sa.LargeBinary),
        sa.Column("deduplication_key", sa.String(200), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("is_question", sa.Boolean, nullable=False),
        sa.Column("is_reply", sa.Boolean, nullable=False),
        sa.Column("confirms_opt_out", sa.Boolean, nullable=False),
        sa.Column("state", _enum(STATES, "state"), nullable=False),
        sa.Column("reason", sa.String(60)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease_until", STAMP),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("not_before", STAMP),
        sa.Column("provider_sid", sa.String(64)),
        sa.Column("error_code", sa.String(40)),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("claimed_at", STAMP),
        sa.Column("sent_at", STAMP),
        sa.Column("delivered_at", STAMP),
        sa.Column("state_changed_at", STAMP, nullable=False),
        sa.Column("outcome_told_at", STAMP),
        sa.Column("outcome_attempts", sa.Integer, nullable=False),
        sa.UniqueConstraint("organization_id", "deduplication_key"),
    )
    op.create_index(None, "message", ["organization_id", "subject_id"])
    op.create_index(
        "ix_message_work",
        "message",
        ["not_before"],
        postgresql_where=sa.text("state in ('queued', 'retry_at', 'claimed')"),
    )
    op.create_index(
        "ix_message_outcome_untold",
        "message",
        ["state_changed_at"],
        postgresql_where=sa.text(
            "outcome_told_at is null"
            " and state in ('delivered', 'undelivered', 'failed', 'suppressed')"
        ),
    )
    op.create_index(
        "ix_message_provider_sid",
        "message",
        ["provider_sid"],
        postgresql_where=sa.text("provider_sid is not null"),
    )


def _inbound() -> None:
    op.create_table(
        "inbound_text",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid),
        sa.Column("message_sid", sa.String(64), nullable=False, unique=True),
        sa.Column("from_hash", sa.LargeBinary, nullable=False),
        sa.Column("from_number_sealed", sa.LargeBinary),
        sa.Column("to_number_sealed", sa.LargeBinary),
        sa.Column("body_sealed", sa.LargeBinary),
        sa.Column("opt_out_type", sa.String(20)),
        sa.Column("received_at", STAMP, nullable=False),
        sa.Column("handled_at", STAMP),
        sa.Column("handle_attempts", sa.Integer, nullable=False),
    )
    op.create_index(
        "ix_inbound_text_unhandled",
        "inbound_text",
        ["received_at"],
        postgresql_where=sa.text("handled_at is null"),
    )
    op.create_table(
        "status_callback",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("message_sid", sa.String(64), nullable=False),
        sa.Column("message_status", sa.String(40), nullable=False),
        sa.Column("error_code", sa.String(40)),
        sa.Column("organization_id", sa.Uuid),
        sa.Column("message_id", sa.Uuid),
        sa.Column("received_at", STAMP, nullable=False),
        sa.UniqueConstraint("message_sid", "message_status"),
    )


def _threads() -> None:
    op.create_table(
        "phone_thread",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("phone_hash", sa.LargeBinary, nullable=False),
        sa.Column("open_message_id", sa.Uuid),
        sa.Column("open_template", sa.String(40)),
        sa.Column("open_subject_id", sa.Uuid),
        sa.Column("asked_at", STAMP),
        sa.Column("unclear_replies", sa.Integer, nullable=False),
        sa.UniqueConstraint("organization_id", "phone_hash"),
    )
    op.create_table(
        "suppression",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("address_hash", sa.LargeBinary, nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("since", STAMP, nullable=False),
        sa.Column("confirmed_by_message_id", sa.Uuid),
        sa.UniqueConstraint("organization_id", "address_hash"),
    )
    op.create_table(
        "sender_number",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False, unique=True),
        sa.Column("number", sa.String(20), nullable=False, unique=True),
    )
