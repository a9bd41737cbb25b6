"""After an answer: the reason for a no by text, the undo, and the end of a held answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from referrals.actions.answering import already_answered, reply_to
from referrals.actions.asking_again import ask_again
from referrals.decisions import Decision
from referrals.errors import TooLateToUndo
from referrals.lifecycle import (
    AFTER_YES,
    WAITING,
    BusinessStatus,
    Party,
    ReferralMoveError,
    path_to,
)
from referrals.models import ReferralEvent
from referrals.overdue import UNDO_WINDOW
from referrals.reasons import Reason, reason_for
from referrals.transition import Outcome, transition
from referrals.words import CLOCK_ACTOR, EventKind, Rule, Way, Word
from shared.errors import Conflict
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.models import Referral

S = BusinessStatus


async def give_reason(
    session: AsyncSession, referral_id: UUID, word: Word, reason: Reason
) -> Outcome:
    """The reason after a no by text (A3): into the held answer, or into the ending."""

    def decide(referral: Referral) -> Decision:
        held = referral.held
        if held is not None:
            changes: dict[str, object] = {"held": {**held, "reason": reason.value}}
        elif referral.status in {S.DECLINED, S.UNABLE}:
            changes = {"reason": reason.value}
        else:
            raise already_answered(referral)
        reason_for(S.DECLINED, reason)
        return Decision(
            kind=EventKind.REASON_GIVEN,
            reason=reason,
            changes=changes,
            texts=reply_to(word, "AN", answer=reason.value),
        )

    return await transition(session, referral_id, word, decide)


async def undo_answer(session: AsyncSession, referral_id: UUID, word: Word) -> Outcome:
    """Take back, by "0", the last answer within 30 minutes.

    A held answer falls away. A yes can't go back in the standard's diagram: it ends `unable` and
    a linked request to the same agency stands where this one stood, with the same code.
    """
    undoing: list[bool] = []

    def decide(referral: Referral) -> Decision:
        if referral.held is not None:
            return Decision(
                kind=EventKind.ANSWER_UNDONE,
                drops_hold=True,
                forgets_answer=True,
                texts=reply_to(word, "AU"),
            )
        check_undo_of_yes(referral, word.now)
        undoing.append(True)
        return Decision(
            path=(S.UNABLE,),
            reason=Reason.ANSWERED_BY_MISTAKE,
            words={"said": "undo"},
        )

    outcome = await transition(session, referral_id, word, decide)
    if not undoing:
        await _remember_first_answer(session, outcome.referral)
        return outcome
    linked = await ask_again(session, outcome.referral, word)
    if linked is None:
        return outcome
    return replace(outcome, linked=linked.referral, link_id=linked.link_id)


async def _remember_first_answer(session: AsyncSession, referral: Referral) -> None:
    """A held outcome was undone: the yes before it still is their answer."""
    if referral.status not in AFTER_YES or referral.answered_at is not None:
        return
    first = await session.scalar(
        select(ReferralEvent)
        .where(
            ReferralEvent.referral_id == referral.id,
            ReferralEvent.party == Party.AGENCY,
            ReferralEvent.status_from.in_(WAITING),
            ReferralEvent.status_to.not_in(WAITING),
        )
        .order_by(ReferralEvent.version)
        .limit(1)
    )
    if first is not None:
        referral.answered_at, referral.answered_by = first.said_at, first.said_by
        referral.answered_way = first.way.value


def check_undo_of_yes(referral: Referral, now: datetime) -> None:
    """Raise unless the last word is a yes of the last half hour and nobody has seen the name."""
    yes = {S.ACCEPTED, S.WAITLISTED, S.CONTACTING, S.SCHEDULED}
    answered = referral.answered_at
    if referral.status not in yes or answered is None:
        raise Conflict(_("There is no answer to undo."), code="nothing_to_undo")
    if referral.identity_shown_at is not None:
        raise TooLateToUndo(
            _("The name has been shown already, so this can’t be undone here."),
            remedy=_("Please call and tell us."),
        )
    if now >= answered + UNDO_WINDOW:
        raise TooLateToUndo(
            _("An answer can be undone for 30 minutes."), remedy=_("Please call and tell us.")
        )


async def release_held(session: AsyncSession, referral_id: UUID, word: Word) -> Outcome:
    """Half an hour is over: make the held move, or note that it came to nothing."""

    def decide(referral: Referral) -> Decision:
        held = referral.held
        if held is None:
            return Decision(kind=EventKind.ANSWER_LAPSED, clocks={Rule.HELD: None})
        try:
            path = path_to(referral.status, S(str(held["to"])), Party.AGENCY)
        except ReferralMoveError:
            return Decision(kind=EventKind.ANSWER_LAPSED, drops_hold=True)
        reason = Reason(str(held["reason"])) if held["reason"] else None
        return Decision(path=path, reason=reason, drops_hold=True)

    return await transition(session, referral_id, word, decide)


def held_word(referral: Referral, event_key: str, now: datetime) -> Word:
    """The agency's own word of a while ago, carried out now."""
    return Word(
        actor=CLOCK_ACTOR,
        party=Party.AGENCY,
        event_key=event_key,
        now=now,
        way=Way(referral.answered_way or Way.TEXT.value),
        said_by=referral.answered_by or "",
        said_at=referral.answered_at,
    )
