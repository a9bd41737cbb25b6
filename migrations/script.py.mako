"""${message}

Before or after deploy: before. Undo: `handback migrate --to ${down_revision}`.
"""

from __future__ import annotations

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Apply."""


def downgrade() -> None:
    """Undo."""
