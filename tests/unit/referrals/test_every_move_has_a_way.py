"""Each move of lifecycle.json with the way it is reached: a page, a text, the API or the clock.

What a page offers is asked of the page's own lists, what follows of the product's own rules: a
button that goes, or a rule that changes, leaves its move without a way and fails here.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from accounts.rules import Actor, ActorKind
from referrals.actions.answering import AgencySays, AgencyWord, decide_answer
from referrals.actions.moving import NOBODYS, VERBS, allowed_verbs, verb_for
from referrals.actions.plan_b import ASKS_FROM
from referrals.answers.agency_meaning import MEANINGS
from referrals.answers.meaning import QUESTIONS
from referrals.clock_rules import ENDINGS
from referrals.clockwork import ClockFacts, after_move
from referrals.closure import Check, Question, after_answer
from referrals.lifecycle import (
    MOVES,
    NOT_SENT,
    WAITING,
    BusinessStatus,
    Party,
    ReferralMoveError,
    allowed_moves,
    is_allowed,
)
from referrals.models import Referral
from referrals.overdue import AnsweringHours, Urgency
from referrals.pages.referral_more_steps import DECISIONS
from referrals.pages.referral_steps import STEPS
from referrals.pages.said_words import PATIENT_SAYS, agency_choices, patient_choices
from referrals.queries import Voice
from referrals.reasons import Reason
from referrals.words import Rule, Way, Word
from shared.errors import HandbackError

S = BusinessStatus
NOW = datetime(2023, 5, 9, 18, 15, tzinfo=UTC)
Edge = tuple[BusinessStatus, BusinessStatus]
# Buttons of the request's page and where they lead.
BUTTONS = {
    "stop": S.WITHDRAWN,
    "another": S.REROUTED,
    "entered-in-error": S.ENTERED_IN_ERROR,
    "answer": S.SENT,
    "ask-consent": S.AWAITING_CONSENT,
}
# Reached by the API alone, each with its reason.
API_ONLY: dict[Edge, str] = {}


def standing_at(status: BusinessStatus) -> Referral:
    """A request as the pages' rules see it; never stored."""
    return Referral(
        status=status,
        urgency=Urgency.TODAY,  # nothing is held back for an undo
        performer_time_zone="America/New_York",
        requester_time_zone="America/New_York",
        patient_time_zone="America/New_York",
        performer_name="Harbor Pantry",
        how_to_start="agency_calls_patient",
        need="food",
        service={},
        sent_at=NOW - timedelta(days=2),
        changed_at=NOW - timedelta(days=1),
        answered_at=None if status in WAITING | NOT_SENT else NOW - timedelta(days=1),
        patient_asks=0,
        asked_channels=[],
        facts=[],
    )


def said(says: AgencySays) -> AgencyWord:
    reason = Reason.NO_CAPACITY if says in {AgencySays.NO, AgencySays.CANNOT} else None
    return AgencyWord(says, reason=reason, visit_at=NOW + timedelta(days=3))


def steps_of(status: BusinessStatus, says: AgencySays, way: Way) -> list[Edge]:
    """The edges that this word of the agency walks from here."""
    word = Word(Actor(ActorKind.AGENCY_TEXT, None), Party.AGENCY, "key", NOW, way)
    try:
        path = decide_answer(standing_at(status), word, said(says)).path
    except HandbackError:
        return []
    return list(zip((status, *path), path, strict=False))


def on_the_page() -> set[Edge]:
    found: set[Edge] = {(S.DRAFT, S.SENT), (S.AWAITING_CONSENT, S.SENT)}  # the send form
    found |= {(S.SENT, S.ACCEPTED)}  # its walk-in's standing yes
    for status in BusinessStatus:
        for value, _words in agency_choices(status):
            found |= set(steps_of(status, AgencySays(value), Way.PHONE))
        for value in patient_values(status):
            question, _colon, digit = value.partition(":")
            found |= patient_edge(status, Question(question), int(digit))
        for step, to in BUTTONS.items():
            if step in STEPS and is_allowed(status, to, Party.SENDER):
                found.add((status, to))
        if "decide" in STEPS:
            decided = set(allowed_moves(status, Party.COORDINATOR)) & set(DECISIONS)
            found |= {(status, to) for to in decided}
    return found


