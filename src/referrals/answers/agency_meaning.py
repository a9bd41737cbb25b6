"""What an agency's text asks for: code, digit, and the text that the digit answers. Pure."""

from __future__ import annotations

from notify.replies import (
    AgencyReply,
    AgencyReplyKind,
    CodeAnswer,
    Digit,
    classify,
    parse_agency_reply,
)
from notify.replies.agencies import UNDO
from referrals.actions import AgencySays
from referrals.answers.effects import (
    AgencyAnswers,
    AgencyReason,
    AgencyUnclear,
    AgencyUndo,
    CodedRequest,
    Effect,
    PhoneFacts,
)
from referrals.lifecycle import AFTER_YES, WAITING, BusinessStatus
from referrals.reasons import BY_DIGIT, Reason
from referrals.wording import template_facts

A = AgencySays
_ANSWERS = {1: A.YES, 2: A.WAIT_LIST, 3: A.NO, 5: A.CALL_ME}
_OUTCOMES = {
    1: A.HELPED, 2: A.DID_NOT_COME, 3: A.COULD_NOT_REACH, 4: A.NOT_ELIGIBLE, 5: A.STILL_WORKING,
    6: A.CALL_ME,
}  # fmt: skip
# Digit by the text that was asked last about that request.
MEANINGS: dict[str, dict[int, AgencySays]] = {
    "A1": _ANSWERS,
    "A1b": _ANSWERS,
    "A2": {1: A.YES, 3: A.NO},
    "A5": _OUTCOMES,
    "A8": {1: A.HELPED},
}
REASON_QUESTION = "A3"
_SAID_NO = frozenset({BusinessStatus.DECLINED, BusinessStatus.UNABLE})


def agency_effects(body: str, facts: PhoneFacts) -> tuple[Effect, ...]:
    """The answers in one text, or what is not clear about it."""
    reason = _reason(body, facts)
    if reason is not None:
        return (reason,)
    meant = _meant(parse_agency_reply(body), facts)
    reply = parse_agency_reply(body, template_facts(asked_of(meant)).options if meant else ())
    if reply.kind is AgencyReplyKind.ANSWERS:
        return tuple(_of_answer(given, reply, facts) for given in reply.answers)
    if reply.kind is AgencyReplyKind.FULL and meant is not None and meant.status in WAITING:
        return (AgencyAnswers(meant, A.NO, Reason.NO_CAPACITY),)
    several = meant is None and len(facts.open_requests) > 1
    which = several and reply.kind is AgencyReplyKind.FULL
    return (AgencyUnclear(meant or _latest(facts), which=which),)


def asked_of(request: CodedRequest) -> str:
    """The text whose digits count for this request: the last one sent, else what its place asks."""
    if request.asked in MEANINGS:
        return request.asked or "A1"
    if request.status in WAITING:
        return "A1"
    return "A5" if request.status in AFTER_YES else "A8"


def _reason(body: str, facts: PhoneFacts) -> Effect | None:
    """A digit after "why not?": a reason, with or without the code."""
    if facts.question != REASON_QUESTION:
        return None
    about = _request_about(facts)
    if about is None or not (about.held or about.status in _SAID_NO):
        return None
    options = template_facts(REASON_QUESTION).options
    said = classify(body, options)
    if isinstance(said, Digit):
        return AgencyReason(about, BY_DIGIT[said.number])
    given = _only_answer(parse_agency_reply(body, options))
    if given is None or given.code not in {None, about.code}:
        return None
    if given.answer == UNDO:
        return AgencyUndo(about)
    return AgencyReason(about, BY_DIGIT[given.answer]) if given.answer in BY_DIGIT else None


def _of_answer(given: CodeAnswer, reply: AgencyReply, facts: PhoneFacts) -> Effect:
    if given.answer == UNDO and given.code is None:
        last = max(facts.requests, key=lambda request: request.answered_at, default=None)
        return AgencyUndo(last) if last and last.answered_at else AgencyUnclear(_latest(facts))
    request = _request(given.code, facts)
    if request is None:
        wrong = given.code is not None or len(facts.open_requests) > 1
        return AgencyUnclear(_latest(facts), which=wrong)
    if given.answer == UNDO:
        return AgencyUndo(request)
    says = MEANINGS[asked_of(request)].get(given.answer)
    if says is None:
        return AgencyUnclear(request)
    return AgencyAnswers(request, says, note=reply.words)


def _meant(reply: AgencyReply, facts: PhoneFacts) -> CodedRequest | None:
    """The one request that a text can be about, for the words that its question takes."""
    codes = {given.code for given in reply.answers if given.code} | set(reply.codes)
    if len(codes) > 1:
        return None
    return _request(codes.pop() if codes else None, facts)


def _request(code: int | None, facts: PhoneFacts) -> CodedRequest | None:
    """By code, open or late; a bare digit needs exactly one that is open."""
    if code is not None:
        return next((request for request in facts.requests if request.code == code), None)
    only = facts.open_requests
    return only[0] if len(only) == 1 else None


def _request_about(facts: PhoneFacts) -> CodedRequest | None:
    return next(
        (request for request in facts.requests if request.referral_id == facts.question_about), None
    )


def _latest(facts: PhoneFacts) -> CodedRequest | None:
    """Any request by which to reach that phone: an open one before one that has ended."""
    return next(iter((*facts.open_requests, *facts.requests)), None)


def _only_answer(reply: AgencyReply) -> CodeAnswer | None:
    return reply.answers[0] if len(reply.answers) == 1 else None
