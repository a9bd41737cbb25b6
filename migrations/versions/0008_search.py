"""Closures (days on which a place is closed whatever its schedule says), and areas by state.

Before deploy. After it run `handback reindex` or the next import: areas that were circles become
states. Undo: downgrade drops the closures; no feed brings them back.
"""

from __future__ import annotations

from alembic import op

from migrations.classes import public_table

revision = "0008"
down_revision = "0007"

OWNERS = ("organization", "location", "service")


def upgrade() -> None:
    """Make the table of closures and the areas' new column."""
    owners = ", ".join(
        f"{owner}_id uuid constraint fk_closure_{owner}_id_{owner} references {owner} (id)"
        for owner in OWNERS
    )
    op.execute(
        f"create table closure (id uuid constraint pk_closure primary key, {owners},"
        " batch_id uuid, starts_on date not null, ends_on date not null,"
        " reason varchar(40) not null, words_en text not null, words_es text not null,"
        " created_at timestamptz not null, withdrawn_at timestamptz,"
        " constraint ck_closure_reason check (reason in ('holiday', 'weather', 'repairs',"
        "  'no_staff', 'no_supplies', 'other')),"
        " constraint ck_closure_one_owner"
        "  check (num_nonnulls(organization_id, location_id, service_id) = 1),"
        " constraint ck_closure_days check (starts_on <= ends_on))"
    )
    for column in (*(f"{owner}_id" for owner in OWNERS), "batch_id"):
        op.execute(f"create index ix_closure_{column} on closure ({column})")
    public_table("closure", app_writes=True)
    op.execute("alter table search_area add column state text")


def downgrade() -> None:
    """Without closures every place keeps its usual hours."""
    op.execute("alter table search_area drop column state")
    op.execute("drop table closure")
