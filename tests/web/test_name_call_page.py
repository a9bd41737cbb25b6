"""The page that makes a PIN, and the signed webhooks behind which a name is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from sqlalchemy import select, text, update
from twilio.request_validator import RequestValidator

from accounts.rules import Role
from builders.accounts import a_person
from builders.browsing import OURS, csrf_of, nonce_of, sign_in_as
from builders.holding_links import said_on
from builders.referrals import Town, a_town
from notify.api import give_sender_number
from notify.models import Message, SenderNumber
from referrals.actions import AgencySays
from referrals.jobs import message_outcome
from referrals.name_calls.pins import note_ending
from shared import clock
from shared.database import Context
from shared.phone_numbers import display
from shared.settings import get_settings

if TYPE_CHECKING:
    import httpx

    from referrals.models import Referral
    from shared.database import Database

NUMBER, DENISE = "+12025550190", "+12025550144"
VOICE, KEYS = "/webhooks/twilio/voice", "/webhooks/twilio/voice/keys?turn=1"


@dataclass
class Office:
    """Rosa's browser at a request that was said yes to by text."""

    town: Town
    browser: httpx.AsyncClient
    worker: Database
    referral: Referral

    @property
    def path(self) -> str:
        return f"/referrals/{self.referral.id}/name-call"

    async def make(self, phone: str = "") -> httpx.Response:
        fields = {
            "csrf": await csrf_of(self.browser),
            "nonce": await nonce_of(self.browser),
            "phone": phone or str(self.town.channels[0]),
        }
        return await self.browser.post(self.path, data=fields, headers=OURS)

    async def calls(self, address: str, **form: str) -> httpx.Response:
        form = {"CallSid": "CA1", "From": DENISE, "To": NUMBER, **form}
        return await signed(self.browser, address, form, "test-token")


