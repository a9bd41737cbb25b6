"""Context functions, audit, due, attempts, idempotency keys, demo clock, the job queue's tables.

Before deploy. Undo: `handback migrate --to base`.
"""

from __future__ import annotations

from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

from migrations.classes import (
    APP,
    WORKER,
    definer_function,
    routing_table,
    system_table,
    tenant_table,
)

revision = "0001"
down_revision = None

QUEUE_TABLES = ("pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics")


def upgrade() -> None:
    """Make what every slice stands on."""
    _context_functions()
    _audit()
    _due()
    _attempts()
    _idempotency()
    _demo_clock()
    _queue()


def _context_functions() -> None:
    op.execute(
        "create function ctx_organization() returns uuid language sql stable parallel safe as"
        " $$ select nullif(current_setting('handback.organization', true), '')::uuid $$"
    )
    op.execute(
        "create function ctx_referral() returns uuid language sql stable parallel safe as"
        " $$ select nullif(current_setting('handback.referral', true), '')::uuid $$"
    )
    op.execute(
        "create function ctx_teams() returns uuid[] language sql stable parallel safe as"
        " $$ select coalesce(nullif(current_setting('handback.teams', true), ''), '{}')::uuid[] $$"
    )


def _audit() -> None:
    op.execute(
        "create table audit_event (id uuid primary key, organization_id uuid, actor text not null,"
        " action text not null, subject_kind text not null, subject_id uuid,"
        " detail jsonb not null, at timestamptz not null, chain_seq bigint, hash bytea)"
    )
    op.execute("create index ix_audit_event_subject on audit_event (subject_id, at)")
    op.execute("create index ix_audit_event_tenant on audit_event (organization_id, at)")
    tenant_table("audit_event", rights="insert")
    # A failed sign-in or a migration has no organization.
    op.execute("drop policy tenant on audit_event")
    op.execute(
        f"create policy tenant on audit_event for insert to {APP}, {WORKER}"
        " with check (organization_id is not distinct from (select ctx_organization()))"
    )
    op.execute(
        f"create policy own_history on audit_event for select to {APP}, {WORKER}"
        " using (organization_id = (select ctx_organization()))"
    )
    op.execute(f"grant select on audit_event to {APP}, {WORKER}")


def _due() -> None:
    op.execute(
        "create table due (organization_id uuid not null, kind text not null,"
        " subject_id uuid not null, due_at timestamptz not null, primary key (subject_id, kind))"
    )
    op.execute("create index ix_due_due_at on due (due_at)")
    routing_table("due")
    definer_function(
        "set_due(organization uuid, kind_ text, subject uuid, at timestamptz)",
        "void",
        "insert into due (organization_id, kind, subject_id, due_at)"
        " values (organization, kind_, subject, at)"
        " on conflict (subject_id, kind) do update set due_at = excluded.due_at",
    )
    definer_function(
        "clear_due(kind_ text, subject uuid)",
        "void",
        "delete from due where subject_id = subject and (kind_ is null or kind = kind_)",
    )


def _attempts() -> None:
    op.execute("create table attempt (bucket bytea not null, at timestamptz not null)")
    op.execute("create index ix_attempt_bucket on attempt (bucket, at)")
    routing_table("attempt")
    definer_function(
        "add_attempt(bucket_ bytea, at_ timestamptz)",
        "void",
        "insert into attempt (bucket, at) values (bucket_, at_);"
        " delete from attempt where bucket = bucket_ and at < at_ - interval '1 day'",
    )
    definer_function(
        "attempts_since(bucket_ bytea, since timestamptz)",
        "bigint",
        "select count(*) from attempt where bucket = bucket_ and at > since",
        volatile=False,
    )
    definer_function(
        "forget_attempts(bucket_ bytea)", "void", "delete from attempt where bucket = bucket_"
    )


def _idempotency() -> None:
    op.execute(
        "create table idempotency_key (organization_id uuid not null, key text not null,"
        " request_hash bytea not null, status integer, subject_id uuid, version integer,"
        " created_at timestamptz not null, primary key (organization_id, key))"
    )
    tenant_table("idempotency_key")


def _demo_clock() -> None:
    op.execute(
        "create table demo_clock (id integer primary key check (id = 1),"
        " offset_seconds bigint not null check (offset_seconds >= 0))"
    )
    op.execute("insert into demo_clock values (1, 0)")
    op.execute(f"grant select, update on demo_clock to {APP}, {WORKER}")
    system_table("demo_clock")
    op.execute("comment on table alembic_version is 'class: system'")


def _queue() -> None:
    # The library's own statements: its schema belongs to its version.
    op.get_bind().exec_driver_sql(QueryBuilderEnvironment().build_install_query())
    for table in QUEUE_TABLES:
        op.execute(f"grant all on {table} to {WORKER}")
        system_table(table)
    op.execute(f"grant select, insert on pgqueuer to {APP}")
    op.execute(f"grant insert on pgqueuer_log to {APP}")
    op.execute(f"grant usage on all sequences in schema public to {APP}, {WORKER}")


def downgrade() -> None:
    """Drop all of it."""
    op.get_bind().exec_driver_sql(QueryBuilderEnvironment().build_uninstall_query())
    for table in ("demo_clock", "idempotency_key", "attempt", "due", "audit_event"):
        op.execute(f"drop table {table}")
    for function in (
        "set_due",
        "clear_due",
        "add_attempt",
        "attempts_since",
        "forget_attempts",
        "ctx_organization",
        "ctx_referral",
        "ctx_teams",
    ):
        op.execute(f"drop function {function}")
