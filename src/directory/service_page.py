"""One service at a place as its page shows it; read from its search document alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.hours_words import day_of_month, schedule_lines, span_words
from directory.page_words import (
    ResultCard,
    ago_words,
    card_of,
    good_to_know,
    languages_words,
    not_needed,
    phone_words,
    texts_of,
)
from directory.pages import map_data, sms_href
from directory.search.postgres import hours_of, opening_of
from directory.search.query import Match, Result
from shared.errors import NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop, language

DOCUMENTS = text("""
select id, service_id, kind, lat, lon, tz, checked_on, display, detail from search_doc
where id = :id or service_id = (select service_id from search_doc where id = :id)
  or service_id = :id
order by (id = :id) desc, kind, id""").columns(display=JSONB, detail=JSONB)
SENTENCE = re.compile(r"\n+")
OTHERS_SHOWN = 10


class ServiceNotFound(NotFound):
    """No such service, or one that may not be shown."""


@dataclass(slots=True)
class ServicePage:
    """Values of service.html."""

    card: ResultCard
    title: str
    description: str
    private: bool
    alert: str = ""
    url: str = ""
    steps: list[str] = field(default_factory=list)
    papers: list[str] = field(default_factory=list)
    not_needed: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    hours: list[tuple[str, str]] = field(default_factory=list)
    next_times: list[str] = field(default_factory=list)
    address: list[str] = field(default_factory=list)
    way: str = ""
    area: str = ""
    checked: str = ""
    sms_href: str = ""
    others: list[ResultCard] = field(default_factory=list)
    map_data: dict[str, Any] | None = None


async def service_page(
    connection: AsyncConnection, service_id: UUID, now: datetime, tile_url: str | None = None
) -> ServicePage:
    """By the id of a service or of a service at a location. Raises ServiceNotFound."""
    rows = (await connection.execute(DOCUMENTS, {"id": service_id})).mappings().all()
    if not rows:
        raise ServiceNotFound(
            gettext_noop("This service is not in the directory."),
            remedy=gettext_noop("Search again, or call 211."),
        )
    page = _page(rows[0], now)
    page.others = [card_of(_result(row), None, now, None) for row in rows[1 : OTHERS_SHOWN + 1]]
    if page.card.lat is not None:
        page.map_data = map_data([page.card], None, tile_url)
    return page


def _page(row: RowMapping, now: datetime) -> ServicePage:
    result = _result(row)
    card = card_of(result, None, now, None)
    words = texts_of(result.display) | _detail(row)
    opening, hours = opening_of(result, now), hours_of(result.display)
    private = result.kind == "private"
    page = ServicePage(
        card=card,
        title=_title(card),
        description=words.get("description") or card.summary,
        private=private,
        alert=words.get("alert", ""),
        url=_safe_url(words.get("url") or words.get("website")),
        steps=_steps(words),
        papers=list(words.get("papers") or ()),
        not_needed=not_needed(result.display.get("flags", {})),
        facts=_facts(result, row["detail"], words),
        hours=schedule_lines(hours) if result.tz else [],
        next_times=[span_words(span, opening.now) for span in opening.next],
        address=[] if private or result.kind == "remote" else _address(words),
        way="" if private else words.get("transportation", ""),
        area=words.get("area", ""),
        checked=_checked(result, now),
    )
    page.sms_href = sms_href([card.name, *page.address, *_when(page), card.phone_words])
    return page


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


def _title(card: ResultCard) -> str:
    if not card.organization or card.organization in card.name:
        return card.name
    return f"{card.organization}: {card.name}"


def _steps(words: dict[str, Any]) -> list[str]:
    told = words.get("starting_steps") or words.get("application_process") or ""
    return [step.strip() for step in SENTENCE.split(told) if step.strip()]


def _address(words: dict[str, Any]) -> list[str]:
    town = " ".join(
        part for part in (words.get("city"), words.get("state"), words.get("postal_code")) if part
    )
    lines = [words.get("address"), words.get("address_2"), town, words.get("place")]
    return [line for line in lines if line]


def _facts(result: Result, detail: dict[str, Any], words: dict[str, Any]) -> list[tuple[str, str]]:
    flags = result.display.get("flags", {})
    free = flags.get("free") is True
    phones = [phone_words(phone)[1] for phone in detail.get("phones", [])][1:4]
    found = [
        (_("Who it is for"), words.get("eligibility_description") or _ages(detail)),
        (_("Cost"), words.get("fees_description") or (_("Free") if free else "")),
        (_("Languages"), _languages(result, words)),
        (_("Getting in"), ". ".join(words.get("entrance") or [])),
        (_("Also"), ". ".join(good_to_know(flags))),
        (_("Waiting time"), words.get("wait_time", "")),
        (_("Area"), words.get("area", "")),
        (_("Other phones"), ", ".join(phones)),
        (_("E-mail"), words.get("email", "")),
    ]
    return [(title, told) for title, told in found if told]


def _ages(detail: dict[str, Any]) -> str:
    low, high = (detail.get("ages") or [None, None])[:2]
    if low and high:
        return _("Ages %(low)s to %(high)s", low=f"{low:g}", high=f"{high:g}")
    if low:
        return _("Age %(low)s and older", low=f"{low:g}")
    return _("Up to age %(high)s", high=f"{high:g}") if high else ""


def _languages(result: Result, words: dict[str, Any]) -> str:
    spoken = languages_words(result.display.get("languages", []))
    also = words.get("interpretation_services", "")
    return ". ".join(part for part in (spoken, also) if part)


def _checked(result: Result, now: datetime) -> str:
    if result.checked_on is None:
        return _("Nobody has checked this yet. Call before you go.")
    days = max(0, (now.date() - result.checked_on).days)
    return _(
        "Checked %(ago)s, on %(date)s.", ago=ago_words(days), date=day_of_month(result.checked_on)
    )


def _when(page: ServicePage) -> list[str]:
    if page.hours:
        return [f"{days}, {hours}" for days, hours in page.hours]
    return [_("Hours not known. Call before you go.")]


def _safe_url(url: str | None) -> str:
    """Only addresses that a browser opens as a page."""
    if not url:
        return ""
    return url if re.match(r"https?://", url, re.IGNORECASE) else ""
