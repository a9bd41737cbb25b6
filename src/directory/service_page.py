"""One service at a place as its page shows it: its search document, its source's name, its costs.

Reads public tables only; a confidential place has no point, address or area there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, TextualSelect, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.geography import Near
from directory.hours_words import schedule_lines, span_words
from directory.needs import needs
from directory.opening_hours import Opening
from directory.own_phone import directions_href, sms_href
from directory.page_words import ResultCard, card_of, not_needed, texts_of
from directory.pages import map_data
from directory.pause_words import mark_full
from directory.rights import SHOWN_TO_PUBLIC
from directory.search.front import Searcher
from directory.search.hydrate import hours_of, opening_of
from directory.search.port import Match, Result
from directory.search.query import SearchRequest
from directory.search.tags import need_tag
from directory.service_facts import (
    Checked,
    PhoneLine,
    checked_of,
    facts_of,
    phones_of,
    source_words,
)
from directory.starting import Start, Step, steps_of
from shared.errors import HandbackError, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop, language
from shared.settings import Settings

COLUMNS = f"""
d.id, d.service_id, d.kind, d.lat, d.lon, d.tz, d.checked_on, d.display, d.detail, d.tags,
c.attribution, c.licence, c.licence_url,
coalesce((select k.how from service_check k
    where k.service_id = d.service_id and k.checked_on = d.checked_on),
  case when s.external_id not like 'handback:%' and not exists (select from overlay v
      where v.entity_id = d.service_id and v.field = 'assured_date' and v.ended_at is null)
    then 'feed' end) as checked_how,
(coalesce((d.display->>'hidden')::boolean, false) or not ({SHOWN_TO_PUBLIC})) as hidden,
(select jsonb_agg(jsonb_build_object('option', o.option, 'amount', o.amount, 'currency',
    o.currency, 'words', o.amount_description) order by o.id)
  from cost_option o where o.service_id = d.service_id and o.withdrawn_at is null
    and (o.valid_to is null or o.valid_to >= :today)) as costs"""
OF_SOURCES = "join service s on s.id = d.service_id join source c on c.id = s.source_id"


# `search_doc` is what everybody may see; `search_doc_of_staff` also what its source keeps back.
# The licence's last day counts at once, whenever the search's tables are next made anew.
def _documents(table: str, allowed: str) -> TextualSelect:
    return text(f"""
select {COLUMNS}, m.new_id as moved_to from {table} d {OF_SOURCES}
left join service_moved m on m.old_id = :id
where (d.id = :id or d.service_id = (select service_id from {table} where id = :id)
  or d.service_id = :id) and {allowed}
order by (d.id = :id) desc, d.kind, d.id""").columns(display=JSONB, detail=JSONB, costs=JSONB)


DOCUMENTS = {
    False: _documents("search_doc", SHOWN_TO_PUBLIC),
    True: _documents("search_doc_of_staff", "true"),
}
SEVERAL = text(f"""
select {COLUMNS} from search_doc_of_staff d {OF_SOURCES}
where d.id = any(:ids)""").columns(display=JSONB, detail=JSONB, costs=JSONB)
DISPLAY = text(f"""
select d.display from search_doc d {OF_SOURCES}
where (d.id = :id or d.service_id = :id)
  and {SHOWN_TO_PUBLIC}
