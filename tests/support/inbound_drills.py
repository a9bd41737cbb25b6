"""Texts that come in by the thousand: copied, forged, missed. At any depth: tests and drills."""

# ruff: noqa: ARG005 -- a forgery takes form and chance, whichever it needs

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sqlalchemy import text
from twilio.request_validator import RequestValidator

from fakes.messaging import CLINIC_NUMBER
from notify.delivery import KnownText
from notify.polling import poll_inbound
from shared.database import Context, Database
from shared.settings import get_settings
from web.jobs import read_reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from httpx import AsyncClient, Response

    from builders.phones import Phones
    from fakes.messaging import FakeTexts
    from notify.worker import Sender

TOKEN = "test-token"
MESSAGES = "/webhooks/twilio/messages"
STATUS = "/webhooks/twilio/status"
AT_ONCE = 50
Form = dict[str, str]


@dataclass(frozen=True)
class Seen:
    """What became of them."""

    asked: int
    accepted: int
    rows: int
    effects: int


def phone(number: int) -> str:
    """One of a hundred invented phones."""
    return f"+120255501{number % 100:02d}"


def inbound(body: str = "1", number: int = 1, **changes: str) -> Form:
    """A text as the provider posts it."""
    return {
        "MessageSid": f"SM{number:032d}",
        "From": phone(44),
        "To": CLINIC_NUMBER,
        "Body": body,
        **changes,
    }


def signature(path: str, form: Form, token: str = TOKEN, address: str | None = None) -> str:
    """As the provider signs it."""
    whole = (address or get_settings().address) + path
    return str(RequestValidator(token).compute_signature(whole, form))


async def posted(
    client: AsyncClient, path: str, form: Form, signed: str | None = None, **headers: str
) -> Response:
    """A webhook, signed rightly unless told how."""
    sent = {
        "X-Twilio-Signature": signature(path, form) if signed is None else signed,
        "Content-Type": "application/x-www-form-urlencoded",
        **headers,
    }
    return await client.post(path, content=urlencode(form), headers=sent)


async def counted(database: Database, query: str) -> Any:
    """One value."""
    async with database.transaction(Context()) as session:
        return (await session.execute(text(query))).scalar_one()


async def read_all(sender: Sender, organization_id: UUID) -> None:
    """Read every text twice, as two jobs of one text would."""
    async with sender.database.transaction(Context()) as session:
        rows = await session.scalars(text("select id from inbound_text order by received_at, id"))
        waiting = list(rows)
    for inbound_id in [*waiting, *waiting]:
        await read_reply(sender, organization_id, inbound_id)


async def seen(sender: Sender, organization_id: UUID, asked: int, accepted: int) -> Seen:
    """Count rows and, once all is read, what stands before the clinic's people."""
    await read_all(sender, organization_id)
    async with sender.database.transaction(Context(organization_id=organization_id)) as session:
        found = await session.execute(text("select count(*) from stranger_text"))
        effects = found.scalar_one()
    rows = await counted(sender.database, "select count(*) from inbound_text")
    return Seen(asked, accepted, rows, effects)


async def copies(
    client: AsyncClient, sender: Sender, organization_id: UUID, *, texts: int, each: int
) -> Seen:
    """M7: every text `each` times at once."""
    ok = 0
    for number in range(texts):
        form = inbound(f"text {number}", number, From=phone(number))
        answers = await asyncio.gather(*(posted(client, MESSAGES, form) for _ in range(each)))
        ok += sum(answer.is_success for answer in answers)
    return await seen(sender, organization_id, texts * each, ok)


