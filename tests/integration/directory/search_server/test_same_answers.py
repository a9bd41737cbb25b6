"""Both engines give the same page to the same question, over many questions and listings."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from builders.listings import NOW
from directory.codes import HowToStart
from directory.search.counts import renew_counts
from directory.search.port import Meaning, SearchPage
from directory.search.postgres import PostgresSearch
from directory.search.tags import age_tag, flag_tag, language_tag
from shared.database import Context
from support.search_engines import FOOD, SHELTER, query

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from builders.listings import Listed
    from support.search_engines import Engine

    List = Callable[..., Awaitable[Listed]]

QUESTIONS = 150
THURSDAY = datetime(2023, 5, 11, 15, 0, tzinfo=UTC)
NAMES = ("Harbor Pantry", "Lantern Kitchen", "Casa Corazón", "Night Beds", "Open Door Closet")
TEXTS = ("Hot meals for families.", "A bed for the night.", "Coats, shoes and soup.", "Comida.")
WORDS = ("", "", "harbor", "pantries", "lantern family", "corazon", "beds night", "soup zebra")
MEANINGS = ((), (FOOD,), (SHELTER,), (FOOD, SHELTER), (Meaning(1106, "clothing"),))
MUST = ((), (), (language_tag("es"),), (flag_tag("no_id"),), (age_tag(30),))


def a_listing(dice: random.Random) -> dict[str, Any]:
    far = dice.choice([None, 0.1, 0.1, 0.7, 2.5, 4.9, 6.0, 18.0])
    return {
        "name": dice.choice(NAMES),
        "description": dice.choice(TEXTS),
        "terms": tuple(dice.sample(["1102", "1305", "1106"], dice.choice([1, 1, 2]))),
        "miles_north": far,
        "confidential": far is not None and dice.random() < 0.15,
        "hours": dice.choice([(), (("TH", "10:00", "12:00"),), (("MO", "09:00", "17:00"),)]),
        "languages": dice.choice([("en",), ("en", "es"), ("es", "ht")]),
        "flags": dice.choice([{}, {"no_id": True}, {"free": True}]),
        "how_to_start": dice.choice([HowToStart.WALK_IN, HowToStart.PATIENT_CALLS]),
        "assured_date": dice.choice([None, date(2020, 1, 1), NOW.date()]),
    }


def a_question(dice: random.Random) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "words": dice.choice(WORDS),
        "meanings": dice.choice(MEANINGS),
        "must": dice.choice(MUST),
        "radius_m": dice.choice([800.0, 8047.0, 24_000.0]),
        "open_at": dice.choice([None, None, THURSDAY]),
        "facets": dice.random() < 0.3,
        "limit": dice.choice([1, 3, 20]),
        "offset": dice.choice([0, 0, 2]),
    }
    if dice.random() < 0.2 and (asked["words"] or asked["meanings"]):
        asked |= {"near": None, "states": ()}
    return asked


def told(page: SearchPage) -> dict[str, Any]:
    """All of an answer but who gave it."""
    return {
        "local": page.local,
        "local_total": page.local_total,
        "remote": page.remote,
        "remote_total": page.remote_total,
        "facets": page.facets,
    }


async def test_the_engines_agree(engine: Engine, listed: List) -> None:
    dice = random.Random(1959)  # noqa: S311 -- the same on every run
    for number in range(30):
        if number == 20:
            await engine.fill()
        await listed(**a_listing(dice))  # the last ten are not on the server yet
    async with engine.owner.transaction(Context()) as session:
        await renew_counts(session)  # as the worker does every ten minutes
    found = 0
    for _ in range(QUESTIONS):
        asked = a_question(dice)
        async with engine.database.reading() as connection:
            expected = await PostgresSearch().search(connection, query(**asked))
            answer = await engine.engine.search(connection, query(**asked))
            counts = [
                await each.count(connection, query(**asked))
                for each in (PostgresSearch(), engine.engine)
            ]
        assert told(answer) == told(expected), asked
        assert counts[0] == counts[1], asked
        found += bool(answer.local)
    assert found > QUESTIONS / 4  # the questions are not all answered by nothing
