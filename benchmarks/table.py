"""One line for each figure: what was measured, its floor, the ratio, the goal, how to repeat it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A rate beside its floor, both of the same run. `at_most`: floor ÷ figure, if it is judged."""

    what: str
    unit: str
    figure: float
    floor: float
    repeat: str
    at_most: float | None = None

    @property
    def ratio(self) -> float:
        """How many times slower than the floor."""
        return self.floor / self.figure

    @property
    def holds(self) -> bool:
        """Whether the goal is met; without a goal it is."""
        return self.at_most is None or self.ratio <= self.at_most


def as_text(lines: list[Line]) -> str:
    """The table, for a terminal."""
    rows = [f"{'':28}{'figure':>9} {'floor':>9}  {'floor ÷ figure':>14}  {'goal':>6}"]
    for line in lines:
        goal = "–" if line.at_most is None else f"≤ {line.at_most:g}"
        rows.append(
            f"{line.what:28}{line.figure:9.1f} {line.floor:9.1f}  {line.ratio:14.2f}  {goal:>6}"
            f"  {line.unit}"
        )
    return "\n".join([*rows, "Repeat:", *dict.fromkeys(f"  {line.repeat}" for line in lines)])


@dataclass(frozen=True)
class Goal:
    """A ratio of two figures of one run, and what it may be at most."""

    what: str
    ratio: float
    at_most: float

    @property
    def holds(self) -> bool:
        """Whether the goal is met."""
        return self.ratio <= self.at_most


def goals_as_text(goals: list[Goal]) -> str:
    """One line for each, the goal beside what was measured."""
    return "\n".join(
        f"{goal.what:58}{goal.ratio:6.2f}   goal ≤ {goal.at_most:<4g}"
        f" {'met' if goal.holds else 'NOT MET'}"
        for goal in goals
    )
