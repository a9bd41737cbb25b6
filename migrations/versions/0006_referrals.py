"""Stub of the referrals slice's tables.

Before deploy. Undo: `handback migrate --to 0005`.
"""

from __future__ import annotations

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply."""


def downgrade() -> None:
    """Undo."""
