"""The page that notes where a place may be asked, and the mailbox's own yes or never."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text

from accounts.api import (
    NewChannel,
    add_answering_channel,
    create_confirm_link,
    verified_channels,
)
from accounts.rules import ChannelKind, Role
from builders.accounts import a_member, a_person
from builders.browsing import OURS, csrf_of, hidden, nonce_of, sign_in_as
from builders.holding_links import said_on
from builders.referrals import Town, a_town
from notify.api import give_sender_number
from notify.models import Message
from referrals.going_out import run_channels_due
from shared import clock
from shared.crypto import link_token
from shared.database import Context

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from referrals.models import Referral
    from shared.database import Database

DENISE, MAILBOX = "202-555-0161", "desk@harbor.example"
TOLD = {
    "asks": "told", "address": DENISE, "said_by": "Denise", "said_role": "manager",
    "said_how": "phone", "language": "en",
}  # fmt: skip


@dataclass
class Office:
    """Rosa's browser at a request that waits for a place nobody may write to."""

    town: Town
    browser: httpx.AsyncClient
    worker: Database
    referral: Referral

    @property
    def path(self) -> str:
        return f"/referrals/{self.referral.id}/channel"

    async def send(self, **fields: Any) -> httpx.Response:
        base = {"csrf": await csrf_of(self.browser), "nonce": await nonce_of(self.browser)}
        return await self.browser.post(self.path, data={**base, **fields}, headers=OURS)

    async def queued(self, template: str) -> int:
        async with self.town.as_clinic() as session:
            found = await session.scalar(select(func.count()).where(Message.template == template))
            return int(found or 0)

    async def mailbox(self) -> tuple[UUID, str]:
        """An invited mailbox, and its page."""
        async with self.town.as_agency() as session:
            channel_id = await add_answering_channel(
                session, NewChannel(self.town.agency, ChannelKind.EMAIL, MAILBOX), now=clock.now()
            )
            link_id = await create_confirm_link(
                session, organization_id=self.town.agency, channel_id=channel_id, now=clock.now()
            )
        return channel_id, f"/confirm/{link_token(link_id)}"

    async def channels(self) -> int:
        async with self.town.as_clinic() as session:
            return len(await verified_channels(session, self.town.agency, now=clock.now()))


@pytest_asyncio.fixture
async def office(
    client: httpx.AsyncClient, database: Database, worker_database: Database
) -> Office:
    town = await a_town(database, phones=(), now=clock.now())
    async with worker_database.transaction(Context()) as session:
        await give_sender_number(session, town.clinic, "+12025550190")
    referral = await town.sent(now=clock.now())
    rosa = await a_person(
        database, town.clinic, Role.NAVIGATOR, name="Rosa Medina", email="rosa@lincoln.example"
    )
    await sign_in_as(client, rosa)
    return Office(town, client, worker_database, referral)


async def test_the_request_leads_to_the_page(office: Office) -> None:
    page = await office.browser.get(f"/referrals/{office.referral.id}")

    assert f'href="{office.path}"' in page.text


async def test_the_page_says_what_to_do_and_what_they_would_get(office: Office) -> None:
    page = await office.browser.get(office.path)

    said = said_on(page.text)
    assert page.status_code == 200
    assert "Where may Harbor Pantry be asked?" in said
    assert "1 request waits." in said
    assert "may we text requests for Harbor Pantry to this phone? 1 yes 3 no." in said
    assert "¿podemos mandar pedidos para Harbor Pantry a este celular?" in said
    assert "Ana" not in said
    assert page.headers["cache-control"] == "no-store"


async def test_the_page_speaks_spanish(office: Office) -> None:
    page = await office.browser.get(office.path, params={"lang": "es"})

    said = said_on(page.text)
    assert "¿A dónde se le puede escribir a Harbor Pantry?" in said
    assert "Espera 1 pedido." in said
    assert "They " not in said.replace("They read", "")


async def test_a_yes_by_word_sends_the_request_at_once(office: Office) -> None:
    answer = await office.send(**TOLD)

    assert answer.status_code == 303
    page = await office.browser.get(answer.headers["location"])
    said = said_on(page.text)
    assert "Harbor Pantry said where requests may go" in said
    assert "Denise, manager, by phone, told to Rosa Medina" in said
    assert "The request went to Harbor Pantry" in said
    assert "Call them and ask" not in said
    assert await office.queued("A1") == 1


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {"address", "asks"}),
        ({**TOLD, "said_by": "", "said_role": ""}, {"said_by", "said_role"}),
        ({**TOLD, "address": "soon"}, {"address"}),
        ({**TOLD, "address": "soon", "said_by": ""}, {"address", "said_by"}),
        ({**TOLD, "when": "2099-01-01"}, {"when"}),
        ({**TOLD, "when": "someday"}, {"when"}),
        ({**TOLD, "when": "2020-01-01"}, {"when"}),
        ({"asks": "text", "address": MAILBOX}, {"address"}),
        ({"asks": "mail", "address": DENISE}, {"address"}),
        ({"asks": "text", "address": "202-555-0144"}, {"address"}),
    ],
)
async def test_what_is_wrong_is_told_beside_its_field(
    office: Office, fields: dict[str, str], wrong: set[str]
) -> None:
    answer = await office.send(**fields)

    assert answer.status_code == 400
    for field in wrong:
        assert f'id="{field}-error"' in answer.text
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}"' in answer.text
    assert answer.text.count('class="err"') == len(wrong)
    assert await office.queued("A0") == await office.queued("A1") == 0
    for value in fields.values():
        if value not in {"told", "text", "mail", "phone", "en"}:
            assert f'value="{value}"' in answer.text


