"""What a text asks for, given who is on that phone: decided without a database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from referrals.actions import AgencySays
from referrals.answers.agency_meaning import MEANINGS
from referrals.answers.effects import (
    AgencyAnswers,
    AgencyHelp,
    AgencyReason,
    AgencySaysFull,
    AgencyStops,
    AgencyTakesFullBack,
    AgencyUnclear,
    AgencyUndo,
    ChannelAnswers,
    CodedRequest,
    OpenOptIn,
    PatientDigit,
    PatientNeedsText,
    PatientStops,
    PatientWords,
    PhoneFacts,
    SaidFull,
    UnknownPhone,
)
from referrals.answers.meaning import QUESTIONS, effects_of
from referrals.closure import Question
from referrals.lifecycle import BusinessStatus as S
from referrals.reasons import Reason
from referrals.wording import Party, template_facts, templates

FOOD, BED, ANAS = UUID(int=27), UUID(int=31), UUID(int=1)
A = AgencySays


def a_request(code: int = 27, **changes: Any) -> CodedRequest:
    values: dict[str, Any] = {
        "code": code,
        "referral_id": UUID(int=code),
        "performer_id": UUID(int=500),
        "channel_id": UUID(int=600),
        "language": "en",
        "status": S.SENT,
        "is_open": True,
        **changes,
    }
    return CodedRequest(**values)


def agency(*requests: CodedRequest, **changes: Any) -> PhoneFacts:
    return PhoneFacts(requests=requests or (a_request(),), **changes)


def patient(question: str | None = "P5", **changes: Any) -> PhoneFacts:
    return PhoneFacts(
        question=question,
        question_about=ANAS if question else None,
        patient_referrals=(UUID(int=2), ANAS),
        **changes,
    )


def only(body: str, facts: PhoneFacts, carrier_word: str | None = None) -> object:
    (effect,) = effects_of(body, carrier_word, facts)
    return effect


# --- agencies


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("27 1", A.YES),
        ("1", A.YES),
        ("yes", A.YES),
        ("27 2", A.WAIT_LIST),
        ("wait list", A.WAIT_LIST),
        ("27 3", A.NO),
        ("no", A.NO),
        ("27 5", A.CALL_ME),
        ("call me", A.CALL_ME),
    ],
)
def test_digits_and_words_answer_the_request(body: str, says: AgencySays) -> None:
    assert only(body, agency()) == AgencyAnswers(a_request(), says)


@pytest.mark.parametrize(
    ("asked", "status", "digit", "says"),
    [
        ("A1", S.SENT, 1, A.YES),
        ("A1b", S.SENT, 3, A.NO),
        # Before A5 was asked, the digits still answer A1; afterwards they tell the outcome.
        ("A1", S.ACCEPTED, 3, A.NO),
        ("A5", S.ACCEPTED, 3, A.COULD_NOT_REACH),
        ("A5", S.CONTACTING, 1, A.HELPED),
        ("A5", S.CONTACTING, 6, A.CALL_ME),
        ("A2", S.ACCEPTED, 3, A.NO),
        ("A8", S.PATIENT_DECLINED, 1, A.HELPED),
        # Nobody texted this phone about it (told by mail or phone): its place decides.
        (None, S.SENT, 1, A.YES),
        (None, S.ACCEPTED, 1, A.HELPED),
        (None, S.WITHDRAWN, 1, A.HELPED),
        (None, S.INFO_NEEDED, 2, A.WAIT_LIST),
    ],
)
def test_a_digit_means_what_the_last_text_asked(
    asked: str | None, status: S, digit: int, says: AgencySays
) -> None:
    request = a_request(asked=asked, status=status)
    assert only(f"27 {digit}", agency(request)) == AgencyAnswers(request, says)


def test_every_digit_that_a_coded_text_offers_has_a_meaning() -> None:
    for name, found in templates().items():
        if found.facts.needs_code:
            # "9 nobody" is about the list, not about one request.
            assert found.facts.digits - {9} <= set(MEANINGS[name])


def test_a_digit_that_was_not_offered_is_unclear() -> None:
    assert only("27 4", agency()) == AgencyUnclear(a_request())
    assert only("27 9", agency()) == AgencyUnclear(a_request())


def test_a_bare_digit_needs_exactly_one_open_request() -> None:
    two = agency(a_request(27), a_request(31))
    assert only("1", two) == AgencyUnclear(a_request(27), which=True)
    one = agency(a_request(27), a_request(31, is_open=False))
    assert only("1", one) == AgencyAnswers(a_request(27), A.YES)


def test_a_late_code_still_finds_its_request() -> None:
    late = a_request(27, is_open=False, status=S.EXPIRED, asked="A1")
    assert only("27 1", agency(late, a_request(31))) == AgencyAnswers(late, A.YES)


def test_a_code_of_another_phone_is_not_known_here_and_the_open_ones_are_told() -> None:
    assert only("55 1", agency()) == AgencyUnclear(a_request(), which=True)


def test_two_answers_in_one_text() -> None:
    two = agency(a_request(27), a_request(31))
    assert effects_of("27 1, 31 3", None, two) == (
        AgencyAnswers(a_request(27), A.YES),
        AgencyAnswers(a_request(31), A.NO),
    )


@pytest.mark.parametrize("body", ["1", "27 1", "full", "we are full"])
def test_after_why_not_a_digit_is_a_reason(body: str) -> None:
    held = a_request(held=True)
    facts = agency(held, question="A3", question_about=held.referral_id)
    assert only(body, facts) == AgencyReason(held, Reason.NO_CAPACITY)


def test_why_not_for_one_leaves_the_others_alone() -> None:
    held = a_request(27, held=True)
    facts = agency(held, a_request(31), question="A3", question_about=held.referral_id)
    assert only("31 1", facts) == AgencyAnswers(a_request(31), A.YES)
    assert only("0", facts) == AgencyUndo(held)


def test_why_not_is_past_once_the_no_was_taken_back() -> None:
    facts = agency(a_request(), question="A3", question_about=FOOD)
    assert only("27 1", facts) == AgencyAnswers(a_request(), A.YES)


def test_a_bare_zero_undoes_the_last_answer() -> None:
    first = a_request(27, answered_at="2023-05-09T18:15:00+00:00")
    last = a_request(31, answered_at="2023-05-09T18:20:00+00:00")
    assert only("0", agency(first, last)) == AgencyUndo(last)
    assert only("27 0", agency(first, last)) == AgencyUndo(first)
    assert only("0", agency()) == AgencyUnclear(a_request())


def test_codes_alone_after_a_yes_are_who_was_helped_without_a_list_too() -> None:
    two = agency(a_request(17, status=S.ACCEPTED), a_request(18, status=S.CONTACTING))
    assert effects_of("17 18", None, two) == (
        AgencyAnswers(a_request(17, status=S.ACCEPTED), A.HELPED, replies=False),
        AgencyAnswers(a_request(18, status=S.CONTACTING), A.HELPED),
    )


def test_codes_alone_that_wait_for_an_answer_bring_the_words_to_send() -> None:
    yes, waits = a_request(17, status=S.ACCEPTED), a_request(18)
    assert only("17 18", agency(yes, waits)) == AgencyUnclear(yes, which=True)
    assert only("18", agency(yes, waits)) == AgencyUnclear(waits, which=True)
    assert only("17 55", agency(yes, waits)) == AgencyUnclear(yes, which=True)


def test_full_pauses_and_answers_no_request() -> None:
    assert only("FULL", agency()) == AgencySaysFull((a_request(),))
    two = agency(a_request(27), a_request(31))
    assert only("FULL 14", two) == AgencySaysFull((a_request(27), a_request(31)), days=14)
    assert only("abierto", two) == AgencySaysFull((a_request(27), a_request(31)), opens=True)


def test_full_when_nothing_is_open_is_about_what_was_asked_last() -> None:
    ended = a_request(27, is_open=False, status=S.EXPIRED)
    assert only("lleno", agency(ended)) == AgencySaysFull((ended,))


def test_full_after_a_code_is_a_no_to_that_one() -> None:
    two = agency(a_request(27), a_request(31, status=S.ACCEPTED))
    assert only("27 full", two) == AgencyAnswers(a_request(27), A.NO, Reason.NO_CAPACITY)
    assert isinstance(only("31 full", two), AgencyUnclear)


def test_a_bare_zero_takes_full_back_when_that_was_said_last() -> None:
    said = SaidFull(FOOD, "2023-05-09T18:20:00+00:00")
    first = a_request(27, answered_at="2023-05-09T18:15:00+00:00")
    later = a_request(31, answered_at="2023-05-09T18:25:00+00:00")
    assert only("0", agency(first, said_full=said)) == AgencyTakesFullBack((first,), said)
    assert only("0", agency(first, later, said_full=said)) == AgencyUndo(later)


def test_what_stands_beside_the_answer_is_kept() -> None:
    expected = AgencyAnswers(a_request(), A.YES, note="she may come at 9")
    assert only("27 1 she may come at 9", agency()) == expected


def test_help_and_stop_from_an_agency() -> None:
    assert only("AYUDA", agency()) == AgencyHelp(a_request())
    assert only("no more texts", agency()) == AgencyStops((a_request(),))
    carrier = AgencyStops((a_request(),), by_carrier=True, confirms=False)
    assert only("STOP", agency(), "STOP") == carrier


def test_the_opt_in_question() -> None:
    asked = OpenOptIn(UUID(int=600), "en", FOOD)
    facts = PhoneFacts(question="A0", question_about=FOOD, opt_in=asked)
    assert only("1", facts) == ChannelAnswers(asked, yes=True)
    assert only("YES", facts) == ChannelAnswers(asked, yes=True)
    assert only("3", facts) == ChannelAnswers(asked, yes=False)
    assert only("STOP", facts, "STOP") == ChannelAnswers(asked, yes=False)


# --- patients


@pytest.mark.parametrize(
    ("question", "body", "digit", "answered"),
    [
        ("P0", "1", 1, Question.HELLO),
        ("P0", "7", 7, Question.HELLO),
        ("P3", "4", 4, Question.CHECK),
        ("P5", "got it", 1, Question.CHECK),
        ("P5n", "2", 2, Question.CHECK),
        ("P6", "me falta", 2, Question.ENOUGH),
        ("P7", "no", 2, Question.AFTER_NO),
        ("P10", "yes", 1, Question.WHO),
        ("P4", "2", 2, Question.VISIT),
        ("P4", "no puedo", 2, Question.VISIT),
        ("P11", "1", 1, Question.PLAN_B),
        ("P11", "adelante", 2, Question.PLAN_B),
        ("P11", "please wait", 3, Question.PLAN_B),
        # 5 is taken at any time, whatever is asked.
        ("P0", "5", 5, Question.HELLO),
        (None, "5", 5, Question.CHECK),
        (None, "llámeme", 5, Question.CHECK),
    ],
)
def test_a_digit_answers_the_open_question(
    question: str | None, body: str, digit: int, answered: Question
) -> None:
    about = ANAS if question else UUID(int=2)
    assert only(body, patient(question)) == PatientDigit(about, digit, answered)


def test_every_question_to_a_patient_is_known() -> None:
    questions = {
        name
        for name, found in templates().items()
        if found.facts.is_question and found.facts.party is Party.PATIENT
    }
    assert questions == set(QUESTIONS)


def test_a_bare_digit_without_a_question_is_for_a_person() -> None:
    assert only("1", patient(None)) == PatientWords(UUID(int=2))


def test_danger_never_answers_a_question() -> None:
    assert only("1 he hits me", patient()) == PatientWords(ANAS, danger=True)


def test_the_other_meanings() -> None:
    assert only("ayuda", patient()) == PatientNeedsText(ANAS, "PH")
    assert only("who is this?", patient()) == PatientNeedsText(ANAS, "P10")
    assert only("wrong number", patient()) == PatientDigit(ANAS, 7, Question.HELLO)
    assert only("I need a ride too", patient()) == PatientWords(ANAS)
    assert effects_of("START", "START", patient()) == ()


def test_stop_in_any_words() -> None:
    assert only("STOP", patient(), "STOP") == PatientStops(ANAS, by_carrier=True)
    assert only("stop", patient()) == PatientStops(ANAS, by_carrier=True)
    assert only("ALTO", patient()) == PatientStops(ANAS)
    assert only("wrong number stop texting me", patient()) == PatientStops(ANAS, wrong_number=True)
    assert only("stop texting, he hits me", patient()) == PatientStops(ANAS, danger=True)


# --- phones that are both, or nobody's


def test_code_and_question_tell_a_shared_phone_apart() -> None:
    both = replace(patient(), requests=(a_request(),))
    assert only("27 1", both) == AgencyAnswers(a_request(), A.YES)
    assert only("1", both) == PatientDigit(ANAS, 1, Question.CHECK)
    asked_agency = replace(both, question="A1", question_about=FOOD)
    assert only("1", asked_agency) == AgencyAnswers(a_request(), A.YES)
    nobody_asked = replace(both, question=None, question_about=None)
    assert only("hello", nobody_asked) == PatientWords(UUID(int=2))


def test_stop_counts_for_everybody_on_the_phone_and_is_confirmed_once() -> None:
    both = replace(patient(), requests=(a_request(),))
    stops = effects_of("please stop texting me", None, both)
    assert stops == (PatientStops(ANAS), AgencyStops((a_request(),), confirms=False))


def test_an_unknown_phone_touches_nothing() -> None:
    assert only("27 1", PhoneFacts()) == UnknownPhone(tried_code=True)
    assert only("hello", PhoneFacts()) == UnknownPhone(tried_code=False)
    assert effects_of("STOP", "STOP", PhoneFacts()) == ()


def test_the_facts_of_templates_agree_with_the_questions() -> None:
    for name in QUESTIONS:
        assert template_facts(name).party is Party.PATIENT


# --- lists


def week(*requests: CodedRequest) -> PhoneFacts:
    """After the week's list, which named those that were asked by it."""
    return PhoneFacts(question="A6", question_about=requests[0].referral_id, requests=requests)


