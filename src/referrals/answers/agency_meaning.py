"""What an agency's text asks for: code, digit, and the text that the digit answers. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notify.replies import (
    AgencyReply,
    AgencyReplyKind,
    CodeAnswer,
    Digit,
    classify,
    normal_form,
    parse_agency_reply,
)
from notify.replies.agencies import UNDO
from referrals.actions import AgencySays
from referrals.answers.effects import (
    AgencyAnswers,
    AgencyReason,
    AgencySaysFull,
    AgencyTakesFullBack,
    AgencyUnclear,
    AgencyUndo,
    CodedRequest,
    Effect,
    PhoneFacts,
)
from referrals.lifecycle import AFTER_YES, WAITING, BusinessStatus
from referrals.list_words import LISTS, WEEKLY
from referrals.reasons import BY_DIGIT, Reason
from referrals.wording import template_facts

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    "A9": _ANSWERS,
    "A9r": _ANSWERS,
    "A2": {1: A.YES, 3: A.NO},
    "A5": _OUTCOMES,
    "A6": {**_OUTCOMES, 5: A.CALL_ME},
    "A8": {1: A.HELPED},
}
REASON_QUESTION = "A3"
NOBODY, CALL_ME = 9, 5
_PAUSES = frozenset({AgencyReplyKind.FULL, AgencyReplyKind.OPEN})
_CODE_AND_WORDS = re.compile(r"([1-9]\d) (\D+)")
_SAID_NO = frozenset({BusinessStatus.DECLINED, BusinessStatus.UNABLE})


def agency_effects(body: str, facts: PhoneFacts) -> tuple[Effect, ...]:
    """The answers in one text, or what is not clear about it."""
    reason = _reason(body, facts)
    if reason is not None:
        return (reason,)
    listed = _of_list(body, facts) or _full_or_open(body, facts)
    if listed:
        return listed
    meant = _meant(parse_agency_reply(body), facts)
    reply = parse_agency_reply(body, template_facts(asked_of(meant)).options if meant else ())
    if reply.kind is AgencyReplyKind.ANSWERS:
        if reply.is_undo and len(reply.answers) == 1 and reply.answers[0].code is None:
            return _undo_last(facts)
        return tuple(_of_answer(given, reply, facts) for given in reply.answers)
    if reply.kind is AgencyReplyKind.CODES:
        return _codes_alone(reply.codes, facts)
    return (AgencyUnclear(meant or _latest(facts)),)


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


def _full_or_open(body: str, facts: PhoneFacts) -> tuple[Effect, ...]:
    """FULL pauses the services asked about here, and answers no request; "27 FULL" is a no."""
    reply = parse_agency_reply(body)
    about = facts.open_requests or facts.requests
    if reply.kind in _PAUSES and about:
        opens = reply.kind is AgencyReplyKind.OPEN
        return (AgencySaysFull(about, opens=opens, days=reply.days),)
    one = _CODE_AND_WORDS.fullmatch(normal_form(body))
    if one is None or parse_agency_reply(one[2]).kind is not AgencyReplyKind.FULL:
        return ()
    request = _request(int(one[1]), facts)
    if request is None or request.status not in WAITING:
        return ()
    return (AgencyAnswers(request, A.NO, Reason.NO_CAPACITY),)


def _of_list(body: str, facts: PhoneFacts) -> tuple[Effect, ...]:
    """After the week's list: "27 31" were helped, "9" nobody; after any list: "5" call me."""
    if facts.question not in LISTS:
        return ()
    reply = parse_agency_reply(body, template_facts(facts.question).options)
    weekly = facts.question == WEEKLY
    if weekly and reply.kind is AgencyReplyKind.CODES:
        return _helped(reply.codes, facts)
    given = _only_answer(reply)
    bare = given.answer if given is not None and given.code is None else None
    if weekly and bare == NOBODY:
        return _nobody(facts)
    about = _request_about(facts)
    if bare == CALL_ME and about is not None and len(facts.open_requests) != 1:
        return (AgencyAnswers(about, A.CALL_ME),)
    return ()


def _helped(codes: Sequence[int], facts: PhoneFacts) -> tuple[Effect, ...]:
    named = [_request(code, facts) for code in codes]
    helped = [request for request in named if request is not None]
    if len(helped) < len(named):
        return (AgencyUnclear(_latest(facts), which=True),)
    return _all([(request, A.HELPED) for request in helped])


def _codes_alone(codes: Sequence[int], facts: PhoneFacts) -> tuple[Effect, ...]:
    """Such as "27 31" when no list is open: who was helped, if nothing else is asked of them.

    Else the answer is missing, and what to send is told at once.
    """
    named = [request for code in codes if (request := _request(code, facts)) is not None]
    known = len(named) == len(codes) > 1
    if known and all(request.is_open and request.status in AFTER_YES for request in named):
        return _all([(request, A.HELPED) for request in named])
    return (AgencyUnclear(next(iter(named), None) or _latest(facts), which=True),)


def _nobody(facts: PhoneFacts) -> tuple[Effect, ...]:
    """Who was to walk in did not come; the others are still being worked on."""
    return _all(
        [
            (request, A.DID_NOT_COME if request.walks_in else A.STILL_WORKING)
            for request in facts.open_requests
            if request.asked == WEEKLY
        ]
    )


def _all(answers: Sequence[tuple[CodedRequest, AgencySays]]) -> tuple[Effect, ...]:
    """One answer for each; only the last is confirmed, for one text is enough."""
    last = len(answers) - 1
    return tuple(
        AgencyAnswers(request, says, replies=number == last)
        for number, (request, says) in enumerate(answers)
    )


def _of_answer(given: CodeAnswer, reply: AgencyReply, facts: PhoneFacts) -> Effect:
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


def _undo_last(facts: PhoneFacts) -> tuple[Effect, ...]:
    """A bare "0": the last answer, all of it when it named several."""
    last = max((request.answered_at for request in facts.requests), default="")
    said = facts.said_full
    if said is not None and said.said_at > last:
        return (AgencyTakesFullBack(facts.open_requests or facts.requests, said),)
    if not last:
        return (AgencyUnclear(_latest(facts)),)
    return tuple(AgencyUndo(each) for each in facts.requests if each.answered_at == last)


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
