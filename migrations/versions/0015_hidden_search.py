"""Search documents that staff alone may see, apart from the public's: no statement can mix them up.

New tables alone: deploy before the code that uses them, then `handback reindex` or an import. Undo:
downgrade drops them; staff then find only what the public finds.
"""

from __future__ import annotations

from alembic import op

from migrations.classes import APP, WORKER, public_table

revision = "0015"
down_revision = "0014"

TWINS = {
    "search_doc": "search_hidden_doc",
    "search_doc_term": "search_hidden_doc_term",
    "search_area_term": "search_hidden_area_term",
}
OF_STAFF = "search_doc_of_staff"


def upgrade() -> None:
    """Make the twins, with the same indexes, and a view of both."""
    for original, twin in TWINS.items():
        op.execute(f"create table {twin} (like {original} including all)")
        public_table(twin, app_writes=True)
    op.execute(
        f"create view {OF_STAFF} with (security_invoker = true) as"
        " select * from search_doc union all select * from search_hidden_doc"
    )
    op.execute(f"grant select on {OF_STAFF} to {APP}, {WORKER}")


def downgrade() -> None:
    """Drop them."""
    op.execute(f"drop view {OF_STAFF}")
    for twin in TWINS.values():
        op.execute(f"drop table {twin}")
