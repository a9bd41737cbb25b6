"""Mail that comes back, at both doors: the signed webhook and the mail server's pipe."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
import pytest_asyncio
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import text
from typer.testing import CliRunner

from fakes.messaging import FakeSource, a_message
from notify.api import queue_message
from notify.mail_reports.addresses import return_address
from notify.mail_webhook import signature
from shared import clock
from shared.database import Context, Database
from shared.identifiers import new_id
from shared.settings import get_settings
from web import cli
from web.app import create_app
from web.commands import mail as mail_commands

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SECRET = "a secret of the operator's"
COUNT = text("select count(*) from mail_report where message_id = :message")


@pytest_asyncio.fixture
async def client(committed: dict[str, Database]) -> AsyncIterator[AsyncClient]:
    settings = get_settings().model_copy(update={"mail_secret": SECRET})
    app = create_app(settings, committed["app"])
    async with AsyncClient(transport=ASGITransport(app), base_url="http://in.local") as made:
        yield made


@pytest_asyncio.fixture
async def message_id(committed: dict[str, Database], source: FakeSource) -> UUID:
    assert source
    organization_id = new_id()
    async with committed["app"].transaction(Context(organization_id=organization_id)) as session:
        made = await queue_message(session, a_message(organization_id, channel="email"))
    assert made is not None
    return made


def answer(message_id: UUID | None, words: str = "We can help.") -> bytes:
    mail = EmailMessage()
    mail["From"] = "desk@harbor.example"
    to = "bounce@handback.example"
    mail["To"] = return_address(to, message_id) if message_id else to
    mail["Message-ID"] = "<one@harbor.example>"
    mail.set_content(words)
    return mail.as_bytes()


def machine_now() -> str:
    return (clock.now() - clock.offset()).isoformat()


async def posted(
    client: AsyncClient, raw: bytes, *, time: str | None = None, signed: str | None = None
) -> Response:
    time = time if time is not None else machine_now()
    headers = {
        "X-Handback-Time": time,
        "X-Handback-Signature": signed if signed is not None else signature(SECRET, time, "", raw),
    }
    return await client.post("/webhooks/mail", content=raw, headers=headers)


async def stored(committed: dict[str, Database], message_id: UUID) -> int:
    async with committed["worker"].transaction(Context(actor="worker")) as session:
        return int((await session.execute(COUNT, {"message": message_id})).scalar_one())


async def test_a_signed_mail_is_stored_once_however_often_it_comes(
    client: AsyncClient, committed: dict[str, Database], message_id: UUID
) -> None:
    raw = answer(message_id)
    answers = await asyncio.gather(*(posted(client, raw) for _ in range(10)))
    assert sorted(each.text for each in answers) == [*["known"] * 9, "stored"]
    assert {each.status_code for each in answers} == {200}
    assert await stored(committed, message_id) == 1


async def test_an_unsigned_changed_or_old_mail_is_refused(
    client: AsyncClient, committed: dict[str, Database], message_id: UUID
) -> None:
    raw = answer(message_id)
    now = machine_now()
    good = signature(SECRET, now, "", raw)
    old = (clock.now() - clock.offset() - timedelta(minutes=6)).isoformat()
    for body, time, signed in (
        (raw, now, ""),
        (raw, now, "é"),
        (raw + b"x", now, good),
        (raw, machine_now(), good),
        (raw, now, signature("another", now, "", raw)),
        (raw, now, signature("", now, "", raw)),
        (raw, old, signature(SECRET, old, "", raw)),
        (raw, "yesterday", signature(SECRET, "yesterday", "", raw)),
        (raw, "2026-11-22T10:00:00", signature(SECRET, "2026-11-22T10:00:00", "", raw)),
    ):
        found = await posted_as_bytes(client, body, time, signed)
        assert found.status_code == 403
    assert await stored(committed, message_id) == 0


async def posted_as_bytes(client: AsyncClient, raw: bytes, time: str, signed: str) -> Response:
    headers = {
        b"X-Handback-Time": time.encode(),
        b"X-Handback-Signature": signed.encode(),
    }
    return await client.post("/webhooks/mail", content=raw, headers=headers)


async def test_without_a_secret_nothing_is_taken_by_the_web(
    committed: dict[str, Database], message_id: UUID
) -> None:
    app = create_app(get_settings().model_copy(update={"mail_secret": None}), committed["app"])
    raw, now = answer(message_id), machine_now()
    async with AsyncClient(transport=ASGITransport(app), base_url="http://in.local") as client:
        found = await posted(client, raw, time=now, signed=signature("", now, "", raw))
    assert found.status_code == 403


async def test_a_person_whom_nobody_here_reads_is_told_so(client: AsyncClient) -> None:
    assert (await posted(client, answer(None))).status_code == 404


async def test_ten_megabytes_are_refused_or_read_and_never_a_fault(
    client: AsyncClient, message_id: UUID
) -> None:
    found = await posted(client, answer(message_id, "word " * 2_000_000))
    assert found.status_code in {200, 413}


@pytest.mark.parametrize(
    ("taken", "code"), [("stored", 0), ("known", 0), ("dropped", 0), ("not_ours", 67)]
)
def test_the_pipe_tells_the_mail_server_what_became_of_it(
    monkeypatch: pytest.MonkeyPatch, taken: str, code: int
) -> None:
    given: list[tuple[bytes, str]] = []

    async def take(raw: bytes, recipient: str) -> str:
        given.append((raw, recipient))
        return taken

    monkeypatch.setattr(mail_commands, "_take", take)
    result = CliRunner().invoke(cli.app, ["mail-in", "--to", "bounce+x@h.example"], input=b"a mail")
    assert (result.exit_code, given) == (code, [(b"a mail", "bounce+x@h.example")])


def test_when_the_database_is_away_the_mail_server_keeps_the_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def take(raw: bytes, recipient: str) -> str:
        raise OSError(raw, recipient)

    monkeypatch.setattr(mail_commands, "_take", take)
    result = CliRunner().invoke(cli.app, ["mail-in"], input=b"words about Ana")
    assert result.exit_code == 75
    assert "Ana" not in result.output
