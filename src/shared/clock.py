"""The present, as everybody in the product agrees on it.

In demo and test the clock has an offset that all processes share (one database row); every
transaction brings the newest value (shared.database). Rules never call this: they take `now`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_OFFSET = [timedelta(0)]


def now() -> datetime:
    """The present instant, aware, in UTC, with the demo's offset."""
    return datetime.now(UTC) + _OFFSET[0]  # noqa: TID251 -- the one reader of the clock


def set_offset(offset: timedelta) -> None:
    """Take over the offset that the database holds."""
    _OFFSET[0] = offset


def offset() -> timedelta:
    """How far the demo's clock is ahead of the machine's."""
    return _OFFSET[0]
