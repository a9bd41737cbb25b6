"""Every move by name: the one table of verbs ↔ moves that the API publishes.

A verb leads to a status; who may make it from where is lifecycle.json's. Where a verb is an answer
or a digit, it takes that action's way, with its one-winner rule, held answers and questions.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from referrals.actions import plan_b
from referrals.actions.answering import (
    AgencySays,
    AgencyWord,
    already_answered,
    answer_as_agency,
)
from referrals.actions.owning import Reroute, answer_question, entered_in_error, reroute
from referrals.actions.patient_words import PatientWord, patient_answer
from referrals.actions.recording import HeardWord, heard
from referrals.actions.sending import send_referral
from referrals.closure import Question, after_answer
from referrals.decisions import Decision
from referrals.lifecycle import (
    AFTER_YES,
    ENDED,
    NOT_SENT,
    WAITING,
    BusinessStatus,
    Party,
    ReferralMoveError,
    allowed_moves,
    check_move,
    is_allowed,
    people_see,
)
from referrals.models import Referral
from referrals.reasons import Reason
from referrals.transition import Outcome, lock_referral, transition
from referrals.words import Audience, Word
from shared.errors import InvalidInput, NotAllowed
from shared.i18n import gettext
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.listing import ListingWords

S = BusinessStatus

VERBS: dict[str, BusinessStatus] = {
    "ask_consent": S.AWAITING_CONSENT,
    "send": S.SENT,
    "answer_question": S.SENT,
    "ask": S.INFO_NEEDED,
    "accept": S.ACCEPTED,
    "waitlist": S.WAITLISTED,
    "pause": S.PAUSED,
    "contact": S.CONTACTING,
    "schedule": S.SCHEDULED,
    "serve": S.SERVING,
    "enroll": S.ENROLLED,
    "report_served": S.SERVICE_REPORTED,
    "say_otherwise": S.ACCOUNTS_DIFFER,
    "confirm": S.CLOSED_CONFIRMED,
    "close_on_agency_word": S.CLOSED_AGENCY_ONLY,
    "close_on_patient_word": S.CLOSED_PATIENT_ONLY,
    "decline": S.DECLINED,
    "unable": S.UNABLE,
    "not_needed": S.PATIENT_DECLINED,
    "withdraw": S.WITHDRAWN,
    "expire": S.EXPIRED,
    "run_out": S.RUN_OUT,
    "reroute": S.REROUTED,
    "served_without_answer": S.SERVED_WITHOUT_ANSWER,
    "enter_in_error": S.ENTERED_IN_ERROR,
}
SAYS: dict[BusinessStatus, AgencySays] = {
    S.INFO_NEEDED: AgencySays.QUESTION,
    S.ACCEPTED: AgencySays.YES,
    S.PAUSED: AgencySays.PAUSED,
    S.CONTACTING: AgencySays.CONTACTING,
    S.SCHEDULED: AgencySays.SCHEDULED,
    S.SERVING: AgencySays.SERVING,
    S.ENROLLED: AgencySays.ENROLLED,
    S.SERVICE_REPORTED: AgencySays.HELPED,
    S.DECLINED: AgencySays.NO,
    S.UNABLE: AgencySays.CANNOT,
}
DIGITS: dict[BusinessStatus, PatientWord] = {
    S.CLOSED_CONFIRMED: PatientWord(1),
    S.CLOSED_PATIENT_ONLY: PatientWord(1),
    S.SERVED_WITHOUT_ANSWER: PatientWord(1),
    S.PATIENT_DECLINED: PatientWord(4),
    S.CLOSED_AGENCY_ONLY: PatientWord(4),
    S.ACCOUNTS_DIFFER: PatientWord(1, Question.AFTER_NO),
    S.CONTACTING: PatientWord(2, Question.VISIT),
}
GOT_HELP = frozenset({S.CLOSED_CONFIRMED, S.CLOSED_PATIENT_ONLY, S.SERVED_WITHOUT_ANSWER})
FIRST_ANSWERS = frozenset({"accept", "waitlist", "decline", "ask"})
NOBODYS = frozenset({Party.CLOCK, Party.STANDING_YES})


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """A verb with whatever belongs to it. `acting` None: found from the caller's side."""

    verb: str
    acting: Party | None = None
    reason: Reason | None = None
    note: str = field(default="", repr=False)
    visit_at: datetime | None = None
    heard: HeardWord | None = None
    # The place to ask instead, for `reroute`.
    listing: ListingWords | None = None


