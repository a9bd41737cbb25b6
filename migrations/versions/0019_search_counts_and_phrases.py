"""How many places of each kind lie in each cell of the grid; indexes by cell and of wide areas.

Before deploy; it fills the counts itself, later the worker and every import keep them. Undo:
downgrade drops them, nothing is lost. Phrases for typing ahead stay in memory (decision 0016).
"""

from __future__ import annotations

from alembic import op

from migrations.classes import public_table

revision = "0019"
down_revision = "0018"

DOCUMENTS = ("search_doc", "search_hidden_doc")
# As directory.search.counts makes it, of what can be asked for as a filter.
FILL = f"""
insert into search_cell_tag (tag, cell, places)
select tag, cell, count(*) from search_doc_term where tag >= {1 << 30} group by tag, cell
"""


def upgrade() -> None:
    """Make the table, fill it; let places be found by their cell, wide services by their words."""
    op.execute(
        "create table search_cell_tag (tag integer not null, cell integer not null,"
        " places integer not null constraint ck_search_cell_tag_some check (places > 0),"
        " constraint pk_search_cell_tag primary key (cell, tag) include (places))"
    )
    public_table("search_cell_tag", app_writes=True)
    op.execute(FILL)
    for table in DOCUMENTS:
        op.execute(
            f"create index ix_{table}_cell on {table} (cell) include (id, lat, lon)"
            " where kind = 'local'"
        )
        op.execute(
            f"create index ix_{table}_wide on {table} using gin (tsv, area_ids gin__int_ops)"
            " where area_ids <> '{}'"
        )


def downgrade() -> None:
    """Drop all of it."""
    for table in DOCUMENTS:
        op.execute(f"drop index ix_{table}_wide")
        op.execute(f"drop index ix_{table}_cell")
    op.execute("drop table search_cell_tag")
