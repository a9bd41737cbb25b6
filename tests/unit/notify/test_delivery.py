"""What attempts and providers' words do to a message, walked through the table of states."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.delivery import (
    ASK_AFTER,
    EVENT_OF_STATUS,
    FINAL,
    LEASE,
    PERSON_AFTER,
    REQUEST_TIMEOUT,
    Channel,
    Event,
    MessageState,
    Outcome,
    SendResult,
    ask_provider_at,
    event_of_attempt,
    event_of_status,
    wait_after,
)
from notify.states import step

NOW = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
REPORTED = ("queued", "sending", "sent", "delivered", "undelivered")
STATUSES = st.lists(st.sampled_from(sorted(EVENT_OF_STATUS)), max_size=12)


def after_status(state: MessageState, status: str, code: str | None = None) -> MessageState:
    event = event_of_status(status, code, attempts=1)
    found = step(state, event) if event is not None else None
    return found.to if found is not None else state


def end_of(statuses: tuple[str, ...] | list[str], start: MessageState) -> MessageState:
    state = start
    for status in statuses:
        state = after_status(state, status)
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


@given(STATUSES)
def test_a_delivered_text_never_becomes_anything_else(statuses: list[str]) -> None:
    assert end_of(statuses, MessageState.DELIVERED) is MessageState.DELIVERED


@given(STATUSES, st.sampled_from(sorted(FINAL - {MessageState.SUPPRESSED})))
def test_a_final_state_never_goes_back_to_being_on_its_way(
    statuses: list[str], start: MessageState
) -> None:
    state = start
    for status in statuses:
        state = after_status(state, status)
        assert state in FINAL


def test_a_callback_proves_a_text_that_was_in_doubt() -> None:
    assert after_status(MessageState.IN_DOUBT, "queued") is MessageState.SENT
    assert after_status(MessageState.IN_DOUBT, "delivered") is MessageState.DELIVERED


def test_an_unknown_status_changes_nothing() -> None:
    assert event_of_status("teleported", None, attempts=1) is None


def event(
    outcome: Outcome, channel: Channel = Channel.SMS, code: str | None = None, attempts: int = 1
) -> Event:
    return event_of_attempt(channel, SendResult(outcome, error_code=code), attempts=attempts)


@pytest.mark.parametrize("attempts", [1, 2, 10, 100])
def test_an_unclear_text_stays_in_doubt_and_is_never_repeated(attempts: int) -> None:
    assert event(Outcome.UNCLEAR, attempts=attempts) is Event.UNCLEAR
    found = step(MessageState.CLAIMED, Event.UNCLEAR)
    assert found is not None
    assert found.to is MessageState.IN_DOUBT


def test_an_unclear_mail_is_tried_again() -> None:
    assert event(Outcome.UNCLEAR, Channel.EMAIL, "timeout") is Event.MAIL_UNCLEAR
    assert wait_after("timeout", attempts=1, chance=0.5) == timedelta(seconds=2)


def test_what_the_provider_says_is_what_happens() -> None:
    assert event(Outcome.REFUSED, code="99999") is Event.REFUSED
    assert event(Outcome.ACCEPTED) is Event.ACCEPTED
    assert event(Outcome.OPTED_OUT, code="21610") is Event.OPTED_OUT


def test_slower_please_is_heard_six_times_at_most() -> None:
    for code in ("429", "20429"):
        events = [event(Outcome.NOT_SENT, code=code, attempts=each) for each in range(1, 8)]
        assert events == [Event.NOT_SENT] * 5 + [Event.TRIES_SPENT] * 2


def span(code: str, channel: Channel, chance: float) -> timedelta:
    """From the first try to the last."""
    total = timedelta(0)
    for attempts in range(1, 100):
        if event(Outcome.NOT_SENT, channel, code, attempts) is Event.TRIES_SPENT:
            return total
        total += wait_after(code, attempts=attempts, chance=chance)
    raise AssertionError(code)


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_a_mail_server_that_says_later_is_asked_for_more_than_four_hours(chance: float) -> None:
    assert timedelta(hours=4) <= span("451", Channel.EMAIL, chance) <= timedelta(hours=8)


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
@pytest.mark.parametrize("code", ["30001", "30022", "30500"])
def test_a_fault_on_the_carriers_way_is_tried_again_for_at_most_four_hours(
    code: str, chance: float
) -> None:
    assert timedelta(hours=2) <= span(code, Channel.SMS, chance) <= timedelta(hours=4)


@pytest.mark.parametrize("status", ["failed", "undelivered"])
@pytest.mark.parametrize("code", ["30001", "30022", "30500"])
def test_a_text_that_the_carrier_gave_back_goes_again_until_its_tries_are_spent(
    code: str, status: str
) -> None:
    assert event_of_status(status, code, attempts=1) is Event.RETURNED
    assert after_status(MessageState.SENT, status, code) is MessageState.RETRY_AT
    assert event_of_status(status, code, attempts=10) is EVENT_OF_STATUS[status]


def test_a_dead_workers_text_is_in_doubt_and_its_mail_goes_again() -> None:
    ended = step(MessageState.CLAIMED, Event.LEASE_ENDED)
    mail_ended = step(MessageState.CLAIMED, Event.MAIL_LEASE_ENDED)
    assert ended is not None
    assert mail_ended is not None
    assert (ended.to, mail_ended.to) == (MessageState.IN_DOUBT, MessageState.QUEUED)


def test_the_provider_is_never_asked_before_a_minute_and_ever_more_rarely_for_six_hours() -> None:
    moments, now = [], NOW
    while (at := ask_provider_at(NOW, now)) is not None:
        moments.append((at - NOW).total_seconds())
        now = at
    assert moments == list(ASK_AFTER)
    assert moments[0] >= 60
    assert moments[-1] == timedelta(hours=6).total_seconds()
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert max(gaps[:4]) <= max(gaps[5:])


def test_a_person_is_asked_within_a_quarter_of_an_hour() -> None:
    asked = next(each for each in ASK_AFTER if each >= PERSON_AFTER.total_seconds())
    assert asked + 30 <= 15 * 60  # a tick of the worker later at most


def test_a_request_ends_well_inside_its_lease() -> None:
    assert 2 * REQUEST_TIMEOUT <= LEASE
