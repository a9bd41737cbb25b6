"""Agency × patient: the design's table row by row, and the three facts with their grades."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.closure import Grade, Question, Said, after_answer, facts_of
from referrals.lifecycle import (
    NOT_SENT,
    BusinessStatus,
    Party,
    is_allowed,
)
from referrals.tasks import TaskKind

S, Q, K = BusinessStatus, Question, TaskKind
NOW = datetime(2023, 5, 9, 18, tzinfo=UTC)
IN_PROGRESS = (S.ACCEPTED, S.CONTACTING, S.SCHEDULED)


@pytest.mark.parametrize(
    ("status", "digit", "to"),
    [
        (S.SERVICE_REPORTED, 1, S.CLOSED_CONFIRMED),
        (S.SERVICE_REPORTED, 2, None),
        (S.SERVICE_REPORTED, 3, None),
        (S.SERVICE_REPORTED, 4, S.CLOSED_AGENCY_ONLY),
        (S.SERVICE_REPORTED, 7, S.CLOSED_AGENCY_ONLY),
        (S.CONTACTING, 1, S.CLOSED_PATIENT_ONLY),
        (S.CONTACTING, 2, None),
        (S.CONTACTING, 3, None),
        (S.CONTACTING, 4, S.PATIENT_DECLINED),
        (S.CONTACTING, 7, None),
        (S.SENT, 1, S.SERVED_WITHOUT_ANSWER),
        (S.SENT, 2, None),
        (S.SENT, 3, None),
        (S.SENT, 4, S.PATIENT_DECLINED),
        (S.DECLINED, 1, None),
        (S.DECLINED, 3, None),
        (S.UNABLE, 4, None),
        (S.WAITLISTED, 1, S.CLOSED_PATIENT_ONLY),
        (S.WAITLISTED, 2, None),
        (S.WAITLISTED, 4, S.PATIENT_DECLINED),
        (S.ACCOUNTS_DIFFER, 1, S.CLOSED_CONFIRMED),
        (S.CLOSED_AGENCY_ONLY, 1, S.CLOSED_CONFIRMED),
        (S.CLOSED_AGENCY_ONLY, 3, None),
    ],
)
def test_the_table_of_agency_and_patient(
    status: BusinessStatus, digit: int, to: BusinessStatus | None
) -> None:
    assert after_answer(Q.CHECK, status, digit).to is to


def test_three_after_done_asks_before_anybody_is_told() -> None:
    step = after_answer(Q.CHECK, S.SERVICE_REPORTED, 3)
    assert step.text == "P7"
    assert step.stops_window
    assert not step.agency_sees
    assert step.tasks == (K.DID_NOT_GET_IT,)


def test_only_a_yes_to_the_question_makes_accounts_differ() -> None:
    yes = after_answer(Q.AFTER_NO, S.SERVICE_REPORTED, 1)
    assert yes.to is S.ACCOUNTS_DIFFER
    assert yes.agency_sees
    no = after_answer(Q.AFTER_NO, S.SERVICE_REPORTED, 2)
    assert (no.to, no.party, no.follow_up) == (S.WITHDRAWN, Party.SENDER, True)
    assert not no.agency_sees


def test_five_is_always_a_call_and_never_an_ending() -> None:
    for question in Question:
        for status in set(S) - NOT_SENT:
            step = after_answer(question, status, 5)
            assert step.to is None
            assert step.text == "P8"
            assert K.CALL_PATIENT in step.tasks


def test_still_waiting_after_done_asks_for_a_date_and_is_no_difference() -> None:
    step = after_answer(Q.CHECK, S.SERVICE_REPORTED, 2)
    assert step.to is None
    assert step.tasks == (K.ASK_FOR_DATE,)


def test_need_more_leaves_a_need() -> None:
    assert after_answer(Q.ENOUGH, S.CLOSED_CONFIRMED, 2).follow_up
    assert after_answer(Q.ENOUGH, S.CLOSED_CONFIRMED, 1).need_met is True


@given(st.sampled_from(Question), st.sampled_from(S), st.integers(0, 99))
def test_whatever_is_answered_only_a_permitted_move_follows(
    question: Question, status: BusinessStatus, digit: int
) -> None:
    step = after_answer(question, status, digit)
    assert step.to is None or is_allowed(status, step.to, step.party)


@given(st.sampled_from(Question), st.sampled_from(S), st.integers(0, 99))
def test_what_the_agency_may_not_see_moves_nothing_it_would_see_without_a_yes(
    question: Question, status: BusinessStatus, digit: int
) -> None:
    step = after_answer(question, status, digit)
    if step.to is S.ACCOUNTS_DIFFER:
        assert question is Question.AFTER_NO
        assert digit == 1


def said(party: Party, minutes: int, **more: object) -> Said:
    return Said(party=party, at=NOW + timedelta(minutes=minutes), channel="text", **more)  # type: ignore[arg-type]


def test_silence_is_never_a_yes() -> None:
    facts = facts_of([])
    assert (facts.process.value, facts.receipt.value, facts.need.value) == (
        "silent",
        "unknown",
        "unknown",
    )
    assert facts.receipt.grade is Grade.SILENCE


def test_both_words_together_are_grade_five() -> None:
    agency = said(Party.AGENCY, 1, to=S.SERVICE_REPORTED)
    patient = said(Party.PATIENT, 2, got_help=True)
    assert facts_of([agency]).receipt.grade is Grade.AGENCY_SAYS
    assert facts_of([patient]).receipt.grade is Grade.PATIENT_SAYS
    assert facts_of([agency, patient]).receipt.grade is Grade.BOTH_AGREE


def test_two_accounts_that_differ_stay_two() -> None:
    facts = facts_of(
        [
            said(Party.AGENCY, 1, to=S.SERVICE_REPORTED),
            said(Party.PATIENT, 2, got_help=False),
        ]
    )
    assert facts.receipt.value == "accounts_differ"


def test_an_own_answer_outranks_one_told_to_staff() -> None:
    facts = facts_of(
        [
            said(Party.PATIENT, 1, got_help=True),
            said(Party.PATIENT, 2, got_help=False, told_to_staff=True),
        ]
    )
    assert facts.receipt.value == "got_help"


def test_a_standing_yes_is_no_answer_of_the_agency() -> None:
    facts = facts_of([said(Party.STANDING_YES, 0, to=S.ACCEPTED)])
    assert facts.process.value == "standing_yes"