def verb_for(origin: BusinessStatus, to: BusinessStatus) -> str:
    """The verb that leads from here to there."""
    if to is S.SENT:
        return "answer_question" if origin is S.INFO_NEEDED else "send"
    return next(verb for verb, target in VERBS.items() if target is to)


def allowed_verbs(status: BusinessStatus, parties: tuple[Party, ...]) -> tuple[str, ...]:
    """The verbs that these parties may use from here."""
    found = {verb_for(status, to): None for party in parties for to in allowed_moves(status, party)}
    if status in WAITING and Party.AGENCY in parties:
        found |= dict.fromkeys(("waitlist", "schedule", "contact", "serve", "report_served"))
    return tuple(found)


def parties_of(referral: Referral, organization_id: UUID | None) -> tuple[Party, ...]:
    """In whose name this organization may speak; the sender may also take down others' words."""
    if organization_id == referral.requester_organization_id:
        own = (Party.SENDER, Party.COORDINATOR)
        both = organization_id == referral.performer_organization_id
        return (*own, Party.AGENCY) if both else own
    return (Party.AGENCY,)


async def make_move(
    session: AsyncSession,
    referral_id: UUID,
    *,
    word: Word,
    request: MoveRequest,
    expected_version: int | None = None,
) -> Outcome:
    """Make the move in the right party's name. Refusals list the verbs that are possible."""
    if request.verb not in VERBS:
        raise InvalidInput(
            _("There is no move of this name."),
            field="move",
            remedy=_("The moves are listed in the API's description."),
        )
    referral = await lock_referral(session, referral_id)
    spoken = _spoken(referral, word, request)
    try:
        return await _make(session, referral, spoken, request, expected_version)
    except ReferralMoveError as refused:
        if _comes_second(referral, spoken, request):
            raise already_answered(referral) from refused
        parties = parties_of(referral, word.actor.organization_id)
        verbs = allowed_verbs(referral.status, (*parties, spoken.party))
        raise ReferralMoveError(
            refused.message,
            values={"status": gettext(people_see(referral.status))},
            remedy=refused.remedy,
            allowed=verbs,
        ) from refused


def _comes_second(referral: Referral, word: Word, request: MoveRequest) -> bool:
    """Whether somebody of the agency was faster: they are named, instead of the diagram."""
    return (
        word.party is Party.AGENCY
        and request.verb in FIRST_ANSWERS
        and referral.answered_at is not None
        and referral.status in AFTER_YES | {S.DECLINED, S.UNABLE}
    )


def _spoken(referral: Referral, word: Word, request: MoveRequest) -> Word:
    parties = parties_of(referral, word.actor.organization_id)
    to = VERBS[request.verb]
    if request.heard is not None:
        party = request.acting or Party.AGENCY
        if Party.SENDER not in parties or party not in {Party.AGENCY, Party.PATIENT}:
            raise NotAllowed(_("Only the sender takes down what others said."))
        return heard(word, party, request.heard)
    party = request.acting or next(
        (party for party in parties if is_allowed(referral.status, to, party)), parties[0]
    )
    if party in NOBODYS:
        raise NotAllowed(_("The clock makes this move by itself."), code="not_by_people")
    if party not in parties:
        raise NotAllowed(
            _("You may not speak in this party’s name."),
            code="wrong_party",
            remedy=_("Give said_by to write down what they told you."),
        )
    return replace(word, party=party)


