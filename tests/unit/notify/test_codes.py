"""The table of error codes, and what becomes of a message with each of them."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.channels.sms import _refusal
from notify.codes import (
    ALERTING,
    DEAD_ADDRESS_CODES,
    RETRIED,
    CodeClass,
    address_is_dead,
    advice_of_code,
    as_of,
    class_of_code,
    codes,
    limits_of,
    words_of_code,
)
from notify.delivery import Channel, Event, event_of_attempt, event_of_status

TWILIO = sorted(code for code in codes() if code.isdigit() and len(code) == 5)
# Codes that nobody listed: the same 200 on every run.
UNKNOWN = [
    str(code)
    for code in random.Random(5).sample(range(10_000, 70_000), 260)  # noqa: S311
    if str(code) not in codes()
][:200]
EXPECTED = {
    CodeClass.PERMANENT: Event.REFUSED,
    CodeClass.OURS: Event.REFUSED,
    CodeClass.OPT_OUT: Event.OPTED_OUT,
    CodeClass.RATE_LIMITED: Event.NOT_SENT,
    CodeClass.CARRIER: Event.NOT_SENT,
}
NAMED = {
    "20429": CodeClass.RATE_LIMITED,
    "21211": CodeClass.PERMANENT,
    "21408": CodeClass.PERMANENT,
    "21610": CodeClass.OPT_OUT,
    "21614": CodeClass.PERMANENT,
    "30001": CodeClass.CARRIER,
    "30003": CodeClass.PERMANENT,
    "30004": CodeClass.PERMANENT,
    "30005": CodeClass.PERMANENT,
    "30006": CodeClass.PERMANENT,
    "30007": CodeClass.PERMANENT,
    "30008": CodeClass.PERMANENT,
    "30022": CodeClass.CARRIER,
    "30034": CodeClass.OURS,
    "30500": CodeClass.CARRIER,
}


def event_of_refusal(code: str, attempts: int = 1) -> Event:
    """A 400 with this code, as the channel and the rules take it."""
    return event_of_attempt(Channel.SMS, _refusal(400, code), attempts=attempts)


def test_the_table_is_dated_and_holds_at_least_thirty_of_the_providers_codes() -> None:
    assert as_of().year >= 2025
    assert len(TWILIO) >= 30


@pytest.mark.parametrize(("code", "expected"), sorted(NAMED.items()))
def test_the_designs_codes_are_in_their_classes(code: str, expected: CodeClass) -> None:
    assert class_of_code(code) is expected


@pytest.mark.parametrize("code", TWILIO)
def test_each_code_does_what_its_class_says(code: str) -> None:
    found = class_of_code(code)
    assert event_of_refusal(code) is EXPECTED[found]
    spent = event_of_refusal(code, attempts=limits_of(found).tries)
    assert spent is (Event.TRIES_SPENT if found in RETRIED else EXPECTED[found])


@pytest.mark.parametrize("code", UNKNOWN)
def test_a_code_that_nobody_listed_is_never_repeated_and_alerts_staff(code: str) -> None:
    assert class_of_code(code) is CodeClass.UNKNOWN
    assert CodeClass.UNKNOWN in ALERTING
    assert event_of_refusal(code) is Event.REFUSED
    assert event_of_status("failed", code, attempts=1) is Event.SAID_FAILED
    assert event_of_status("undelivered", code, attempts=1) is Event.SAID_UNDELIVERED


def test_there_are_two_hundred_unknown_ones() -> None:
    assert len(UNKNOWN) == 200


@given(st.text(max_size=8).filter(lambda code: code not in codes()))
def test_whatever_else_stands_for_a_code_is_unknown(code: str) -> None:
    assert class_of_code(code) is CodeClass.UNKNOWN
    assert class_of_code(None) is CodeClass.UNKNOWN


@pytest.mark.parametrize("code", sorted(codes()))
def test_each_code_has_words_for_staff_in_both_languages(code: str) -> None:
    english, spanish = words_of_code(code, "en"), words_of_code(code, "es")
    assert english
    assert spanish
    assert english != spanish
    assert words_of_code(code, "fr") == english


def test_a_code_without_words_has_none() -> None:
    assert words_of_code("99999", "en") is None
    assert words_of_code(None, "en") is None


def test_classes_that_are_not_repeated_have_one_try() -> None:
    assert {each for each in CodeClass if limits_of(each).tries > 1} == RETRIED


def test_only_codes_about_the_address_condemn_it() -> None:
    assert all(address_is_dead(code) for code in DEAD_ADDRESS_CODES)
    assert address_is_dead("mailbox_550")
    assert not address_is_dead("30003")
    assert not address_is_dead(None)


@given(
    st.sampled_from(sorted(RETRIED)),
    st.integers(1, 10_000),
    st.floats(0, 1, exclude_max=True),
)
def test_waits_grow_within_bounds(found: CodeClass, attempts: int, chance: float) -> None:
    limits = limits_of(found)
    wait = limits.wait_before(attempts, chance)
    assert limits.first * 0.8 <= wait <= limits.longest * 1.2
    assert wait > timedelta(0)


@pytest.mark.parametrize("code", sorted(codes()))
def test_each_code_says_in_both_languages_what_staff_do(code: str) -> None:
    english, spanish = advice_of_code(code, "en"), advice_of_code(code, "es")
    assert english
    assert spanish
    assert english != spanish


def test_what_to_do_fits_the_class() -> None:
    """Nobody is told to wait for what is not tried again, or to call for what is."""
    waits = advice_of_code("20429", "en")
    for code, facts in codes().items():
        again = facts.code_class in RETRIED - {CodeClass.UNCLEAR}
        assert (advice_of_code(code, "en") == waits) is again, code


def test_a_code_that_nobody_listed_is_looked_up_and_a_dead_mailbox_asked_for() -> None:
    assert "look it up" in (advice_of_code("99999", "en") or "")
    assert "mailbox" in (advice_of_code("mailbox_550", "en") or "")
    assert advice_of_code(None, "en") is None
