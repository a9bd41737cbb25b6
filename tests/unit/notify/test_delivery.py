from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.delivery import (
    CODE_CLASSES,
    FINAL,
    STATE_OF_STATUS,
    STATUS_RANK,
    Channel,
    CodeClass,
    MessageState,
    Outcome,
    SendResult,
    after_attempt,
    after_expired_lease,
    after_status,
    class_of_code,
    wait_before,
)

NOW = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
REPORTED = ("queued", "sending", "sent", "delivered", "undelivered")


def end_of(statuses: tuple[str, ...] | list[str], start: MessageState) -> MessageState:
    state = start
    for status in statuses:
        state = after_status(state, status) or state
    return state


def test_every_order_of_five_statuses_three_times_over_ends_the_same() -> None:
    for start in (MessageState.CLAIMED, MessageState.SENT, MessageState.IN_DOUBT):
        ends = {end_of(order * 3, start) for order in permutations(REPORTED)}
        assert ends == {MessageState.DELIVERED}


def test_without_a_receipt_every_order_ends_undelivered() -> None:
    bad = ("queued", "sending", "sent", "undelivered")
    assert {end_of(order, MessageState.CLAIMED) for order in permutations(bad)} == {
        MessageState.UNDELIVERED
    }


@given(st.lists(st.sampled_from(sorted(STATUS_RANK)), max_size=12))
def test_a_delivered_text_never_becomes_anything_else(statuses: list[str]) -> None:
    assert end_of(statuses, MessageState.DELIVERED) is MessageState.DELIVERED


@given(st.lists(st.sampled_from(sorted(STATUS_RANK)), max_size=12))
def test_a_final_state_never_goes_back_to_being_on_its_way(statuses: list[str]) -> None:
    state = MessageState.SENT
    for status in statuses:
        before, state = state, after_status(state, status) or state
        assert not (before in FINAL and state not in FINAL)


def test_a_callback_proves_a_text_that_was_in_doubt() -> None:
    assert after_status(MessageState.IN_DOUBT, "queued") is MessageState.SENT
    assert after_status(MessageState.IN_DOUBT, "delivered") is MessageState.DELIVERED


def test_an_unknown_status_changes_nothing() -> None:
    assert after_status(MessageState.SENT, "teleported") is None
    assert set(STATE_OF_STATUS) == set(STATUS_RANK)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("21211", CodeClass.PERMANENT),
        ("21408", CodeClass.PERMANENT),
        ("21614", CodeClass.PERMANENT),
        ("30003", CodeClass.PERMANENT),
        ("30008", CodeClass.PERMANENT),
        ("30034", CodeClass.PERMANENT),
        ("21610", CodeClass.OPT_OUT),
        ("20429", CodeClass.RETRY),
        ("30001", CodeClass.RETRY),
        ("30022", CodeClass.RETRY),
        ("30500", CodeClass.RETRY),
        ("12345", CodeClass.UNKNOWN),
        (None, CodeClass.UNKNOWN),
    ],
)
def test_codes_fall_into_their_classes(code: str | None, expected: CodeClass) -> None:
    assert class_of_code(code) is expected


@given(st.text(max_size=8).filter(lambda code: code not in CODE_CLASSES))
def test_a_code_that_nobody_listed_is_unknown(code: str) -> None:
    assert class_of_code(code) is CodeClass.UNKNOWN


def attempt(
    outcome: Outcome, channel: Channel = Channel.SMS, code: str | None = None, attempts: int = 1
) -> tuple[MessageState, datetime | None]:
    result = SendResult(outcome, error_code=code)
    step = after_attempt(channel, result, attempts=attempts, now=NOW, chance=0.5)
    return step.state, step.not_before


def test_an_unclear_text_stays_in_doubt_and_is_never_repeated() -> None:
    for attempts in (1, 2, 10, 100):
        assert attempt(Outcome.UNCLEAR, attempts=attempts) == (MessageState.IN_DOUBT, None)


def test_an_unclear_mail_is_tried_again() -> None:
    state, not_before = attempt(Outcome.UNCLEAR, Channel.EMAIL, "timeout")
    assert state is MessageState.RETRY_AT
    assert not_before == NOW + timedelta(seconds=2)


def test_what_the_provider_refuses_has_failed() -> None:
    assert attempt(Outcome.REFUSED, code="99999") == (MessageState.FAILED, None)
    assert attempt(Outcome.ACCEPTED) == (MessageState.SENT, None)
    assert attempt(Outcome.OPTED_OUT, code="21610") == (MessageState.SUPPRESSED, None)


def test_slower_please_is_heard_six_times_at_most() -> None:
    states = [attempt(Outcome.NOT_SENT, code="429", attempts=each)[0] for each in range(1, 8)]
    assert states == [MessageState.RETRY_AT] * 5 + [MessageState.FAILED] * 2


def test_a_mail_server_that_says_later_is_asked_for_more_than_four_hours() -> None:
    for chance in (0.0, 0.5, 0.999):
        total = timedelta(0)
        for attempts in range(1, 40):
            result = SendResult(Outcome.NOT_SENT, error_code="451")
            step = after_attempt(Channel.EMAIL, result, attempts=attempts, now=NOW, chance=chance)
            if step.not_before is None:
                assert step.state is MessageState.FAILED
                break
            total += step.not_before - NOW
        assert timedelta(hours=4) <= total <= timedelta(hours=8)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_waits_grow_within_bounds(attempts: int, chance: float) -> None:
    assert timedelta(seconds=1.6) <= wait_before(attempts, chance) <= timedelta(minutes=18)


def test_a_dead_workers_text_is_in_doubt_and_its_mail_goes_again() -> None:
    assert after_expired_lease(Channel.SMS) is MessageState.IN_DOUBT
    assert after_expired_lease(Channel.EMAIL) is MessageState.QUEUED
