"""What the sender's staff do: answer, stop, try another place, acknowledge, decide, write notes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select

from referrals import overdue
from referrals.actions import plan_b
from referrals.actions.drafting import NewReferral, create_draft
from referrals.actions.patients import consent_of
from referrals.actions.revoking import hide_disclosures
from referrals.actions.sending import send_referral
from referrals.consent import check_may_share
from referrals.decisions import Decision, NewTask, Recipient, Text
from referrals.lifecycle import ENDED, GOT_HELP, NOT_SENT, OPEN, BusinessStatus, Party
from referrals.models import FollowUpNeed, InternalNote, Referral, SharedNote, StaffTask
from referrals.queries import linked_referrals
from referrals.reasons import Reason
from referrals.tasks import MESSAGE, TaskKind
from referrals.transition import Outcome, known_event, lock_referral, transition
from referrals.words import Audience, EventKind, Rule, Word
from shared import audit
from shared.errors import Conflict, InvalidInput, NotFound
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.listing import ListingWords

S = BusinessStatus
HELPED = GOT_HELP | {S.CLOSED_AGENCY_ONLY}


class NextStep(StrEnum):
    """What comes next after a bad ending."""

    ANOTHER_PLACE = "another_place"
    NOT_WANTED = "not_wanted"
    NOTHING_LEFT = "nothing_left"


@dataclass(frozen=True, slots=True)
class Reroute:
    """The place to ask instead."""

    listing: ListingWords
    reason: Reason = Reason.REPLACED


async def answer_question(
    session: AsyncSession,
    referral_id: UUID,
    *,
    word: Word,
    answer: str,
    expected_version: int | None = None,
) -> Outcome:
    """The sender answers what the agency asked; the request stands in `sent` again."""
    if not answer.strip():
        raise InvalidInput(_("Write the answer."), field="answer")
    consent = await consent_of(session, referral_id)

    def decide(referral: Referral) -> Decision:
        if referral.status is S.INFO_NEEDED:
            check_may_share(consent.terms() if consent else None, word.now)
        clocks = overdue.answer_clocks(referral.urgency, word.now, referral.performer_hours)
        template = "A1" if referral.how_to_start == "agency_calls_patient" else "A1b"
        return Decision(
            path=(S.SENT,),
            words={"note": answer.strip()},
            changes={"answer_due_at": clocks.answer_due},
            texts=(Text(template, Recipient.AGENCY, by=clocks.answer_due),),
        )

    outcome = await transition(
        session, referral_id, word, decide, expected_version=expected_version
    )
    if not outcome.repeated:
        session.add(_note(outcome.referral, word, answer.strip()))
    return outcome


async def withdraw(
    session: AsyncSession,
    referral_id: UUID,
    *,
    word: Word,
    reason: Reason,
    expected_version: int | None = None,
) -> Outcome:
    """Stop this request; the agency is told it is no longer needed."""
    decision = Decision(path=(S.WITHDRAWN,), reason=reason)
    return await transition(
        session, referral_id, word, lambda _row: decision, expected_version=expected_version
    )


async def entered_in_error(
    session: AsyncSession,
    referral_id: UUID,
    *,
    word: Word,
    expected_version: int | None = None,
) -> Outcome:
    """It should never have been: kept in the log, counted nowhere."""

    def decide(referral: Referral) -> Decision:
        audience = Audience.SENDER if referral.status in NOT_SENT else Audience.BOTH
        return Decision(path=(S.ENTERED_IN_ERROR,), audience=audience)

    outcome = await transition(
        session, referral_id, word, decide, expected_version=expected_version
    )
    await hide_disclosures(session, referral_id, word.now)
    return outcome


async def reroute(
    session: AsyncSession,
    referral_id: UUID,
    *,
    word: Word,
    to: Reroute,
    expected_version: int | None = None,
) -> Outcome:
    """Ask another place: this request ends, a linked one is sent. Needs the fourth tick.

    After an ending the old request stays as it is and only the new one is made.
    """
    old = await lock_referral(session, referral_id)
    if await known_event(session, referral_id, word.event_key) is None:
        await _check_next_places(session, old)
    decision = Decision(path=(S.REROUTED,), reason=to.reason)
    if old.status in ENDED:
        decision = Decision(
            kind=EventKind.ENDING_ACKNOWLEDGED,
            audience=Audience.SENDER,
            changes={"acknowledged_at": word.now, "next_step": NextStep.ANOTHER_PLACE.value},
            clocks={Rule.ENDING: None, Rule.NEXT_PLACE: None},
        )
    outcome = await transition(
        session, referral_id, word, lambda _row: decision, expected_version=expected_version
    )
    # The next request is the sender's, whoever (the clock, too) made room for it.
    again = replace(word, event_key=f"{word.event_key}:next", party=Party.SENDER)
    new = await create_draft(session, _next_draft(old, to), word=again)
    if new.status is S.DRAFT:
        asked = to.listing.service_at_location_id
        await plan_b.move_places(session, old, new, without=asked)
        await send_referral(
            session, new.id, word=replace(again, event_key=f"{word.event_key}:send")
        )
    return replace(outcome, linked=new)


async def _check_next_places(session: AsyncSession, old: Referral) -> None:
    if old.status is S.ENTERED_IN_ERROR or await _is_asked_elsewhere(session, old.id):
        raise Conflict(
            _("Another place has been asked already."),
            code="asked_already",
            remedy=_("Look at the newer request."),
        )
    consent = await consent_of(session, old.id)
    if consent is None or not consent.next_places:
        raise InvalidInput(
            _("They did not agree to other places. Ask first."),
            field="next_places",
            code="consent_missing",
        )


async def _is_asked_elsewhere(session: AsyncSession, referral_id: UUID) -> bool:
    """Whether a request in this one's place is open or has helped."""
    return any(
        each.part_of_id == referral_id and each.status in OPEN | HELPED
        for each in await linked_referrals(session, referral_id)
    )


