"""What a text asks for, given who is on that phone: the pure heart of reading replies.

Two digits are a code and count only from the phone they were sent to; one digit answers the open
question. A phone that is a patient's and an agency's is told apart by code and question.
"""

from __future__ import annotations

import re
from uuid import UUID

from notify.replies import (
    AboutData,
    Crisis,
    Digit,
    Help,
    OptIn,
    Option,
    OptOut,
    Reply,
    WhoIsThis,
    WrongNumber,
    classify,
    normal_form,
)
from referrals.answers.agency_meaning import agency_effects
from referrals.answers.effects import (
    AgencyHelp,
    AgencyStops,
    ChannelAnswers,
    Effect,
    PatientDigit,
    PatientNeedsText,
    PatientStops,
    PatientWords,
    PhoneFacts,
    UnknownPhone,
)
from referrals.closure import Check, Question
from referrals.wording import Party, template_facts

QUESTIONS: dict[str, Question] = {
    "P0": Question.HELLO,
    "P10": Question.WHO,
    # 4 and 5 mean the same after a no as after the check.
    "P3": Question.CHECK,
    "P4": Question.VISIT,
    "P5": Question.CHECK,
    "P5n": Question.CHECK,
    "P6": Question.ENOUGH,
    "P7": Question.AFTER_NO,
    "P11": Question.PLAN_B,
}
# May we text this phone at all?
OPT_IN_QUESTION = "A0"
# Every text to a patient takes 5, whether or not a question is open.
_CALL_ME = next(option for option in template_facts("P5").options if option.digit == Check.CALL_ME)
_CODE = re.compile(r"(?<!\d)[1-9]\d\d?(?!\d)")


def effects_of(body: str, carrier_word: str | None, facts: PhoneFacts) -> tuple[Effect, ...]:
    """Everything that this text asks for. `carrier_word`: STOP, START or HELP as it told us."""
    party = _party(body, facts)
    reply = classify(body, _options(party, facts))
    if isinstance(reply, OptOut) or carrier_word == "STOP":
        return _stops(reply, carrier_word, facts)
    if isinstance(reply, OptIn) and normal_form(body) != "yes":
        return ()  # heeded when it came in; YES is the carrier's word, but mostly an answer
    if party is Party.AGENCY:
        return _of_agency(body, reply, facts)
    if party is Party.PATIENT:
        return (_of_patient(reply, facts),)
    return (UnknownPhone(bool(codes_in(body)), danger=isinstance(reply, Crisis)),)


def question_party(facts: PhoneFacts) -> Party | None:
    """Whom the open question was put to."""
    return template_facts(facts.question).party if facts.question is not None else None


def codes_in(body: str) -> tuple[int, ...]:
    """The two-digit codes that a text holds ("27 1", "271")."""
    return tuple(int(found[:2]) for found in _CODE.findall(normal_form(body)) if len(found) > 1)


def _party(body: str, facts: PhoneFacts) -> Party | None:
    """Whose word it is. Without any doubt when only one party is on that phone."""
    is_agency = bool(facts.requests or facts.opt_in)
    is_patient = bool(facts.patient_referrals)
    if is_agency is not is_patient:
        return Party.AGENCY if is_agency else Party.PATIENT
    if not is_agency:
        return None
    known = {request.code for request in facts.requests}
    if known & set(codes_in(body)):
        return Party.AGENCY
    return question_party(facts) or Party.PATIENT


def _options(party: Party | None, facts: PhoneFacts) -> tuple[Option, ...]:
    if party is not Party.PATIENT:
        is_theirs = facts.question is not None and question_party(facts) is party
        return template_facts(facts.question or "").options if is_theirs else ()
    if facts.question is None or facts.question not in QUESTIONS:
        return (_CALL_ME,)
    asked = template_facts(facts.question).options
    return asked if any(option.digit == Check.CALL_ME for option in asked) else (*asked, _CALL_ME)


def _stops(reply: Reply, carrier_word: str | None, facts: PhoneFacts) -> tuple[Effect, ...]:
    """For everybody on that phone, and confirmed at most once."""
    said = reply if isinstance(reply, OptOut) else OptOut(by_carrier=True)
    by_carrier = said.by_carrier or carrier_word == "STOP"
    effects: list[Effect] = []
    about = _about(facts)
    if about is not None:
        effects.append(PatientStops(about, by_carrier, said.crisis, said.wrong_number))
    if facts.requests:
        confirms = not by_carrier and about is None
        effects.append(AgencyStops(facts.requests, by_carrier, confirms))
    if facts.opt_in is not None:
        effects.append(ChannelAnswers(facts.opt_in, yes=False))
    return tuple(effects)


def _of_patient(reply: Reply, facts: PhoneFacts) -> Effect:
    referral_id = _about(facts) or facts.patient_referrals[0]
    match reply:
        case Digit(number):
            question = QUESTIONS.get(facts.question or "", Question.CHECK)
            return PatientDigit(referral_id, number, question)
        case WrongNumber():
            return PatientDigit(referral_id, Check.NOT_ME, Question.HELLO)
        case Help():
            return PatientNeedsText(referral_id, "PH")
        case WhoIsThis():
            return PatientNeedsText(referral_id, "P10")
        case AboutData():
            return PatientWords(referral_id, about_data=True)
        case _:
            return PatientWords(referral_id, danger=isinstance(reply, Crisis))


def _about(facts: PhoneFacts) -> UUID | None:
    """The request that a patient's word is about: the one asked about, else the likeliest."""
    if question_party(facts) is Party.PATIENT and facts.question_about in facts.patient_referrals:
        return facts.question_about
    return facts.patient_referrals[0] if facts.patient_referrals else None


def _of_agency(body: str, reply: Reply, facts: PhoneFacts) -> tuple[Effect, ...]:
    if facts.opt_in is not None and not codes_in(body):
        said = classify(body, template_facts(OPT_IN_QUESTION).options)
        if isinstance(said, Digit):
            return (ChannelAnswers(facts.opt_in, yes=said.number == 1),)
    if isinstance(reply, Help):
        requests = facts.open_requests or facts.requests
        return (AgencyHelp(requests[0] if requests else None),)
    return agency_effects(body, facts)
