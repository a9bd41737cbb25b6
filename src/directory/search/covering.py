"""Which areas and which state an asked point lies in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from directory.geography import cell_of, cell_ranges, metres_between
from directory.search.sql import AREA_QUERY
from directory.zips import state_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from directory.geography import Near
    from directory.search.port import SearchQuery

ZIP_SLACK_DEGREES = 0.05  # about 5 km: a ZIP's middle is that wrong
# A point may lie in any state that has a ZIP this much farther off than the nearest one. Generous:
# beside a border one service too many costs a look, one hidden costs the help.
BORDER_M = 6_000.0
LOOKS_AROUND_M = (20_000.0, 90_000.0)
Cells = Mapping[int, Sequence[tuple[float, float, str]]]
CENTROIDS = text("select zip, lat, lon from zip_centroid")


@dataclass(frozen=True, slots=True)
class CoveringArea:
    """An area that the point lies in; `drawn` when it has an outline, a circle or a state."""

    id: int
    drawn: bool


async def covering_areas(connection: AsyncConnection, query: SearchQuery) -> list[CoveringArea]:
    """For engines that don't join areas themselves. None without a place."""
    if query.near is None:
        return []
    rows = await connection.execute(AREA_QUERY, area_keys(query))
    return [CoveringArea(row.id, row.drawn) for row in rows]


def area_keys(query: SearchQuery) -> dict[str, Any]:
    """Parameters of the areas' part of a statement."""
    near = query.near
    return {
        "lat": near.lat if near else None,
        "lon": near.lon if near else None,
        "slack": 0.0 if near is None or near.exact else ZIP_SLACK_DEGREES,
        "states": list(query.states),
    }


class StateMap:
    """The middles of all ZIPs in memory: a point's state in microseconds, without the database."""

    def __init__(self) -> None:
        self._cells: defaultdict[int, list[tuple[float, float, str]]] | None = None

    async def load(self, connection: AsyncConnection) -> None:
        """Read the centroids once per process; 0.1 s."""
        if self._cells is None:
            rows = await connection.execute(CENTROIDS)
            self.fill((row.zip, row.lat, row.lon) for row in rows)

    def fill(self, centroids: Iterable[tuple[str, float, float]]) -> None:
        """From (ZIP, lat, lon)."""
        self._cells = defaultdict(list)
        for zip_code, lat, lon in centroids:
            state = state_of(zip_code)
            if state is not None:
                self._cells[cell_of(lat, lon)].append((lat, lon, state))

    def states_at(self, near: Near) -> tuple[str, ...]:
        """States the point may lie in, nearest first; empty where nobody knows."""
        for radius_m in LOOKS_AROUND_M:
            found = sorted(self._around(near, radius_m))
            if found:
                limit = found[0][0] + (BORDER_M if near.exact else 2 * BORDER_M)
                return tuple(dict.fromkeys(state for metres, state in found if metres <= limit))
        return ()

    def _around(self, near: Near, radius_m: float) -> list[tuple[float, str]]:
        cells: Cells = self._cells or {}
        low, high = cell_ranges(near.lat, near.lon, radius_m)
        return [
            (metres_between(near.lat, near.lon, lat, lon), state)
            for first, last in zip(low, high, strict=True)
            for cell in range(first, last + 1)
            for lat, lon, state in cells.get(cell, ())
        ]
