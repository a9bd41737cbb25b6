"""The patient's own page (practice 5.8): five answers, nothing named before the birth year."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from sqlalchemy import text

from accounts.api import LinkPurpose
from builders.holding_links import Holder, link_to, said_on, without_secrets
from builders.referrals import Town, a_town
from referrals.actions import AgencySays, ConsentGiven, NewPatient
from referrals.consent import NamingLevel
from referrals.lifecycle import BusinessStatus
from shared import clock

if TYPE_CHECKING:
    import httpx

    from referrals.models import Referral
    from shared.database import Database

S = BusinessStatus
ANA = NewPatient(
    name="Ana Flores",
    phone="202-555-0137",
    language="en",
    zip="20010",
    household_size=4,
    email="ana@mail.example",
    birth_date=date(1991, 6, 14),
)
PLACE = ("Harbor Pantry", "12 Elm St", "Food boxes")
PRIVATE = ("Flores", "0137", "1991", "ana@mail", *PLACE)


@dataclass
class Phone:
    """Ana's browser at her page."""

    town: Town
    referral: Referral
    holder: Holder

    async def words(self, language: str = "en") -> str:
        return said_on((await self.holder.look(language)).text)

    async def answer(self, digit: int, question: str = "P5") -> httpx.Response:
        return await self.holder.press("answer", answer=str(digit), question=question)

    async def status(self) -> S:
        return (await self.town.read(self.referral.id)).status

    async def says_yes(self) -> None:
        await self.town.says(self.referral.id, AgencySays.YES, self.town.page(clock.now()))

    async def tasks(self) -> set[str]:
        async with self.town.as_clinic() as session:
            return set(await session.scalars(text("select kind from staff_task")))


async def a_phone(
    database: Database,
    client: httpx.AsyncClient,
    level: NamingLevel = NamingLevel.NEED,
    patient: NewPatient = ANA,
) -> Phone:
    agreed = ConsentGiven(
        share=True,
        hear_back=True,
        text=True,
        next_places=True,
        heard_by="Rosa",
        naming_level=level,
    )
    now = clock.now()
    town = await a_town(database, patient=patient, consent=agreed, now=now)
    referral = await town.sent(now=now)
    holder = await link_to(town, client, referral.id, LinkPurpose.PATIENT)
    return Phone(town, referral, holder)


@pytest_asyncio.fixture
async def phone(database: Database, client: httpx.AsyncClient) -> Phone:
    return await a_phone(database, client)


async def test_it_greets_by_initial_and_says_what_was_asked(phone: Phone) -> None:
    words = await phone.words()

    for told in (
        "Hello A.",
        "you asked Lincoln Clinic for food.",
        "We asked a place for you",
        "Talk to Rosa",
        "202-555-0100",
        "I got it",
        "I am still waiting",
        "I did not get it",
        "I don’t need it now",
        "Please call me",
        "911",
        "988",
    ):
        assert told in words, told
    assert "Leave" in words


async def test_before_the_birth_year_no_page_says_who_or_where(phone: Phone) -> None:
    await phone.says_yes()

    page = (await phone.holder.look()).text

    assert "The place said yes" in page
    for canary in PRIVATE:
        assert canary not in without_secrets(page), canary


async def test_neutral_names_neither_need_nor_place(
    database: Database, client: httpx.AsyncClient
) -> None:
    phone = await a_phone(database, client, NamingLevel.NEUTRAL)
    for _step in range(2):
        page = (await phone.holder.look()).text
        assert "This is about our talk on" in page
        for canary in ("food", "Food", "0144", "place said", *PRIVATE):
            assert canary not in without_secrets(page), canary
        await phone.says_yes() if await phone.status() is S.SENT else None


async def test_it_speaks_the_patients_language_unless_told_otherwise(
    database: Database, client: httpx.AsyncClient
) -> None:
    phone = await a_phone(database, client, patient=replace(ANA, language="es"))

    first = said_on((await client.get(phone.holder.path)).text)
    assert "Hola, A." in first
    assert "Sigo esperando" in first
    assert "Hello A." in await phone.words("en")


