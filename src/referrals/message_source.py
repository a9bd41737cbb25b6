"""What notify asks about a message at the moment of sending: may it go, where, in which words.

Consent, naming level, how the patient may be reached and the referral's place are checked here and
not when the message was queued. Runs under the sender's organization, worker role.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from accounts.api import resolve_channel
from notify.api import (
    Drop,
    Hold,
    RenderedMail,
    RenderedText,
    Send,
    other_subjects,
    sender_number_of,
)
from referrals.consent import Reach, is_in_force, may_text
from referrals.consequences import THEY_CALL, give_name_task
from referrals.digests import still_asks
from referrals.lifecycle import (
    AFTER_YES,
    ENDED,
    OPEN,
    WAITING,
    BusinessStatus,
    Party,
)
from referrals.list_words import LISTS, WEEKLY, list_words
from referrals.models import Consent, Patient, Referral, StaffTask
from referrals.name_calls.pins import number_to_call
from referrals.own_words import OWN_WORDS, in_own_words
from referrals.params import confirm_address, link_address, values_for
from referrals.queries.ahead import read_ahead
from referrals.tasks import TaskKind
from referrals.teams import referral_for_worker
from referrals.transition import new_task
from referrals.wording import form_at, render, render_mail
from referrals.words import CLOCK_ACTOR, Way, Word
from shared.phone_numbers import display
from shared.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from notify.api import QueuedMessage

S = BusinessStatus
HELLO_GIVES_WAY = timedelta(hours=48)
_ASKING = frozenset(OPEN - {S.DRAFT, S.AWAITING_CONSENT, S.ACCOUNTS_DIFFER}) | {
    S.CLOSED_AGENCY_ONLY
}
# A text that is not listed may go at any status.
VALID_WHILE: dict[str, frozenset[BusinessStatus]] = {
    "A1": WAITING,
    "A1b": WAITING,
    "agency_request": WAITING,
    "A2": AFTER_YES,
    "agency_they_come": AFTER_YES,
    "A5": AFTER_YES,
    "agency_outcome": AFTER_YES,
    "A4": AFTER_YES,
    "A4i": AFTER_YES,
    "A4b": AFTER_YES,
    "A4w": AFTER_YES,
    "P0": OPEN,
    "P0b": WAITING,
    "P1": AFTER_YES,
    "P1n": AFTER_YES,
    "P2": AFTER_YES,
    "P2u": AFTER_YES,
    "P2b": AFTER_YES,
    "P3": ENDED,
    "P4": frozenset({S.SCHEDULED}),
    "P11": frozenset({S.SENT}),
    "PO": OPEN,
    "P5": _ASKING,
    "P5n": _ASKING,
}
# The end of texting itself, and the way to help: consent is not asked for these.
WITHOUT_CONSENT = frozenset({"P9", "P9c", "PC", "PH", "P10"})
BEFORE_HELLO = frozenset({"P0", "P5", "P5n"}) | WITHOUT_CONSENT
# May we write there at all? The only messages to a channel that nobody said yes for.
ASKS_FIRST = frozenset({"A0", "agency_invitation"})
# The parameter of those that ask once more, before a yes is 12 months old.
ASKS_AGAIN = "asks_again"
# These tell the agency of somebody: the consent must stand when they go out.
TELLS_OF_PATIENT = frozenset({"A1", "A1b", "agency_request", "A2", "agency_they_come"})
# "They may tell us what happened" is a consent of its own.
ASKS_OUTCOME = frozenset({"A5", "agency_outcome"})


class ReferralSource:
    """The loop's messages."""

    async def read_ahead(
        self, session: AsyncSession, messages: Sequence[QueuedMessage]
    ) -> list[object]:
        """Requests, patients and consents of a batch, read together."""
        subjects = {message.subject_id for message in messages}
        people = {each.recipient_id for each in messages if each.recipient_kind == "patient"}
        return await read_ahead(session, subjects, people)

    async def may_send(
        self, session: AsyncSession, message: QueuedMessage, now: datetime
    ) -> Send | Hold | Drop:
        """Whether it may go now, and where to."""
        if message.recipient_kind == "channel":
            return await self._to_channel(session, message, now)
        patient = await session.get(Patient, message.recipient_id)
        if patient is None:
            return Drop("no_patient")
        referral = await referral_for_worker(session, message.subject_id)
        if _is_past(referral, message.template):
            return Drop("referral_moved_on")
        consent = await _consent(session, referral)
        if message.channel == "email":
            return _mail(patient, consent, now)
        stopped = referral is not None and not referral.may_text
        if stopped and message.template not in WITHOUT_CONSENT:
            return Drop("may_not_text")
        return _text(patient, consent, message, now)

    async def _to_channel(
        self, session: AsyncSession, message: QueuedMessage, now: datetime
    ) -> Send | Drop:
        referral = await referral_for_worker(session, message.subject_id)
        on_list = message.template in LISTS
        if on_list and not await _listed(session, message, now):
            return Drop("referral_moved_on")
        if not on_list and _is_past(referral, message.template):
            return Drop("referral_moved_on")
        channel = await resolve_channel(session, message.recipient_id, now=now)
        if channel is None or channel.stopped:
            return Drop("channel_stopped")
        asks = message.template in ASKS_FIRST and ASKS_AGAIN not in message.params
        if channel.verified is asks:
            return Drop("said_yes_already" if channel.verified else "channel_not_verified")
        refusal = None
        if not on_list:
            refusal = await _consent_missing(session, referral, message.template, now)
        if refusal is not None:
            return refusal
        any_hour = message.is_reply or (channel.all_hours and channel.verified)
        return Send(channel.address, channel.time_zone, any_hour=any_hour)

    async def render(
        self, session: AsyncSession, message: QueuedMessage, now: datetime
    ) -> RenderedText | RenderedMail:
        """The words, in the reader's language and at the level the patient chose."""
        if message.template == OWN_WORDS:
            return RenderedText(in_own_words(message.params["signed"], message.params["words"]))
        if message.template in LISTS:
            listed = await _listed(session, message, now)
            return RenderedText(_words_of_list(message, listed, now))
        return await _from_template(session, message, now)


