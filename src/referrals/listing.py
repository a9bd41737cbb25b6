"""A listing's words as a request needs them: what the agency is called, how to start, when, papers.

The directory may change after a request is sent, so the words are kept in the request itself.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from directory.api import Card, Opening, Span, need_of, opening_at, service_at_location_card
from referrals.wording import day_words, hour_words

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

DEFAULT_TIME_ZONE = "America/New_York"
LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class ListingWords:
    """One service at one location. `when`, `papers` by language; phones in E.164."""

    service_at_location_id: UUID
    directory_organization_id: UUID
    organization: str
    name: str
    how_to_start: str
    time_zone: str
    address: str = ""
    phone: str | None = None
    when: dict[str, str] = field(default_factory=dict)
    papers: dict[str, str] = field(default_factory=dict)
    next_opening_ends: datetime | None = None
    second_opening_ends: datetime | None = None
    sensitive: bool = False

    def snapshot(self) -> dict[str, object]:
        """What the referral's row keeps."""
        kept = asdict(self)
        for name in ("service_at_location_id", "directory_organization_id"):
            kept[name] = str(kept[name])
        for name in ("next_opening_ends", "second_opening_ends"):
            kept[name] = kept[name].isoformat() if kept[name] else None
        return kept


async def listing_words(
    session: AsyncSession, service_at_location_id: UUID, now: datetime
) -> ListingWords | None:
    """The listing as it is told now; None when it is not (or no longer) listed."""
    cards = {
        code: await service_at_location_card(session, service_at_location_id, code)
        for code in LANGUAGES
    }
    card = cards["en"]
    if card is None:
        return None
    zone = ZoneInfo(card.time_zone or DEFAULT_TIME_ZONE)
    spans = _openings(opening_at(card.hours, zone, now))
    ends = [span.end.replace(tzinfo=zone).astimezone(UTC) for span in spans]
    return ListingWords(
        service_at_location_id=card.id,
        directory_organization_id=card.organization_id,
        organization=card.organization_name,
        name=card.service_name,
        how_to_start=card.how_to_start.value,
        time_zone=zone.key,
        address="" if card.confidential else card.address_line or "",
        phone=card.phone,
        when={code: _when(spans, now.astimezone(zone), code) for code in LANGUAGES},
        papers={code: _papers(found) for code, found in cards.items() if found is not None},
        next_opening_ends=ends[0] if ends else None,
        second_opening_ends=ends[1] if len(ends) > 1 else None,
        sensitive=_is_sensitive(card),
    )


def _openings(opening: Opening) -> list[Span]:
    """Today's rest, when it is open now, and the next two."""
    present = [Span(opening.now, opening.until)] if opening.until else []
    return [*present, *opening.next]


def _when(spans: list[Span], now: datetime, language: str) -> str:
    """'Thu 10 am-12 pm' of the next opening that begins; empty when hours are not known."""
    coming = [span for span in spans if span.start > now.replace(tzinfo=None)] or spans
    if not coming:
        return ""
    span = coming[0]
    day = day_words(span.start.date(), now.date(), language)
    return f"{day} {hour_words(span.start)}-{hour_words(span.end)}"


def _papers(card: Card) -> str:
    return ", ".join(card.papers)


def _is_sensitive(card: Card) -> bool:
    found = [need_of(code) for code in card.needs]
    return any(need is not None and need.sensitive for need in found)