WALKS_IN = a_request(27, asked="A6", status=S.ACCEPTED, walks_in=True)
SAID_YES = a_request(31, asked="A6", status=S.CONTACTING)
NOT_LISTED = a_request(34, asked="A1", status=S.SENT)


def test_nobody_means_that_who_walks_in_did_not_come_and_the_others_go_on() -> None:
    said = effects_of("9", None, week(WALKS_IN, SAID_YES, NOT_LISTED))
    assert said == (
        AgencyAnswers(WALKS_IN, A.DID_NOT_COME, replies=False),
        AgencyAnswers(SAID_YES, A.STILL_WORKING),
    )


def test_nobody_is_taken_also_when_one_walk_in_alone_was_listed() -> None:
    assert only("9", week(WALKS_IN)) == AgencyAnswers(WALKS_IN, A.DID_NOT_COME)


def test_nobody_says_nothing_of_what_has_ended_since_the_list() -> None:
    ended = replace(WALKS_IN, is_open=False, status=S.WITHDRAWN)
    assert effects_of("9", None, week(ended, SAID_YES)) == (
        AgencyAnswers(SAID_YES, A.STILL_WORKING),
    )


def test_nine_is_no_answer_when_no_weekly_list_is_open() -> None:
    for question in ("A1", "A9", None):
        facts = replace(week(WALKS_IN, SAID_YES), question=question)
        assert not any(
            isinstance(effect, AgencyAnswers) for effect in effects_of("9", None, facts)
        ), question


def test_a_code_of_the_list_that_ended_is_still_heard_beside_the_others() -> None:
    ended = replace(SAID_YES, is_open=False, status=S.RUN_OUT)
    assert effects_of("27 31", None, week(WALKS_IN, ended)) == (
        AgencyAnswers(WALKS_IN, A.HELPED, replies=False),
        AgencyAnswers(ended, A.HELPED),
    )


def test_a_code_that_nobody_has_answers_none_of_the_list() -> None:
    """Which one was meant is asked; nothing is guessed."""
    said = only("27 55", week(WALKS_IN, SAID_YES))
    assert isinstance(said, AgencyUnclear)
    assert said.which
