"""A yes after the end: one tap by the owner, and the agency has the request after all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from referrals import overdue
from referrals.actions.answering import AgencySays, AgencyWord, answer_as_agency
from referrals.actions.asking_again import ask_once_more
from referrals.actions.owning import NextStep
from referrals.actions.patients import consent_of
from referrals.consent import check_may_share
from referrals.consequences import THEY_CALL
from referrals.decisions import Decision, NewTask, Recipient, Text
from referrals.errors import ReferralNotFound
from referrals.lifecycle import (
    ENDED,
    GOT_HELP,
    NOT_SENT,
    OPEN,
    BusinessStatus,
    Party,
    is_bad_ending,
)
from referrals.models import Referral, ReferralEvent, StaffTask
from referrals.queries import linked_referrals, referrals_of_patient
from referrals.sending_out import queue_texts
from referrals.tasks import TaskKind
from referrals.transition import Outcome, known_event, lock_referral, new_task, transition
from referrals.words import CLOCK_ACTOR, Audience, EventKind, Rule, Way, Word
from shared.errors import Conflict
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

S = BusinessStatus
TAKEN = (OPEN - NOT_SENT) | GOT_HELP | {S.CLOSED_AGENCY_ONLY}
YESES = frozenset({AgencySays.YES.value, AgencySays.WAIT_LIST.value})


async def take_late_yes(session: AsyncSession, referral_id: UUID, *, word: Word) -> Outcome:
    """The owner takes a yes that came after the end; `linked` is the request it opens.

    Conflict when there is no such yes or another place has it; InvalidInput (`consent_missing`)
    when the consent no longer stands.
    """
    ended = await lock_referral(session, referral_id)
    known = await known_event(session, referral_id, word.event_key)
    if known is not None:
        return Outcome(ended, known, repeated=True, linked=await _opened_by(session, ended))
    late = await _late_yes(session, ended)
    await _check_free(session, ended)
    consent = await consent_of(session, referral_id)
    check_may_share(consent.terms() if consent else None, word.now)
    if consent is None:
        raise ReferralNotFound
    outcome = await transition(session, referral_id, word, lambda row: _acknowledged(row, word))
    again = replace(word, event_key=f"{word.event_key}:again")
    linked = await ask_once_more(session, ended, consent, again)
    # Their own word of a while ago, carried out now: nobody speaks for them.
    theirs = replace(
        word,
        actor=CLOCK_ACTOR,
        party=Party.AGENCY,
        event_key=f"{word.event_key}:yes",
        way=late.way,
        said_by=late.said_by or ended.performer_name,
    )
    says = AgencySays(str((late.words or {})["said"]))
    await answer_as_agency(session, linked.referral.id, theirs, AgencyWord(says))
    await _tell_agency(session, linked.referral, theirs)
    await _late_words_are_read(session, ended, word)
    return replace(outcome, linked=linked.referral, link_id=linked.link_id)


async def may_take_late_yes(session: AsyncSession, ended: Referral) -> bool:
    """Whether there is a late yes that nobody has overtaken."""
    try:
        await _late_yes(session, ended)
        await _check_free(session, ended)
    except Conflict:
        return False
    return True


async def _late_yes(session: AsyncSession, ended: Referral) -> ReferralEvent:
    last = await session.scalar(
        select(ReferralEvent)
        .where(
            ReferralEvent.referral_id == ended.id,
            ReferralEvent.kind == EventKind.LATE_WORD,
            ReferralEvent.party == Party.AGENCY,
        )
        .order_by(ReferralEvent.version.desc())
        .limit(1)
    )
    if ended.status not in ENDED or last is None or (last.words or {}).get("said") not in YESES:
        raise Conflict(_("They have not said yes."), code="no_late_yes")
    return last


async def _check_free(session: AsyncSession, ended: Referral) -> None:
    """Nobody else has it: no other request for this need is open or has helped since."""
    taken = [
        each
        for each in await referrals_of_patient(session, ended.patient_id)
        if each.need == ended.need
        and each.id != ended.id
        and each.created_at >= ended.created_at
        and each.status in TAKEN
    ]
    if taken or ended.status in {S.ENTERED_IN_ERROR, *TAKEN}:
        raise Conflict(
            _("Another place has been asked already."),
            code="asked_already",
            remedy=_("Look at the newer request."),
        )


def _acknowledged(referral: Referral, word: Word) -> Decision:
    changes: dict[str, object] = {"next_step": NextStep.ANOTHER_PLACE.value}
    if is_bad_ending(referral.status, referral.reason):
        changes["acknowledged_at"] = word.now
    return Decision(
        kind=EventKind.ENDING_ACKNOWLEDGED,
        audience=Audience.SENDER,
        changes=changes,
        clocks={Rule.ENDING: None},
    )


async def _tell_agency(session: AsyncSession, referral: Referral, word: Word) -> None:
    """They have it after all, under a new code; a mailbox gets a new link."""
    they_call = referral.how_to_start == THEY_CALL
    text = Text("A4i" if they_call else "A4b", Recipient.AGENCY, by=referral.contact_due_at)
    event = await known_event(session, referral.id, word.event_key)
    if event is None:
        return
    await queue_texts(session, referral, event, word, [text])
    if they_call and word.way is not Way.TEXT:
        due = overdue.contact_due(referral.urgency, word.now, referral.requester_hours)
        session.add(new_task(referral, NewTask(TaskKind.GIVE_NAME, due), word, event.id))


async def _late_words_are_read(session: AsyncSession, ended: Referral, word: Word) -> None:
    rows = await session.scalars(
        select(StaffTask).where(
            StaffTask.referral_id == ended.id,
            StaffTask.done_at.is_(None),
            StaffTask.kind.in_({TaskKind.LATE_WORD, TaskKind.BAD_ENDING, TaskKind.TEAM_LEAD}),
        )
    )
    for row in rows.all():
        row.done_at, row.done_by_person_id = word.now, word.actor.person_id


async def _opened_by(session: AsyncSession, ended: Referral) -> Referral | None:
    opened = [
        each.id for each in await linked_referrals(session, ended.id) if each.part_of_id == ended.id
    ]
    return await session.get(Referral, opened[-1]) if opened else None
