"""aiosmtplib against the simulated mail server."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING

import aiosmtplib
import pytest

if TYPE_CHECKING:
    from tests.integration.simulator.conftest import Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

DENISE, ROSA = "denise@harbor.example", "rosa@lincolnclinic.example"


def a_mail(*to: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Handback <ask@handback.example>"
    message["To"] = ", ".join(to)
    message["Subject"] = "Lincoln Clinic pregunta: ¿comida para 4?"
    message["Message-ID"] = "<018f@handback.example>"
    message.set_content("Abra https://handback.example/r/abc\n.\nGracias")
    message.add_alternative(
        '<p>Abra <a href="https://handback.example/r/abc">la hoja</a></p>', subtype="html"
    )
    return message


async def test_each_recipient_gets_the_mail_with_text_html_and_links(running: Running) -> None:
    async with aiosmtplib.SMTP(
        hostname="127.0.0.1", port=running.smtp_port, start_tls=False
    ) as smtp:
        await smtp.send_message(a_mail(DENISE.upper(), ROSA))
        await smtp.send_message(a_mail(ROSA))
    answer = await running.http.get("/simulator/api/mailboxes")
    assert {(box["address"], box["count"]) for box in answer.json()["mailboxes"]} == {
        (DENISE, 1),
        (ROSA, 2),
    }
    (mail,) = (await running.http.get(f"/simulator/api/mailboxes/{DENISE}/messages")).json()[
        "messages"
    ]
    assert mail["subject"] == "Lincoln Clinic pregunta: ¿comida para 4?"
    assert mail["text"] == "Abra https://handback.example/r/abc\n.\nGracias\n"
    assert mail["links"] == [{"href": "https://handback.example/r/abc", "text": "la hoja"}]
    assert mail["headers"]["Message-ID"] == "<018f@handback.example>"


@pytest.mark.parametrize("code", [451, 550])
async def test_a_refused_recipient_is_named_with_its_code(running: Running, code: int) -> None:
    await running.strike({"fault": "mail_refused", "to": DENISE, "code": code})
    async with aiosmtplib.SMTP(
        hostname="127.0.0.1", port=running.smtp_port, start_tls=False
    ) as smtp:
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
            await smtp.send_message(a_mail(DENISE))
        assert refused.value.recipients[0].code == code
        await smtp.send_message(a_mail(DENISE))
    boxes = (await running.http.get("/simulator/api/mailboxes")).json()["mailboxes"]
    assert [(box["address"], box["count"]) for box in boxes] == [(DENISE, 1)]
