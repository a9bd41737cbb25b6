"""Rows of search_doc as results: the same shape whatever engine found them."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import text

from directory.opening_hours import (
    Closure,
    Hours,
    Opening,
    OpenState,
    Timetable,
    is_open_at,
    opening_at,
)
from directory.search.port import Result
from directory.search.sql import METRES, OPEN

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from directory.search.port import SearchQuery

COLUMNS = (
    f"d.id, d.service_id, d.kind, d.lat, d.lon, d.tz, {OPEN} as open, d.hours_dated, d.checked_on,"
    " d.tags & cast(:tags as int[]) as matched, d.display"
)
BY_ID = text(
    f"select {COLUMNS}, null::float8 as m, false as named from search_doc d"
    " where d.id = any(cast(:ids as uuid[]))"
)
BY_ID_NEAR = text(
    f"select {COLUMNS}, {METRES.format('d')} as m, false as named from search_doc d"
    " where d.id = any(cast(:ids as uuid[]))"
)


async def results_of(
    connection: AsyncConnection,
    query: SearchQuery,
    ids: Sequence[UUID],
    named: Collection[UUID] = (),
) -> list[Result]:
    """Results of these ids in the order given; an id that is gone is left out."""
    if not ids:
        return []
    keys: dict[str, Any] = {"ids": list(ids), "tags": list(query.tags), "now": query.now}
    if query.near is not None:
        keys |= {"lat": query.near.lat, "lon": query.near.lon}
    rows = await connection.execute(BY_ID if query.near is None else BY_ID_NEAR, keys)
    found = {row.id: result_of(row, query, named=row.id in named) for row in rows}
    return [found[row_id] for row_id in ids if row_id in found]


def result_of(row: Row[Any], query: SearchQuery, *, named: bool) -> Result:
    """One row with the columns above."""
    display = row.display if isinstance(row.display, dict) else json.loads(row.display)
    state = row.open
    if row.hours_dated and row.tz:
        state = str(is_open_at(timetable_of(display), zone(row.tz), query.now))
    local = row.kind == "local"
    return Result(
        id=row.id,
        service_id=row.service_id,
        kind=row.kind,
        distance_m=None if row.m is None or not local else round(row.m),
        lat=row.lat if local else None,
        lon=row.lon if local else None,
        tz=row.tz,
        open=state,
        checked_on=row.checked_on,
        match=query.match(set(row.matched or ()), named=named),
        display=display,
    )


def open_then(result: Result, instant: datetime) -> bool:
    """Whether a result is known to be open at an instant."""
    if result.tz is None:
        return False
    hours = timetable_of(result.display)
    return is_open_at(hours, zone(result.tz), instant) is OpenState.OPEN


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """An IANA zone; UTC where a feed brought a name that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def opening_of(result: Result, now: datetime) -> Opening:
    """Everything a page says about a result's hours."""
    if result.tz is None:
        return Opening(OpenState.UNKNOWN, now.replace(tzinfo=None))
    return opening_at(timetable_of(result.display), zone(result.tz), now)


def timetable_of(display: dict[str, Any]) -> Timetable:
    """Schedules, closures and the habit on holidays that the projection packed."""
    closures = tuple(_closure(*row) for row in display.get("closures", ()))
    return Timetable(tuple(hours_of(display)), closures, display.get("holidays"))


def hours_of(display: dict[str, Any]) -> list[Hours]:
    """The schedule rows that the projection packed."""
    return [_unpacked(*row) for row in display.get("hours", ())]


def packed_hours(row: Hours) -> list[Any]:
    """A schedule row for JSON; trailing parts that say nothing are left out."""
    parts: list[Any] = [
        row.freq,
        row.byday,
        _iso(row.opens_at),
        _iso(row.closes_at),
        _iso(row.valid_from),
        _iso(row.valid_to),
        _iso(row.dtstart),
        _iso(row.until),
        row.interval,
        row.bymonthday,
        row.count,
        row.wkst,
        row.byyearday,
        row.byweekno,
    ]
    while parts[-1] is None:
        parts.pop()
    return parts


def packed_closure(closure: Closure) -> list[Any]:
    """A closure for JSON."""
    return [_iso(closure.first), _iso(closure.last), closure.words, closure.words_es]


@lru_cache(maxsize=8192)
def _unpacked(*row: Any) -> Hours:  # noqa: ANN401 -- the projection's JSON
    parts = [*row, *(None,) * (14 - len(row))]
    freq, byday, opens, closes, *dates = parts[:8]
    valid_from, valid_to, dtstart, until = map(_date, dates)
    interval, bymonthday, count, wkst, byyearday, byweekno = parts[8:]
    return Hours(
        freq=freq,
        byday=byday,
        opens_at=_time(opens),
        closes_at=_time(closes),
        valid_from=valid_from,
        valid_to=valid_to,
        dtstart=dtstart,
        until=until,
        interval=1 if interval is None else interval,
        bymonthday=bymonthday,
        count=count,
        wkst=wkst,
        byyearday=byyearday,
        byweekno=byweekno,
    )


def _closure(first: str, last: str, words: str = "", words_es: str = "") -> Closure:
    return Closure(date.fromisoformat(first), date.fromisoformat(last), words, words_es)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _time(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)


def _iso(value: date | time | None) -> str | None:
    return None if value is None else value.isoformat()
