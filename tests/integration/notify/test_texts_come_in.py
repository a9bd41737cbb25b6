"""M7, M8, M9, M10: a text counts once, however often it comes, and also when nobody was there."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from httpx import ASGITransport, AsyncClient
from twilio.request_validator import RequestValidator

from fakes.messaging import ANA, CLINIC_NUMBER, FAST, NOON, Clock, FakeMails, FakeTexts
from notify.api import give_sender_number, is_suppressed, phone_hash, register_source
from notify.channels import Channels
from notify.delivery import KnownText
from notify.polling import POLL_EVERY, poll_inbound
from notify.worker import Sender
from referrals import strangers
from shared.database import Context, Database
from shared.identifiers import new_id
from shared.settings import get_settings
from support.inbound_drills import (
    FORGERIES,
    MESSAGES,
    Seen,
    copies,
    counted,
    forgeries,
    inbound,
    missed,
    posted,
    replays,
    signature,
)
from support.tcp_faults import faulty_proxy, socket_of, through
from web.app import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from uuid import UUID

KEY, SECRET = "webhooks_sharedkey_1", "another secret"


@pytest_asyncio.fixture
async def texted(committed: dict[str, Database]) -> UUID:
    register_source(strangers.SOURCE, strangers.StrangerSource())
    organization_id = new_id()
    async with committed["worker"].transaction(Context()) as session:
        await give_sender_number(session, organization_id, CLINIC_NUMBER, segments_per_second=FAST)
    return organization_id


@pytest.fixture
def carrier() -> FakeTexts:
    return FakeTexts()


@pytest.fixture
def worker(committed: dict[str, Database], carrier: FakeTexts) -> Sender:
    return Sender(committed["worker"], Channels(carrier, FakeMails()), Clock())


@pytest_asyncio.fixture
async def client(committed: dict[str, Database]) -> AsyncIterator[AsyncClient]:
    settings = get_settings().model_copy(
        update={"twilio_webhook_key_id": KEY, "twilio_webhook_secret": SECRET}
    )
    app = create_app(settings, committed["app"])
    async with AsyncClient(transport=ASGITransport(app), base_url="http://inside.local") as made:
        yield made


def listed(number: int, body: str, at: datetime, sender: str = ANA) -> KnownText:
    return KnownText(f"SM{number:032d}", "received", None, sender, CLINIC_NUMBER, body, at)


async def stopped(committed: dict[str, Database], organization_id: UUID) -> bool:
    async with committed["app"].transaction(Context()) as session:
        return await is_suppressed(session, organization_id, phone_hash(ANA))


async def test_copies_at_once_are_one_text_each(
    client: AsyncClient, worker: Sender, texted: UUID
) -> None:
    assert await copies(client, worker, texted, texts=4, each=20) == Seen(80, 80, 4, 4)


async def test_no_forgery_is_taken(client: AsyncClient, worker: Sender, texted: UUID) -> None:
    number = 2 * len(FORGERIES)
    assert await forgeries(client, worker, texted, number=number) == Seen(number, 0, 0, 0)


async def test_a_replay_has_no_second_effect(
    client: AsyncClient, worker: Sender, texted: UUID
) -> None:
    assert await replays(client, worker, texted, number=10) == Seen(10, 10, 1, 1)


async def test_empty_and_new_parameters_and_any_letters_belong_to_the_signature(
    client: AsyncClient, texted: UUID
) -> None:
    form = inbound("  ¿Sí? 好 & = + % ", MediaUrl0="", NewThing="x", NumMedia="0")
    assert (await posted(client, MESSAGES, form)).status_code == 200


def by_key(form: dict[str, str], key: str = KEY, secret: str = SECRET) -> dict[str, Any]:
    address = get_settings().address + MESSAGES
    signed = RequestValidator(secret).compute_signature(address, form, "HMAC_SHA256")
    return {
        "signed": signed,
        "X-Twilio-Webhooks-Signature-Settings": f"key={key},algorithm=HMAC_SHA256",
    }


async def test_a_webhook_key_signs_with_sha256(client: AsyncClient, texted: UUID) -> None:
    form = inbound()
    assert (await posted(client, MESSAGES, form, **by_key(form))).status_code == 200


@pytest.mark.parametrize(
    "how",
    [
        lambda form: by_key(form, key="another"),
        lambda form: by_key(form, secret="test-token"),
        lambda form: by_key({**form, "Body": "3"}),
        lambda form: {"signed": by_key(form)["signed"]},
        lambda form: {**by_key(form), "signed": signature(MESSAGES, form)},
        lambda form: {**by_key(form), "X-Twilio-Webhooks-Signature-Settings": f"key={KEY}"},
        lambda form: {
            **by_key(form),
            "X-Twilio-Webhooks-Signature-Settings": f"key={KEY},algorithm=HMAC_MD5",
        },
    ],
)
async def test_a_wrong_key_or_scheme_is_refused(
    client: AsyncClient, texted: UUID, how: Any
) -> None:
    form = inbound()
    assert (await posted(client, MESSAGES, form, **how(form))).status_code == 403


async def test_a_body_of_json_is_signed_by_its_hash(
    client: AsyncClient, committed: dict[str, Database], texted: UUID
) -> None:
    body = json.dumps(inbound())
    validator = RequestValidator("test-token")
    path = f"{MESSAGES}?bodySHA256={validator.compute_hash(body)}"
    headers = {
        "X-Twilio-Signature": validator.compute_signature(get_settings().address + path, {}),
        "Content-Type": "application/json",
    }
    assert (await client.post(path, content=body + " ", headers=headers)).status_code == 403
    assert (await client.post(MESSAGES, content=body, headers=headers)).status_code == 403
    assert (await client.post(path, content=b"\xff", headers=headers)).status_code == 403
    assert await counted(committed["worker"], "select count(*) from inbound_text") == 0
    assert (await client.post(path, content=body, headers=headers)).status_code == 200
    assert await counted(committed["worker"], "select count(*) from inbound_text") == 1


async def test_texts_that_came_while_we_were_away_are_read_once(
    worker: Sender, carrier: FakeTexts, texted: UUID
) -> None:
    found = await missed(worker, carrier, texted, texts=12, now=NOON)
    assert found == Seen(12, 12, 12, 12)


async def test_a_list_longer_than_one_answer_is_read_to_its_end(
    worker: Sender, carrier: FakeTexts, texted: UUID
) -> None:
    carrier.page = 8
    found = await missed(worker, carrier, texted, texts=40, now=NOON)
    assert found == Seen(40, 40, 40, 40)


async def test_webhook_and_list_tell_of_one_text(
    client: AsyncClient, worker: Sender, carrier: FakeTexts, texted: UUID
) -> None:
    await posted(client, MESSAGES, inbound("hello", 1))
    carrier.listed.append(listed(1, "hello", NOON))
    assert await poll_inbound(worker) == 0
    assert await counted(worker.database, "select count(*) from inbound_text") == 1


async def test_two_workers_ask_once_and_again_after_two_minutes(
    worker: Sender, carrier: FakeTexts, texted: UUID
) -> None:
    await asyncio.gather(*(poll_inbound(worker) for _ in range(3)))
    assert carrier.asked == [CLINIC_NUMBER]
    worker.clock.now += POLL_EVERY  # type: ignore[attr-defined]
    await poll_inbound(worker)
    assert len(carrier.asked) == 2


async def test_a_provider_that_is_away_is_asked_again_and_nothing_is_left_out(
    worker: Sender, carrier: FakeTexts, texted: UUID
) -> None:
    assert await poll_inbound(worker) == 0
    carrier.listed.append(listed(1, "hello", NOON))
    carrier.away = True
    for _ in range(60):
        worker.clock.now += POLL_EVERY  # type: ignore[attr-defined]
        assert await poll_inbound(worker) == 0
    carrier.away = False
    worker.clock.now += POLL_EVERY  # type: ignore[attr-defined]
    assert await poll_inbound(worker) == 1


async def test_a_missed_stop_is_heeded_when_it_is_found(
    committed: dict[str, Database], worker: Sender, carrier: FakeTexts, texted: UUID
) -> None:
    carrier.listed.append(listed(1, "ya no me manden mensajes", NOON))
    await poll_inbound(worker)
    assert await stopped(committed, texted)


@pytest.mark.parametrize(
    ("came", "missed_before", "expected"), [("START", "STOP", False), ("STOP", "START", True)]
)
async def test_a_missed_text_does_not_undo_a_newer_one(  # noqa: PLR0913 -- fixtures
    committed: dict[str, Database],
    worker: Sender,
    carrier: FakeTexts,
    texted: UUID,
    came: str,
    missed_before: str,
    *,
    expected: bool,
) -> None:
    carrier.listed.append(listed(2, came, NOON))
    await poll_inbound(worker)
    carrier.listed.append(listed(1, missed_before, NOON - timedelta(minutes=5)))
    worker.clock.now += POLL_EVERY  # type: ignore[attr-defined]
    assert await poll_inbound(worker) == 1
    assert await stopped(committed, texted) is expected


async def test_a_silent_database_is_answered_in_time_and_served_again(
    database_urls: dict[str, str], committed: dict[str, Database], texted: UUID
) -> None:
    async with faulty_proxy(socket_of(database_urls["app"])) as faults:
        database = Database(through(database_urls["app"], faults.port), pool_size=2)
        app = create_app(get_settings(), database)
        async with AsyncClient(transport=ASGITransport(app), base_url="http://x.local") as client:
            assert (await posted(client, MESSAGES, inbound("a", 1))).status_code == 200
            faults.silent()
            started = asyncio.get_running_loop().time()
            answers = await asyncio.gather(
                *(posted(client, MESSAGES, inbound("b", 2)) for _ in range(4))
            )
            assert {answer.status_code for answer in answers} == {503}
            assert asyncio.get_running_loop().time() - started < 2.5
            faults.calm()
            again = await posted(client, MESSAGES, inbound("b", 2))
            assert again.status_code == 200
        await database.dispose()
    assert await counted(committed["worker"], "select count(*) from inbound_text") == 2


async def test_a_database_that_refuses_is_answered_with_503(
    database_urls: dict[str, str], texted: UUID
) -> None:
    async with faulty_proxy(socket_of(database_urls["app"])) as faults:
        port = faults.port
    database = Database(through(database_urls["app"], port))
    app = create_app(get_settings(), database)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://x.local") as client:
        assert (await posted(client, MESSAGES, inbound())).status_code == 503
    await database.dispose()
