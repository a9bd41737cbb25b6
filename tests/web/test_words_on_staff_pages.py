"""What staff read and save: the ended time, whole phone numbers, finding and handing over."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from sqlalchemy import text

from builders.browsing import OURS
from builders.navigator_office import Office, a_navigators_office, shown
from shared import clock
from shared.database import Context
from web.template_helpers import whole_numbers

if TYPE_CHECKING:
    import httpx

    from shared.database import Database

LATER = "2031-03-04"
BY_DENISE = {"agency_by": "Denise", "agency_how": "phone"}


@pytest_asyncio.fixture
async def office(client: httpx.AsyncClient, database: Database, owner_database: Database) -> Office:
    return await a_navigators_office(client, database, owner_database)


@pytest.mark.parametrize(
    ("language", "ended", "waiting"),
    [
        ("en", "Harbor Pantry Inc has not answered. Their time ended", "Waiting for Harbor"),
        ("es", "Harbor Pantry Inc no ha contestado. Su plazo terminó", "Esperamos la respuesta"),
    ],
)
async def test_after_their_time_the_first_line_does_not_wait_until_a_day_that_is_past(
    office: Office, language: str, ended: str, waiting: str
) -> None:
    address = await office.sent()
    before = shown(await office.browser.get(address, params={"lang": language}))
    await _in_the_past(office, "answer_due_at")

    after = shown(await office.browser.get(address, params={"lang": language}))

    assert waiting in before
    assert ended not in before
    assert ended in after
    assert waiting not in after


async def _in_the_past(office: Office, column: str) -> None:
    async with office.owner.transaction(Context(organization_id=office.clinic)) as session:
        await session.execute(
            text(f"UPDATE referral SET {column} = :past"),  # noqa: S608 -- our own columns
            {"past": clock.now() - timedelta(days=2)},
        )


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "said yes. The time to reach Ana ended"), ("es", "El plazo para hablar con Ana")],
)
async def test_a_yes_without_contact_does_not_promise_a_call_by_a_day_that_is_past(
    office: Office, language: str, words: str
) -> None:
    address = await office.sent()
    await office.step(address, "agency-said", agency_says="yes", **BY_DENISE)
    await _in_the_past(office, "contact_due_at")

    page = shown(await office.browser.get(address, params={"lang": language}))

    assert words in page
    assert "until now" not in page
    assert "hasta ahora" not in page


async def test_a_visit_that_is_past_was_set_and_nobody_said_how_it_went(office: Office) -> None:
    handed = {"do": "hand_over", "spoke_with": "Denise", "said": "scheduled"}
    address = await office.sent(**handed, visit_day=LATER, visit_hour="10:30")
    await _in_the_past(office, "visit_at")

    page = shown(await office.browser.get(address))

    assert "A visit at Harbor Pantry Inc was set:" in page
    assert "Nobody has said how it went." in page


def test_a_phone_number_in_a_sentence_is_kept_on_one_line() -> None:
    said = whole_numbers("<b> Call 202-555-0100, code 27 & wait 2026-11-22.")

    assert said == (
        '&lt;b&gt; Call <span class="num">202-555-0100</span>, code 27 &amp; wait 2026-11-22.'
    )


@pytest.mark.parametrize("words", ["LC-4471", "202-555-0137", "Ana"])
@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_patient_is_found_by_record_number_phone_or_name(
    office: Office, words: str, language: str
) -> None:
    await office.sent(record_number="LC-4471")
    fields = await office.fields(do="find", patient_words=words, name=None)

    found = await office.browser.post("/send", data=fields, headers=OURS, params={"lang": language})

    chosen = {"en": "Choose Ana Flores", "es": "Elegir a Ana Flores"}[language]
    assert chosen in shown(found)
    assert re.search(r"patient:[0-9a-f-]{36}", found.text)


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_patient_without_any_phone_is_sent_and_gets_the_paper(
    office: Office, language: str
) -> None:
    address = await office.sent(phone=None, way="will_come_or_call", consent_text=None)

    page = await office.browser.get(address, params={"lang": language})
    paper = await office.browser.get(f"{address}/takeaway")

    assert await office.count("patient") == 1
    assert page.status_code == paper.status_code == 200
    assert "202-555-0137" not in page.text
    assert "Harbor Pantry" in shown(paper)


async def test_a_visit_set_in_the_room_is_kept_with_its_day(office: Office) -> None:
    handed = {"do": "hand_over", "spoke_with": "Denise Carter", "said": "scheduled"}
    refused = await office.send(**handed)
    past = await office.send(**handed, visit_day="2020-01-02", visit_hour="10:30")
    address = await office.sent(**handed, visit_day=LATER, visit_hour="10:30")

    for answer in (refused, past):
        assert answer.status_code == 400
        assert "Write the day of the visit. It must be still to come." in shown(answer)
    page = shown(await office.browser.get(address))
    assert "A visit at Harbor Pantry Inc is set: March 4, 2031." in page
    assert "Denise Carter, by phone, told to Rosa Medina" in page
    spanish = shown(await office.browser.get(address, params={"lang": "es"}))
    assert "4 de marzo de 2031" in spanish


@pytest.mark.parametrize(
    ("said", "english", "spanish"),
    [
        ({"agency_says": "yes"}, "They said yes", "Dijeron que sí"),
        ({"agency_says": "wait_list"}, "Wait list", "Lista de espera"),
        ({"agency_says": "question", "agency_note": "Which day?"}, "Which day?", "Which day?"),
    ],
)
async def test_a_word_heard_by_phone_is_saved_in_either_language(
    office: Office, said: dict[str, str], english: str, spanish: str
) -> None:
    address = await office.sent()

    answer = await office.step(address, "agency-said", **BY_DENISE, **said)

    assert answer.status_code == 303, shown(answer)
    assert english in shown(await office.browser.get(address))
    assert spanish in shown(await office.browser.get(address, params={"lang": "es"}))


@pytest.mark.parametrize("digit", ["1", "2", "3", "4", "5"])
async def test_each_word_of_the_patient_can_be_written_down_by_staff(
    office: Office, digit: str
) -> None:
    address = await office.sent()
    await office.step(address, "agency-said", agency_says="yes", **BY_DENISE)

    answer = await office.step(
        address, "patient-said", patient_says=f"P5:{digit}", patient_by="Ana", patient_how="phone"
    )

    assert answer.status_code == 303, shown(answer)
    page = shown(await office.browser.get(address))
    assert "Patient says Nothing yet." not in page
    assert re.search(r"Ana, by phone, told to Rosa Medina", page), page
