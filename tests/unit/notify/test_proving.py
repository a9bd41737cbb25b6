"""Which entry of the provider's list proves which text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.delivery import KnownText
from notify.proving import Tried, proof_of

NOON = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)
TRIED = Tried(UUID(int=1), "+12025550100", "+12025550144", "There is news.", NOON)
ENTRY = KnownText(
    "SM1", "sent", None, TRIED.sender, TRIED.recipient, TRIED.body, NOON + timedelta(seconds=1)
)


def test_the_same_number_phone_body_and_time_prove_it() -> None:
    assert proof_of(TRIED, [], [ENTRY], set()) == ENTRY


@pytest.mark.parametrize(
    "changed",
    [
        {"sender": "+12025550101"},
        {"recipient": "+12025550145"},
        {"body": "There is other news."},
        {"created_at": NOON - timedelta(minutes=10)},
        {"created_at": NOON + timedelta(minutes=10)},
        {"created_at": None},
        {"status": "received"},
    ],
)
def test_anything_else_proves_nothing(changed: dict[str, object]) -> None:
    assert proof_of(TRIED, [], [replace(ENTRY, **changed)], set()) is None  # type: ignore[arg-type]


def test_an_entry_that_belongs_to_another_message_proves_nothing() -> None:
    assert proof_of(TRIED, [], [ENTRY], {"SM1"}) is None


def test_of_two_equal_texts_in_doubt_one_entry_proves_neither() -> None:
    twin = replace(TRIED, message_id=UUID(int=2), tried_at=NOON + timedelta(seconds=5))
    assert proof_of(TRIED, [twin], [ENTRY], set()) is None
    assert proof_of(twin, [TRIED], [ENTRY], set()) is None


def test_two_entries_prove_two_equal_texts_in_the_order_of_their_tries() -> None:
    twin = replace(TRIED, message_id=UUID(int=2), tried_at=NOON + timedelta(seconds=5))
    second = replace(ENTRY, sid="SM2", created_at=NOON + timedelta(seconds=6))
    listed = [second, ENTRY]
    assert proof_of(TRIED, [twin], listed, set()) == ENTRY
    assert proof_of(twin, [TRIED], listed, set()) == second


def test_an_equal_text_of_yesterday_is_no_twin() -> None:
    old = replace(TRIED, message_id=UUID(int=2), tried_at=NOON - timedelta(days=1))
    assert proof_of(TRIED, [old], [ENTRY], set()) == ENTRY


@given(st.integers(1, 6), st.integers(0, 6), st.lists(st.integers(0, 40), min_size=6, max_size=6))
def test_no_two_texts_are_ever_proven_by_one_entry(
    tries: int, entries: int, seconds: list[int]
) -> None:
    tried = [
        replace(TRIED, message_id=UUID(int=n + 1), tried_at=NOON + timedelta(seconds=seconds[n]))
        for n in range(tries)
    ]
    listed = [
        replace(ENTRY, sid=f"SM{n}", created_at=NOON + timedelta(seconds=seconds[-n - 1]))
        for n in range(entries)
    ]
    proofs = [
        proof_of(each, [other for other in tried if other is not each], listed, set())
        for each in tried
    ]
    found = [proof.sid for proof in proofs if proof is not None]
    assert len(set(found)) == len(found)
    assert len(found) == (tries if entries >= tries else 0)
