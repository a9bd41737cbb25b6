"""Which entry of the provider's list proves a text that is in doubt. Pure.

An entry proves a message when it left the same number for the same phone with the same body near
the time of the try, and belongs to no other message. Of several equal texts in doubt none is
proven before the list shows as many as were tried: else one entry might prove the wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from notify.delivery import LEASE, REQUEST_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from notify.delivery import KnownText

# The provider's clock and ours may differ by this much.
CLOCKS_DIFFER = timedelta(seconds=90)
LONGEST_TRY = LEASE + REQUEST_TIMEOUT
INBOUND = frozenset({"received", "receiving"})


@dataclass(frozen=True, slots=True)
class Tried:
    """A text of which nobody knows whether the provider took it."""

    message_id: UUID
    sender: str
    recipient: str
    body: str
    tried_at: datetime


def proof_of(
    tried: Tried,
    others: Iterable[Tried],
    listed: Iterable[KnownText],
    owned: Collection[str],
) -> KnownText | None:
    """The entry that proves `tried`; `owned` are ids that belong to other messages."""
    twins = sorted(
        [each for each in (*others, tried) if _same(each, tried)],
        key=lambda each: (each.tried_at, each.message_id),
    )
    first, last = twins[0].tried_at, twins[-1].tried_at
    entries = {
        entry.sid: entry
        for entry in listed
        if entry.sid not in owned and _fits(entry, tried, first, last)
    }
    if len(entries) < len(twins):
        return None
    in_time = sorted(entries.values(), key=lambda each: (each.created_at or last, each.sid))
    return in_time[twins.index(tried)]


def listed_since(tried: Tried) -> datetime:
    """From when the list is read."""
    return tried.tried_at - CLOCKS_DIFFER


def _same(other: Tried, tried: Tried) -> bool:
    """Equal texts so near in time that one entry could be either's."""
    near = abs(other.tried_at - tried.tried_at) <= LONGEST_TRY + 2 * CLOCKS_DIFFER
    return near and (other.sender, other.recipient, other.body) == (
        tried.sender,
        tried.recipient,
        tried.body,
    )


def _fits(entry: KnownText, tried: Tried, first: datetime, last: datetime) -> bool:
    if entry.created_at is None or entry.status in INBOUND:
        return False
    in_time = first - CLOCKS_DIFFER <= entry.created_at <= last + LONGEST_TRY + CLOCKS_DIFFER
    return in_time and (entry.sender, entry.recipient, entry.body.strip()) == (
        tried.sender,
        tried.recipient,
        tried.body.strip(),
    )
