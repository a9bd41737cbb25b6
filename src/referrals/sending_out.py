"""Queues texts and mails in the business transaction, and keeps the two-digit codes.

What is queued holds a template's id and a day, no words about a person: those are found at claim
(message_source). Addresses never pass through here.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text as sql

from accounts.api import LinkPurpose, create_confirm_link, create_link
from notify.api import NewMessage, queue_message
from referrals import digests, source_name
from referrals.decisions import Recipient, Text
from referrals.digest_rules import waits_for_list
from referrals.overdue import Urgency
from referrals.wording import form_at, languages, template_facts

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.models import Referral, ReferralEvent
    from referrals.words import Word

SOURCE = source_name.SOURCE
# The one text that carries the patient's own link.
WITH_LINK = "PL"
LINK_LASTS = timedelta(days=7)
# What a mailbox gets where a phone gets a text.
MAIL_FOR = {
    "A1": "agency_request",
    "A1b": "agency_request",
    "A2": "agency_they_come",
    # After a late yes: the request is theirs, on a page of its own.
    "A4b": "agency_new_link",
    "A4i": "agency_new_link",
    "A5": "agency_outcome",
    "A8": "agency_no_longer_needed",
}
# These carry the mail program's own button for "never send us requests".
ASKING_MAILS = frozenset({"agency_request", "agency_they_come"})


async def queue_texts(
    session: AsyncSession, referral: Referral, event: ReferralEvent, word: Word, texts: list[Text]
) -> None:
    """Queue what one event sends, each once."""
    for text in dict.fromkeys(texts):
        if text.to is Recipient.PATIENT:
            await _to_patient(session, referral, event, word, text)
        elif text.to is Recipient.PATIENT_MAIL:
            await _mail_to_patient(session, referral, event, word, text)
        elif text.to is Recipient.REPLY:
            await _reply(session, referral, event, word, text)
        else:
            await _to_agency(session, referral, event, word, text)


async def _to_patient(
    session: AsyncSession, referral: Referral, event: ReferralEvent, word: Word, text: Text
) -> None:
    if not referral.may_text:
        return
    template = form_at(text.template, referral.naming_level.value)
    if template is None:
        return
    params = _params(text)
    if template == WITH_LINK:
        params["link_id"] = str(await _patient_link(session, referral, word))
    await queue_message(
        session,
        NewMessage(
            organization_id=referral.requester_organization_id,
            source=SOURCE,
            subject_id=referral.id,
            template=template,
            language=texted(referral.text_language),
            channel="sms",
            recipient_kind="patient",
            recipient_id=referral.patient_id,
            params=params,
            deduplication_key=f"{event.id}:{template}:patient",
            priority=_priority(referral),
            is_question=template_facts(template).is_question,
            is_reply=word.party == "patient" and word.way == "text",
        ),
        word.now,
    )


async def _patient_link(session: AsyncSession, referral: Referral, word: Word) -> UUID:
    return await create_link(
        session,
        organization_id=referral.requester_organization_id,
        referral_id=referral.id,
        purpose=LinkPurpose.PATIENT,
        expires_at=link_ends(word.now, referral.patient_time_zone),
        now=word.now,
    )


async def _mail_to_patient(
    session: AsyncSession, referral: Referral, event: ReferralEvent, word: Word, text: Text
) -> None:
    link_id = await _patient_link(session, referral, word)
    await queue_message(
        session,
        NewMessage(
            organization_id=referral.requester_organization_id,
            source=SOURCE,
            subject_id=referral.id,
            template=text.template,
            language=texted(referral.text_language),
            channel="email",
            recipient_kind="patient",
            recipient_id=referral.patient_id,
            params={**_params(text), "link_id": str(link_id)},
            deduplication_key=f"{event.id}:{text.template}:patient",
        ),
        word.now,
    )


async def _reply(
    session: AsyncSession, referral: Referral, event: ReferralEvent, word: Word, text: Text
) -> None:
    if word.reply_channel_id is None:
        return
    await queue_message(
        session,
        NewMessage(
            organization_id=referral.requester_organization_id,
            source=SOURCE,
            subject_id=referral.id,
            template=text.template,
            language=_language_of(referral, word.reply_channel_id),
            channel="sms",
            recipient_kind="channel",
            recipient_id=word.reply_channel_id,
            params=_params(text),
            deduplication_key=f"{event.id}:{text.template}:reply",
            priority=_priority(referral),
            is_question=template_facts(text.template).is_question,
            is_reply=True,
        ),
        word.now,
    )


async def _to_agency(
    session: AsyncSession, referral: Referral, event: ReferralEvent, word: Word, text: Text
) -> None:
    for channel in referral.asked_channels:
        if text.channel is not None and channel["id"] != str(text.channel):
            continue
        if channel["kind"] == "sms" and await _listed(session, referral, word, text, channel):
            continue
        if channel["kind"] == "sms":
            template, params = text.template, _params(text)
        elif text.template in MAIL_FOR:
            template = MAIL_FOR[text.template]
            link_id = await agency_link(session, referral, word.now)
            params = {**_params(text), "link_id": str(link_id)}
            if template in ASKING_MAILS:
                params["never_link_id"] = str(await _never_link(session, referral, channel, word))
        else:
            continue
        is_question = channel["kind"] == "sms" and template_facts(template).is_question
        await queue_message(
            session,
            NewMessage(
                organization_id=referral.requester_organization_id,
                source=SOURCE,
                subject_id=referral.id,
                template=template,
                language=channel["language"],
                channel=channel["kind"],
                recipient_kind="channel",
                recipient_id=UUID(channel["id"]),
                params=params,
                deduplication_key=f"{event.id}:{template}:{channel['id']}",
                priority=_priority(referral),
                is_question=is_question,
            ),
            word.now,
        )


async def _listed(
    session: AsyncSession, referral: Referral, word: Word, text: Text, channel: dict[str, str]
) -> bool:
    """Whether that phone reads of it on the day's list, or need not hear of it at all."""
    if text.template == "A8":
        return await digests.forget_untold(session, referral.id, UUID(channel["id"]))
    # After a phone's first yes all that waited comes on one list, at once.
    first = text.channel is not None and referral.urgency is not Urgency.TODAY
    asks = text.template in digests.NEW and (first or waits_for_list(referral.urgency))
    if not asks and not (text.template == digests.OUTCOME and waits_for_list(referral.urgency)):
        return False
    at = word.now if first else None
    await digests.add_line(
        session, referral, channel, text.template, word.now, answer_by=text.by, at=at
    )
    return True


