"""What the public pages and the staff's /find show: a question in, a template's values out.

Knows no session and no HTTP framework; routes.py reads requests and renders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncConnection

from directory.geography import Near, miles_words
from directory.needs import Need, needs
from directory.own_phone import sms_href
from directory.page_words import ResultCard, card_of, change_words
from directory.pause_words import mark_full
from directory.search.danger import Danger, terms_in_danger
from directory.search.front import Searcher
from directory.search.query import RADIUS_M, SearchAnswer, SearchRequest, read_request
from directory.search_form import SearchForm, form_of
from directory.stewards.misses import Missed, miss_of
from shared.errors import InvalidInput
from shared.i18n import gettext as _
from shared.i18n import ngettext

BEFORE_PHONE_BLOCK = 3  # local results above the block by phone or online
TEXTED_AT_MOST = 3
A_DAY_TRIP_M = 160_000  # what is farther helps nobody today: no "nearest one" then
CARRIED = ("patient", "instead_of", "lang")
Parameters = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Link:
    """A way on, with its words."""

    title: str
    href: str
    explained: str = ""
    count: int = 0


@dataclass(slots=True)
class SearchPage:
    """Everything the search pages show."""

    form: SearchForm
    title: str
    asked: bool = False
    danger: Danger | None = None
    degraded: bool = False
    local: list[ResultCard] = field(default_factory=list)
    remote: list[ResultCard] = field(default_factory=list)
    remote_total: int = 0
    count_words: str = ""
    understood_words: str = ""
    empty_title: str = ""
    looked_for: str = ""
    wider: Link | None = None
    changes: list[Link] = field(default_factory=list)
    nearest: ResultCard | None = None
    next_href: str = ""
    sms_href: str = ""
    map_data: dict[str, Any] = field(default_factory=dict)
    map_caption: str = ""
    # A search in vain, for the steward's count.
    miss: Missed | None = None
    # To choose from, when only a place was given.
    needs: list[Need] = field(default_factory=list)

    def context(self) -> dict[str, Any]:
        """For the template."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return values | {
            "first": self.local[:BEFORE_PHONE_BLOCK],
            "rest": self.local[BEFORE_PHONE_BLOCK:],
            "urgent": self.danger is not None and bool(terms_in_danger(self.danger)),
            "has_map": bool(self.map_data.get("markers")),
        }


@dataclass(frozen=True, slots=True)
class HomePage:
    """The form, and the needs that people ask for most and that lead to something."""

    form: SearchForm
    needs: list[Need]


