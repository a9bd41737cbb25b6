"""Our worker and webhooks, with the simulator in between: the whole way round."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from fakes.messaging import ANA, CLINIC_NUMBER, FAST, MAILBOX, FakeSource, a_message
from notify.api import give_sender_number, is_suppressed, phone_hash, queue_message
from notify.channels import Channels
from notify.channels.simulator.app import running_simulator, served
from notify.channels.simulator.options import options_from
from notify.worker import Sender, send_message
from shared.database import Context, Database
from shared.identifiers import new_id
from shared.settings import Settings
from web.app import create_app

HOST = "127.0.0.1"


@dataclass
class Round:
    """A clinic that texts through the simulator."""

    app: Database
    sender: Sender
    clinic: UUID
    simulator: httpx.AsyncClient

    async def send(self, **changes: Any) -> UUID:
        async with self.app.transaction(Context(organization_id=self.clinic)) as session:
            message_id = await queue_message(session, a_message(self.clinic, **changes))
        assert message_id is not None
        assert await send_message(self.sender, self.clinic, message_id)
        return message_id

    async def reply(self, body: str) -> None:
        answer = await self.simulator.post(
            f"/simulator/api/phones/{ANA}/replies", json={"body": body}
        )
        assert answer.status_code == 201

    async def shown(self, place: str) -> Any:
        answer = await self.simulator.get(f"/simulator/api/{place}/messages")
        return answer.json()["messages"]

    async def until(self, query: str, expected: Any) -> None:
        found: Any = None
        for _ in range(100):
            async with self.sender.database.transaction(
                Context(organization_id=self.clinic)
            ) as session:
                found = (await session.execute(text(query))).scalar_one_or_none()
            if found == expected:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(found)


def free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    for each in sockets:
        each.bind((HOST, 0))
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest_asyncio.fixture
async def around(committed: dict[str, Database], source: FakeSource) -> AsyncIterator[Round]:
    web, http, smtp = free_ports(3)
    settings = Settings(
        mode="test",
        public_url=f"http://{HOST}:{web}",
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token="token",
        twilio_api_url=f"http://{HOST}:{http}",
        smtp_host=HOST,
        smtp_port=smtp,
        smtp_plain=True,
        mail_return="bounce@handback.example",
        mail_secret="secret of the round",
    )
    clinic = new_id()
    async with committed["worker"].transaction(Context()) as session:
        await give_sender_number(session, clinic, CLINIC_NUMBER, segments_per_second=FAST)
    async with (
        running_simulator(options_from(settings), http_port=http, smtp_port=smtp),
        served(create_app(settings, committed["app"]), HOST, web),
        httpx.AsyncClient(base_url=f"http://{HOST}:{http}") as simulator,
    ):
        channels = Channels.from_settings(settings)
        yield Round(committed["app"], Sender(committed["worker"], channels), clinic, simulator)
        await channels.close()


async def test_a_text_is_delivered_and_its_answer_comes_home(around: Round) -> None:
    await around.send()
    [shown] = await around.shown(f"phones/{ANA}")
    assert shown["body"] == "Lincoln Clinic: there is news."
    await around.until("select state from message", "delivered")
    await around.reply("1")
    await around.until("select organization_id from inbound_text", around.clinic)


async def test_an_own_word_for_stop_is_heeded(around: Round) -> None:
    await around.send()
    await around.reply("ALTO")
    await around.until("select count(*) from suppression", 1)
    async with around.app.transaction(Context()) as session:
        assert await is_suppressed(session, around.clinic, phone_hash(ANA))


async def test_a_mail_reaches_its_mailbox(around: Round) -> None:
    await around.send(channel="email")
    [mail] = await around.shown(f"mailboxes/{MAILBOX}")
    assert mail["subject"] == "A request"


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("bounce", "hard"),
        ("full", "soft"),
        ("away", "away"),
        ("complain", "complaint"),
        ("unsubscribe", "unsubscribe"),
        ("reply", "person"),
    ],
)
async def test_what_a_mailbox_sends_back_comes_home_as_what_it_is(
    around: Round, kind: str, found: str
) -> None:
    message_id = await around.send(channel="email")
    answer = await around.simulator.post(
        f"/simulator/api/mailboxes/{MAILBOX}/answers", json={"kind": kind, "words": "We can help."}
    )
    assert answer.json() == {"answered": 200}
    query = "select kind from mail_report where message_id = :message"
    async with around.sender.database.transaction(Context(actor="worker")) as session:
        kinds = await session.scalars(text(query), {"message": message_id})
        assert list(kinds) == [found]


async def test_the_buttons_below_a_mail_send_it_back(around: Round) -> None:
    await around.send(channel="email")
    page = await around.simulator.get(f"/simulator/mailboxes/{MAILBOX}")
    assert "Bounce this" in page.text
    [mail] = await around.shown(f"mailboxes/{MAILBOX}")
    pressed = await around.simulator.post(
        f"/simulator/mailboxes/{MAILBOX}/answers", data={"mail": mail["id"], "kind": "bounce"}
    )
    assert pressed.status_code == 303
    query = "select count(*) from mail_report where kind = 'hard'"
    async with around.sender.database.transaction(Context(actor="worker")) as session:
        assert await session.scalar(text(query)) == 1
