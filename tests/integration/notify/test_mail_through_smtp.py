from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest_asyncio

from fakes.mail_server import MailServer, mail_server, own_certificate
from fakes.messaging import MAILBOX, NOON
from notify.channels import Mail
from notify.channels.email import SmtpChannel, written
from notify.delivery import Outcome, SendResult
from notify.mail_reports.addresses import return_address
from notify.sources import RenderedMail
from shared.identifiers import new_id
from shared.settings import Settings

WORDS = RenderedMail(
    "Lincoln Clinic asks for help with FOOD",
    "Puede usted ayudar?\n¿Mañana?",
    "<p>Puede usted ayudar?</p>",
    {"List-Unsubscribe": "<http://testserver.local/x>", "From": "somebody@else.example"},
)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as made:
        yield made


def settings_for(server: MailServer, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "mode": "test",
        "smtp_host": "127.0.0.1",
        "smtp_port": server.port,
        "smtp_plain": True,
    }
    return Settings(**{**values, **changes})


def channel_to(server: MailServer, **changes: Any) -> SmtpChannel:
    made = SmtpChannel.from_settings(settings_for(server, **changes))
    assert made is not None
    return made


def a_mail(recipient: str = MAILBOX) -> Mail:
    return Mail(new_id(), recipient, WORDS, NOON)


async def test_a_mail_arrives_in_two_forms_and_says_that_a_machine_wrote_it(
    server: MailServer,
) -> None:
    channel, mail = channel_to(server), a_mail()
    assert await channel.send(mail) == SendResult(Outcome.ACCEPTED)
    await channel.close()
    [letter] = server.taken
    assert letter["To"] == MAILBOX
    assert letter["From"] == "Handback <ask@handback.example>"
    assert letter["Message-ID"] == f"<{mail.message_id}@handback.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe"] == "<http://testserver.local/x>"
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "¿Mañana?" in plain.get_content()
    assert "<p>" in html.get_content()


async def test_bounces_and_answers_come_to_an_address_of_this_mail_alone(
    server: MailServer,
) -> None:
    channel, mail = channel_to(server, mail_return="bounce@handback.example"), a_mail()
    for _ in range(2):
        assert (await channel.send(mail)).outcome is Outcome.ACCEPTED
    await channel.close()
    address = return_address("bounce@handback.example", mail.message_id)
    assert server.senders == [address, address]
    letter, again = server.taken
    assert letter["Reply-To"] == address
    assert letter["List-Unsubscribe"] == (
        f"<http://testserver.local/x>, <mailto:{address}?subject=unsubscribe>"
    )
    assert again["Message-ID"] == letter["Message-ID"]


async def test_without_a_return_address_the_sender_gets_what_comes_back(
    server: MailServer,
) -> None:
    channel = channel_to(server)
    await channel.send(a_mail())
    await channel.close()
    assert server.senders == ["ask@handback.example"]


async def test_the_same_message_has_the_same_message_id_each_time() -> None:
    mail = a_mail()
    first, second = (written(mail, sender="a@b.example", id_domain="b.example") for _ in "12")
    assert first["Message-ID"] == second["Message-ID"]


async def test_one_connection_is_kept_and_a_closed_one_is_opened_again(
    server: MailServer,
) -> None:
    channel = channel_to(server)
    for _ in range(3):
        assert (await channel.send(a_mail())).outcome is Outcome.ACCEPTED
    assert server.connections == 1
    server.hang_up()
    assert (await channel.send(a_mail())).outcome is Outcome.ACCEPTED
    assert server.connections == 2
    await channel.close()
    assert len(server.taken) == 4


async def test_permanent_and_passing_refusals_are_told_apart(server: MailServer) -> None:
    channel = channel_to(server)
    server.rcpt_answer = "550 no such mailbox"
    assert await channel.send(a_mail()) == SendResult(Outcome.REFUSED, error_code="mailbox_550")
    server.rcpt_answer = "451 later"
    assert await channel.send(a_mail()) == SendResult(Outcome.NOT_SENT, error_code="451")
    server.rcpt_answer, server.data_answer = "250 OK", "452 full"
    assert await channel.send(a_mail()) == SendResult(Outcome.NOT_SENT, error_code="452")
    server.data_answer = "554 no"
    assert await channel.send(a_mail()) == SendResult(Outcome.REFUSED, error_code="554")
    server.data_answer = "250 OK"
    assert (await channel.send(a_mail())).outcome is Outcome.ACCEPTED
    assert server.connections == 1
    await channel.close()


async def test_a_server_that_falls_silent_after_the_mail_leaves_it_unclear(
    server: MailServer,
) -> None:
    server.silent = True
    connection = aiosmtplib.SMTP(
        hostname="127.0.0.1", port=server.port, start_tls=False, timeout=0.3
    )
    channel = SmtpChannel(connection, sender="a@b.example", id_domain="b.example")
    assert await channel.send(a_mail()) == SendResult(Outcome.UNCLEAR, error_code="timeout")


async def test_a_server_that_is_not_there_was_sent_nothing(server: MailServer) -> None:
    channel = channel_to(server, smtp_port=1)
    assert await channel.send(a_mail()) == SendResult(Outcome.NOT_SENT, error_code="not_connected")


async def test_without_tls_nothing_is_sent_unless_settings_say_plain(server: MailServer) -> None:
    channel = channel_to(server, smtp_plain=False)
    assert await channel.send(a_mail()) == SendResult(Outcome.NOT_SENT, error_code="no_starttls")
    assert await channel.examine() == "no_starttls"
    assert server.taken == []
    elsewhere = channel_to(server, mode="production", smtp_host="mail.example")
    assert elsewhere._smtp._start_tls_on_connect is True


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    async with mail_server(own_certificate(tmp_path)) as server:
        channel = channel_to(server, smtp_plain=False)
        assert await channel.send(a_mail()) == SendResult(
            Outcome.NOT_SENT, error_code="bad_certificate"
        )
        assert await channel.examine() == "bad_certificate"
        assert server.taken == []


async def test_an_address_that_is_none_is_refused_without_a_connection(
    server: MailServer,
) -> None:
    channel = channel_to(server)
    for wrong in ("", "nobody", "a@b.example\r\nBcc: x@y.example", "two words@b.example"):
        assert await channel.send(a_mail(wrong)) == SendResult(
            Outcome.REFUSED, error_code="bad_address"
        )
    assert server.connections == 0


async def test_without_a_server_there_is_no_channel() -> None:
    assert SmtpChannel.from_settings(Settings(mode="production")) is None
