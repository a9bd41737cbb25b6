"""The sender: proofs of doubtful messages, their history, each number's pace, pauses.

Before deploy; a worker of the release before runs on it (it knows no pace and no pause, so stop it
soon). Columns have defaults and are only added to. Undo: downgrade drops the history, the pauses
and what was held after a restore; messages stay.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.classes import (
    APP,
    OWNER,
    WORKER,
    definer_function,
    routing_table,
    system_table,
    tenant_table,
)

revision = "0016"
down_revision = "0015"

STAMP = sa.DateTime(timezone=True)
WAITING = "state in ('queued', 'retry_at')"
ADDED = (
    "recipient_sealed",
    "sent_from",
    "ask_provider_at",
    "provider_asked",
    "needs_person_since",
    "held_since",
)
# signature → (returns, body, who may call it)
FUNCTIONS = {
    # Each organization's mail and texts are a lane. The loose scan reads one entry a lane, not
    # one a message. `free_at` is when the lane's number may send next; null at once.
    "lanes_to_send(p_now timestamptz)": (
        "table (organization_id uuid, channel varchar, free_at timestamptz)",
        """
with recursive lane (organization_id, channel) as (
  (select m.organization_id, m.channel from message m where m.state in ('queued', 'retry_at')
   order by 1, 2 limit 1)
  union all
  select n.organization_id, n.channel from lane, lateral (
    select m.organization_id, m.channel from message m
    where m.state in ('queued', 'retry_at')
      and (m.organization_id, m.channel) > (lane.organization_id, lane.channel)
    order by 1, 2 limit 1) n)
select lane.organization_id, lane.channel, s.next_free_at
from lane left join sender_number s
  on s.organization_id = lane.organization_id and lane.channel = 'sms'
where exists (
    select 1 from message m
    where m.organization_id = lane.organization_id and m.channel = lane.channel
      and m.state in ('queued', 'retry_at') and m.held_since is null
      and (m.not_before is null or m.not_before <= p_now))
  and not exists (
    select 1 from sender_pause p
    where p.resumed_at is null
      and (p.organization_id is null or p.organization_id = lane.organization_id))
""",
        WORKER,
    ),
    "leases_ended(p_now timestamptz, p_limit integer)": (
        "table (organization_id uuid, message_id uuid)",
        """
select m.organization_id, m.id from message m
where m.state = 'claimed' and m.lease_until <= p_now order by m.lease_until limit p_limit
""",
        WORKER,
    ),
    "messages_to_ask(p_now timestamptz, p_limit integer)": (
        "table (organization_id uuid, message_id uuid)",
        """
select m.organization_id, m.id from message m
where m.ask_provider_at <= p_now order by m.ask_provider_at limit p_limit
""",
        WORKER,
    ),
    "hold_waiting_messages(p_now timestamptz)": (
        "bigint",
        """
with held as (
  update message set held_since = p_now
  where state in ('queued', 'retry_at') and held_since is null returning 1)
select count(*) from held
""",
        WORKER,
    ),
    # An organization's own pause; the pause of all is the network's alone (worker, owner).
    "pause_own_sending(p_id uuid, p_by text, p_why text, p_now timestamptz)": (
        "boolean",
        """
with added as (
  insert into sender_pause (id, organization_id, paused_at, paused_by, why)
  select p_id, ctx_organization(), p_now, p_by, p_why where ctx_organization() is not null
  on conflict do nothing returning 1)
select exists (select 1 from added)
""",
        f"{APP}, {WORKER}",
    ),
    "resume_own_sending(p_by text, p_now timestamptz)": (
        "boolean",
        """
with ended as (
  update sender_pause set resumed_at = p_now, resumed_by = p_by
  where organization_id = ctx_organization() and resumed_at is null returning 1)
select exists (select 1 from ended)
""",
        f"{APP}, {WORKER}",
    ),
    "own_pauses()": (
        "table (of_all boolean, paused_at timestamptz, paused_by text, why text)",
        """
