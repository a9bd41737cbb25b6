"""Draft → sent: consent, channels, code, disclosures; the standing yes; the warm hand-off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from accounts.api import verified_channels
from directory.api import full_day, full_until
from referrals import digests, overdue
from referrals.actions.answering import AgencyWord, answer_as_agency
from referrals.actions.patients import consent_of, get_patient, identity_of
from referrals.actions.recording import HeardWord, heard
from referrals.consent import asked_again_at, check_may_share, may_text
from referrals.consequences import HOTLINE, THEY_CALL, WALK_IN
from referrals.decisions import Decision, NewTask, Recipient, Text
from referrals.going_out import wait_for_codes
from referrals.lifecycle import NOT_SENT, BusinessStatus, Party, check_move
from referrals.models import ReferralDisclosure
from referrals.models.records import DisclosureKind
from referrals.need_words import need_label
from referrals.overdue import Urgency
from referrals.sending_out import open_code
from referrals.tasks import TaskKind
from referrals.transition import Outcome, known_event, lock_referral, transition
from referrals.words import Audience, Rule, Word
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import ChannelFact
    from referrals.models import Consent, Patient, Referral

S = BusinessStatus


@dataclass(frozen=True, slots=True)
class SendOptions:
    """How the patient leaves, and whether the agency is written to (not when just called)."""

    mail_take_away: bool = False
    writes_to_agency: bool = True
    # They said they take nobody new; the sender knows, and asks all the same.
    although_full: bool = False


@dataclass(frozen=True, slots=True)
class HandOver:
    """What came of the call beside the patient."""

    heard: HeardWord
    said: AgencyWord


@dataclass(frozen=True, slots=True)
class _Ready:
    """What is known before the move is decided."""

    patient: Patient
    consent: Consent
    channels: Sequence[ChannelFact]
    code: int | None
    options: SendOptions


async def send_referral(
    session: AsyncSession,
    referral_id: UUID,
    *,
    word: Word,
    options: SendOptions | None = None,
    expected_version: int | None = None,
) -> Outcome:
    """Ask the agency, or tell a walk-in service that somebody comes.

    InvalidInput (`consent_missing`) when the first tick is absent. A service without a verified
    channel makes a call task; public phones of the directory are never texted.
    """
    referral = await lock_referral(session, referral_id)
    known = await known_event(session, referral_id, word.event_key)
    if known is not None:
        return Outcome(referral, known, repeated=True)
    check_move(referral.status, S.SENT, word.party)
    if referral.status not in NOT_SENT:
        raise InvalidInput(_("This request was sent already."))
    ready = await _prepare(session, referral, word, options or SendOptions())
    outcome = await transition(
        session,
        referral_id,
        word,
        lambda row: _decide(row, ready, word),
        expected_version=expected_version,
    )
    _disclose(session, outcome.referral, ready, word)
    if ready.patient.hello_sent_at is None and outcome.referral.may_text:
        ready.patient.hello_sent_at = word.now
    if referral.how_to_start == WALK_IN:
        return await _standing_yes(session, outcome, ready, word)
    return outcome


async def _prepare(
    session: AsyncSession, referral: Referral, word: Word, options: SendOptions
) -> _Ready:
    consent = await consent_of(session, referral.id)
    check_may_share(consent.terms() if consent else None, word.now)
    if consent is None:
        raise InvalidInput(_("Consent missing: tick it, or save as draft."), field="share")
    if not options.although_full:
        await _check_open(session, referral, word)
    patient = await get_patient(session, referral.patient_id)
    channels: Sequence[ChannelFact] = []
    if referral.how_to_start != HOTLINE:
        channels = await verified_channels(
            session, referral.performer_organization_id, now=word.now
        )
    texted = [channel.id for channel in channels if channel.kind.value == "sms"]
    code = await open_code(session, referral.id, texted, word.now)
    if texted and code is None:
        # All 90 codes of this pair of numbers are open: a text could not be answered.
        channels = [channel for channel in channels if channel.kind.value != "sms"]
        await wait_for_codes(session, referral.performer_organization_id, texted, word.now)
    return _Ready(patient, consent, channels, code, options)


async def _check_open(session: AsyncSession, referral: Referral, word: Word) -> None:
    """Nobody new goes to a service that is full, unless somebody says so."""
    place = referral.service_at_location_id
    until = (await full_until(session, [place], word.now)).get(place)
    if until is not None:
        raise InvalidInput(
            _("They take no new requests until %(day)s."),
            values={"day": full_day(until, ZoneInfo(referral.performer_time_zone))},
            field="although_full",
            code="service_full",
            remedy=_("Choose another place, or say that you ask all the same."),
        )


def _decide(referral: Referral, ready: _Ready, word: Word) -> Decision:
    terms = ready.consent.terms()
    texted = may_text(terms, ready.patient.way, word.now, phone_may_text=ready.patient.may_text)
    clocks = overdue.answer_clocks(referral.urgency, word.now, referral.performer_hours)
    asked = [
        {"id": str(each.id), "kind": each.kind.value, "language": each.language}
        for each in ready.channels
    ]
    walk_in = referral.how_to_start == WALK_IN
    return Decision(
        path=(S.SENT,),
        changes={
            "sent_at": word.now,
            "answer_due_at": None if walk_in else clocks.answer_due,
            "asked_channels": asked,
            "code": ready.code,
            "naming_level": ready.patient.naming_level,
            "text_language": ready.patient.text_language,
            "may_text": texted and ready.patient.phone is not None,
        },
        clocks={
            Rule.CONSENT_ENDS: asked_again_at(ready.consent.ends_at),
            Rule.CONSENT_OVER: ready.consent.ends_at,
        },
        texts=() if walk_in else _request_texts(referral, ready, clocks),
        tasks=() if walk_in else _call_tasks(referral, ready, word, clocks),
    )


def _request_texts(
    referral: Referral, ready: _Ready, clocks: overdue.AnswerClocks
) -> tuple[Text, ...]:
    texts = [*_hello(ready)]
    if referral.how_to_start != HOTLINE and ready.options.writes_to_agency:
        template = "A1" if referral.how_to_start == THEY_CALL else "A1b"
        texts.append(Text(template, Recipient.AGENCY, by=clocks.answer_due))
    texts.append(Text("P0b", Recipient.PATIENT, by=clocks.answer_due))
    return (*texts, *_take_away(ready))


def _hello(ready: _Ready) -> tuple[Text, ...]:
    return () if ready.patient.hello_sent_at else (Text("P0", Recipient.PATIENT),)


def _take_away(ready: _Ready) -> tuple[Text, ...]:
    if not ready.options.mail_take_away or not ready.patient.email:
        return ()
    return (Text("patient_takeaway", Recipient.PATIENT_MAIL),)


def _call_tasks(
    referral: Referral, ready: _Ready, word: Word, clocks: overdue.AnswerClocks
) -> tuple[NewTask, ...]:
    if referral.how_to_start == HOTLINE:
        return (NewTask(TaskKind.CALL_HOTLINE, word.now),)
    if ready.channels or not ready.options.writes_to_agency:
        return ()
    due = word.now if referral.urgency is Urgency.TODAY else clocks.owner_calls
    soon = overdue.end_of_answering_day(word.now, 1, referral.performer_hours)
    return (NewTask(TaskKind.CALL_AGENCY_UNREACHABLE, min(due, soon)),)


async def _standing_yes(session: AsyncSession, sent: Outcome, ready: _Ready, word: Word) -> Outcome:
    """A walk-in service needs no answer: the place is told, the patient gets where and when."""
    yes = replace(
        word,
        party=Party.STANDING_YES,
        event_key=f"{word.event_key}:yes",
        said_by=sent.referral.performer_name,
    )
    texts = (
        *_hello_before(ready, sent.referral),
        *([Text("A2", Recipient.AGENCY)] if ready.options.writes_to_agency else []),
        Text("P1", Recipient.PATIENT),
        *_take_away(ready),
    )
    decision = Decision(path=(S.ACCEPTED,), texts=texts)
    outcome = await transition(session, sent.referral.id, yes, lambda _row: decision)
    if ready.options.writes_to_agency and not outcome.repeated:
        await digests.add_to_week(session, outcome.referral, word.now)
    return replace(outcome, event=sent.event)


def _hello_before(ready: _Ready, referral: Referral) -> tuple[Text, ...]:
    first = ready.patient.hello_sent_at == referral.sent_at
    return (Text("P0", Recipient.PATIENT),) if first else ()


def _disclose(session: AsyncSession, referral: Referral, ready: _Ready, word: Word) -> None:
    """One row per consented level; identity stays unseen until somebody asks to see it."""
    facts = {
        "need": need_label(referral.need, "en"),
        "household_size": referral.household_size,
        "household_ages": referral.household_ages,
        "language": referral.language,
        "zip": referral.zip,
        "facts": referral.facts,
    }
    for kind, content in (
        (DisclosureKind.FACTS, facts),
        (DisclosureKind.IDENTITY, identity_of(ready.patient)),
    ):
        session.add(
            ReferralDisclosure(
                requester_organization_id=referral.requester_organization_id,
                performer_organization_id=referral.performer_organization_id,
                restricted_team_id=referral.restricted_team_id,
                referral_id=referral.id,
                kind=kind,
                consent_id=ready.consent.id,
                scope=f"{ready.consent.form.value}:share",
                content=content,
                ends_at=ready.consent.ends_at,
                created_at=word.now,
            )
        )


async def ask_for_consent(session: AsyncSession, referral_id: UUID, *, word: Word) -> Outcome:
    """The patient is to agree before it is sent."""
    decision = Decision(path=(S.AWAITING_CONSENT,), audience=Audience.SENDER)
    return await transition(session, referral_id, word, lambda _row: decision)


async def hand_over_now(
    session: AsyncSession,
    referral_id: UUID,
    *,
    word: Word,
    hand_over: HandOver,
    expected_version: int | None = None,
) -> Outcome:
    """Called beside the patient: sent, and answered by phone, in one go. No text to the agency.

    Its verified channels are kept: it is told there when the request is stopped later.
    """
    sent = await send_referral(
        session,
        referral_id,
        word=word,
        expected_version=expected_version,
        options=SendOptions(writes_to_agency=False, although_full=True),
    )
    if sent.repeated:
        return sent
    told = heard(word, Party.AGENCY, hand_over.heard)
    return await answer_as_agency(session, referral_id, told, hand_over.said)
