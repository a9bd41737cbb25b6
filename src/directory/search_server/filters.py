"""Filter expressions of the search server, with every value escaped. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from directory.geography import Near

# The server's distance and ours differ by rounding; PostgreSQL judges the border itself.
SLACK_M = 10.0


def quoted(value: str) -> str:
    """A value that can't end its own quotes."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def equal(name: str, value: str | int) -> str:
    """One value."""
    return f"{name} = {value if isinstance(value, int) else quoted(value)}"


def one_of(name: str, values: Iterable[str | int]) -> str:
    """Any of the values; nothing is in an empty list."""
    listed = ", ".join(str(v) if isinstance(v, int) else quoted(v) for v in values)
    return f"{name} IN [{listed}]"


def none_of(name: str, values: Iterable[str | int]) -> str:
    """Not one_of."""
    return f"NOT {one_of(name, values)}"


def within(near: Near, radius_m: float) -> str:
    """Not farther than the radius, give or take a few metres."""
    return f"_geoRadius({near.lat:.7f}, {near.lon:.7f}, {radius_m * 1.001 + SLACK_M:.1f})"


def both(*parts: str) -> str:
    """All of these; empty parts say nothing."""
    return " AND ".join(f"({part})" for part in parts if part)


def either(*parts: str) -> str:
    """Any of these; empty parts say nothing."""
    return " OR ".join(f"({part})" for part in parts if part)