@pytest.mark.parametrize(
    ("fields", "queued"),
    [
        (TOLD, "A1"),
        ({"asks": "text", "address": DENISE}, "A0"),
        ({"asks": "mail", "address": MAILBOX}, "agency_invitation"),
    ],
)
async def test_pressed_twice_is_one_act(
    office: Office, fields: dict[str, str], queued: str
) -> None:
    nonce = await nonce_of(office.browser)

    answers = [await office.send(**fields, nonce=nonce) for _press in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert await office.queued(queued) == 1


async def test_asking_again_so_soon_is_refused(office: Office) -> None:
    await office.send(asks="text", address=DENISE)

    answer = await office.send(asks="text", address=DENISE)

    assert answer.status_code == 400
    assert "We asked there less than 30 days ago." in said_on(answer.text)
    page = await office.browser.get(office.path)
    assert "A phone: no yes yet." in said_on(page.text)
    assert DENISE not in said_on(page.text).replace("like 202-555-0144", "")


async def test_nobody_else_finds_the_page(office: Office, database: Database) -> None:
    for member, role, status in (
        (await a_member(database, "Oak School"), Role.NAVIGATOR, 404),
        (office.town.agency, Role.NAVIGATOR, 404),
        (office.town.agency, Role.AGENCY_WORKER, 403),
        (office.town.clinic, Role.STEWARD, 403),
        (office.town.clinic, Role.NETWORK_ADMINISTRATOR, 404),
    ):
        office.browser.cookies.clear()
        await sign_in_as(office.browser, await a_person(database, member, role, name="Maya"))
        assert (await office.browser.get(office.path)).status_code == status
        assert (await office.send(**TOLD)).status_code == status
    assert await office.channels() == 0


async def test_a_form_that_is_not_ours_is_refused(office: Office) -> None:
    answer = await office.browser.post(office.path, data=TOLD, headers=OURS)

    assert answer.status_code == 403
    assert await office.channels() == 0


# The mailbox's own page


async def test_looking_at_the_mailboxs_page_changes_nothing(office: Office) -> None:
    _channel, path = await office.mailbox()

    for address in (path, f"{path}/never"):
        assert (await office.browser.get(address)).status_code in {200, 303}
        assert (await office.browser.head(address)).status_code in {200, 303, 405}

    await run_channels_due(office.worker, clock.now() + timedelta(minutes=1))
    assert await office.channels() == 0
    assert await office.queued("agency_request") == 0


async def test_the_mailboxs_yes_sends_the_request_once(office: Office) -> None:
    _channel, path = await office.mailbox()
    page = await office.browser.get(path)
    data = {"nonce": hidden(page.text, "nonce"), "answer": "yes"}

    for _press in range(2):
        answer = await office.browser.post(path, data=data, headers=OURS)
        assert answer.status_code == 200
        await run_channels_due(office.worker, clock.now() + timedelta(minutes=1))

    assert await office.queued("agency_request") == 1


async def test_one_click_in_the_mail_program_is_never(office: Office) -> None:
    channel_id, path = await office.mailbox()

    nothing = await office.browser.post(f"{path}/never", data={"a": "scanner"})
    answer = await office.browser.post(f"{path}/never", data={"List-Unsubscribe": "One-Click"})

    assert (nothing.status_code, answer.status_code) == (400, 200)
    async with office.worker.transaction(Context(office.town.agency)) as session:
        stopped = await session.scalar(
            text("select stopped_at from answering_channel where id = :id"), {"id": channel_id}
        )
    assert stopped is not None
    refused = await office.send(asks="mail", address=MAILBOX)
    assert "They said no to this phone or mailbox" in said_on(refused.text)


async def test_one_click_works_however_old_the_mail_is(office: Office) -> None:
    channel_id, _path = await office.mailbox()
    async with office.town.as_agency() as session:
        link_id = await create_confirm_link(
            session,
            organization_id=office.town.agency,
            channel_id=channel_id,
            now=clock.now() - timedelta(days=40),
        )
    path = f"/confirm/{link_token(link_id)}/never"

    answer = await office.browser.post(path, data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert (await office.send(asks="mail", address=MAILBOX)).status_code == 400
