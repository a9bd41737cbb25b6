"""What the delivery pages ask for and the app's tables don't show it: functions only, no table.

Before deploy; nothing is backfilled. Undo: downgrade drops the functions; the pages of the release
before do not call them.
"""

from __future__ import annotations

from alembic import op

from migrations.classes import APP, WORKER, definer_function

revision = "0023"
down_revision = "0022"

# signature → (returns, body)
FUNCTIONS = {
    # An organization's own stops. A mailbox or phone of an agency is told by whose it is.
    "own_suppressions()": (
        "table (id uuid, address_hash bytea, reason text, since timestamptz, member_id uuid)",
        """
select s.id, s.address_hash, s.reason::text, s.since,
  (select c.organization_id from answering_channel c
   where c.address_hash = s.address_hash limit 1)
from suppression s where s.organization_id = ctx_organization()
order by s.since desc
""",
    ),
    # Only a dead number can be mended by staff. What a person asked for, the person lifts.
    "mend_own_suppression(p_id uuid)": (
        "boolean",
        """
with gone as (
  delete from suppression
  where id = p_id and organization_id = ctx_organization() and reason = 'bounced' returning 1)
select exists (select 1 from gone)
""",
    ),
    # The network's office: counts of each sender, no message and nobody's name. It works in no
    # organization; whoever works in one gets nothing and changes nothing here.
    "network_senders(p_now timestamptz)": (
        (
            "table (organization_id uuid, waiting bigint, oldest timestamptz, in_doubt bigint,"
            " held bigint, failed bigint, paused boolean)"
        ),
        """
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
    or m.state_changed_at > p_now - interval '24 hours')
group by m.organization_id
""",
    ),
    "network_pause()": (
        "table (paused_at timestamptz, paused_by text, why text)",
        """
select p.paused_at, p.paused_by::text, p.why::text from sender_pause p
where p.resumed_at is null and p.organization_id is null
""",
    ),
    "pause_network(p_id uuid, p_by text, p_why text, p_now timestamptz)": (
        "boolean",
        """
with added as (
  insert into sender_pause (id, organization_id, paused_at, paused_by, why)
  select p_id, null, p_now, p_by, p_why where ctx_organization() is null
  on conflict do nothing returning 1)
select exists (select 1 from added)
""",
    ),
    "resume_network(p_by text, p_now timestamptz)": (
        "boolean",
        """
with ended as (
  update sender_pause set resumed_at = p_now, resumed_by = p_by
  where organization_id is null and resumed_at is null and ctx_organization() is null
  returning 1)
select exists (select 1 from ended)
""",
    ),
}


def upgrade() -> None:
    """Functions for the app and the worker."""
    for signature, (returns, body) in FUNCTIONS.items():
        definer_function(signature, returns, body, to=f"{APP}, {WORKER}")


def downgrade() -> None:
    """They go."""
    for signature in FUNCTIONS:
        op.execute(f"drop function {signature}")