order by (d.id = :id) desc, d.id limit 1""").columns(display=JSONB)
MOVED = text("select new_id from service_moved where old_id = :id")
OTHERS_SHOWN, INSTEAD_SHOWN = 10, 3
INSTEAD_WITHIN_M = 16_093.0  # ten miles: what is farther is no "near it"


class ServiceNotFound(NotFound):
    """No such service, or one that may not be shown."""


class ServiceHasMoved(NotFound):
    """The page has a new address."""

    def __init__(self, new_id: UUID) -> None:
        super().__init__(gettext_noop("This service has moved to another page."))
        self.new_id = new_id


@dataclass(slots=True)
class ServicePage:
    """Values of service.html."""

    id: UUID
    card: ResultCard
    title: str
    description: str
    private: bool
    alert: str = ""
    url: str = ""
    email: str = ""
    page_url: str = ""
    steps: list[Step] = field(default_factory=list)
    process: str = ""
    papers: list[str] = field(default_factory=list)
    not_needed: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    phones: list[PhoneLine] = field(default_factory=list)
    hours: list[tuple[str, str]] = field(default_factory=list)
    next_times: list[str] = field(default_factory=list)
    address: list[str] = field(default_factory=list)
    way: str = ""
    way_href: str = ""
    area: str = ""
    checked: Checked = field(default_factory=lambda: Checked("", stale=False))
    source: str = ""
    source_href: str = ""
    sms_href: str = ""
    closed: bool = False
    away: str = ""  # how far from the place that was searched
    hidden: bool = False  # staff alone may see it: its source does not let us show it
    instead: list[ResultCard] = field(default_factory=list)
    others: list[ResultCard] = field(default_factory=list)
    map_data: dict[str, Any] | None = None


class ServicePages:
    """Makes the page of a service; knows no session and no HTTP framework."""

    def __init__(self, searcher: Searcher, settings: Settings) -> None:
        self._searcher, self._settings = searcher, settings

    async def show(
        self, connection: AsyncConnection, service_id: UUID, now: datetime, *, staff: bool = False
    ) -> ServicePage:
        """By the id of a service or of a service at a location.

        Raises ServiceNotFound, or ServiceHasMoved with the page to go to instead.
        """
        keys = {"id": service_id, "today": now.date()}
        rows = (await connection.execute(DOCUMENTS[staff], keys)).mappings().all()
        if not rows:
            raise await _moved_or_gone(connection, service_id)
        if rows[0]["moved_to"] is not None:
            raise ServiceHasMoved(rows[0]["moved_to"])
        page = self._page(rows[0], now)
        page.others = [card_of(_result(row), None, now, None) for row in rows[1 : OTHERS_SHOWN + 1]]
        await _mark_pages(connection, [page], now)
        if page.closed:
            page.instead = await self._near_and_open(connection, rows[0], now)
        return page

    async def several(
        self, connection: AsyncConnection, ids: list[UUID], now: datetime
    ) -> dict[UUID, ServicePage]:
        """Pages of services at places for staff, by id; what has gone is left out."""
        keys = {"ids": ids, "today": now.date()}
        rows = (await connection.execute(SEVERAL, keys)).mappings().all()
        pages = {row["id"]: self._page(row, now) for row in rows}
        await _mark_pages(connection, list(pages.values()), now)
        return pages

    def _page(self, row: RowMapping, now: datetime) -> ServicePage:
        result, settings = _result(row), self._settings
        card, words = card_of(result, None, now, None), texts_of(row["display"]) | _detail(row)
        opening, hours = opening_of(result, now), hours_of(result.display)
        private = result.kind == "private"
        page = ServicePage(
            id=result.id,
            card=card,
            title=_title(card.name, card.organization),
            description=words.get("description") or card.summary,
            private=private,
            alert=words.get("alert", ""),
            url=_safe_url(words.get("url") or words.get("website")),
            email=words.get("email", ""),
            page_url=f"{settings.address}/services/{result.id}",
            process="" if words.get("starting_steps") else words.get("application_process", ""),
            papers=list(words.get("papers") or ()),
            not_needed=not_needed(result.display.get("flags", {})),
            facts=facts_of(result, _numbers(row), words),
            phones=[each for each in phones_of(row["detail"]) if each.words != card.phone_words],
            hours=schedule_lines(hours) if result.tz else [],
            next_times=_next_times(opening),
            address=[] if private or result.kind == "remote" else _address(words),
            way="" if private else words.get("transportation", ""),
            area=words.get("area", ""),
            checked=checked_of(result.checked_on, now.date(), row["checked_how"]),
            source=source_words(row["attribution"], row["licence"]),
            source_href=_safe_url(row["licence_url"]),
            closed=card.open_look == "stop",
            hidden=row["hidden"],
        )
        page.steps = steps_of(_start(result, page, words))
        page.sms_href = sms_href(_lines(page))
        if card.lat is not None and card.lon is not None:
            page.way_href = directions_href(settings.directions_url, card.lat, card.lon)
            page.map_data = map_data([card], None, settings.tile_url)
        return page

    async def _near_and_open(
        self, connection: AsyncConnection, row: RowMapping, now: datetime
    ) -> list[ResultCard]:
        """The same kind of help around a closed place, open now; none when search is not there."""
        tags = set(row["tags"])
        codes = [need.code for need in needs() if need_tag(need.code) in tags]
        if row["kind"] != "local" or not codes:
            return []
        near = Near(row["lat"], row["lon"])
        asked = SearchRequest(
            near=near, radius_m=INSTEAD_WITHIN_M, needs=(codes[0],), open_now=True
        )
        try:
            answer = await self._searcher.search(connection, asked, now)
        except HandbackError:
            return []
        found = [each for each in answer.local if each.service_id != row["service_id"]]
        return [card_of(each, near, now, None) for each in found[:INSTEAD_SHOWN]]


async def _mark_pages(connection: AsyncConnection, pages: list[ServicePage], now: datetime) -> None:
    """Which of these services, and of the others at their side, take nobody new."""
    cards = [page.card for page in pages]
    await mark_full(connection, (cards, *(page.others for page in pages)), now)
    for page, card in zip(pages, cards, strict=True):
        page.card = card


async def page_title(connection: AsyncConnection, service_id: UUID, now: datetime) -> str:
    """'Harbor Pantry: free groceries', of what the public may see. Raises ServiceNotFound."""
    found = await connection.scalar(DISPLAY, {"id": service_id, "today": now.date()})
    if found is None:
        raise _gone()
    words = texts_of(found)
    return _title(words.get("name", ""), words.get("organization", ""))


async def _moved_or_gone(connection: AsyncConnection, service_id: UUID) -> HandbackError:
    moved_to = await connection.scalar(MOVED, {"id": service_id})
    if moved_to is not None:
        return ServiceHasMoved(moved_to)
    return _gone()


def _gone() -> ServiceNotFound:
    return ServiceNotFound(
        gettext_noop("This service is not in the directory."),
        remedy=gettext_noop("Search again, or call 211."),
    )


def _result(row: RowMapping) -> Result:
    local = row["kind"] == "local"
    return Result(
        id=row["id"],
        service_id=row["service_id"],
        kind=row["kind"],
        distance_m=None,
        lat=row["lat"] if local else None,
        lon=row["lon"] if local else None,
        tz=row["tz"],
        open="unknown",
        checked_on=row["checked_on"],
        match=Match(),
        display=row["display"],
    )


def _detail(row: RowMapping) -> dict[str, Any]:
    words = dict(row["detail"].get("text", {}))
    if language() == "es":
        words |= {name: each for name, each in row["detail"].get("es", {}).items() if each}
    return words


def _numbers(row: RowMapping) -> dict[str, Any]:
    return {**row["detail"], "costs": row["costs"]}


def _start(result: Result, page: ServicePage, words: dict[str, Any]) -> Start:
    display = result.display
    return Start(
        how=display.get("how", "unknown"),
        told=words.get("starting_steps", ""),
        phone=page.card.phone_words,
        next_time=page.next_times[0] if page.next_times else "",
        hours_known=bool(page.hours),
        entrance=". ".join(words.get("entrance") or []),
        papers=tuple(page.papers),
        no_id=display.get("flags", {}).get("no_id") is True,
        wait=words.get("wait_time", ""),
        private=page.private,
    )


def _title(name: str, organization: str) -> str:
    return name if not organization or organization in name else f"{organization}: {name}"


def _next_times(opening: Opening) -> list[str]:
    return [span_words(span, opening.now) for span in opening.next[:2]]


def _address(words: dict[str, Any]) -> list[str]:
    town = " ".join(
        part for part in (words.get("city"), words.get("state"), words.get("postal_code")) if part
    )
    lines = [words.get("address"), words.get("address_2"), town, words.get("place")]
    return [line for line in lines if line]


def _lines(page: ServicePage) -> list[str]:
    """What a text holds: name, where, when, what to bring, phone, and where to read more."""
    hours = "; ".join(f"{days}, {hours}" for days, hours in page.hours)
    bring = _("Bring: %(papers)s", papers="; ".join(page.papers)) if page.papers else ""
    return [
        page.title,
        ", ".join(page.address[:3]) if page.address else page.card.where,
        hours or _("Hours not known. Call before you go."),
        bring,
        page.card.phone_words,
        page.page_url,
    ]


def _safe_url(url: str | None) -> str:
    """Only addresses that a browser opens as a page."""
    if not url:
        return ""
    return url if re.match(r"https?://", url, re.IGNORECASE) else ""
