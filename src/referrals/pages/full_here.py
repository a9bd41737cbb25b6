"""Open or full per service: what the agency's desk and its link show, and what their forms say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date

from directory.api import (
    Said,
    full_day,
    full_until,
    may_last_until,
    next_monday,
    on_morning,
    own_places,
    say_full,
    say_open,
)
from shared.errors import InvalidInput, NotFound
from shared.i18n import gettext as _
from shared.i18n import language
from shared.identifiers import new_id

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from directory.api import PauseHow
    from referrals.pages.forms import Typed
    from referrals.queries.agency_figures import AgencyFigures

FULL, OPEN = "full", "open"
LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One service at a place: open, or full until a day in words. `until`: the form's date."""

    id: str
    name: str
    full_words: str
    until: str
    first_day: str
    last_day: str


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One line of "Our figures": our count, and what the sender's side counts."""

    words: str
    ours: str
    theirs: str


async def service_rows(
    session: AsyncSession, member_id: UUID, zone: ZoneInfo, now: datetime
) -> list[ServiceRow]:
    """Every service of the agency that takes requests."""
    return [
        _row(place.id, f"{place.name}, {place.where}" if place.where else place.name,
             place.full_until, zone, now)
        for place in await own_places(session, member_id, now)
    ]  # fmt: skip


async def service_row(
    session: AsyncSession, place_id: UUID, name: str, zone: ZoneInfo, now: datetime
) -> ServiceRow:
    """The one service that a link's request is about."""
    full = await full_until(session, [place_id], now)
    return _row(place_id, name, full.get(place_id), zone, now)


async def change_service(  # noqa: PLR0913 -- which place, what was typed, how, and when
    session: AsyncSession,
    place_id: UUID,
    form: Typed,
    *,
    how: PauseHow,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Full until a morning, or open again; NotFound for what is no listing of the context's."""
    said = Said(how, new_id(), now)
    if form.text("do") == FULL:
        day = form.day("until")
        until = on_morning(day, zone) if day is not None else next_monday(now, zone)
        if not may_last_until(until, now):
            raise InvalidInput(
                _("Choose a day from tomorrow to 90 days from now."), field=f"until-{place_id}"
            )
        told = await say_full(session, [place_id], until, said)
    else:
        told = await say_open(session, [place_id], said)
    if not told:
        raise NotFound(_("This is not a service of yours."))


def open_words(rows: list[ServiceRow]) -> list[str]:
    """What the agency says of itself: 'You are marked OPEN for Food.'."""
    taking = ", ".join(row.name for row in rows if not row.full_words)
    full = ", ".join(row.name for row in rows if row.full_words)
    said = [_("You are marked OPEN for %(services)s.", services=taking)] if taking else []
    return [*said, *([_("You are marked FULL for %(services)s.", services=full)] if full else [])]


def figure_rows(figures: AgencyFigures) -> list[FigureRow]:
    """Our word stands under "ours", the patients' under "theirs"; both know what was asked."""
    return [
        FigureRow(_("Requests sent to us"), str(figures.asked), str(figures.asked)),
        FigureRow(_("Yes, or they just walk in"), str(figures.yes), str(figures.yes)),
        FigureRow(_("We say helped"), str(figures.we_say_helped), str(figures.we_say_helped)),
        FigureRow(_("Patients say got help"), "–", str(figures.patients_say_helped)),
        FigureRow(_("No word from patient"), "–", str(figures.no_word)),
        FigureRow(_("Accounts differ"), str(figures.differ), str(figures.differ)),
    ]


def month_words(now: datetime, zone: ZoneInfo) -> str:
    """'May 2023'."""
    words = str(format_date(now.astimezone(zone), "LLLL y", locale=language()))
    return f"{words[:1].upper()}{words[1:]}"


def _row(
    place_id: UUID, name: str, until: datetime | None, zone: ZoneInfo, now: datetime
) -> ServiceRow:
    today = now.astimezone(zone).date()
    return ServiceRow(
        id=str(place_id),
        name=name,
        full_words=_("Full until %(day)s", day=full_day(until, zone)) if until else "",
        until=_day(until or next_monday(now, zone), zone).isoformat(),
        first_day=(today + timedelta(days=1)).isoformat(),
        last_day=(today + LONGEST).isoformat(),
    )


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
