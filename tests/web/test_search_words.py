"""Words that found nothing reach a steward without telling who searched, and become known."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from sqlalchemy import text

from builders.stewards_desk import StewardsDesk, a_stewards_desk, shown, today
from directory.search.vocabulary import VocabularyHolder
from directory.stewards.misses import Missed, note_miss, phrase_of
from shared import clock
from shared.database import Context

if TYPE_CHECKING:
    import httpx

    from shared.database import Database


@pytest_asyncio.fixture
async def desk(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> StewardsDesk:
    return await a_stewards_desk(client, database, owner_database)


async def missed(desk: StewardsDesk, phrase: str, *days_ago: int) -> None:
    for days in days_ago:
        day = clock.now() - timedelta(days=days)
        await note_miss(desk.database, Missed("", "218", phrase, "en"), day)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("xqzvwk", "xqzvwk"),
        ("I need a zamboni please", "zamboni"),
        ("zamboni for Maria Lopez", "zamboni"),
        ("zamboni 12 Elm St", ""),
        ("zamboni at 4105550123", "zamboni"),
        ("ana@mail.example zamboni", ""),
        ("my name is ana zamboni", ""),
        ("me llamo ana", ""),
        ("one two three four five six zambonis", ""),
        ("a" * 40, ""),
        ("21801", ""),
    ],
)
def test_what_may_tell_who_searched_is_left_out(typed: str, kept: str) -> None:
    assert phrase_of(typed) == kept


async def test_words_are_shown_after_three_times_on_two_days_and_no_sooner(
    desk: StewardsDesk,
) -> None:
    await missed(desk, "zamboni", 1, 1, 1)
    await missed(desk, "kayak", 1, 0)
    page = shown(await desk.browser.get("/steward/words"))
    assert "No words wait." in page
    async with desk.owner.transaction(Context()) as session:
        seen = await session.scalars(text("select to_jsonb(t)::text from miss_phrase_seen t"))
        assert not [row for row in seen if "zamboni" in row or "kayak" in row]

    await missed(desk, "zamboni", 0)

    page = shown(await desk.browser.get("/steward/words"))
    assert "zamboni EN, 4 times" in page
    assert "kayak" not in page


async def test_a_search_in_vain_on_the_public_page_is_counted(desk: StewardsDesk) -> None:
    for _each in range(2):
        await desk.browser.get("/search", params={"q": "zamboni for Maria", "near": "21801"})
    await missed(desk, "zamboni", 1)
    await desk.browser.get("/search", params={"q": "zamboni", "near": "21801"})

    assert await desk.rows("select phrase, times from miss_phrase") == [("zamboni", 4)]


async def test_a_tied_word_finds_in_every_process_and_leaves_the_list(desk: StewardsDesk) -> None:
    await missed(desk, "zamboni", 1, 1, 0)
    elsewhere = VocabularyHolder()
    now = clock.now()
    async with desk.database.reading() as connection:
        assert (await elsewhere.read(connection, "zamboni", now)).meanings == ()

    said = {"do": "add", "phrase": "Zamboni", "language": "en", "need": "food"}
    assert (await desk.post("/steward/words", **said)).status_code == 303

    async with desk.database.reading() as connection:
        reading = await elsewhere.read(connection, "zamboni", now + timedelta(seconds=3))
    assert [each.need for each in reading.meanings] == ["food"]
    page = shown(await desk.browser.get("/steward/words"))
    assert "No words wait." in page
    assert "zamboni (EN): Food" in page
    assert "Nadia, " in page
    table = (await desk.browser.get("/steward/words.csv")).text
    assert "zamboni,en,food,Nadia," in table


async def test_removed_it_means_nothing_again(desk: StewardsDesk) -> None:
    said = {"do": "add", "phrase": "zamboni", "language": "es", "need": "food"}
    await desk.post("/steward/words", **said)
    assert "tied to a need already" in shown(await desk.post("/steward/words", **said))
    ((phrase,),) = await desk.rows("select id from search_phrase")

    assert (await desk.post("/steward/words", do="remove", id=str(phrase))).status_code == 303

    async with desk.database.reading() as connection:
        reading = await VocabularyHolder().read(connection, "zamboni", clock.now())
    assert reading.meanings == ()
    gone = await desk.post("/steward/words", do="remove", id=str(phrase))
    assert gone.status_code == 404
    assert await desk.rows("select added_by, removed_by from search_phrase") == [("Nadia", "Nadia")]


async def test_words_that_are_left_be_leave_the_list(desk: StewardsDesk) -> None:
    await missed(desk, "zamboni", 1, 1, 0)

    await desk.post("/steward/words", do="settle", phrase="zamboni", language="en")

    assert "No words wait." in shown(await desk.browser.get("/steward/words"))


@pytest.mark.parametrize(
    ("field", "value", "refusal"),
    [
        ("phrase", "the", "Write one to five words"),
        ("language", "xx", "Choose a language."),
        ("need", "spaceships", "Choose what it helps with."),
    ],
)
async def test_refusals_stand_beside_their_field(
    desk: StewardsDesk, field: str, value: str, refusal: str
) -> None:
    said = {"do": "add", "phrase": "zamboni", "language": "en", "need": "food", field: value}

    answer = await desk.post("/steward/words", **said)

    assert answer.status_code == 400
    assert refusal in shown(answer)


async def test_the_page_speaks_spanish(desk: StewardsDesk) -> None:
    await desk.lists(assured_date=today())

    assert "Palabras para la búsqueda" in shown(await desk.browser.get("/steward/words?lang=es"))
