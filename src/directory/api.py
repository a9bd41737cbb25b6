"""The directory for the other slices: cards, needs, places of ZIPs, imports; nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from directory.actions.reference import load_reference_data, load_seeds, seed_id
from directory.cards import Card, service_at_location_card
from directory.codes import HowToStart, PauseHow, ServiceFlag
from directory.hours_words import OpenTag, open_tag, schedule_lines, span_words
from directory.importing.checked import row_id, term_id
from directory.importing.formats import FeedFormat
from directory.importing.report import ImportResult, as_json, as_text, summary
from directory.importing.run import ImportRequest, import_feed
from directory.models import Phone, ZipCentroid
from directory.models.stewards import SignalKind
from directory.needs import Need, need_of, needs
from directory.opening_hours import Opening, Span, opening_at
from directory.organizations import ListedOrganization, listed_organization
from directory.pause_rules import after_days, may_last_until, next_monday, on_morning
from directory.pause_words import full_day, full_words
from directory.pauses import (
    LastSaid,
    OwnPlace,
    Said,
    full_until,
    last_said_by,
    own_places,
    say_full,
    say_open,
    take_back,
)
from directory.rights import shown_to_public
from directory.stewards.signals import note_staleness
from directory.time_zones import zone_at
from directory.zips import ZIP_LENGTH, state_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

__all__ = [
    "Card",
    "FeedFormat",
    "HowToStart",
    "ImportRequest",
    "ImportResult",
    "LastSaid",
    "ListedOrganization",
    "Need",
    "OpenTag",
    "Opening",
    "OwnPlace",
    "PauseHow",
    "Place",
    "Said",
    "ServiceFlag",
    "SignalKind",
    "Span",
    "after_days",
    "as_json",
    "as_text",
    "full_day",
    "full_until",
    "full_words",
    "import_feed",
    "is_public_phone",
    "last_said_by",
    "listed_organization",
    "load_reference_data",
    "load_seeds",
    "may_last_until",
    "need_of",
    "needs",
    "next_monday",
    "note_staleness",
    "on_morning",
    "open_tag",
    "opening_at",
    "own_places",
    "place_of_zip",
    "row_id",
    "say_full",
    "say_open",
    "schedule_lines",
    "seed_id",
    "service_at_location_card",
    "shown_to_public",
    "span_words",
    "summary",
    "take_back",
    "term_id",
]


@dataclass(frozen=True, slots=True)
class Place:
    """The middle of a ZIP, in degrees, wrong by 2 to 7 km; its IANA time zone and state."""

    lat: float
    lon: float
    time_zone: str | None
    state: str | None


async def is_public_phone(session: AsyncSession, number: str) -> bool:
    """Whether this number (E.164) is listed for anybody: such a number is for calls."""
    query = select(exists().where(Phone.number == number, Phone.withdrawn_at.is_(None)))
    return bool(await session.scalar(query))


async def place_of_zip(session: AsyncSession, zip_code: str) -> Place | None:
    """Where a ZIP is; None when nobody knows it."""
    code = zip_code.strip()[:ZIP_LENGTH]
    found = await session.get(ZipCentroid, code)
    if found is None:
        return None
    return Place(found.lat, found.lon, zone_at(found.lat, found.lon), state_of(code))