def _next_draft(old: Referral, to: Reroute) -> NewReferral:
    return NewReferral(
        patient_id=old.patient_id,
        need=old.need,
        listing=to.listing,
        urgency=old.urgency,
        facts=tuple(old.facts),
        consent_id=old.consent_id,
        owner_person_id=old.owner_person_id,
        owner_name=old.owner_name,
        part_of_id=old.id,
        restricted_team_id=old.restricted_team_id,
    )


async def acknowledge_ending(
    session: AsyncSession, referral_id: UUID, *, word: Word, step: NextStep
) -> Outcome:
    """One tap after a bad ending. "Another place" leaves the need open for the next request."""

    def decide(referral: Referral) -> Decision:
        if referral.status not in ENDED:
            raise Conflict(_("This request has not ended."), code="not_ended")
        return Decision(
            kind=EventKind.ENDING_ACKNOWLEDGED,
            audience=Audience.SENDER,
            changes={"acknowledged_at": word.now, "next_step": step.value},
            clocks={Rule.ENDING: None, Rule.NEXT_PLACE: None},
            follow_up=step is NextStep.ANOTHER_PLACE,
            tasks=_tell_patient(referral, word) if step is NextStep.NOTHING_LEFT else (),
        )

    return await transition(session, referral_id, word, decide)


def _tell_patient(referral: Referral, word: Word) -> tuple[NewTask, ...]:
    due = overdue.end_of_answering_day(word.now, 1, referral.requester_hours)
    return (NewTask(TaskKind.CALL_PATIENT, due),)


async def decide_difference(  # noqa: PLR0913 -- a decision and what it rests on
    session: AsyncSession,
    referral_id: UUID,
    *,
    word: Word,
    to: BusinessStatus,
    reason: Reason | None = None,
    note: str = "",
    expected_version: int | None = None,
) -> Outcome:
    """The coordinator's decision how it ended; every statement stays on record."""
    decision = Decision(
        path=(to,),
        moves_as=Party.COORDINATOR,
        reason=reason,
        audience=Audience.SENDER if note else Audience.BOTH,
        words={"note": note} if note else {},
    )
    return await transition(
        session, referral_id, word, lambda _row: decision, expected_version=expected_version
    )


async def add_note(
    session: AsyncSession, referral_id: UUID, *, word: Word, body: str, shared: bool
) -> Outcome:
    """A note for both sides, or for one's own house."""
    if not body.strip():
        raise InvalidInput(_("Write the note."), field="note")
    decision = Decision(
        kind=EventKind.NOTE_ADDED, audience=Audience.BOTH if shared else Audience.SENDER
    )
    outcome = await transition(session, referral_id, word, lambda _row: decision)
    if outcome.repeated:
        return outcome
    if shared:
        session.add(_note(outcome.referral, word, body.strip()))
    else:
        session.add(
            InternalNote(
                organization_id=word.actor.organization_id,
                referral_id=referral_id,
                author=word.name,
                body=body.strip(),
                written_at=word.now,
            )
        )
    return outcome


def _note(referral: Referral, word: Word, body: str) -> SharedNote:
    return SharedNote(
        requester_organization_id=referral.requester_organization_id,
        performer_organization_id=referral.performer_organization_id,
        restricted_team_id=referral.restricted_team_id,
        referral_id=referral.id,
        by_organization_id=word.actor.organization_id or referral.requester_organization_id,
        author=word.name,
        body=body,
        written_at=word.now,
    )


async def finish_task(session: AsyncSession, task_id: UUID, *, word: Word) -> StaffTask:
    """Done: it leaves the list."""
    task = await session.get(StaffTask, task_id, with_for_update=True)
    if task is None:
        raise NotFound(_("This task does not exist, or it is not yours to see."))
    if task.done_at is None:
        for each in [task, *await _asking_the_same(session, task)]:
            each.done_at, each.done_by_person_id = word.now, word.actor.person_id
        await audit.record(
            session, "task_done", subject_kind="staff_task", subject_id=task.id, now=word.now
        )
    return task


async def _asking_the_same(session: AsyncSession, task: StaffTask) -> Sequence[StaffTask]:
    """Tasks of the same kind on the same request; words are read one by one."""
    if task.words_sealed is not None:
        return ()
    rows = await session.scalars(
        select(StaffTask).where(
            StaffTask.referral_id == task.referral_id,
            StaffTask.kind == task.kind,
            StaffTask.done_at.is_(None),
            StaffTask.words_sealed.is_(None),
            StaffTask.facts[MESSAGE].astext.is_not_distinct_from(task.facts.get(MESSAGE)),
        )
    )
    return rows.all()


async def follow_up_met(
    session: AsyncSession, need_id: UUID, *, referral_id: UUID, word: Word
) -> FollowUpNeed:
    """A need left over has been dealt with."""
    need = await session.get(FollowUpNeed, need_id, with_for_update=True)
    if need is None or need.referral_id != referral_id:
        raise NotFound(_("This need does not exist, or it is not yours to see."))
    if need.met_at is None:
        need.met_at = word.now
        await audit.record(
            session, "need_met", subject_kind="follow_up_need", subject_id=need.id, now=word.now
        )
    return need