async def test_a_wrong_year_is_told_in_the_patients_language(
    database: Database, client: httpx.AsyncClient
) -> None:
    phone = await a_phone(database, client, patient=replace(ANA, language="es"))
    page = (await client.get(phone.holder.path)).text

    wrong = await phone.holder.send(page, "reveal", year="1950")

    assert "No es el año que tenemos." in said_on(wrong.text)


async def test_looking_100_times_changes_nothing(phone: Phone) -> None:
    before = await phone.town.read(phone.referral.id)

    for method in ("GET", "HEAD") * 50:
        await phone.holder.browser.request(method, phone.holder.path)

    after = await phone.town.read(phone.referral.id)
    assert (after.version, after.changed_at) == (before.version, before.changed_at)


async def test_got_it_closes_and_asks_if_it_is_enough(phone: Phone) -> None:
    await phone.says_yes()

    answer = await phone.answer(1)

    assert answer.status_code == 303
    assert await phone.status() is S.CLOSED_PATIENT_ONLY
    words = await phone.words()
    assert "Is it enough for now?" in words
    await phone.answer(2, "P6")
    assert "Rosa plans the next step with you." in await phone.words()
    assert "follow_up_need" in await phone.tasks()


async def test_did_not_get_it_asks_before_telling(phone: Phone) -> None:
    await phone.says_yes()

    await phone.answer(3)

    assert "May we tell them and ask why?" in await phone.words()
    assert await phone.status() is S.ACCEPTED
    await phone.answer(2, "P7")
    assert "OK. We tell them nothing" in await phone.words()


async def test_call_me_promises_a_call_by_a_day(phone: Phone) -> None:
    await phone.answer(5)

    words = await phone.words()
    assert "OK. We call you" in words
    assert "Rosa or a teammate calls you by" in words
    assert "call_patient" in await phone.tasks()


async def test_pressing_twice_is_one_answer(phone: Phone) -> None:
    page = (await phone.holder.look()).text
    for _press in range(2):
        await phone.holder.send(page, "answer", answer="5", question="P5")

    assert (await phone.town.read(phone.referral.id)).version == phone.referral.version + 1


@pytest.mark.parametrize(("digit", "question"), [("7", "P5"), ("9", "P5"), ("1", "P0"), ("", "")])
async def test_what_no_button_says_is_refused(phone: Phone, digit: str, question: str) -> None:
    answer = await phone.holder.press("answer", answer=digit, question=question)

    assert answer.status_code == 400
    assert await phone.status() is S.SENT


async def test_the_birth_year_tells_the_place_and_who_has_read_it(phone: Phone) -> None:
    await phone.says_yes()

    answer = await phone.holder.press("reveal", year="1991")

    words = said_on(answer.text)
    for told in (*PLACE, "Who has read your request", "Harbor Pantry : what you need"):
        assert told in words, told
    assert "Flores" not in answer.text
    # Not kept: a reload is the page without it.
    assert "12 Elm St" not in (await phone.holder.look()).text


async def test_wrong_years_close_the_page_for_a_day(phone: Phone) -> None:
    for year in ("1986", "", "1988", "abcd"):
        wrong = await phone.holder.press("reveal", year=year)
        assert wrong.status_code == 403
        assert "This is not the year we have." in said_on(wrong.text)
        assert "12 Elm St" not in wrong.text

    last = await phone.holder.press("reveal", year="1999")

    assert "This page has been closed for your safety." in said_on(last.text)
    closed = await phone.holder.look()
    assert closed.status_code == 403
    assert "Call 202-555-0100" in said_on(closed.text)
    for canary in ("food", *PRIVATE):
        assert canary not in without_secrets(closed.text)


async def test_the_right_year_forgives_the_wrong_ones(phone: Phone) -> None:
    for _try in range(4):
        await phone.holder.press("reveal", year="1986")
    await phone.holder.press("reveal", year="1991")

    assert (await phone.holder.press("reveal", year="1986")).status_code == 403
    assert (await phone.holder.look()).status_code == 200