def patient_values(status: BusinessStatus) -> set[str]:
    """What staff can take down, whatever the patient said last."""
    lasts: list[Voice | None] = [None, *(a_voice(digit) for digit in (1, 3))]
    return {
        value for last in lasts for value, _words in patient_choices(status, last, has_plan_b=True)
    }


def a_voice(digit: int) -> Voice:
    return Voice(None, digit, "P5", {}, "Ana", "", None, Way.TEXT, NOW, None, held=False)


def patient_edge(status: BusinessStatus, question: Question, digit: int) -> set[Edge]:
    if status in NOT_SENT | {S.ENTERED_IN_ERROR}:
        return set()
    to = after_answer(question, status, digit).to
    return {(status, to)} if to is not None else set()


def by_text() -> set[Edge]:
    found: set[Edge] = set()
    for status in BusinessStatus:
        for question in QUESTIONS.values():
            for digit in {*PATIENT_SAYS[question], int(Check.NOT_ME)}:
                found |= patient_edge(status, question, digit)
        for meaning in MEANINGS.values():
            for says in meaning.values():
                if isinstance(says, AgencySays):
                    found |= set(steps_of(status, says, Way.TEXT))
    return found


def by_the_clock() -> set[Edge]:
    hours = AnsweringHours()
    facts = ClockFacts(Urgency.ROUTINE, NOW, hours, hours, "America/New_York")
    found = {(status, S.REROUTED) for status in ASKS_FROM if status in WAITING}
    for status in set(BusinessStatus) - NOT_SENT:
        clocks = after_move(facts, S.SENT, status, NOW)
        if status is S.INFO_NEEDED:  # those of the request go on
            clocks = {**after_move(facts, S.DRAFT, S.SENT, NOW), **clocks}
        running = {rule for rule in Rule if clocks.get(rule) is not None}
        found |= {(status, ENDINGS[rule]) for rule in running & set(ENDINGS)}
    return found


def by_the_api() -> set[Edge]:
    return {
        (move.origin, move.to)
        for move in MOVES
        for party in move.by - NOBODYS
        if (verb := verb_for(move.origin, move.to)) in VERBS
        and verb in allowed_verbs(move.origin, (party,))
    }


@pytest.fixture(scope="module")
def ways() -> dict[Edge, set[str]]:
    found: dict[Edge, set[str]] = defaultdict(set)
    for name, edges in (
        ("page", on_the_page()),
        ("text", by_text()),
        ("clock", by_the_clock()),
        ("api", by_the_api()),
    ):
        for edge in edges:
            found[edge].add(name)
    return found


@pytest.mark.parametrize("move", MOVES, ids=lambda move: f"{move.origin}-{move.to}")
def test_every_move_is_reached_by_a_page_a_text_the_api_or_the_clock(
    ways: dict[Edge, set[str]], move: object
) -> None:
    edge = (move.origin, move.to)  # type: ignore[attr-defined]
    assert ways[edge], "no way leads here"
    if edge not in API_ONLY:
        assert ways[edge] - {"api"}, "people without a program of their own can't get here"


def test_no_way_leads_where_the_diagram_has_no_move(ways: dict[Edge, set[str]]) -> None:
    known = {(move.origin, move.to) for move in MOVES}
    assert {edge for edge in ways if edge not in known} == set()


def test_what_the_api_alone_reaches_is_no_more_than_is_listed(ways: dict[Edge, set[str]]) -> None:
    assert {edge for edge, by in ways.items() if by == {"api"}} == set(API_ONLY)


def test_a_move_without_a_way_would_be_found() -> None:
    """The lists are read, not assumed: a status that offers nothing has no page edge."""
    with pytest.raises(ReferralMoveError):
        decide_answer(
            standing_at(S.DRAFT),
            Word(Actor(ActorKind.AGENCY_TEXT, None), Party.AGENCY, "key", NOW, Way.TEXT),
            said(AgencySays.YES),
        )
    assert not any(origin is S.ENTERED_IN_ERROR for origin, _to in on_the_page())
