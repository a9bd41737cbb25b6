from __future__ import annotations

import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
import pytest_asyncio

from fakes.messaging import ANA, CLINIC_NUMBER
from fakes.twilio_server import TwilioServer, twilio_server
from notify.channels import CannotAsk, Text
from notify.channels.sms import TwilioChannel
from notify.delivery import Outcome, SendResult
from shared.identifiers import new_id
from shared.settings import Settings

ACCOUNT = "AC" + "0" * 32


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TwilioServer]:
    async with twilio_server() as made:
        yield made


def channel_to(url: str, timeout_s: float = 2.0) -> TwilioChannel:
    return TwilioChannel(
        ACCOUNT,
        "token",
        callback_address="http://testserver.local",
        api_url=url,
        timeout_s=timeout_s,
    )


def a_text(message_id: UUID | None = None) -> Text:
    return Text(
        message_id or new_id(), CLINIC_NUMBER, ANA, "¿Le dieron COMIDA?", timedelta(minutes=5)
    )


async def send_to(url: str, timeout_s: float = 2.0) -> SendResult:
    channel = channel_to(url, timeout_s)
    try:
        return await channel.send(a_text())
    finally:
        await channel.close()


async def test_a_text_goes_out_with_our_id_in_its_callback(server: TwilioServer) -> None:
    channel, text = channel_to(server.url), a_text()
    assert await channel.send(text) == SendResult(Outcome.ACCEPTED, provider_sid="SM" + "0" * 32)
    await channel.close()
    assert server.taken == [
        {
            "To": ANA,
            "From": CLINIC_NUMBER,
            "Body": "¿Le dieron COMIDA?",
            "StatusCallback": (f"http://testserver.local/webhooks/twilio/status/{text.message_id}"),
            "ValidityPeriod": "300",
        }
    ]


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 21610, SendResult(Outcome.OPTED_OUT, error_code="21610")),
        (400, 21211, SendResult(Outcome.REFUSED, error_code="21211")),
        (400, 99999, SendResult(Outcome.REFUSED, error_code="99999")),
        (401, 20003, SendResult(Outcome.REFUSED, error_code="20003")),
        (429, 20429, SendResult(Outcome.NOT_SENT, error_code="429")),
        (400, 30001, SendResult(Outcome.NOT_SENT, error_code="30001")),
        (500, 20500, SendResult(Outcome.UNCLEAR, error_code="http_500")),
        (503, 20503, SendResult(Outcome.UNCLEAR, error_code="http_503")),
        (408, 20408, SendResult(Outcome.UNCLEAR, error_code="http_408")),
        (302, 0, SendResult(Outcome.UNCLEAR, error_code="http_302")),
    ],
)
async def test_each_refusal_has_its_meaning(
    server: TwilioServer, status: int, code: int, expected: SendResult
) -> None:
    server.answer = (status, {"code": code, "message": f"about {ANA}", "status": status})
    assert await send_to(server.url) == expected


async def test_an_accepted_text_without_a_sid_is_unclear(server: TwilioServer) -> None:
    server.answer = (201, {"status": "queued"})
    assert (await send_to(server.url)).outcome is Outcome.UNCLEAR


async def test_a_silent_provider_is_waited_for_no_longer_than_the_time_out(
    server: TwilioServer,
) -> None:
    server.fault = "silent"
    assert await send_to(server.url, timeout_s=0.2) == SendResult(
        Outcome.UNCLEAR, error_code="timeout"
    )
    assert len(server.taken) == 1


async def test_a_connection_that_breaks_after_the_request_is_unclear(
    server: TwilioServer,
) -> None:
    server.fault = "reset"
    assert await send_to(server.url) == SendResult(Outcome.UNCLEAR, error_code="connection_lost")
    assert len(server.taken) == 1


async def test_a_provider_that_cannot_be_reached_was_sent_nothing() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert await send_to(f"http://127.0.0.1:{port}") == SendResult(
        Outcome.NOT_SENT, error_code="not_connected"
    )


async def test_only_a_set_account_makes_a_channel() -> None:
    none = Settings(mode="production", twilio_account_sid=None, twilio_auth_token=None)
    assert TwilioChannel.from_settings(none) is None
    account = {"twilio_account_sid": ACCOUNT, "twilio_auth_token": "token"}
    assert TwilioChannel.from_settings(Settings(mode="demo", **account)) is None  # type: ignore[arg-type]
    real = TwilioChannel.from_settings(Settings(mode="production", **account))  # type: ignore[arg-type]
    assert real is not None
    await real.close()


async def test_the_list_is_read_page_by_page_with_phone_and_date(server: TwilioServer) -> None:
    server.texts = [
        {
            "sid": f"SM{number:032}",
            "status": "delivered" if number % 2 else "failed",
            "error_code": None if number % 2 else 30007,
            "from": CLINIC_NUMBER,
            "to": ANA,
            "body": "News.",
            "date_created": "Mon, 04 May 2026 16:00:01 +0000",
        }
        for number in range(450)
    ]
    channel = channel_to(server.url)
    since = datetime(2026, 5, 4, 15, 59, tzinfo=UTC)
    found = await channel.texts_to(ANA, since)
    await channel.close()
    assert [each.sid for each in found] == [text["sid"] for text in server.texts]
    assert (found[0].status, found[0].error_code) == ("failed", "30007")
    assert found[1].created_at == datetime(2026, 5, 4, 16, 0, 1, tzinfo=UTC)
    assert len(server.asked) == 3
    assert server.asked[0] == {
        "To": ANA,
        "DateSent>": "2026-05-04T15:59:00Z",
        "PageSize": "200",
    }


async def test_one_text_is_found_by_its_id_or_is_not_there(server: TwilioServer) -> None:
    server.texts = [{"sid": "SM1", "status": "sent", "from": CLINIC_NUMBER, "to": ANA}]
    channel = channel_to(server.url)
    found = await channel.text_by_id("SM1")
    assert found is not None
    assert found.status == "sent"
    assert await channel.text_by_id("SM2") is None
    await channel.close()


async def test_a_provider_that_cannot_be_asked_says_so() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    channel = channel_to(f"http://127.0.0.1:{port}")
    with pytest.raises(CannotAsk):
        await channel.text_by_id("SM1")
    with pytest.raises(CannotAsk):
        await channel.texts_to(ANA, datetime(2026, 5, 4, tzinfo=UTC))
    await channel.close()


async def test_no_request_starts_after_the_claim_has_grown_too_old(server: TwilioServer) -> None:
    channel = channel_to(server.url)
    late = replace(a_text(), start_by=time.monotonic() - 0.1)
    assert await channel.send(late) == SendResult(Outcome.NOT_SENT, error_code="stalled")
    assert server.taken == []
    assert (await channel.send(a_text())).outcome is Outcome.ACCEPTED
    await channel.close()


async def test_a_worker_that_was_stopped_while_it_connected_sends_nothing(
    server: TwilioServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = channel_to(server.url)
    # Fresh when the request is made, too old when its first byte would leave.
    moments = iter([99.0])
    clock = SimpleNamespace(monotonic=lambda: next(moments, 101.0))
    monkeypatch.setattr("notify.channels.sms.time", clock)
    late = replace(a_text(), start_by=100.0)
    assert await channel.send(late) == SendResult(Outcome.NOT_SENT, error_code="stalled")
    assert server.taken == []
    assert (await channel.send(a_text())).outcome is Outcome.ACCEPTED
    await channel.close()
