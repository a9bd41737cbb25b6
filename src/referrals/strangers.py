"""A text from a phone that this clinic does not know: kept for a person, answered once.

The answer names the clinic's text line and the ways to help, and nobody: whoever holds that phone
may be the wrong person.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from accounts.api import member_card
from notify.api import (
    Drop,
    NewMessage,
    RenderedText,
    Send,
    is_suppressed,
    load_inbound,
    phone_hash,
    queue_message,
)
from notify.replies import normal_form
from referrals.models import StrangerText
from referrals.own_words import OWN_WORDS, check_parts, in_own_words, signed_by
from referrals.wording import render
from shared import audit
from shared.attempts import add_attempt, attempts_since
from shared.errors import Conflict, InvalidInput, NotFound
from shared.i18n import gettext_noop as _
from shared.phone_numbers import display, to_e164

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor
    from notify.api import InboundText, QueuedMessage

SOURCE = "strangers"
TEMPLATE = "PU"
ANSWERED_ONCE_IN = timedelta(days=7)
SHOWN_AT_MOST = 100
# Any of these makes a short text Spanish; none of them is an English word.
_SPANISH = frozenset(
    {
        "ayuda", "buenas", "buenos", "comida", "con", "dias", "equivocado", "eres", "esta", "este",
        "gracias", "hola", "llame", "llamen", "necesito", "numero", "para", "por", "que", "quien",
        "quienes", "soy", "tardes", "usted", "ustedes",
    }
)  # fmt: skip


class StrangerSource:
    """The one message to somebody unknown."""

    async def may_send(
        self, session: AsyncSession, message: QueuedMessage, now: datetime
    ) -> Send | Drop:
        """To the phone that wrote, whatever the hour: it is an answer."""
        del now
        text = await load_inbound(session, message.recipient_id)
        number = to_e164(text.from_number)
        return Send(number, None, any_hour=True) if number else Drop("no_phone")

    async def render(
        self, session: AsyncSession, message: QueuedMessage, now: datetime
    ) -> RenderedText:
        """Whose line this is, and whom to call; or what a person of the clinic wrote."""
        del now
        if message.template == OWN_WORDS:
            return RenderedText(in_own_words(message.params["signed"], message.params["words"]))
        card = await member_card(session, message.organization_id)
        phone = card.voice_phone if card else None
        values = {
            "label": card.sender_label if card else "",
            "phone": display(phone) if phone else "",
        }
        return RenderedText(render(message.template, message.language, "need", values))


async def keep(
    session: AsyncSession, organization_id: UUID, text: InboundText, *, danger: bool
) -> None:
    """Put it before the clinic's people."""
    session.add(
        StrangerText(
            organization_id=organization_id,
            inbound_id=text.id,
            danger=danger,
            from_number=text.from_number,
            body=text.body,
            received_at=text.received_at,
        )
    )
    await session.flush()


async def answer_once(
    session: AsyncSession, organization_id: UUID, text: InboundText, now: datetime
) -> None:
    """Say who this is, once a week to each phone: the other side may be a machine."""
    peer = f"{organization_id}:{text.from_hash.hex()}"
    if await attempts_since(session, "stranger_reply", peer, now - ANSWERED_ONCE_IN):
        return
    await add_attempt(session, "stranger_reply", peer, now)
    await queue_message(
        session,
        NewMessage(
            organization_id=organization_id,
            source=SOURCE,
            subject_id=text.id,
            template=TEMPLATE,
            language="es" if reads_spanish(text.body) else "en",
            channel="sms",
            recipient_kind="stranger",
            recipient_id=text.id,
            deduplication_key=f"sms:{text.message_sid}:{TEMPLATE}",
            is_reply=True,
        ),
        now,
    )


def reads_spanish(body: str) -> bool:
    """Whether the answer should be in Spanish."""
    return not _SPANISH.isdisjoint(normal_form(body).split())


async def unread(session: AsyncSession, organization_id: UUID) -> Sequence[StrangerText]:
    """What nobody has read yet: danger first, then the oldest."""
    rows = await session.scalars(
        select(StrangerText)
        .where(StrangerText.organization_id == organization_id, StrangerText.read_at.is_(None))
        .order_by(StrangerText.danger.desc(), StrangerText.received_at, StrangerText.id)
        .limit(SHOWN_AT_MOST)
    )
    return rows.all()


async def answer_by_hand(
    session: AsyncSession,
    text_id: UUID,
    body: str,
    *,
    actor: Actor,
    now: datetime,
    parts_seen: bool = False,
) -> None:
    """A person's own words back to an unknown phone; the text is read with it."""
    row = await session.get(StrangerText, text_id, with_for_update=True)
    if row is None or row.organization_id != actor.organization_id:
        raise NotFound(_("There is no such text."))
    words = " ".join(body.split())
    if not words:
        raise InvalidInput(_("Write the answer."), field="reply")
    if row.read_at is not None:
        raise Conflict(_("A colleague has answered this text, or read it."), field="reply")
    number = to_e164(row.from_number or "")
    if number is None or await is_suppressed(session, row.organization_id, phone_hash(number)):
        raise InvalidInput(_("This phone wants no texts from us. Call them."), field="reply")
    card = await member_card(session, row.organization_id)
    signed = signed_by(actor.label, card.sender_label if card else "")
    check_parts(in_own_words(signed, words), parts_seen=parts_seen, field="reply")
    await queue_message(
        session,
        NewMessage(
            organization_id=row.organization_id,
            source=SOURCE,
            subject_id=row.inbound_id,
            template=OWN_WORDS,
            language="en",
            channel="sms",
            recipient_kind="stranger",
            recipient_id=row.inbound_id,
            params={"signed": signed, "words": words},
            deduplication_key=f"stranger:{row.inbound_id}:{OWN_WORDS}",
            is_reply=True,
        ),
        now,
    )
    await mark_read(session, text_id, actor=actor, now=now)


async def mark_read(session: AsyncSession, text_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Somebody has read it; saying so twice changes nothing."""
    row = await session.get(StrangerText, text_id, with_for_update=True)
    if row is None or row.organization_id != actor.organization_id:
        raise NotFound(_("There is no such text."))
    if row.read_at is not None:
        return
    row.read_at, row.read_by_person_id = now, actor.person_id
    await audit.record(
        session, "stranger_text_read", subject_kind="inbound_text", subject_id=row.inbound_id,
        now=now,
    )  # fmt: skip
