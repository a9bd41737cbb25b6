"""M9, M14, M19 to M21, M23: what each of these rows would see if the product were broken."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from drills import links, loops, mails, silent, stalls, tokens
from drills.ranks import rank_test
from drills.stalls import Answer

NOON = datetime(2026, 5, 4, 16, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

# --- M9

CALM = [Answer(number, 200, 0.02) for number in range(100)]
SILENT = [Answer(100, 503, 1.9), Answer(101, 200, 0.1)]
AGAIN = [Answer(100, 200, 0.02)]
STORED = [f"SM{number:032d}" for number in range(102)]


def stall(**changes: list[Answer] | list[str]) -> bool:
    parts = {"calm": CALM, "silent": SILENT, "again": AGAIN, "stored": STORED, **changes}
    return stalls.judged(**parts, stall_s=30).holds  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"calm": [*CALM[:90], *[Answer(90 + each, 200, 0.4) for each in range(10)]]},
        {"calm": [*CALM, Answer(5, 500, 0.02)]},
        {"silent": [Answer(100, 503, 2.1)]},
        {"silent": [Answer(100, 500, 0.1), *SILENT]},
        {"silent": [Answer(100, stalls.NO_ANSWER, 0.1), *SILENT]},
        {"silent": [Answer(101, 200, 0.1)]},
        {"stored": STORED[:101]},
        {"stored": [*STORED, STORED[0]]},
        {"again": [Answer(100, 503, 1.8)]},
    ],
)
def test_a_webhook_that_hangs_lies_or_stores_twice_is_seen(
    changes: dict[str, list[Answer] | list[str]],
) -> None:
    assert stall()
    assert not stall(**changes)


def test_the_99th_percentile_is_what_one_in_a_hundred_exceeds() -> None:
    values = [float(number) for number in range(1, 1001)]
    assert stalls.percentile(values, 0.99) == 991
    assert stalls.percentile([0.5], 0.99) == 0.5


# --- M14


def loop(*minutes: float, told: int = 1, wrote: int = 30) -> loops.Loop:
    return loops.Loop("a machine", tuple(NOON + MINUTE * each for each in minutes), wrote, told)


@pytest.mark.parametrize(
    "broken",
    [
        loop(1, 2, 3, 4),
        loop(1, 2, 61, 61.5, 61.9, 122, 123),
        loop(1, 70, 140, 210, 280, 350),
        loop(1, told=0),
        loop(wrote=0),
    ],
)
def test_a_machine_of_ours_that_goes_on_or_tells_nobody_is_seen(broken: loops.Loop) -> None:
    good = loop(1, 2, 3, 70, 71)
    assert loops.judged([good]).holds
    assert not loops.judged([good, broken]).holds


def test_a_drill_without_machines_is_no_success() -> None:
    assert not loops.judged([loop(wrote=0)]).holds


# --- M19

LETTERS = mails.Letters(
    cut=12, lost=0, copies=3, most_ids=1, shortest_try=timedelta(hours=5), wrong=0
)
HARD = mails.Reported("hard-x", stopped=True, reason="bounced", next_after=MINUTE)
UNWANTED = mails.Reported("complaint-x", stopped=True, reason="complained", next_after=MINUTE)
AWAY = mails.Reported("away-x", stopped=False, reason=None, next_after=None)
REPORTS = [HARD, UNWANTED, AWAY]


@pytest.mark.parametrize(
    "changes",
    [{"lost": 1}, {"cut": 0}, {"copies": 0}, {"most_ids": 2}, {"wrong": 1},
     {"shortest_try": timedelta(hours=3)}],
)  # fmt: skip
def test_letters_lost_renamed_or_given_up_early_are_seen(
    changes: dict[str, int | timedelta],
) -> None:
    assert mails.judged(LETTERS, MINUTE, REPORTS).holds
    assert not mails.judged(replace(LETTERS, **changes), MINUTE, REPORTS).holds  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "reports",
    [
        [*REPORTS, replace(HARD, stopped=False)],
        [*REPORTS, replace(HARD, reason=None)],
        [*REPORTS, replace(HARD, next_after=None)],
        [*REPORTS, replace(HARD, next_after=11 * MINUTE)],
        [*REPORTS, replace(UNWANTED, reason="bounced")],
        [*REPORTS, replace(AWAY, stopped=True)],
        [*REPORTS, replace(AWAY, reason="bounced")],
        [*REPORTS, replace(AWAY, sample="soft-x", reason="bounced")],
        [HARD, UNWANTED],
        [AWAY],
    ],
)
def test_a_mailbox_used_on_or_ended_without_reason_is_seen(
    reports: list[mails.Reported],
) -> None:
    assert not mails.judged(LETTERS, MINUTE, reports).holds


@pytest.mark.parametrize("after", [None, 11 * MINUTE])
def test_a_refused_mailbox_that_nobody_takes_the_place_of_is_seen(after: timedelta | None) -> None:
    assert not mails.judged(LETTERS, after, REPORTS).holds


# --- M20

LOOKED = links.Looked(
    links=21, opened=378, in_chromium=6, posts_refused=168, works=20, foreign_refused=4
)


@pytest.mark.parametrize(
    "changes",
    [{"changed": 1}, {"faults": 1}, {"accepted_early": 1}, {"works": 19}, {"foreign_refused": 3},
     {"in_chromium": 5}, {"opened": 0}, {"posts_refused": 0}],
)  # fmt: skip
def test_a_look_that_does_something_or_burns_a_link_is_seen(changes: dict[str, int]) -> None:
    assert links.judged(LOOKED, sets=4, shown=6, accepted=4).holds
    assert not links.judged(replace(LOOKED, **changes), sets=4, shown=6, accepted=4).holds


def test_links_that_no_longer_accept_are_seen() -> None:
    assert not links.judged(LOOKED, sets=4, shown=6, accepted=3).holds


# --- M21

TRIED = tokens.Tried(
    guessed=100, known=7, given=7, first_effects=2, bodies={"404"}, can_tell=True, timed=500
)
WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    "changes",
    [{"hits": 1}, {"known": 6}, {"effects": 1}, {"first_effects": 0}, {"odd": 1},
     {"bodies": {"a", "b"}}, {"apart": ["taken back"]}, {"can_tell": False}, {"guessed": 0}],
)  # fmt: skip
def test_a_token_that_opens_twice_or_tells_something_is_seen(changes: dict[str, object]) -> None:
    assert tokens.judged(TRIED, 256, 0, WEEK).holds
    assert not tokens.judged(replace(TRIED, **changes), 256, 0, WEEK).holds  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bits", "kept", "longest"), [(120, 0, WEEK), (256, 1, WEEK), (256, 0, 8.1 * WEEK / 7)]
)
def test_a_token_that_is_short_kept_or_long_lived_is_seen(
    bits: float, kept: int, longest: timedelta
) -> None:
    assert not tokens.judged(TRIED, bits, kept, longest).holds


def times(seed: int, number: int, slower: float = 0.0) -> list[float]:
    chance = random.Random(seed)  # noqa: S311 -- repeatable
    return [chance.gauss(1.0 + slower, 0.2) for _each in range(number)]


def test_the_rank_test_tells_a_slower_group_and_not_an_equal_one() -> None:
    assert rank_test(times(1, 2000), times(2, 2000)) > 0.01
    assert rank_test(times(1, 2000), times(2, 2000, slower=0.05)) < 1e-6
    assert rank_test([1.0] * 50, [1.0] * 50) == 1.0


def test_the_rank_test_knows_a_case_counted_by_hand() -> None:
    # 1, 2, 3 against 4, 5, 6: no pair above, mean 4.5, variance 9 / 12 * 7.
    assert rank_test([1, 2, 3], [4, 5, 6]) == pytest.approx(0.0495, abs=1e-4)
    # Ties share their ranks: nothing above but half of four pairs.
    assert rank_test([1, 1, 2], [1, 1, 2]) == pytest.approx(1.0)


# --- M23


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (silent.Request("sent", NOON + MINUTE, NOON + MINUTE), (1, 0, 0)),
        (silent.Request("sent", None, None), (1, 1, 0)),
        (silent.Request("sent", NOON - MINUTE, NOON - MINUTE), (1, 0, 1)),
        (silent.Request("accepted", NOON + MINUTE, None), (1, 0, 1)),
        (silent.Request("accepted", NOON + MINUTE, NOON + 2 * MINUTE), (1, 0, 1)),
        (silent.Request("expired", None, None), (0, 0, 0)),
    ],
)
def test_a_request_that_nothing_will_meet_is_seen(
    request_: silent.Request, expected: tuple[int, int, int]
) -> None:
    assert silent.standing([request_], NOON) == expected