async def _from_template(
    session: AsyncSession, message: QueuedMessage, now: datetime
) -> RenderedText | RenderedMail:
    referral = await referral_for_worker(session, message.subject_id)
    if referral is None:
        raise LookupError(message.template)
    template, line = await _as_it_stands(session, message, referral, now)
    patient = None
    if message.recipient_kind == "patient":
        patient = await session.get(Patient, message.recipient_id)
    level = patient.naming_level.value if patient else "need"
    params = values_for(template, message.language, referral, patient, dict(message.params), now)
    if line is not None:
        params["line"] = display(line)
    if message.channel != "email":
        if "link_id" in message.params:
            params["link"] = link_address(get_settings().address, message.params["link_id"])
        return RenderedText(render(template, message.language, level, params))
    return await _words_of_mail(session, message, referral, level, params)


async def _as_it_stands(
    session: AsyncSession, message: QueuedMessage, referral: Referral, now: datetime
) -> tuple[str, str | None]:
    """The template, and for A4 the number to call.

    A PIN that was withdrawn since the yes opens nothing: then we call them, as A4i says.
    """
    if message.template != "A4":
        return message.template, None
    line = await number_to_call(session, message.organization_id, message.recipient_id)
    if line is not None:
        return message.template, line
    asked = select(StaffTask.id).where(
        StaffTask.referral_id == referral.id,
        StaffTask.kind == TaskKind.GIVE_NAME,
        StaffTask.done_at.is_(None),
    )
    if referral.identity_shown_at is None and await session.scalar(asked.limit(1)) is None:
        word = Word(CLOCK_ACTOR, Party.CLOCK, f"message:{message.id}:call", now, Way.CLOCK)
        session.add(new_task(referral, give_name_task(referral, now), word, None))
    return "A4i", None


async def _words_of_mail(
    session: AsyncSession,
    message: QueuedMessage,
    referral: Referral,
    level: str,
    params: dict[str, str],
) -> RenderedMail:
    number = await sender_number_of(session, message.organization_id)
    # Only a phone that we asked may answer by text.
    by_text = any(asked["kind"] == "sms" for asked in referral.asked_channels)
    params["answer_phone"] = display(number) if number and by_text else ""
    headers: dict[str, str] = {}
    if "link_id" in message.params:
        address = confirm_address if message.template in ASKS_FIRST else link_address
        params["link"] = address(get_settings().address, message.params["link_id"])
    never = message.params.get("never_link_id")
    if never is None and message.template in ASKS_FIRST:
        never = message.params.get("link_id")
    if never is not None:
        headers = _never_again(confirm_address(get_settings().address, never))
    mail = render_mail(message.template, message.language, level, params)
    return RenderedMail(mail.subject, mail.text, mail.html, headers)


