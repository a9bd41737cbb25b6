"""The simulator's own JSON: phones, mailboxes, names, faults. Tests and the demo's seeds use it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

from litestar import get, post
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody
from pydantic import BaseModel, ConfigDict, Field, RootModel

from notify.channels.simulator.carrier import Keyword
from notify.channels.simulator.faults import FaultRule, FaultRules
from notify.channels.simulator.requests import TheOptions, TheProgram, TheSimulator
from notify.channels.simulator.state import Mail, Name, Simulator, Text
from notify.channels.simulator.words import clock_words
from notify.segments import count_segments
from shared import clock
from shared.i18n import using_language
from shared.phone_numbers import to_e164

LONGEST_REPLY = 1600
A_DECADE_SECONDS = 10 * 366 * 86_400

Json = dict[str, object]


class Reply(BaseModel):
    """What a phone sends; without `to` it answers the number that wrote last."""

    model_config = ConfigDict(extra="forbid")

    body: str = Field(min_length=1, max_length=LONGEST_REPLY)
    to: str | None = None


class NameDetails(BaseModel):
    """A name with more than a label: a provider's number, and how its carrier answers keywords."""

    model_config = ConfigDict(extra="forbid")

    label: str
    is_sender: bool = False
    answers: dict[Keyword, str] = Field(default_factory=dict)


class Names(RootModel[dict[str, str | NameDetails]]):
    """Number or mailbox → its label, or details."""


class Offset(BaseModel):
    """How far the demo's clock is ahead of the machine's."""

    model_config = ConfigDict(extra="forbid")

    seconds: Annotated[float, Field(ge=-A_DECADE_SECONDS, le=A_DECADE_SECONDS)]


@get("/simulator/api/version")
async def read_version(
    simulator: TheSimulator, program: TheProgram, options: TheOptions, lang: FromQuery[str] = "en"
) -> Json:
    """What open pages ask every two seconds; `pending` 0 = every callback has been made."""
    with using_language(lang):
        words = clock_words(simulator.now(), options.time_zone)
    return {"version": simulator.version, "clock": words, "pending": program.pending}


@get("/simulator/api/phones")
async def list_phones(simulator: TheSimulator) -> Json:
    """Every phone that is named or has texts, newest text first."""
    return {"phones": [_phone(simulator, number) for number in simulator.phones()]}


@get("/simulator/api/phones/{number:str}/messages")
async def list_phone_messages(simulator: TheSimulator, number: FromPath[str]) -> Json:
    """A phone's texts in both directions, oldest first."""
    phone = phone_in_path(number)
    texts = simulator.by_phone.get(phone, [])
    return {"phone": phone, "messages": [_text(text) for text in texts]}


@post("/simulator/api/phones/{number:str}/replies", status_code=201)
async def reply_from_phone(
    simulator: TheSimulator, program: TheProgram, number: FromPath[str], data: JSONBody[Reply]
) -> Json:
    """Write from this phone. The program hears of it in the background."""
    phone = phone_in_path(number)
    sender = to_e164(data.to) if data.to else next(iter(simulator.senders_to(phone)), None)
    if sender is None:
        raise ClientException("No number has written to this phone yet: say `to` in E.164 form.")
    return _text(program.receive_reply(phone=phone, sender=sender, body=data.body))


@get("/simulator/api/mailboxes")
async def list_mailboxes(simulator: TheSimulator) -> Json:
    """Every mailbox that is named or has mail, newest mail first."""
    addresses = simulator.mailbox_addresses()
    return {"mailboxes": [_mailbox(simulator, address) for address in addresses]}


@get("/simulator/api/mailboxes/{address:str}/messages")
async def list_mails(simulator: TheSimulator, address: FromPath[str]) -> Json:
    """A mailbox's mails, oldest first."""
    mails = simulator.mailboxes.get(address.lower(), [])
    return {"mailbox": address.lower(), "messages": [_mail(mail) for mail in mails]}


