"""Every row of the sender's table, and every pair that must not be there."""

from __future__ import annotations

import ast
from itertools import product
from pathlib import Path

import pytest

import notify
from notify.delivery import FINAL, Event, MessageState
from notify.states import ALLOWED, TABLE, May, step
from notify.words import EVENT_WORDS, STATE_WORDS

S, E = MessageState, Event
PAIRS = sorted(product(S, E))
BY_PERSON = {
    E.RESENT_BY_PERSON,
    E.GIVEN_UP_BY_PERSON,
    E.HEARD_IT_ARRIVED,
    E.DROPPED_BY_PERSON,
}
SAID = {E.ON_ITS_WAY, E.RETURNED, E.SAID_FAILED, E.SAID_UNDELIVERED, E.SAID_DELIVERED}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def test_each_pair_is_either_reasoned_or_changes_nothing(
    pair: tuple[MessageState, Event],
) -> None:
    found = step(*pair)
    if found is None:
        assert pair not in TABLE
        return
    assert found.why.endswith(".")
    assert found.source
    assert found.may == ALLOWED[found.to]


def test_every_event_and_every_state_is_met() -> None:
    assert {event for _, event in TABLE} == set(E)
    assert {step.to for step in TABLE.values()} == set(S)
    assert set(ALLOWED) == set(S)


def test_only_waiting_messages_are_ever_sent() -> None:
    assert {state for state, may in ALLOWED.items() if May.SEND in may} == {S.QUEUED, S.RETRY_AT}
    assert {state for state, event in TABLE if event is E.CLAIMED} == {S.QUEUED, S.RETRY_AT}


def test_a_doubt_comes_back_into_the_queue_by_a_person_or_by_certainty_alone() -> None:
    ways = {
        event
        for (state, event), found in TABLE.items()
        if state is S.IN_DOUBT and May.SEND in found.may
    }
    assert ways == {E.RESENT_BY_PERSON, E.NOT_SENT, E.RETURNED}


def test_a_doubt_never_fails_by_itself() -> None:
    certain = {E.REFUSED, E.TRIES_SPENT, E.SAID_FAILED}
    ways = {
        event
        for (state, event), found in TABLE.items()
        if state is S.IN_DOUBT and found.to is S.FAILED
    }
    assert ways == certain | {E.GIVEN_UP_BY_PERSON}


def test_a_readers_word_ends_a_doubt_as_arrived_and_proves_nothing_else() -> None:
    arrived = {
        state: found.to for (state, event), found in TABLE.items() if event is E.HEARD_IT_ARRIVED
    }
    assert arrived == {S.IN_DOUBT: S.DELIVERED}


def test_what_ended_is_moved_by_the_providers_words_alone_and_never_into_the_queue() -> None:
    for (state, event), found in TABLE.items():
        if state in FINAL:
            assert event in SAID
            assert found.to is S.SENT or found.to in FINAL
            assert May.SEND not in found.may


def test_nothing_moves_what_was_delivered() -> None:
    assert not [event for state, event in TABLE if state is S.DELIVERED]


def test_what_people_do_starts_from_where_people_are_asked() -> None:
    for (state, event), found in TABLE.items():
        if event in BY_PERSON - {E.DROPPED_BY_PERSON}:
            assert May.ASK_PERSON in ALLOWED[state]
            assert found.to in {S.QUEUED, S.FAILED, S.DELIVERED}


def test_every_end_is_told_upwards() -> None:
    assert {state for state, may in ALLOWED.items() if May.TELL in may} == FINAL


def test_every_state_and_event_has_words_for_staff() -> None:
    assert set(STATE_WORDS) == set(S)
    assert {str(event) for event in E} <= set(EVENT_WORDS)


def test_one_function_alone_moves_a_message() -> None:
    """`row.state = …` stands in progress.py, once, behind the table."""
    setters = []
    for path in Path(notify.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            targets = getattr(node, "targets", [])
            names = [each for target in targets for each in getattr(target, "elts", [target])]
            setters += [
                path.name
                for name in names
                if isinstance(name, ast.Attribute) and name.attr == "state"
            ]
    assert setters == ["progress.py"]