async def _make(
    session: AsyncSession,
    referral: Referral,
    word: Word,
    request: MoveRequest,
    expected_version: int | None,
) -> Outcome:
    to = VERBS[request.verb]
    if word.party is Party.AGENCY:
        said = _agency_word(referral, to, request)
        if said is not None:
            return await answer_as_agency(
                session, referral.id, word, said, expected_version=expected_version
            )
    digit = DIGITS.get(to)
    if word.party is Party.PATIENT and digit is not None:
        step = after_answer(digit.question, referral.status, digit.digit)
        if step.to is to:
            said_by_patient = PatientWord(digit.digit, digit.question, request.note)
            return await patient_answer(
                session, referral.id, word, said_by_patient, expected_version=expected_version
            )
    if to is S.ENTERED_IN_ERROR:
        return await entered_in_error(
            session, referral.id, word=word, expected_version=expected_version
        )
    if to is S.SENT:
        return await _send(session, referral, word, request, expected_version)
    if to is S.REROUTED:
        return await _reroute(session, referral, word, request, expected_version)
    return await _plainly(session, referral, word, request, expected_version)


def _agency_word(referral: Referral, to: BusinessStatus, request: MoveRequest) -> AgencyWord | None:
    if referral.status in NOT_SENT or to is referral.status:
        return None
    if referral.status in ENDED and not _is_late_word(referral, to):
        return None
    says = SAYS.get(to)
    if to is S.WAITLISTED:
        says = AgencySays.WAIT_LIST if referral.status in WAITING else AgencySays.ON_LIST
    if says is None or (says is AgencySays.HELPED and referral.status is S.ACCOUNTS_DIFFER):
        return None
    question = request.note if says is AgencySays.QUESTION else ""
    return AgencyWord(
        says,
        reason=request.reason,
        note="" if question else request.note,
        question=question,
        visit_at=request.visit_at,
    )


def _is_late_word(referral: Referral, to: BusinessStatus) -> bool:
    """After an end without help "we can" and "we helped" are still heard: a person reads them."""
    ended_with_help = referral.status in GOT_HELP | {S.CLOSED_AGENCY_ONLY, S.ENTERED_IN_ERROR}
    return to in {S.ACCEPTED, S.WAITLISTED, S.SERVICE_REPORTED} and not ended_with_help


async def _send(
    session: AsyncSession,
    referral: Referral,
    word: Word,
    request: MoveRequest,
    expected_version: int | None,
) -> Outcome:
    if referral.status is S.INFO_NEEDED:
        check_move(referral.status, S.SENT, word.party)
        return await answer_question(
            session,
            referral.id,
            word=word,
            answer=request.note,
            expected_version=expected_version,
        )
    return await send_referral(session, referral.id, word=word, expected_version=expected_version)


async def _reroute(
    session: AsyncSession,
    referral: Referral,
    word: Word,
    request: MoveRequest,
    expected_version: int | None,
) -> Outcome:
    """This one ends and the next is sent: to the place given, else the next of the list."""
    if referral.status not in ENDED:
        check_move(referral.status, S.REROUTED, word.party)
    listing = request.listing or await plan_b.next_listing(session, referral, word.now)
    if listing is None:
        raise InvalidInput(_("Choose the place to ask."), field="service_at_location_id")
    to = Reroute(listing, request.reason or Reason.REPLACED)
    return await reroute(session, referral.id, word=word, to=to, expected_version=expected_version)


async def _plainly(
    session: AsyncSession,
    referral: Referral,
    word: Word,
    request: MoveRequest,
    expected_version: int | None,
) -> Outcome:
    to = VERBS[request.verb]
    hidden = referral.status in NOT_SENT
    decision = Decision(
        path=(to,),
        reason=request.reason,
        audience=Audience.SENDER if hidden else Audience.BOTH,
        words={"note": request.note} if request.note else {},
        got_help=True if word.party is Party.PATIENT and to in GOT_HELP else None,
    )
    return await transition(
        session, referral.id, word, lambda _row: decision, expected_version=expected_version
    )