FORGERIES: tuple[Callable[[Form, random.Random], tuple[str, str, Form]], ...] = (
    lambda form, chance: (MESSAGES, "", form),
    lambda form, chance: (MESSAGES, chance.randbytes(20).hex(), form),
    lambda form, chance: (MESSAGES, signature(MESSAGES, form, chance.randbytes(16).hex()), form),
    lambda form, chance: (MESSAGES, signature(MESSAGES, form), {**form, "Body": "27 1"}),
    lambda form, chance: (MESSAGES, signature(MESSAGES, form), {**form, "From": phone(45)}),
    lambda form, chance: (MESSAGES, signature(MESSAGES, form), {**form, "Extra": "1"}),
    lambda form, chance: (MESSAGES, signature(MESSAGES, form), _without(form, "Body")),
    lambda form, chance: (MESSAGES, signature(MESSAGES, form), {**form, "Body": "1 "}),
    lambda form, chance: (MESSAGES, signature(MESSAGES, {**form, "Body": " 1 "}), form),
    lambda form, chance: (MESSAGES + "?rp=all", signature(MESSAGES, form), form),
    lambda form, chance: (MESSAGES, signature(MESSAGES + "?rp=all", form), form),
    lambda form, chance: (MESSAGES, signature(STATUS, form), form),
    lambda form, chance: (MESSAGES, signature(MESSAGES, form, address=_other_scheme()), form),
    lambda form, chance: (MESSAGES, signature(MESSAGES, form, address="http://inside.local"), form),
    lambda form, chance: (MESSAGES, signature(MESSAGES, form, address=_other_port()), form),
    lambda form, chance: (MESSAGES, signature(MESSAGES, form).swapcase(), form),
    lambda form, chance: (MESSAGES, f"{signature(MESSAGES, form)}, x", form),
)  # fmt: skip


async def forgeries(
    client: AsyncClient, sender: Sender, organization_id: UUID, *, number: int, seed: int = 1
) -> Seen:
    """M10: no two alike; none may be taken."""
    chance, taken = random.Random(seed), 0  # noqa: S311 -- a repeatable choice
    for each in range(number):
        forge = FORGERIES[each % len(FORGERIES)]
        path, signed, form = forge(inbound("1", each), chance)
        taken += (await posted(client, path, form, signed)).status_code != 403
    return await seen(sender, organization_id, number, taken)


async def replays(
    client: AsyncClient, sender: Sender, organization_id: UUID, *, number: int
) -> Seen:
    """M10: one valid request, word for word again and again."""
    form = inbound("a text", 7)
    signed = signature(MESSAGES, form)
    answers = [await posted(client, MESSAGES, form, signed) for _ in range(number)]
    ok = sum(answer.is_success for answer in answers)
    return await seen(sender, organization_id, number, ok)


async def missed(
    sender: Sender, carrier: FakeTexts, organization_id: UUID, *, texts: int, now: datetime
) -> Seen:
    """M8: nobody was there for ten minutes; the list tells of them, more than once."""
    carrier.listed += [
        KnownText(
            f"SM{number:032d}", "received", None, phone(number), CLINIC_NUMBER, f"text {number}",
            now - timedelta(minutes=10) + timedelta(seconds=600 * number // max(1, texts)),
        )
        for number in range(texts)
    ]  # fmt: skip
    found = await poll_inbound(sender)
    for _again in range(2):
        sender.clock.now += timedelta(minutes=2)  # type: ignore[attr-defined]
        found += await poll_inbound(sender)
    return await seen(sender, organization_id, texts, found)


def _without(form: Form, name: str) -> Form:
    return {key: value for key, value in form.items() if key != name}


def _other_scheme() -> str:
    address = get_settings().address
    scheme, rest = address.split("://", 1)
    return f"{'http' if scheme == 'https' else 'https'}://{rest}"


def _other_port() -> str:
    return f"{get_settings().address.rsplit(':', 1)[0]}:65000"


async def foreign_codes(
    phones: Phones, *, phones_number: int, replies: int, chance: random.Random
) -> Seen:
    """M22: every code and answer, from phones that no code was sent to.

    `accepted` counts referrals that changed, `effects` texts that a person has to read.
    """
    before = await _versions(phones)
    for each in range(replies):
        guess = f"{chance.randint(10, 99)} {chance.randint(0, 6)}"
        await phones.says(f"+1202555{9000 + each % phones_number}", guess)
    changed = sum(before[key] != version for key, version in (await _versions(phones)).items())
    rows = await counted(phones.database, "select count(*) from inbound_text")
    async with phones.town.as_clinic() as session:
        shown = await session.scalar(text("select count(*) from stranger_text"))
    return Seen(replies, changed, rows, shown or 0)


async def _versions(phones: Phones) -> dict[UUID, int]:
    async with phones.town.as_clinic() as session:
        rows = await session.execute(text("select id, version from referral"))
        return {row.id: row.version for row in rows}
