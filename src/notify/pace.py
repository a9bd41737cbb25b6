"""How fast one number may send: segments a second, evenly, shared by all workers.

Pure. The number's row holds when it is free next; a claim takes moments from there and moves it on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# A message is claimed at most this long before its moment: so short that an answer which comes in
# meanwhile still overtakes, long enough that a fast number's claims are made in batches.
HORIZON = timedelta(milliseconds=250)


@dataclass(slots=True)
class Pace:
    """One number's, while a claim goes on."""

    segments_per_second: float
    next_free_at: datetime | None

    def moment(self, now: datetime) -> datetime | None:
        """When the next message may leave; None when that is too far off to claim it now."""
        moment = max(now, self.next_free_at or now)
        return moment if moment - now <= HORIZON else None

    def take(self, moment: datetime, segments: int) -> None:
        """A message of so many segments leaves then."""
        self.next_free_at = moment + timedelta(seconds=segments / self.segments_per_second)
