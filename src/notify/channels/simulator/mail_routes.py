"""Sending something back to a mail: the buttons below it, and the same for tests."""

from __future__ import annotations

from typing import Final

from litestar import post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect
from pydantic import BaseModel, ConfigDict, Field

from notify.channels.simulator.mail_answers import LONGEST_WORDS, MailAnswer, raw_answer
from notify.channels.simulator.requests import AnyRequest, TheProgram, TheSimulator
from notify.channels.simulator.state import Mail, Simulator

SEE_OTHER: Final = 303
Json = dict[str, object]


class Answer(BaseModel):
    """What a mailbox sends back; without `mail` to its newest."""

    model_config = ConfigDict(extra="forbid")

    kind: MailAnswer
    mail: str | None = None
    words: str = Field("", max_length=LONGEST_WORDS)


@post("/simulator/api/mailboxes/{address:str}/answers", status_code=201)
async def answer_mail(
    simulator: TheSimulator, program: TheProgram, address: FromPath[str], data: JSONBody[Answer]
) -> Json:
    """Send it back; says what the program answered."""
    mail = _mail(simulator, address, data.mail)
    return {"answered": await program.send_mail_back(raw_answer(mail, data.kind, data.words))}


@post("/simulator/mailboxes/{address:str}/answers")
async def press_answer(
    request: AnyRequest, simulator: TheSimulator, program: TheProgram, address: FromPath[str]
) -> Redirect:
    """One of the buttons below a mail."""
    form = await request.form()
    mail = _mail(simulator, address, str(form.get("mail", "")))
    wanted = str(form.get("kind", ""))
    if wanted in set(MailAnswer):
        words = str(form.get("words", ""))[:LONGEST_WORDS]
        await program.send_mail_back(raw_answer(mail, MailAnswer(wanted), words))
    return Redirect(f"/simulator/mailboxes/{mail.to}#mail-{mail.id}", status_code=SEE_OTHER)


def _mail(simulator: Simulator, address: str, mail_id: str | None) -> Mail:
    mails = simulator.mailboxes.get(address.lower(), [])
    found = [mail for mail in mails if mail_id in {None, mail.id}]
    if not found:
        raise NotFoundException("This mailbox has no such mail.")
    return found[-1]


ROUTES = [answer_mail, press_answer]
