"""What `handback doctor` says of the mail server, which it really calls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from fakes.mail_server import MailServer, mail_server, own_certificate
from shared.settings import Settings
from web.doctor import Finding, examine

if TYPE_CHECKING:
    from pathlib import Path


async def said_of_mail(**settings: Any) -> Finding:
    """The doctor's one finding about e-mail; it runs a loop of its own, so in a thread."""
    found = await asyncio.to_thread(examine, Settings(mode="production", **settings))
    [mail] = [each for each in found if each.what.startswith("E-mail")]
    return mail


def at(server: MailServer, **changes: Any) -> dict[str, Any]:
    return {"smtp_host": "127.0.0.1", "smtp_port": server.port, **changes}


async def test_without_a_mail_server_mail_is_held_and_it_says_what_to_set() -> None:
    mail = await said_of_mail(smtp_host=None)

    assert (mail.ok, mail.what) == (False, "E-mail is held: no mail server.")
    assert "HANDBACK_SMTP_HOST" in mail.remedy


async def test_a_server_that_takes_mail_is_fine_and_gets_none() -> None:
    async with mail_server() as server:
        mail = await said_of_mail(**at(server, smtp_plain=True))

        assert (mail.ok, mail.what) == (True, "E-mail goes through 127.0.0.1.")
        assert (server.connections, server.taken) == (1, [])


async def test_a_server_without_tls_is_named_with_the_remedy() -> None:
    async with mail_server() as server:
        mail = await said_of_mail(**at(server))

    assert not mail.ok
    assert "offers no STARTTLS, so nothing is sent to it" in mail.what
    assert "port 465" in mail.remedy


async def test_a_certificate_that_nobody_vouches_for_is_named(tmp_path: Path) -> None:
    async with mail_server(own_certificate(tmp_path)) as server:
        mail = await said_of_mail(**at(server))

    assert not mail.ok
    assert "certificate that nobody vouches for" in mail.what


@pytest.mark.parametrize("port", [1])
async def test_a_server_that_does_not_answer_is_named(port: int) -> None:
    mail = await said_of_mail(smtp_host="127.0.0.1", smtp_port=port)

    assert mail.what == "E-mail waits: 127.0.0.1 does not answer."
    assert "HANDBACK_SMTP_PORT" in mail.remedy
