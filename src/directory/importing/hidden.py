"""Places that a steward hid by hand: an import treats them as if their feed said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from shared.errors import Conflict
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncSession

HIDDEN = text("select hidden_places(:source)")
AGREES = text("select note_feed_agrees(:source, cast(:private as text[]))")


async def hidden_places(session: AsyncSession, source: str) -> frozenset[str]:
    """The feed's own ids of them."""
    return frozenset(await session.scalars(HIDDEN, {"source": source}))


async def refuse_hidden_meanwhile(
    session: AsyncSession, source: str, known: Collection[str]
) -> None:
    """The feed was read before this transaction began: what was hidden since must not come back.

    Raises Conflict; to be asked while edits of the source wait.
    """
    if await hidden_places(session, source) != set(known):
        raise Conflict(
            _("Somebody hid or showed a place of this source meanwhile."),
            remedy=_("Start the import again."),
        )


async def note_feed_agrees(session: AsyncSession, source: str, private: Collection[str]) -> None:
    """What the feed calls private itself stays so when the steward's word is taken back."""
    await session.execute(AGREES, {"source": source, "private": list(private)})