async def signed(
    browser: httpx.AsyncClient, address: str, form: dict[str, str], token: str
) -> httpx.Response:
    made = RequestValidator(token).compute_signature(get_settings().address + address, form)
    headers = {
        "X-Twilio-Signature": str(made),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return await browser.post(address, content=urlencode(form), headers=headers)


@pytest_asyncio.fixture
async def office(
    client: httpx.AsyncClient, database: Database, worker_database: Database
) -> Office:
    town = await a_town(database, phones=(DENISE,), now=clock.now())
    async with worker_database.transaction(Context()) as session:
        await give_sender_number(session, town.clinic, NUMBER, takes_calls=True)
    referral = await town.sent(now=clock.now())
    await town.says(referral.id, AgencySays.YES, town.text(clock.now()))
    rosa = await a_person(
        database, town.clinic, Role.NAVIGATOR, name="Rosa Medina", email="rosa@lincoln.example"
    )
    await sign_in_as(client, rosa)
    return Office(town, client, worker_database, referral)


def pin_on(page: str) -> str:
    return page.partition('<p class="big num"><strong>')[2].partition("</strong>")[0]


async def test_the_task_to_give_the_name_leads_to_the_page(office: Office) -> None:
    page = await office.browser.get(f"/referrals/{office.referral.id}")
    assert f'href="{office.path}"' in page.text


def to_do(page: str) -> str:
    """The tasks of a request's page."""
    return page.partition('id="todo"')[2].partition("</section>")[0]


async def has_voice(office: Office, owner: Database, number: str | None) -> None:
    async with owner.transaction(Context()) as session:
        await session.execute(
            text("update member set voice_phone = :number where id = :id"),
            {"id": office.town.agency, "number": number},
        )


async def test_the_task_names_the_phone_that_was_texted_and_no_public_number(
    office: Office, owner_database: Database
) -> None:
    await has_voice(office, owner_database, None)
    async with office.town.as_clinic() as session:
        await note_ending(session, office.referral.id, office.town.channels[0], "+12025550177")

    page = (await office.browser.get(f"/referrals/{office.referral.id}")).text
    today = (await office.browser.get("/today")).text

    words = said_on(f"<main{to_do(page)}</main>")
    assert "Call the phone that gets our texts. Its number ends in 77." in words
    assert "say no name" in words
    above = page.partition('id="todo"')[0]
    assert office.referral.performer_phone is not None
    for part in (above, to_do(page), today):
        assert f"tel:{office.referral.performer_phone}" not in part


async def test_the_agencys_own_number_for_calls_is_offered(
    office: Office, owner_database: Database
) -> None:
    await has_voice(office, owner_database, "+12025550166")

    page = (await office.browser.get(f"/referrals/{office.referral.id}")).text

    assert "tel:+12025550166" in to_do(page)
    assert "Or the phone that gets our texts." not in to_do(page), "no ending is known"


async def test_the_pin_is_shown_this_once_and_names_nobody(office: Office) -> None:
    made = await office.make()
    pin = pin_on(made.text).replace(" ", "")
    assert len(pin) == 4
    assert made.headers["cache-control"] == "no-store"
    again = await office.browser.get(office.path)
    assert pin_on(again.text) == ""
    assert "It has a PIN since" in said_on(again.text)
    assert "Ana" not in made.text + again.text


async def test_the_page_never_offers_the_public_number_as_the_phone_that_was_texted(
    office: Office,
) -> None:
    page = said_on((await office.browser.get(office.path)).text)
    public = display(office.referral.performer_phone or "")
    told = page.partition("it may be another phone:")
    assert public
    assert public not in told[0]
    assert public in told[2]
    assert "We can’t say yet how its number ends." in page


async def test_of_the_texted_phone_the_last_two_digits_are_shown_and_no_more(
    office: Office,
) -> None:
    async with office.town.as_clinic() as session:
        await note_ending(session, office.referral.id, office.town.channels[0], "+12025550177")
    page = (await office.browser.get(office.path)).text
    assert "Its number ends in 77." in said_on(page)
    assert "555-0177" not in page
    assert "5550177" not in page


async def test_the_page_speaks_spanish(office: Office) -> None:
    said = said_on((await office.browser.get(office.path, params={"lang": "es"})).text)
    assert "Un PIN para Harbor Pantry" in said
    assert "Crear un PIN" in said
    assert " PIN yet" not in said


@pytest.mark.parametrize("phone", ["nonsense", "0192f0c1-0000-7000-8000-000000000000"])
async def test_a_phone_that_was_not_asked_gets_no_pin(office: Office, phone: str) -> None:
    assert (await office.make(phone)).status_code == 404


async def test_without_calls_the_page_says_so(office: Office) -> None:
    async with office.worker.transaction(Context()) as session:
        await session.execute(update(SenderNumber).values(takes_calls=False))
    assert "takes no calls yet" in said_on((await office.browser.get(office.path)).text)
    assert (await office.make()).status_code == 409


async def test_a_signed_call_with_the_pin_hears_the_name_and_nobody_stores_it(
    office: Office,
) -> None:
    pin = pin_on((await office.make()).text).replace(" ", "")
    rings = await office.calls(VOICE)
    assert rings.headers["content-type"].startswith("text/xml")
    assert f'action="{KEYS}"' in rings.text
    told = await office.calls(KEYS, Digits=pin)
    assert "Ana Flores" in told.text
    assert told.headers["cache-control"] == "no-store"
    # Addresses hold the number of the turn, and nothing else.
    assert told.text.partition('action="')[2].partition('"')[0] == f"{VOICE}/keys?turn=2"
    page = said_on((await office.browser.get(f"/referrals/{office.referral.id}")).text)
    assert "Harbor Pantry heard name and number by phone" in page


async def test_a_forged_call_is_refused_and_leaves_nothing(office: Office) -> None:
    form = {"CallSid": "CA1", "From": DENISE, "To": NUMBER}
    for address in (VOICE, KEYS):
        answer = await signed(office.browser, address, form, "another-token")
        assert answer.status_code == 403
    async with office.town.as_clinic() as session:
        assert (await session.execute(text("select count(*) from name_call"))).scalar_one() == 0


@pytest.mark.parametrize("missing", ["CallSid", "To"])
async def test_a_call_without_its_id_or_our_number_is_refused(office: Office, missing: str) -> None:
    assert (await office.calls(VOICE, **{missing: ""})).status_code == 400


async def test_a_text_to_look_at_leads_from_the_request_to_its_story(office: Office) -> None:
    async with office.town.as_clinic() as session:
        rows = await session.scalars(select(Message).where(Message.template == "A1"))
        asked = rows.one()
        asked.needs_person_since = clock.now()
        message_id = asked.id
    await message_outcome(office.worker, office.town.clinic, message_id, clock.now())
    page = await office.browser.get(f"/referrals/{office.referral.id}")
    assert "A text may not have arrived: look" in said_on(page.text)
    assert f'href="/delivery/{message_id}"' in page.text
    assert (await office.browser.get(f"/delivery/{message_id}")).status_code == 200