class SearchPages:
    """Makes pages for one address: "/search" for everybody, "/find" for staff."""

    def __init__(self, searcher: Searcher, path: str, tile_url: str | None = None) -> None:
        self._searcher, self._path, self._tile_url = searcher, path, tile_url

    async def show(
        self, connection: AsyncConnection, parameters: Parameters, now: datetime
    ) -> SearchPage:
        """The page. What can't be read is told in the page, beside the form."""
        try:
            request = read_request(parameters)
            if request.words:  # typed into a page that had been opened for a need
                request = request.with_changes(needs=())
            if not request.asks_something:
                return SearchPage(form_of(parameters), _("Find help near you"))
            asked = request.with_changes(facets=True)
            answer = await self._searcher.search(connection, asked, now)
        except InvalidInput as refusal:
            return _refused(parameters, refusal)
        page = self._page(parameters, answer, now)
        page.miss = miss_of(answer)
        await mark_full(connection, (page.local, page.remote), now)
        # Beneath the numbers to call stands help in that danger, or nothing.
        urgent = answer.danger is not None and terms_in_danger(answer.danger)
        if not (request.words or request.needs or request.offset):
            page.needs = await _big_needs(self._searcher, connection, request, now)
        if not page.local and request.offset == 0 and not urgent:
            await self._ways_out(connection, page, answer, carried(parameters), now)
        return page

    def _page(self, parameters: Parameters, answer: SearchAnswer, now: datetime) -> SearchPage:
        request, near = answer.request, answer.request.near
        first = request.offset + 1
        page = SearchPage(
            form=form_of(parameters, facets=answer.facets),
            title=_title(answer),
            asked=True,
            danger=answer.danger,
            degraded=answer.degraded,
            local=[
                card_of(result, near, now, number)
                for number, result in enumerate(answer.local, first)
            ],
            remote=[card_of(result, near, now, None) for result in answer.remote],
            remote_total=answer.remote_total,
            count_words=_count_words(answer),
            understood_words=_understood_words(answer),
        )
        if answer.next_cursor:
            page.next_href = self._href(parameters, {"cursor": answer.next_cursor})
        page.sms_href = _sms_of_list(page)
        page.map_data, page.map_caption = self._map(page.local, near), _map_caption(near)
        return page

    async def _ways_out(
        self,
        connection: AsyncConnection,
        page: SearchPage,
        answer: SearchAnswer,
        kept: dict[str, list[str]],
        now: datetime,
    ) -> None:
        """For an empty list: a wider circle, one filter less, the nearest place of all."""
        request = answer.request
        page.empty_title = _empty_title(request)
        page.looked_for = _looked_for(answer)
        for relaxation in await self._searcher.relaxations(connection, request, now):
            change = change_words(relaxation, request.radius_m)
            href = self._href(page_parameters(request) | kept, change.changes)
            link = Link(change.title, href, change.explained, change.count)
            if relaxation.change == "radius":
                page.wider = link
            else:
                page.changes.append(link)
        nearest = await self._searcher.nearest(connection, request, now)
        if nearest is not None and (nearest.distance_m or 0) <= A_DAY_TRIP_M:
            near = request.near
            page.nearest = card_of(nearest, near, now, None)

    def _map(self, cards: list[ResultCard], near: Near | None) -> dict[str, Any]:
        return map_data(cards, near, self._tile_url)

    def _href(self, parameters: Parameters, changes: dict[str, str]) -> str:
        kept = {name: values for name, values in parameters.items() if name != "cursor"}
        for name, value in changes.items():
            kept[name] = [value] if value else []
        return f"{self._path}?{urlencode(kept, doseq=True)}"


def carried(parameters: Parameters) -> dict[str, list[str]]:
    """What a navigator brought along from a request (staff's /find): it stays on every link."""
    return {name: parameters[name] for name in CARRIED if parameters.get(name)}


async def home_page(
    searcher: Searcher, connection: AsyncConnection, parameters: Parameters, now: datetime
) -> HomePage:
    """The form and the big needs: around the place in the address, else of all the directory."""
    place = (parameters.get("near") or [""])[0]
    try:
        request = read_request({"near": [place]})
        return HomePage(form_of(parameters), await _big_needs(searcher, connection, request, now))
    except InvalidInput as refusal:
        anywhere = await _big_needs(searcher, connection, SearchRequest(), now)
        return HomePage(form_of(parameters, refusal), anywhere)


async def _big_needs(
    searcher: Searcher, connection: AsyncConnection, request: SearchRequest, now: datetime
) -> list[Need]:
    """Only those that lead to something."""
    big = [need for need in needs() if need.home]
    asked = request.with_changes(needs=tuple(need.code for need in big))
    found = await searcher.offered(connection, asked, now)
    return [need for need in big if need.code in found]


def map_data(cards: list[ResultCard], near: Near | None, tile_url: str | None) -> dict[str, Any]:
    """What the map's script reads; a place without a point is not on it."""
    shown = [card for card in cards if card.lat is not None]
    return {
        "markers": [
            {
                "id": card.id,
                "number": card.number,
                "name": card.name,
                "lat": card.lat,
                "lon": card.lon,
            }
            for card in shown
        ],
        "me": {"lat": near.lat, "lon": near.lon} if near else None,
        "states": sorted({card.state.lower() for card in shown if card.state}),
        "tiles": tile_url,
    }


