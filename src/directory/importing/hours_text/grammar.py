"""Tokens of written hours to openings: whole, without contradiction, or not at all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from itertools import combinations, pairwise

from directory.importing.byday import DAYS
from directory.importing.hours_text.clock import ALL_DAY, Span, span
from directory.importing.hours_text.vocabulary import Clock, Kind, Token, tokens
from directory.importing.records import Unreadable
from shared.i18n import gettext_noop as _

EVERY = frozenset((0, number) for number in range(7))
REMARKS = frozenset({Kind.APPOINTMENT, Kind.HOLIDAYS})
LINKS = frozenset({Kind.RANGE, Kind.DASH})
Day = tuple[int, int]  # which of the month (0: every week), day of the week


@dataclass(frozen=True, slots=True)
class Opening:
    """One rule of days and its pair of times, as HSDS 3 writes them."""

    freq: str
    byday: str
    opens_at: time
    closes_at: time


@dataclass(frozen=True, slots=True)
class WrittenHours:
    """What a text said."""

    openings: tuple[Opening, ...]
    by_appointment: bool = False
    not_on_holidays: bool = False


@dataclass(frozen=True, slots=True)
class _Item:
    """Days, or an opening, or (neither) closed."""

    days: frozenset[Day] = frozenset()
    span: Span | None = None

    @property
    def is_days(self) -> bool:
        return bool(self.days)


def read_hours(written: str) -> WrittenHours:
    """Read a text of hours, or refuse it in words."""
    found = tokens(written)
    said, remarks = _without_remarks(found)
    items = _items(said)
    if not items:
        if remarks == {Kind.APPOINTMENT}:
            return WrittenHours((), by_appointment=True)
        raise Unreadable(_("The text says nothing about days and times."))
    if not any(item.is_days for item in items):
        items = _on_every_day(items, said)
    if all(item.is_days for item in items):
        raise Unreadable(_("The hours say no times; they stay as text."))
    openings = _openings(_groups(items))
    return WrittenHours(openings, Kind.APPOINTMENT in remarks, Kind.HOLIDAYS in remarks)


def _without_remarks(found: Sequence[Token]) -> tuple[list[Token], set[Kind]]:
    """Take out what holds for all hours: a line of its own, or the very end of a single rule."""
    lines: list[list[Token]] = [[]]
    for token in found:
        if token.kind is Kind.STOP:
            lines.append([])
        else:
            lines[-1].append(token)
    lines = [line for line in lines if line]
    remarks: set[Kind] = set()
    said: list[Token] = []
    for line in lines:
        kept = [token for token in line if token.kind not in REMARKS]
        removed = {token.kind for token in line if token.kind in REMARKS}
        alone = not any(token.kind in {Kind.DAYS, Kind.TIME, Kind.ALL_DAY} for token in kept)
        if Kind.APPOINTMENT in removed and not alone and len(lines) > 1:
            raise Unreadable(_("Some of these hours are by appointment only; they stay as text."))
        remarks |= removed
        said += [*([] if alone and removed else kept), Token(Kind.STOP)]
    _check_appointment_stands_last(found)
    return said, remarks


def _check_appointment_stands_last(found: Sequence[Token]) -> None:
    kinds = [token.kind for token in found if token.kind not in {Kind.STOP, Kind.AND, Kind.DASH}]
    first_said = next((n for n, kind in enumerate(kinds) if kind not in REMARKS), None)
    if Kind.APPOINTMENT in kinds and first_said is not None:
        at = kinds.index(Kind.APPOINTMENT)
        before = [kind for kind in kinds[:at] if kind in {Kind.TIME, Kind.ALL_DAY}]
        if at > first_said and not before:
            raise Unreadable(_("Some of these hours are by appointment only; they stay as text."))


def _items(said: Sequence[Token]) -> list[_Item]:
    """Join 'Mon - Fri', '1st and 3rd Saturday', '9 - 5'."""
    reader = _Reader(said)
    while not reader.done:
        reader.step()
    return reader.items


class _Reader:
    def __init__(self, said: Sequence[Token]) -> None:
        self.said = said
        self.at = 0
        self.items: list[_Item] = []
        self.monthly = any(token.kind is Kind.MONTH for token in said)

    @property
    def done(self) -> bool:
        return self.at >= len(self.said)

    def _kind(self, ahead: int = 0) -> Kind | None:
        at = self.at + ahead
        return self.said[at].kind if at < len(self.said) else None

    def _take(self) -> Token:
        self.at += 1
        return self.said[self.at - 1]

    def step(self) -> None:
        """Read one item, or pass over what only joins."""
        kind = self._kind()
        if kind is Kind.TIME:
            self.items.append(_Item(span=self._span()))
        elif kind is Kind.ALL_DAY:
            self._take()
            self.items.append(_Item(span=ALL_DAY))
        elif kind is Kind.DAYS:
            self.items.append(_Item(days=self._days()))
        elif kind is Kind.ORDINAL:
            self.items.append(_Item(days=self._ordinal_days()))
        elif kind is Kind.CLOSED:
            self._take()
            self.items.append(_Item())
        else:
            self._pass()

    def _pass(self) -> None:
        token = self._take()
        if token.kind is Kind.EVERY and self._kind() is Kind.ORDINAL and not self.monthly:
            # every second Tuesday: of the month, or every other week?
            raise Unreadable(_("It is not sure which weeks are meant; they stay as text."))
        if token.kind is Kind.RANGE:
            raise _half()
        if token.kind is Kind.MONTH and not any(ordinal for ordinal, _day in self._last_days()):
            raise Unreadable(_("It is not sure which weeks are meant; they stay as text."))

    def _last_days(self) -> frozenset[Day]:
        return next((item.days for item in reversed(self.items) if item.is_days), frozenset())

    def _skip_dashes(self) -> bool:
        """Over 'to', 'through', '-' and the double dash of a slip."""
        start = self.at
        while self._kind() in LINKS:
            self._take()
        return self.at > start

    def _span(self) -> Span:
        opens = self._take().clock
        if not self._skip_dashes() or self._kind() is not Kind.TIME:
            raise _half()
        closes = self._take().clock
        if self._kind() is Kind.DASH and self._kind(1) is Kind.TIME:
            raise _half()
        return span(opens or Clock(0, 0), closes or Clock(0, 0))

    def _days(self) -> frozenset[Day]:
        first = self._take().days
        if not (self._kind() in LINKS and self._kind(1) in {Kind.DAYS, Kind.DASH}):
            return frozenset((0, day) for day in first)
        self._skip_dashes()
        if self._kind() is not Kind.DAYS:
            raise _half()
        last = self._take().days
        if len(first) != 1 or len(last) != 1 or self._kind_is_another_range():
            raise Unreadable(_("It is not sure which days are meant; they stay as text."))
        steps = (last[0] - first[0]) % 7
        return frozenset((0, (first[0] + step) % 7) for step in range(steps + 1))

    def _kind_is_another_range(self) -> bool:
        return self._kind() in LINKS and self._kind(1) is Kind.DAYS

    def _ordinal_days(self) -> frozenset[Day]:
        ordinals = [self._take().ordinal]
        while self._kind() is Kind.AND:
            while self._kind() is Kind.AND:
                self._take()
            if self._kind() is not Kind.ORDINAL:
                raise Unreadable(_("It is not sure which days are meant; they stay as text."))
            ordinals.append(self._take().ordinal)
        days = self._take().days if self._kind() is Kind.DAYS else ()
        beside = [kind for n in range(3) if (kind := self._kind(n)) is not Kind.AND]
        followed = self._kind() in LINKS | {Kind.AND} and bool(beside) and beside[0] is Kind.DAYS
        if len(days) != 1 or followed or self._kind_is_another_range():
            raise Unreadable(_("It is not sure which days are meant; they stay as text."))
        return frozenset((ordinal, days[0]) for ordinal in ordinals)


def _half() -> Unreadable:
    return Unreadable(
        _("A time or day stands alone: write an opening and a closing time, as in 9am-5pm.")
    )


def _on_every_day(items: list[_Item], said: Sequence[Token]) -> list[_Item]:
    """'24 hours' alone is every day; other times need their days."""
    if len(items) == 1 and any(token.kind is Kind.ALL_DAY for token in said):
        return [*items, _Item(days=EVERY)]
    if all(item.span is None for item in items):
        raise Unreadable(_("The text says only when it is closed; it stays as text."))
    raise Unreadable(_("The hours don't say on which days; they stay as text."))


def _groups(items: Sequence[_Item]) -> list[tuple[frozenset[Day], list[_Item]]]:
    """Days with their times: the text has either all days first or all times first."""
    if items[0].is_days == items[-1].is_days:
        raise Unreadable(_("It is not sure which times belong to which days; they stay as text."))
    days_first = items[0].is_days
    cuts = [
        number + 1
        for number, (item, after) in enumerate(pairwise(items))
        if item.is_days is not days_first and after.is_days is days_first
    ]
    found = []
    for start, end in pairwise([0, *cuts, len(items)]):
        part = items[start:end]
        days = frozenset[Day]().union(*(item.days for item in part if item.is_days))
        found.append((days, [item for item in part if not item.is_days]))
    return found


def _openings(groups: Iterable[tuple[frozenset[Day], list[_Item]]]) -> tuple[Opening, ...]:
    rules: dict[tuple[frozenset[Day], Span], None] = {}
    closed: set[int] = set()
    for days, times in groups:
        for item in times:
            if item.span is None:
                closed |= {day for _ordinal, day in days}
            else:
                rules[days, item.span] = None
    _check_sense(list(rules), closed)
    if not rules:
        raise Unreadable(_("The text says only when it is closed; it stays as text."))
    return tuple(opening for days, times in rules for opening in _rules_of(days, times))


def _check_sense(rules: Sequence[tuple[frozenset[Day], Span]], closed: set[int]) -> None:
    """No day may be both open and closed, or open twice at once."""
    if any(day in closed for days, _span in rules for _ordinal, day in days):
        raise Unreadable(_("A day is both open and closed; they stay as text."))
    for (days, first), (others, second) in combinations(rules, 2):
        # a first Saturday is a Saturday too
        same_days = any(
            day == other and (ordinal == also or 0 in {ordinal, also})
            for ordinal, day in days
            for also, other in others
        )
        if same_days and _overlap(first, second):
            raise Unreadable(_("A day has two times that overlap; it is not sure which is right."))


def _overlap(first: Span, second: Span) -> bool:
    (a, b), (c, d) = ((opens, closes) for opens, closes in (first, second))
    ends_b = b if b > a else time(23, 59, 59)
    ends_d = d if d > c else time(23, 59, 59)
    return a < ends_d and c < ends_b


def _rules_of(days: frozenset[Day], times: Span) -> Iterable[Opening]:
    weekly = sorted(day for ordinal, day in days if ordinal == 0)
    if weekly:
        yield Opening("WEEKLY", ",".join(DAYS[day] for day in weekly), *times)
    monthly = sorted((day, ordinal) for ordinal, day in days if ordinal != 0)
    if monthly:
        yield Opening("MONTHLY", ",".join(f"{n}{DAYS[day]}" for day, n in monthly), *times)
