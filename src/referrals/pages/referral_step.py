"""One pressed button of a request's page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.api import Actor
from referrals.pages.forms import Typed, version_of
from referrals.words import Word

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Step:
    """One pressed button."""

    referral_id: UUID
    form: Typed
    actor: Actor
    word: Word
    now: datetime

    @property
    def version(self) -> int | None:
        return version_of(self.form)


# Gives the address to go to; None = the request's own page.
Take = Callable[["AsyncSession", Step], Awaitable[str | None]]
