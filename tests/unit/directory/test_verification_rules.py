"""When a record is due for a check, and when it leaves the public results (practice 2.18)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from directory.models.stewards import CallOutcome, Means
from directory.stewards.rules import Try, in_vain, is_due, leaves_results, waits_for_next_try

NOW = datetime(2023, 5, 10, 13, 40, tzinfo=UTC)
PHONE, MAIL = Means.PHONE, Means.EMAIL
NOBODY, DEAD, BOUNCED = CallOutcome.NO_ANSWER, CallOutcome.DEAD_NUMBER, CallOutcome.BOUNCED


def tries(*given: tuple[Means, CallOutcome, int]) -> list[Try]:
    return [Try(means, outcome, NOW - timedelta(days=days)) for means, outcome, days in given]


@pytest.mark.parametrize(
    ("checked_on", "due"),
    [
        (None, True),
        (date(2023, 5, 10), False),
        (date(2022, 5, 10), False),
        (date(2022, 5, 9), True),
    ],
)
def test_a_check_is_good_for_a_year(checked_on: date | None, *, due: bool) -> None:
    assert is_due(checked_on, date(2023, 5, 10)) is due


@pytest.mark.parametrize(
    ("given", "leaves"),
    [
        (((PHONE, NOBODY, 30), (MAIL, NOBODY, 15), (PHONE, NOBODY, 0)), True),
        # 29 days are not 30
        (((PHONE, NOBODY, 29), (MAIL, NOBODY, 15), (PHONE, NOBODY, 0)), False),
        # one means is not two
        (((PHONE, NOBODY, 60), (PHONE, NOBODY, 30), (PHONE, NOBODY, 0)), False),
        # two tries are not three
        (((PHONE, NOBODY, 60), (MAIL, NOBODY, 0)), False),
        # somebody was reached in between
        (
            (
                (PHONE, NOBODY, 60),
                (MAIL, CallOutcome.STILL_RIGHT, 30),
                (PHONE, NOBODY, 15),
                (MAIL, NOBODY, 0),
            ),
            False,
        ),
        (((PHONE, DEAD, 1), (MAIL, BOUNCED, 0)), True),
        (((PHONE, DEAD, 1), (PHONE, DEAD, 0)), False),
        ((), False),
    ],
)
def test_who_leaves_the_public_results(
    given: tuple[tuple[Means, CallOutcome, int], ...], *, leaves: bool
) -> None:
    assert leaves_results(tries(*given)) is leaves


def test_a_word_that_was_heard_ends_the_tries_in_vain() -> None:
    given = tries((PHONE, NOBODY, 9), (PHONE, CallOutcome.CHANGED, 5), (MAIL, NOBODY, 1))

    assert [each.means for each in in_vain(given)] == [MAIL]


def test_the_next_try_waits_a_week() -> None:
    assert waits_for_next_try(tries((PHONE, NOBODY, 6)), NOW)
    assert not waits_for_next_try(tries((PHONE, NOBODY, 7)), NOW)
    assert not waits_for_next_try([], NOW)