@post("/simulator/api/names", status_code=200)
async def name_addresses(simulator: TheSimulator, data: JSONBody[Names]) -> Json:
    """Say whose phones, numbers and mailboxes these are."""
    named = {_address(key): _name(value) for key, value in data.root.items()}
    simulator.set_names(named)
    return {"names": {key: name.label for key, name in simulator.names.items()}}


@post("/simulator/api/offset", status_code=200)
async def set_clock_offset(simulator: TheSimulator, data: JSONBody[Offset]) -> Json:
    """Take over the demo clock; the program, which keeps it, says so after each turn."""
    clock.set_offset(timedelta(seconds=data.seconds))
    simulator.changed()
    return {"now": simulator.now().isoformat()}


@get("/simulator/api/faults")
async def list_faults(simulator: TheSimulator) -> Json:
    """The misfortunes that may still strike."""
    return {"rules": [rule.model_dump(mode="json") for rule in simulator.faults.in_force()]}


@post("/simulator/api/faults", status_code=200)
async def set_faults(simulator: TheSimulator, data: JSONBody[FaultRules]) -> Json:
    """Put these misfortunes in force; an empty list ends them all."""
    simulator.faults.replace([_with_plain_address(rule) for rule in data.rules], data.seed)
    return {"rules": [rule.model_dump(mode="json") for rule in simulator.faults.in_force()]}


@post("/simulator/api/reset", status_code=200)
async def reset(simulator: TheSimulator) -> Json:
    """Forget texts, mails, STOPs and faults; names and the clock stay."""
    simulator.reset()
    return {"version": simulator.version}


def phone_in_path(number: str) -> str:
    """The phone a path names, in E.164 form."""
    phone = to_e164(number)
    if phone is None:
        raise NotFoundException(f"'{number}' is no phone number. Write it like +12025550144.")
    return phone


def _address(key: str) -> str:
    if "@" in key:
        return key.strip().lower()
    phone = to_e164(key)
    if phone is None:
        raise ClientException(f"'{key}' is neither a phone number nor a mailbox.")
    return phone


def _name(value: str | NameDetails) -> Name:
    if isinstance(value, str):
        return Name(label=value)
    return Name(label=value.label, is_sender=value.is_sender, answers=value.answers)


def _with_plain_address(rule: FaultRule) -> FaultRule:
    plain = {
        name: _address(value) for name, value in (("to", rule.to), ("sender", rule.sender)) if value
    }
    return rule.model_copy(update=plain)


def _phone(simulator: Simulator, number: str) -> Json:
    texts = simulator.by_phone.get(number, [])
    return {
        "number": number,
        "name": simulator.label(number),
        "count": len(texts),
        "last": _text(texts[-1]) if texts else None,
        "stopped": sorted(sender for phone, sender in simulator.stopped if phone == number),
    }


def _text(text: Text) -> Json:
    return {
        "sid": text.sid,
        "direction": text.direction.value,
        "from": text.from_number,
        "to": text.to_number,
        "body": text.body,
        "at": text.created_at.isoformat(),
        "status": text.status.value,
        "error_code": text.error_code,
        "segments": count_segments(text.body).segments,
        "validity_seconds": text.validity_seconds,
    }


def _mailbox(simulator: Simulator, address: str) -> Json:
    mails = simulator.mailboxes.get(address, [])
    return {
        "address": address,
        "name": simulator.label(address),
        "count": len(mails),
        "last_subject": mails[-1].subject if mails else None,
    }


def _mail(mail: Mail) -> Json:
    return {
        "id": mail.id,
        "from": mail.from_header,
        "to": mail.to,
        "subject": mail.subject,
        "at": mail.at.isoformat(),
        "text": mail.text,
        "html": mail.html,
        "links": [asdict(link) for link in mail.links],
        "headers": mail.headers,
    }


ROUTES = [
    read_version,
    list_phones,
    list_phone_messages,
    reply_from_phone,
    list_mailboxes,
    list_mails,
    name_addresses,
    set_clock_offset,
    list_faults,
    set_faults,
    reset,
]
