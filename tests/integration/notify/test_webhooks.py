from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
import pytest_asyncio
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import text
from twilio.request_validator import RequestValidator

from fakes.messaging import ANA, CLINIC_NUMBER, FAST, Clock, FakeSource, FakeTexts, a_message
from notify.api import (
    MessageState,
    give_sender_number,
    is_suppressed,
    load_inbound,
    messages_of,
    phone_hash,
    queue_message,
)
from notify.channels import Channels
from notify.delivery import Outcome, SendResult
from notify.worker import Sender, send_message
from shared.database import Context, Database
from shared.identifiers import new_id
from shared.settings import get_settings
from web.app import create_app

TOKEN = "test-token"
MESSAGES = "/webhooks/twilio/messages"
STATUS = "/webhooks/twilio/status"


@pytest_asyncio.fixture
async def texted_clinic(committed: dict[str, Database]) -> UUID:
    organization_id = new_id()
    async with committed["worker"].transaction(Context()) as session:
        await give_sender_number(session, organization_id, CLINIC_NUMBER, segments_per_second=FAST)
    return organization_id


@pytest_asyncio.fixture
async def client(committed: dict[str, Database]) -> AsyncIterator[AsyncClient]:
    app = create_app(get_settings(), committed["app"])
    # Another host than the public one: the signature must not be checked over it.
    async with AsyncClient(
        transport=ASGITransport(app), base_url="http://inside.local:9999"
    ) as made:
        yield made


def inbound(body: str = "1", **changes: str) -> dict[str, str]:
    return {
        "MessageSid": "SM" + "1" * 32,
        "From": ANA,
        "To": CLINIC_NUMBER,
        "Body": body,
        **changes,
    }


def signature(path: str, form: dict[str, str], token: str = TOKEN) -> str:
    address = get_settings().address + path
    return str(RequestValidator(token).compute_signature(address, form))