select p.organization_id is null, p.paused_at, p.paused_by::text, p.why::text
from sender_pause p
where p.resumed_at is null
  and (p.organization_id is null or p.organization_id = ctx_organization())
""",
        f"{APP}, {WORKER}",
    ),
    "sender_number_facts(p_organization uuid)": (
        (
            "table (number text, kind text, segments_per_second double precision,"
            " next_free_at timestamptz)"
        ),
        """
select s.number::text, s.kind::text, s.segments_per_second, s.next_free_at
from sender_number s where s.organization_id = p_organization
""",
        f"{APP}, {WORKER}",
    ),
}


def upgrade() -> None:
    _message()
    _events()
    _pace()
    _pauses()
    for signature, (returns, body, callers) in FUNCTIONS.items():
        definer_function(signature, returns, body, to=callers)
    # A message has no job of its own any more (decisions/0018).
    op.execute("delete from pgqueuer where entrypoint = 'send_message'")


def downgrade() -> None:
    for signature in FUNCTIONS:
        op.execute(f"drop function {signature}")
    for table in ("sender_home", "sender_pause", "message_event"):
        op.drop_table(table)
    for column in ("kind", "segments_per_second", "next_free_at"):
        op.drop_column("sender_number", column)
    for column in ADDED:
        op.drop_column("message", column)
    op.drop_index("ix_message_waiting", "message")


def _message() -> None:
    op.add_column("message", sa.Column("recipient_sealed", sa.LargeBinary))
    op.add_column("message", sa.Column("sent_from", sa.String(20)))
    op.add_column("message", sa.Column("ask_provider_at", STAMP))
    op.add_column(
        "message", sa.Column("provider_asked", sa.Integer, nullable=False, server_default="0")
    )
    op.add_column("message", sa.Column("needs_person_since", STAMP))
    op.add_column("message", sa.Column("held_since", STAMP))
    op.create_index(
        "ix_message_waiting",
        "message",
        ["organization_id", "channel", "created_at"],
        postgresql_where=sa.text(WAITING),
    )
    op.create_index(
        "ix_message_ask_provider_at",
        "message",
        ["ask_provider_at"],
        postgresql_where=sa.text("ask_provider_at is not null"),
    )
    op.create_index(
        "ix_message_needs_person",
        "message",
        ["organization_id", "needs_person_since"],
        postgresql_where=sa.text("needs_person_since is not null"),
    )


def _events() -> None:
    op.create_table(
        "message_event",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("at", STAMP, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("code", sa.String(60)),
        sa.Column("sid", sa.String(64)),
        sa.Column("person_id", sa.Uuid),
    )
    op.create_index(None, "message_event", ["organization_id", "message_id"])
    tenant_table("message_event", rights="select, insert")


def _pace() -> None:
    kinds = sa.Enum(
        "long_code",
        "toll_free",
        "short_code",
        name="kind",
        native_enum=False,
        create_constraint=True,
        length=40,
    )
    op.add_column(
        "sender_number", sa.Column("kind", kinds, nullable=False, server_default="long_code")
    )
    op.add_column(
        "sender_number",
        sa.Column("segments_per_second", sa.Float, nullable=False, server_default="1"),
    )
    op.add_column("sender_number", sa.Column("next_free_at", STAMP))


def _pauses() -> None:
    op.create_table(
        "sender_pause",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid),
        sa.Column("paused_at", STAMP, nullable=False),
        sa.Column("paused_by", sa.String(100), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
        sa.Column("resumed_at", STAMP),
        sa.Column("resumed_by", sa.String(100)),
    )
    op.create_index(
        "ix_sender_pause_in_force",
        "sender_pause",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("resumed_at is null"),
        postgresql_nulls_not_distinct=True,
    )
    routing_table("sender_pause")
    op.create_table(
        "sender_home",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("system_identifier", sa.String(40), nullable=False),
        sa.Column("timeline", sa.Integer, nullable=False),
        sa.Column("seen_at", STAMP, nullable=False),
    )
    op.execute(f"grant select, insert, update on sender_home to {WORKER}, {OWNER}")
    system_table("sender_home")