async def test_another_place_and_a_new_number_are_read_by_a_person(phone: Phone) -> None:
    await phone.holder.press("another_place")
    refused = await phone.holder.press("new_number", phone="12345")
    assert refused.status_code == 400
    assert "Type all 10 digits" in said_on(refused.text)

    await phone.holder.press("new_number", phone="202-555-0166")

    words = await phone.words()
    assert "You asked for another place." in words
    assert "You sent a new number." in words
    assert {"read_text", "repair_contact"} <= await phone.tasks()


async def test_stop_ends_it_and_hides_it_from_the_agency(phone: Phone) -> None:
    await phone.says_yes()

    await phone.holder.press("stop")

    assert await phone.status() is S.PATIENT_DECLINED
    assert "We have stopped this" in await phone.words()
    assert not (await phone.town.read(phone.referral.id)).may_text
    async with phone.town.as_agency() as session:
        left = await session.scalar(text("select count(*) from referral_disclosure"))
    assert left == 0


async def test_an_old_link_sends_a_new_one_to_the_patients_mailbox(phone: Phone) -> None:
    old = await link_to(
        phone.town,
        phone.holder.browser,
        phone.referral.id,
        LinkPurpose.PATIENT,
        now=clock.now() - timedelta(days=8),
    )
    page = await old.look()
    assert "This link is older than 7 days" in said_on(page.text)
    assert "food" not in page.text

    sent = await old.send(page.text, "new_link")

    assert "A new link is on its way" in said_on(sent.text)
    assert "ana@mail" not in sent.text


async def test_an_agency_link_never_shows_the_patients_page(phone: Phone) -> None:
    agency = await link_to(phone.town, phone.holder.browser, phone.referral.id)

    answer = await agency.press("reveal", year="1991")

    assert answer.status_code == 400
    assert "Hello A." not in answer.text


@pytest.mark.parametrize(
    ("language", "asks", "choice"),
    [("en", "Can you go?", "I need another time"), ("es", "¿Puede ir?", "Necesito otra hora")],
)
async def test_a_visit_that_is_to_come_is_asked_about(
    phone: Phone, language: str, asks: str, choice: str
) -> None:
    visit = clock.now() + timedelta(days=3)
    word = phone.town.page(clock.now())
    await phone.town.says(phone.referral.id, AgencySays.SCHEDULED, word, visit_at=visit)
    words = await phone.words(language)
    assert asks in words
    assert choice in words

    await phone.answer(2, "P4")

    assert await phone.status() is S.CONTACTING
    assert "new_visit_time" in await phone.tasks()
    assert asks not in await phone.words(language)


ENGLISH = re.compile(r"\b(the|you|your|this|place|with|and|call|help)\b", re.IGNORECASE)


async def test_in_spanish_no_word_is_english_before_and_after_the_birth_year(
    database: Database, client: httpx.AsyncClient
) -> None:
    phone = await a_phone(database, client, patient=replace(ANA, language="es"))
    await phone.says_yes()
    client.cookies.clear()
    before = said_on((await client.get(phone.holder.path)).text)

    async def reveal(year: str) -> str:
        page = (await phone.holder.look("es")).text
        return said_on((await phone.holder.send(page, "reveal", year=year)).text)

    shown, wrong = await reveal("1991"), await reveal("1950")

    for told in PLACE:
        assert told not in before
        assert told in shown
    assert "Quién leyó su pedido" in shown
    for page in (before, shown, wrong):
        assert not ENGLISH.search(page.replace("Food boxes", "")), page


async def test_closed_and_expired_pages_speak_spanish(
    database: Database, client: httpx.AsyncClient
) -> None:
    phone = await a_phone(database, client, patient=replace(ANA, language="es"))
    client.cookies.clear()
    for _try in range(5):
        await phone.holder.press("reveal", year="1950")
    closed = said_on((await phone.holder.look("es")).text)
    eight_days_ago = clock.now() - timedelta(days=8)
    old = await link_to(
        phone.town, client, phone.referral.id, LinkPurpose.PATIENT, now=eight_days_ago
    )
    expired = said_on((await old.look("es")).text)

    assert "202-555-0100" in closed
    for page in (closed, expired):
        assert not ENGLISH.search(page), page
