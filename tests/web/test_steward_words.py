"""A steward reads and writes words, never codes; how a record was checked is kept and shown."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from builders.stewards_desk import StewardsDesk, a_stewards_desk, shown, today
from directory.stewards.value_words import value_of_words, value_words
from shared.i18n import using_language

if TYPE_CHECKING:
    import httpx

    from builders.listings import Listed
    from shared.database import Database


@pytest_asyncio.fixture
async def desk(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> StewardsDesk:
    return await a_stewards_desk(client, database, owner_database)


async def record_of(desk: StewardsDesk, listed: Listed, language: str = "en") -> str:
    return shown(await desk.browser.get(f"/steward/records/{listed.service_id}?lang={language}"))


async def page_of(desk: StewardsDesk, listed: Listed) -> str:
    return shown(await desk.browser.get(f"/services/{listed.id}"))


async def test_the_record_says_how_to_start_and_its_status_in_words(desk: StewardsDesk) -> None:
    listed = await desk.lists()

    english, spanish = await record_of(desk, listed), await record_of(desk, listed, "es")

    assert "Just walk in" in english
    assert "Runs as usual" in english
    assert "Funciona como siempre" in spanish
    assert "walk_in" not in english + spanish
    assert "active" not in english + spanish


async def test_how_to_start_is_chosen_from_a_list(desk: StewardsDesk) -> None:
    listed = await desk.lists()
    said = {"do": "correct", "row": str(listed.service_id), "reason": "Joyce said so"}

    answer = await desk.post(
        f"/steward/records/{listed.service_id}", **said, field="how_to_start", value="apply"
    )

    assert answer.status_code == 303
    assert await desk.rows("select how_to_start from service") == [("apply",)]
    assert "The feed says: Just walk in" in await record_of(desk, listed)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("byday", "MO,3SA", "Monday, third Saturday"),
        ("byday", "whenever", "whenever"),
        ("opens_at", "14:30:00", "2:30 pm"),
        ("valid_from", "2026-05-03", "May 3, 2026"),
        ("number", "+12025550144", "202-555-0144"),
        ("status", "temporarily closed", "Closed for now"),
        ("confidential", True, "Yes"),
        ("withdrawn_at", "2026-05-03T10:00:00Z", "taken out"),
        ("name", None, "–"),
    ],
)
def test_values_are_said_in_words(field: str, value: object, words: str) -> None:
    with using_language("en"):
        assert value_words(field, value) == words


def test_words_of_either_language_are_read_back() -> None:
    assert value_of_words("how_to_start", "just walk in") == "walk_in"
    assert value_of_words("status", "Cerrado por ahora") == "temporarily closed"
    assert value_of_words("name", "Just walk in") == "Just walk in"


async def test_a_record_from_a_feed_says_that_the_source_told_it(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=today() - timedelta(days=21))

    assert "Told by our source." in await page_of(desk, listed)


@pytest.mark.parametrize(
    ("how", "public", "record"),
    [
        ("phone", "Asked by phone.", "by phone"),
        ("visit", "Somebody went there.", "by a visit"),
        ("website", "Looked up on their website.", "on their website"),
        ("agency", "They told us themselves.", "told by the agency itself"),
    ],
)
async def test_how_it_was_checked_is_kept_and_shown(
    desk: StewardsDesk, how: str, public: str, record: str
) -> None:
    listed = await desk.lists(assured_date=None)

    await desk.post(f"/steward/records/{listed.service_id}", do="checked", how=how)

    assert f"Checked today, on {today():%B} {today().day}. {public}" in await page_of(desk, listed)
    assert f", {record}" in await record_of(desk, listed)
    assert await desk.rows("select how, checked_by from service_check") == [(how, "Nadia")]


async def test_a_call_and_a_letter_say_how_the_record_was_checked(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=None)
    call = {"do": "call", "agency": str(listed.organization_id), "outcome": "still_right"}

    await desk.post("/steward/calls", **call, means="phone", spoke_with="Joyce")
    assert await desk.rows("select how from service_check") == [("phone",)]
    await desk.post("/steward/calls", **call, means="letter", spoke_with="Joyce")

    assert await desk.rows("select how from service_check") == [("agency",)]


async def test_a_website_checks_a_record_but_answers_no_call(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=None)
    said = {"agency": str(listed.organization_id), "means": "website"}

    refused = await desk.post("/steward/calls", do="call", outcome="no_answer", **said)
    await desk.post("/steward/calls", do="checked", **said)

    assert refused.status_code == 400
    assert "Nobody answers on a website." in shown(refused)
    assert await desk.rows("select how from service_check") == [("website",)]
