"""The drills' table and exit code, and that each rule of a row can be broken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from drills.bar import ROWS, Depth, NotRunHere, Row, Seen, rows_named
from drills.codes import _as_it_must, folded
from drills.command import main, run_one
from drills.hours import walk
from drills.table import Line, Mark, as_text, exit_code
from drills.words import corpus, mistaken, stops_texts

from notify.delivery import Event, MessageState
from notify.quiet_hours import Now, may_text
from notify.states import Step, step

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from drills.stage import Stage


class Played(Row):
    """A row whose drill is given."""

    outcome: Any = None

    def drill(self) -> Callable[[Stage, Depth], Awaitable[Seen]]:
        async def run(_stage: Stage, _depth: Depth) -> Seen:
            if isinstance(self.outcome, Exception):
                raise self.outcome
            return self.outcome

        return run


def played(outcome: Any) -> Line:
    row = Played("M0", "what", "must", "a:b")
    object.__setattr__(row, "outcome", outcome)
    return run_one(row, None, Depth.CI)  # type: ignore[arg-type]


def test_every_row_of_the_bar_is_there_once_and_every_built_one_can_be_started() -> None:
    assert [row.id for row in ROWS] == [f"M{number}" for number in range(1, 24)]
    assert all(callable(row.drill()) for row in ROWS if row.place)


def test_rows_are_found_by_their_name_and_no_name_means_all() -> None:
    assert [row.id for row in rows_named(["m7", "M1"])] == ["M7", "M1"]
    assert rows_named([]) == list(ROWS)


def test_an_unknown_row_is_no_success() -> None:
    assert main(["--only", "M99"]) == 2


@pytest.mark.parametrize(
    ("outcome", "mark"),
    [
        (Seen("0 lost", holds=True), Mark.HOLDS),
        (Seen("1 lost", holds=False), Mark.FAILS),
        (RuntimeError("broke"), Mark.FAILS),
        (NotRunHere("no server"), Mark.NOT_RUN),
    ],
)
def test_what_a_drill_comes_to_stands_in_its_line(outcome: Any, mark: Mark) -> None:
    line = played(outcome)
    assert line.mark is mark
    assert line.seen


def line(mark: Mark) -> Line:
    return Line(ROWS[0], mark, "seen")


@pytest.mark.parametrize(("mark", "code"), [(Mark.HOLDS, 0), (Mark.FAILS, 1), (Mark.NOT_RUN, 1)])
def test_a_row_that_fails_or_did_not_run_is_no_success(mark: Mark, code: int) -> None:
    assert exit_code([line(Mark.HOLDS), line(mark)]) == code


def test_nothing_run_is_no_success() -> None:
    assert exit_code([]) == 1


def test_the_table_holds_all_four_columns_in_full() -> None:
    shown = as_text([Line(ROWS[0], Mark.FAILS, "7 lost", 12)])
    assert {"M1", "7", "lost", "FAILS"} <= set(shown.split())
    assert all(word in shown for word in ROWS[0].must.split())


HOUR = timedelta(hours=1)
DAY = [datetime(2026, 5, 4, tzinfo=UTC) + HOUR * number for number in range(24)]


def test_the_walk_of_quiet_hours_sees_a_rule_that_knows_no_night() -> None:
    assert walk(may_text, DAY).outside == 0
    assert walk(lambda _now, _zone: Now(HOUR), DAY).outside > 0


def test_the_walk_of_words_sees_a_table_that_goes_back() -> None:
    def back(state: MessageState, event: Event) -> Step | None:
        if state is MessageState.DELIVERED and event is Event.ON_ITS_WAY:
            return Step(MessageState.SENT, "Wrong.", "nowhere")
        return step(state, event)

    assert folded(step, cases=10) == ({"delivered"}, 0)
    ends, regressions = folded(back, cases=10)
    assert ends != {"delivered"}
    assert regressions > 0


def test_a_reading_that_is_too_deaf_or_too_keen_is_seen() -> None:
    stops, ordinary = corpus("stops"), corpus("ordinary")
    assert mistaken(stops[:20], ordinary[:20], stops_texts) == (0, 0)
    assert mistaken(stops, ordinary, lambda _body: False) == (len(stops), 0)
    assert mistaken(stops, ordinary, lambda body: "stop" in body.lower())[1] > 0


@pytest.mark.parametrize(
    ("code", "tries", "hours", "alerted", "right"),
    [
        ("20429", 6, 1, False, True),
        ("20429", 7, 1, False, False),
        ("20429", 1, 0, False, False),
        ("30001", 4, 4, False, True),
        ("30001", 4, 5, False, False),
        ("21610", 2, 0, False, False),
        ("99999", 1, 0, True, True),
        ("99999", 1, 0, False, False),
        ("99999", 2, 0, True, False),
    ],
)
def test_too_many_tries_too_long_or_nobody_told_is_seen(
    code: str, tries: int, hours: int, *, alerted: bool, right: bool
) -> None:
    assert _as_it_must(code, tries, timedelta(hours=hours), alerted=alerted) is right
