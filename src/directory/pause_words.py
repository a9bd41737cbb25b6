"""Marks the cards of a page whose services are full; the search itself knows nothing of it.

They keep their place in the list: near and full is still worth a call, and stays so after Monday.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date

from directory.pauses import full_until
from shared.i18n import gettext as _
from shared.i18n import language

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from directory.page_words import ResultCard

# Where a place's own zone is not known; only a day is told, and it begins in the morning.
DEFAULT_ZONE = ZoneInfo("America/New_York")
DAY = {"en": "EEE MMM d", "es": "EEEE d 'de' MMMM"}


def full_day(until: datetime, zone: ZoneInfo = DEFAULT_ZONE) -> str:
    """'Mon May 8', 'lunes 8 de mayo'."""
    return str(format_date(until.astimezone(zone), DAY[language()], locale=language()))


def full_words(until: datetime, zone: ZoneInfo = DEFAULT_ZONE) -> str:
    """'Not taking new requests until Mon May 8.'."""
    return _("Not taking new requests until %(day)s.", day=full_day(until, zone))


async def mark_full(
    connection: AsyncConnection, lists: Sequence[list[ResultCard]], now: datetime
) -> None:
    """Say so on every card of these lists whose service is full; one query for all."""
    places = {UUID(card.id) for cards in lists for card in cards}
    full = await full_until(connection, places, now)
    for cards in lists:
        cards[:] = [
            replace(card, full=full_words(full[UUID(card.id)])) if UUID(card.id) in full else card
            for card in cards
        ]