async def _never_link(
    session: AsyncSession, referral: Referral, channel: dict[str, str], word: Word
) -> UUID:
    """By this link the mailbox, not the request, can be ended."""
    return await create_confirm_link(
        session,
        organization_id=referral.performer_organization_id,
        channel_id=UUID(channel["id"]),
        now=word.now,
    )


def link_ends(now: datetime, time_zone: str) -> datetime:
    """The last minute of the seventh day: an answer "by Tue 5 pm" must not find the link dead."""
    zone = ZoneInfo(time_zone)
    last = now.astimezone(zone).date() + LINK_LASTS
    return datetime.combine(last, time(23, 59), zone).astimezone(UTC)


async def agency_link(session: AsyncSession, referral: Referral, now: datetime) -> UUID:
    """A new link to the agency's page of this request."""
    return await create_link(
        session,
        organization_id=referral.performer_organization_id,
        referral_id=referral.id,
        purpose=LinkPurpose.AGENCY,
        expires_at=link_ends(now, referral.performer_time_zone),
        now=now,
    )


async def open_code(
    session: AsyncSession, referral_id: UUID, channel_ids: list[UUID], now: datetime
) -> int | None:
    """A code that is free on every phone that is asked; None when all 90 are open."""
    found = await session.execute(
        sql("select open_reply_code(:referral, :channels, :now)"),
        {"referral": referral_id, "channels": channel_ids, "now": now},
    )
    code: int | None = found.scalar_one()
    return code


async def close_codes(session: AsyncSession, referral_id: UUID, now: datetime) -> None:
    """The code may be given to another request; a late answer still finds this one."""
    await session.execute(
        sql("select close_reply_codes(:referral, :now)"), {"referral": referral_id, "now": now}
    )


async def move_codes(session: AsyncSession, referral_id: UUID, to: UUID) -> None:
    """The same code stands for another request of the same pair."""
    await session.execute(
        sql("select move_reply_codes(:referral, :to)"), {"referral": referral_id, "to": to}
    )


def _params(text: Text) -> dict[str, str]:
    params = {}
    if text.by is not None:
        params["by"] = text.by.isoformat()
    if text.answer is not None:
        params["answer"] = text.answer
    return params


def _priority(referral: Referral) -> int:
    return 10 if referral.urgency is Urgency.TODAY else 0


def _language_of(referral: Referral, channel_id: UUID) -> str:
    for channel in referral.asked_channels:
        if channel["id"] == str(channel_id):
            return channel["language"]
    return "en"


def texted(language: str) -> str:
    """The language that somebody who reads this one is written in."""
    return language if language in languages() else "en"
