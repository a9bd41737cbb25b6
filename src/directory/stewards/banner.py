"""The public banner of an emergency, kept for three seconds so that it costs no query a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from litestar.datastructures import State
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

KEPT_FOR = timedelta(seconds=3)
# A day of the network's own zones is not over before it is in all of them.
BANNER = text("""
select banner_en, banner_es from emergency where undone_at is null and banner_en <> ''
  and starts_on <= :today and ends_on >= :today order by made_at desc limit 1""")


@dataclass(slots=True)
class Banners:
    """Of one process; whoever starts or undoes an emergency here forgets at once."""

    words: dict[str, str] | None = None
    read_at: datetime | None = None

    async def say(
        self, connection: AsyncConnection | AsyncSession, now: datetime, language: str
    ) -> str:
        """The words to show above every public page, or ""."""
        if self.words is None or self.read_at is None or not self._is_fresh(now):
            today = (now - timedelta(hours=5)).date()
            row = (await connection.execute(BANNER, {"today": today})).first()
            self.words = {"en": row.banner_en, "es": row.banner_es} if row else {}
            self.read_at = now
        return self.words.get(language, "")

    def forget(self) -> None:
        """Read it again the next time."""
        self.words = self.read_at = None

    def _is_fresh(self, now: datetime) -> bool:
        return self.read_at is not None and timedelta(0) <= now - self.read_at < KEPT_FOR


def banners_of(state: State) -> Banners:
    """This process's own."""
    if "banners" not in state:
        state["banners"] = Banners()
    found: Banners = state["banners"]
    return found