async def posted(
    client: AsyncClient, path: str, form: dict[str, str], signed: str | None = None
) -> Response:
    headers = {
        "X-Twilio-Signature": signature(path, form) if signed is None else signed,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return await client.post(path, content=urlencode(form), headers=headers)


async def counted(database: Database, query: str) -> Any:
    async with database.transaction(Context()) as session:
        return (await session.execute(text(query))).scalar_one()


async def test_fifty_copies_of_one_text_are_one_row_and_one_job(
    client: AsyncClient, committed: dict[str, Database], texted_clinic: UUID
) -> None:
    answers = await asyncio.gather(*(posted(client, MESSAGES, inbound()) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].text.endswith("<Response></Response>")
    worker = committed["worker"]
    assert await counted(worker, "select count(*) from inbound_text") == 1
    assert await counted(worker, "select count(*) from pgqueuer") == 1
    async with worker.transaction(Context(organization_id=texted_clinic)) as session:
        inbound_id = (await session.execute(text("select id from inbound_text"))).scalar_one()
        stored = await load_inbound(session, inbound_id)
    assert (stored.from_number, stored.to_number, stored.body) == (ANA, CLINIC_NUMBER, "1")
    assert stored.organization_id == texted_clinic


async def test_what_people_write_is_sealed(
    client: AsyncClient, committed: dict[str, Database], texted_clinic: UUID
) -> None:
    await posted(client, MESSAGES, inbound("Ana needs a bed"))
    row = await counted(committed["worker"], "select inbound_text::text from inbound_text")
    assert ANA not in row
    assert b"Ana needs".hex() not in row


@pytest.mark.parametrize(
    "forge",
    [
        lambda form: ("", form),
        lambda form: ("nonsense", form),
        lambda form: (signature(MESSAGES, form, "another-token"), form),
        lambda form: (signature(MESSAGES, form), {**form, "Body": "3"}),
        lambda form: (signature(MESSAGES, form), {**form, "Extra": "1"}),
        lambda form: (signature(MESSAGES + "?a=1", form), form),
        lambda form: (signature(STATUS, form), form),
        lambda form: (signature(MESSAGES, {**form, "Body": "1 "}), form),
    ],
)
async def test_forged_texts_are_refused_and_change_nothing(
    client: AsyncClient, committed: dict[str, Database], texted_clinic: UUID, forge: Any
) -> None:
    signed, form = forge(inbound())
    answer = await posted(client, MESSAGES, form, signed)
    assert answer.status_code == 403
    assert await counted(committed["worker"], "select count(*) from inbound_text") == 0


async def test_a_signature_over_the_query_and_new_parameters_is_right(
    client: AsyncClient, texted_clinic: UUID
) -> None:
    form = inbound(NewThing="from next year", Body="¿sí?")
    answer = await posted(client, MESSAGES + "?rp=all", form)
    assert answer.status_code == 200


async def test_a_text_without_a_sid_is_refused(client: AsyncClient, texted_clinic: UUID) -> None:
    form = inbound()
    del form["MessageSid"]
    assert (await posted(client, MESSAGES, form)).status_code == 400


async def test_stop_is_heeded_before_anything_reads_it_and_start_lifts_it(
    client: AsyncClient, committed: dict[str, Database], texted_clinic: UUID
) -> None:
    async def stopped() -> bool:
        async with committed["app"].transaction(Context()) as session:
            return await is_suppressed(session, texted_clinic, phone_hash(ANA))

    for number, (body, expected) in enumerate(
        [("ALTO", True), ("1", True), ("START", False), ("please stop texting me", True)]
    ):
        sid = f"SM{number:032}"
        assert (await posted(client, MESSAGES, inbound(body, MessageSid=sid))).status_code == 200
        assert await stopped() is expected


async def test_a_text_to_a_number_of_nobody_is_kept_without_a_job(
    client: AsyncClient, committed: dict[str, Database]
) -> None:
    assert (await posted(client, MESSAGES, inbound())).status_code == 200
    assert await counted(committed["worker"], "select count(*) from inbound_text") == 1
    assert await counted(committed["worker"], "select count(*) from pgqueuer") == 0


async def sent_message(
    committed: dict[str, Database], clinic: UUID, texts: FakeTexts
) -> tuple[UUID, UUID]:
    new = a_message(clinic)
    async with committed["app"].transaction(Context(organization_id=clinic)) as session:
        message_id = await queue_message(session, new)
    assert message_id is not None
    sender = Sender(committed["worker"], Channels(texts), clock=Clock())
    await send_message(sender, clinic, message_id)
    return message_id, new.subject_id


async def told(
    client: AsyncClient, message_id: UUID | None, status: str, sid: str, **more: str
) -> None:
    path = f"{STATUS}/{message_id}" if message_id else STATUS
    form = {"MessageSid": sid, "MessageStatus": status, "To": ANA, **more}
    assert (await posted(client, path, form)).status_code == 204


async def state_of(committed: dict[str, Database], clinic: UUID, subject_id: UUID) -> Any:
    async with committed["app"].transaction(Context(organization_id=clinic)) as session:
        [story] = await messages_of(session, subject_id)
    return story


async def test_a_callback_proves_a_text_in_doubt(
    client: AsyncClient, committed: dict[str, Database], texted_clinic: UUID, source: FakeSource
) -> None:
    texts = FakeTexts([SendResult(Outcome.UNCLEAR, error_code="timeout")])
    message_id, subject_id = await sent_message(committed, texted_clinic, texts)
    story = await state_of(committed, texted_clinic, subject_id)
    assert story.state is MessageState.IN_DOUBT
    await told(client, message_id, "sent", "SMx")
    story = await state_of(committed, texted_clinic, subject_id)
    assert (story.state, story.error_code) == (MessageState.SENT, None)
    await told(client, None, "delivered", "SMx")
    story = await state_of(committed, texted_clinic, subject_id)
    assert story.state is MessageState.DELIVERED


async def test_late_and_doubled_callbacks_change_nothing_and_the_outcome_is_told_once(
    client: AsyncClient, committed: dict[str, Database], texted_clinic: UUID, source: FakeSource
) -> None:
    message_id, subject_id = await sent_message(committed, texted_clinic, FakeTexts())
    sid = f"SM{message_id.hex}"
    for status in ("delivered", "queued", "sending", "delivered", "sent", "delivered"):
        await told(client, message_id, status, sid)
    story = await state_of(committed, texted_clinic, subject_id)
    assert story.state is MessageState.DELIVERED
    worker = committed["worker"]
    assert await counted(worker, "select count(*) from status_callback") == 4
    told_up = "select count(*) from pgqueuer where entrypoint = 'message_outcome'"
    assert await counted(worker, told_up) == 1


async def test_a_text_that_did_not_arrive_says_why(
    client: AsyncClient, committed: dict[str, Database], texted_clinic: UUID, source: FakeSource
) -> None:
    message_id, subject_id = await sent_message(committed, texted_clinic, FakeTexts())
    await told(client, message_id, "undelivered", f"SM{message_id.hex}", ErrorCode="30006")
    story = await state_of(committed, texted_clinic, subject_id)
    assert story.state_words == "Sent, but it did not arrive (30006)"


async def test_a_callback_with_another_sid_is_not_about_our_text(
    client: AsyncClient, committed: dict[str, Database], texted_clinic: UUID, source: FakeSource
) -> None:
    message_id, subject_id = await sent_message(committed, texted_clinic, FakeTexts())
    await told(client, message_id, "delivered", "SMother")
    story = await state_of(committed, texted_clinic, subject_id)
    assert story.state is MessageState.SENT


async def test_a_callback_about_nothing_of_ours_is_kept_and_harmless(
    client: AsyncClient, committed: dict[str, Database], texted_clinic: UUID
) -> None:
    await told(client, new_id(), "delivered", "SMunknown")
    assert await counted(committed["worker"], "select count(*) from status_callback") == 1


async def test_forged_callbacks_are_refused(
    client: AsyncClient, committed: dict[str, Database], texted_clinic: UUID
) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    answer = await posted(client, f"{STATUS}/{new_id()}", form, signature(STATUS, form))
    assert answer.status_code == 403
    assert await counted(committed["worker"], "select count(*) from status_callback") == 0


async def test_a_stalled_database_is_answered_in_time(
    client: AsyncClient, committed: dict[str, Database], texted_clinic: UUID
) -> None:
    async with committed["owner"].transaction(Context()) as session:
        await session.execute(text("lock table inbound_text in access exclusive mode"))
        started = asyncio.get_running_loop().time()
        answer = await posted(client, MESSAGES, inbound())
        assert answer.status_code == 503
        assert asyncio.get_running_loop().time() - started < 2
    assert (await posted(client, MESSAGES, inbound())).status_code == 200
