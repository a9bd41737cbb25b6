"""What a drill asks afterwards: how many texts were taken, twice, too fast, or too late. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from notify.channels.simulator.state import Direction, Text
from notify.segments import count_segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SECOND = timedelta(seconds=1)
# How long the carrier goes on trying when nothing is said.
DEFAULT_VALIDITY_SECONDS = 36_000
LONGEST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Hours:
    """When texts may arrive, on the clocks of a zone."""

    zone: ZoneInfo
    opens: time
    closes: time

    def end_of(self, at: datetime) -> datetime | None:
        """The end of the hours that this instant is in; None when it is outside of them."""
        local = at.astimezone(self.zone)
        if not self.opens <= local.time() < self.closes:
            return None
        return datetime.combine(local.date(), self.closes, self.zone).astimezone(UTC)


def count(
    texts: Iterable[Text], refused: Mapping[int, int], hours: Hours | None
) -> dict[str, object]:
    """Everything there is to count. Only what the program asked to be sent; replies are not."""
    sent = [text for text in texts if text.direction is Direction.OUTBOUND]
    same = Counter((text.from_number, text.to_number, text.body) for text in sent)
    addresses = Counter(text.status_callback for text in sent if text.status_callback)
    told = {
        "accepted": len(sent),
        "refused": {str(code): number for code, number in sorted(refused.items())},
        # The same words to the same phone: wanted sometimes.
        "same_words": _twice(same),
        "same_words_list": [
            {"from": from_number, "to": to_number, "body": body, "times": times}
            for (from_number, to_number, body), times in same.most_common(LONGEST_SHOWN)
            if times > 1
        ],
        # The same callback address, which carries the program's own id: never wanted.
        "duplicates": _twice(addresses),
        "statuses": dict(Counter(text.status.value for text in sent)),
        "most_in_a_second": _fastest(sent),
    }
    return told if hours is None else {**told, **_late(sent, hours)}


def _twice(counted: Counter[object] | Counter[str] | Counter[tuple[str, str, str]]) -> int:
    return sum(times - 1 for times in counted.values())


def _fastest(sent: list[Text]) -> dict[str, dict[str, int]]:
    """By our number: the most texts and segments taken within any second."""
    by_sender: defaultdict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for text in sent:
        by_sender[text.from_number].append((text.created_at, count_segments(text.body).segments))
    return {sender: _in_a_second(sorted(taken)) for sender, taken in by_sender.items()}


def _in_a_second(taken: list[tuple[datetime, int]]) -> dict[str, int]:
    first = segments = most = most_segments = 0
    for number, (at, size) in enumerate(taken):
        segments += size
        while taken[first][0] <= at - SECOND:
            segments -= taken[first][1]
            first += 1
        most = max(most, number - first + 1)
        most_segments = max(most_segments, segments)
    return {"texts": most, "segments": most_segments}


def _late(sent: list[Text], hours: Hours) -> dict[str, object]:
    outside = beyond = 0
    for text in sent:
        end = hours.end_of(text.created_at)
        if end is None:
            outside += 1
            continue
        seconds = text.validity_seconds or DEFAULT_VALIDITY_SECONDS
        beyond += text.created_at + timedelta(seconds=seconds) > end
    # Taken outside of the hours; taken inside, but the carrier may still deliver after them.
    return {"outside_hours": outside, "validity_beyond_hours": beyond}