async def _listed(session: AsyncSession, message: QueuedMessage, now: datetime) -> list[Referral]:
    """The requests of a list that still ask, by code."""
    asks = "A5" if message.template == WEEKLY else "A1"
    found = []
    for referral_id in (message.subject_id, *await other_subjects(session, message.id)):
        referral = await referral_for_worker(session, referral_id)
        if referral is None or not still_asks(referral, asks):
            continue
        if await _consent_missing(session, referral, asks, now) is None:
            found.append(referral)
    return sorted(found, key=lambda referral: referral.code or 0)


def _words_of_list(message: QueuedMessage, listed: list[Referral], now: datetime) -> str:
    if len(listed) > 1 or message.template == WEEKLY:
        return list_words(message.template, message.language, listed)
    # The others were answered meanwhile: it goes out as it would have gone alone.
    alone = "A1" if listed[0].how_to_start == THEY_CALL else "A1b"
    values = values_for(alone, message.language, listed[0], None, dict(message.params), now)
    return render(alone, message.language, "need", values)


def _never_again(link: str) -> dict[str, str]:
    """The mail program's own button for "never send us requests" (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{link}/never>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _is_past(referral: Referral | None, template: str) -> bool:
    """Whether the referral has gone past the place this message speaks of."""
    if referral is None:
        return True
    if template == "A1" and referral.held is not None:
        return True
    allowed = VALID_WHILE.get(template)
    return allowed is not None and referral.status not in allowed


async def _consent(session: AsyncSession, referral: Referral | None) -> Consent | None:
    if referral is None or referral.consent_id is None:
        return None
    return await session.get(Consent, referral.consent_id)


async def _consent_missing(
    session: AsyncSession, referral: Referral | None, template: str, now: datetime
) -> Drop | None:
    if template not in TELLS_OF_PATIENT | ASKS_OUTCOME:
        return None
    consent = await _consent(session, referral)
    if consent is None or not consent.share or not is_in_force(consent.terms(), now):
        return Drop("consent_ended")
    if template in ASKS_OUTCOME and not consent.hear_back:
        return Drop("may_not_hear_back")
    return None


def _mail(patient: Patient, consent: Consent | None, now: datetime) -> Send | Drop:
    if not patient.email:
        return Drop("no_mailbox")
    if not is_in_force(consent.terms() if consent else None, now):
        return Drop("consent_ended")
    return Send(patient.email, patient.time_zone, any_hour=True)


def _text(
    patient: Patient, consent: Consent | None, message: QueuedMessage, now: datetime
) -> Send | Hold | Drop:
    refusal = _refusal(patient, consent, message, now)
    if refusal is not None or patient.phone is None:
        return refusal or Drop("no_phone")
    waits = (
        patient.way is Reach.SHARED_PHONE
        and patient.phone_confirmed_at is None
        and message.template not in BEFORE_HELLO
        and not message.is_reply
    )
    said_hello = patient.hello_sent_at
    if waits and said_hello is not None and now < said_hello + HELLO_GIVES_WAY:
        return Hold(said_hello + HELLO_GIVES_WAY, "waits_for_hello")
    return Send(patient.phone, patient.time_zone, any_hour=message.is_reply)


def _refusal(
    patient: Patient, consent: Consent | None, message: QueuedMessage, now: datetime
) -> Drop | None:
    if message.template in WITHOUT_CONSENT:
        return None
    if patient.wrong_number_at is not None:
        return Drop("wrong_number")
    terms = consent.terms() if consent else None
    if not may_text(terms, patient.way, now, phone_may_text=patient.may_text):
        return Drop("may_not_text")
    if message.template == OWN_WORDS:
        return None
    if form_at(message.template, patient.naming_level.value) != message.template:
        return Drop("naming_level_changed")
    return None
