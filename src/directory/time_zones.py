"""The IANA time zone of a point (tzfpy: a simplified map of zones, kept in memory)."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=100_000)
def zone_at(lat: float, lon: float) -> str | None:
    """'America/New_York'; None at sea or where the map has nothing."""
    from tzfpy import get_tz  # noqa: PLC0415 -- loading its map costs; most commands don't need it

    found = str(get_tz(lon, lat))
    return found if found and not found.startswith("Etc/") else None
