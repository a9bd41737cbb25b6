"""For any hours: written down and read again they are the same; no text makes the reader fail."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from directory.importing.byday import DAYS
from directory.importing.hours_text import read_hours
from directory.importing.records import Unreadable

ENGLISH = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SPANISH = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
QUARTERS = 96
Spans = list[tuple[int, int]]


def _spans(edges: list[int]) -> Spans:
    return [(a, b) for number, (a, b) in enumerate(pairwise(sorted(edges))) if number % 2 == 0]


days_of_a_week = st.sets(st.integers(0, 6), min_size=1)
spans_of_a_day = st.lists(st.integers(0, QUARTERS - 1), min_size=2, max_size=6, unique=True).map(
    lambda edges: _spans(edges if len(edges) % 2 == 0 else edges[:-1])
)


def _english_time(quarter: int) -> str:
    hour, minute = divmod(quarter * 15, 60)
    return f"{hour % 12 or 12}:{minute:02}{'am' if hour < 12 else 'pm'}"


def _spanish_time(quarter: int) -> str:
    hour, minute = divmod(quarter * 15, 60)
    return f"{hour:02}:{minute:02}"


def _as_read(written: str) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    for opening in read_hours(written).openings:
        for name in opening.byday.split(","):
            opens = opening.opens_at.hour * 4 + opening.opens_at.minute // 15
            closes = opening.closes_at.hour * 4 + opening.closes_at.minute // 15
            found.setdefault(DAYS.index(name), []).append((opens, closes))
    return {day: sorted(spans) for day, spans in found.items()}


@given(days=days_of_a_week, spans=spans_of_a_day, days_first=st.booleans())
def test_english_hours_come_back_as_they_were(
    days: set[int], spans: Spans, *, days_first: bool
) -> None:
    listed = ", ".join(ENGLISH[day] for day in sorted(days))
    times = " & ".join(f"{_english_time(a)}-{_english_time(b)}" for a, b in spans)
    written = f"{listed} {times}" if days_first else f"{times}, {listed}"
    assert _as_read(written) == dict.fromkeys(days, spans)


@given(first=st.integers(0, 6), last=st.integers(0, 6), spans=spans_of_a_day)
def test_spanish_hours_come_back_as_they_were(first: int, last: int, spans: Spans) -> None:
    times = " y ".join(f"de {_spanish_time(a)} a {_spanish_time(b)}" for a, b in spans)
    between = {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    written = f"{SPANISH[first]} a {SPANISH[last]} {times}"
    assert _as_read(written) == dict.fromkeys(between, spans)


@given(
    rules=st.lists(
        st.tuples(st.sampled_from(ENGLISH), st.integers(20, 46), st.integers(48, 90)),
        min_size=1,
        unique_by=lambda rule: rule[0],
    ),
    separator=st.sampled_from(["; ", "\n", ";\n", "\\n\\n"]),
)
def test_every_line_keeps_its_own_days(rules: list[tuple[str, int, int]], separator: str) -> None:
    lines = [f"{_english_time(a)}-{_english_time(b)}, {day}" for day, a, b in rules]
    expected = {ENGLISH.index(day): [(a, b)] for day, a, b in rules}
    assert _as_read(separator.join(lines)) == expected


@given(ordinals=st.sets(st.sampled_from(["1st", "2nd", "3rd", "4th"]), min_size=1))
def test_days_of_the_month_are_never_every_week(ordinals: set[str]) -> None:
    (opening,) = read_hours(f"{' and '.join(sorted(ordinals))} Saturday 10am-1pm").openings
    assert opening.freq == "MONTHLY"
    assert opening.byday == ",".join(f"{number[0]}SA" for number in sorted(ordinals))


VOCABULARY = """
mon tue lunes viernes - , ; & y and a to 9 5 9am 5pm 17:00 noon closed cerrado 24 hours 1st last of
the month every other daily by appointment only holidays summer: l v m f mar . ( ) \\n º é ☃ 99 0
"""
WORDS = st.sampled_from([*VOCABULARY.split(), "\n"])


@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=14).map(" ".join)))
def test_any_text_is_read_or_refused_in_a_sentence(written: str) -> None:
    try:
        hours = read_hours(written)
    except Unreadable as problem:
        assert (problem.message % problem.values).endswith(".")  # noqa: PT017 -- either is right
        return
    assert hours.openings or hours.by_appointment
    for opening in hours.openings:
        assert opening.opens_at != opening.closes_at
        assert (opening.freq == "MONTHLY") is opening.byday.lstrip("-")[0].isdigit()


@given(st.lists(WORDS.filter(lambda word: word != "\\n"), max_size=14).map(" ".join))
def test_capitals_and_spaces_say_nothing(written: str) -> None:
    assert _answer(written) == _answer(f"  {written.upper().replace(' ', '  ')} ")


def _answer(written: str) -> object:
    try:
        return read_hours(written)
    except Unreadable:
        return None
