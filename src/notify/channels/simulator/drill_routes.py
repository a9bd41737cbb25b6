"""What drills and other people's tests ask of the simulator beside its phones: counts, accounts."""

from __future__ import annotations

import re
from datetime import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from litestar import get, post
from litestar.exceptions import ClientException
from litestar.params import FromQuery, JSONBody
from pydantic import RootModel

from notify.channels.simulator.api_routes import Json
from notify.channels.simulator.counters import Hours, count
from notify.channels.simulator.requests import TheSimulator

_SID = re.compile(r"AC[0-9a-f]{32}")


class Accounts(RootModel[dict[str, str]]):
    """Account sid → its token."""


@get("/simulator/api/counters")
async def read_counters(
    simulator: TheSimulator,
    zone: FromQuery[str | None] = None,
    opens: FromQuery[str] = "08:00",
    closes: FromQuery[str] = "20:00",
) -> Json:
    """Counts since the last reset; with a zone also what was taken outside of the hours."""
    hours = Hours(_zone(zone), _time(opens), _time(closes)) if zone else None
    return count(simulator.texts.values(), simulator.refused, hours)


@post("/simulator/api/accounts", status_code=200)
async def add_accounts(simulator: TheSimulator, data: JSONBody[Accounts]) -> Json:
    """Play these accounts too: texts, lists and signatures of each are its own."""
    for sid, token in data.root.items():
        if not _SID.fullmatch(sid) or not token:
            raise ClientException(f"'{sid}' is no account sid (AC and 32 hex digits), or no token.")
    simulator.accounts.update(data.root)
    return {"accounts": sorted(simulator.accounts)}


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ClientException(f"'{name}' is no time zone.") from None


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise ClientException(f"'{text}' is no time of day. Write it like 08:00.") from None


ROUTES = [read_counters, add_accounts]
