"""How far each texting number's list at the provider has been read.

Before deploy; nothing is backfilled: a number without a row is read from an hour ago. Undo:
downgrade drops the marks; the next upgrade reads an hour back again, which changes nothing twice.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.classes import routing_table

revision = "0017"
down_revision = "0016"

STAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    """One row a number, for the worker only."""
    op.create_table(
        "inbound_poll",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.String(20), nullable=False, unique=True),
        sa.Column("next_at", STAMP, nullable=False),
        sa.Column("seen_until", STAMP),
        sa.Column("walk_before", STAMP),
        sa.Column("walk_newest", STAMP),
    )
    routing_table("inbound_poll")


def downgrade() -> None:
    """The marks go."""
    op.drop_table("inbound_poll")
