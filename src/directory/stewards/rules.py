"""When a record is due for a check, and when it leaves the public results. Pure (practice 2.18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from directory.models.stewards import CallOutcome, Means

GOOD_FOR = timedelta(days=365)
TRIES, WAYS, OVER = 3, 2, timedelta(days=30)
# An agency's turn comes up to this many days before the year is over, each on a day of its own:
# what one import or one busy week checked together must not fall due together.
SPREAD_DAYS = 91
# What a new feed brings unchecked or long unchecked is called over a year, some agencies a week;
# so many can be called at once.
WEEKS, AT_ONCE = 52, 20
# Somebody who did not answer is called again after some days.
TRIED_AGAIN_AFTER = timedelta(days=7)
FAILED = frozenset({CallOutcome.NO_ANSWER, CallOutcome.DEAD_NUMBER, CallOutcome.BOUNCED})


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt to hear from an agency."""

    means: Means
    outcome: CallOutcome
    at: datetime


def is_due(checked_on: date | None, today: date) -> bool:
    """Whether nobody has checked it within a year."""
    return checked_on is None or today - checked_on > GOOD_FOR


def in_vain(tries: Sequence[Try]) -> list[Try]:
    """The attempts since somebody was last reached, oldest first."""
    since: list[Try] = []
    for each in sorted(tries, key=lambda one: one.at):
        since = [*since, each] if each.outcome in FAILED else []
    return since


def leaves_results(tries: Sequence[Try]) -> bool:
    """Three tries by two means over 30 days without success; or a dead phone and dead mailbox."""
    failed = in_vain(tries)
    outcomes = {each.outcome for each in failed}
    if {CallOutcome.DEAD_NUMBER, CallOutcome.BOUNCED} <= outcomes:
        return True
    if len(failed) < TRIES or len({each.means for each in failed}) < WAYS:
        return False
    return failed[-1].at - failed[0].at >= OVER


def waits_for_next_try(tries: Sequence[Try], now: datetime) -> bool:
    """Whether the last try in vain was only days ago."""
    failed = in_vain(tries)
    return bool(failed) and now - failed[-1].at < TRIED_AGAIN_AFTER