def page_parameters(request: SearchRequest) -> dict[str, list[str]]:
    """The request as parameters of its page."""
    given = {
        "q": [request.words] if request.words else [],
        "near": [request.place] if request.place else [],
        "need": list(request.needs),
        "open_now": ["1"] if request.open_now else [],
        "eligibility": list(request.flags),
        "language": list(request.languages),
        "radius_m": [] if request.radius_m == RADIUS_M else [str(round(request.radius_m))],
        "age": [] if request.age is None else [f"{request.age:g}"],
        "open_at": [] if request.open_at is None else [request.open_at.isoformat()],
        "virtual": ["1"] if request.virtual else [],
    }
    return {name: values for name, values in given.items() if values}


def _refused(parameters: Parameters, refusal: InvalidInput) -> SearchPage:
    return SearchPage(form_of(parameters, refusal), _("Find help near you"), asked=True)


def _what(answer: SearchAnswer) -> str:
    labels = answer.understood.labels
    if not labels:
        words = answer.understood.corrected or answer.request.words
        return _("“%(words)s”", words=words) if words else _("All help")
    return labels[0]


def _title(answer: SearchAnswer) -> str:
    if answer.danger is not None and terms_in_danger(answer.danger):
        near = answer.request.near
        if near is not None and near.label:
            return _("Places that help, near %(place)s", place=near.label)
        return _("Places that help")
    place = answer.request.near.label if answer.request.near else ""
    if place:
        return _("%(what)s near %(place)s", what=_what(answer), place=place)
    if answer.request.near:
        return _("%(what)s near you", what=_what(answer))
    return _what(answer)


def _count_words(answer: SearchAnswer) -> str:
    number = answer.local_total
    if answer.request.near is None:
        return ngettext("%(n)s place.", "%(n)s places.", number)
    return ngettext(
        "%(n)s place within %(distance)s.",
        "%(n)s places within %(distance)s, nearest first.",
        number,
        distance=miles_words(answer.request.radius_m),
    )


def _understood_words(answer: SearchAnswer) -> str:
    """'You wrote “comida”. We looked for food.', where the words differ."""
    words, understood = answer.request.words, answer.understood
    if answer.danger is not None and terms_in_danger(answer.danger):
        return ""
    labels = ", ".join(understood.labels)
    if not words:
        return ""
    if labels and labels.casefold() != words.casefold():
        return _("You wrote “%(words)s”. We looked for: %(labels)s.", words=words, labels=labels)
    if understood.corrected and not labels:
        return _(
            "You wrote “%(words)s”. We looked for: %(labels)s.",
            words=words,
            labels=understood.corrected,
        )
    return ""


def _empty_title(request: SearchRequest) -> str:
    if request.near is None:
        return _("Nothing found")
    distance = miles_words(request.radius_m)
    if request.open_now:
        return _("Nothing open within %(distance)s", distance=distance)
    return _("Nothing within %(distance)s", distance=distance)


def _looked_for(answer: SearchAnswer) -> str:
    request = answer.request
    conditions = [
        _("open now") if request.open_now else "",
        _("no ID needed") if "no_id" in request.flags else "",
        _("in Spanish") if "es" in request.languages else "",
    ]
    what = ", ".join([_title(answer), *(words for words in conditions if words)])
    return _("We looked for: %(what)s.", what=what)


def _map_caption(near: Near | None) -> str:
    if near is None:
        return _("The list has the same places.")
    if near.exact:
        return _("The blue dot is where you are. The list has the same places.")
    return _(
        "The blue dot is the middle of %(place)s. The list has the same places.", place=near.label
    )


def _sms_of_list(page: SearchPage) -> str:
    cards = [*page.local[:TEXTED_AT_MOST], *page.remote[:1]]
    lines = [f"{card.name}: {card.phone_words}. {card.open_words}" for card in cards]
    return sms_href([page.title, *lines])
