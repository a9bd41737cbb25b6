"""The printed day sheet by whoever sent the people: codes are told apart by the sender's number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.api import member_card
from notify.api import sender_number_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.pages.desk_view import DeskRow


@dataclass(frozen=True, slots=True)
class SenderSheet:
    """One sender's people of the day, and how to tell that sender who came (E.164)."""

    name: str
    text_number: str | None
    voice_phone: str | None
    rows: tuple[DeskRow, ...]


async def senders_of(session: AsyncSession, today: Iterable[DeskRow]) -> list[SenderSheet]:
    """Today's people in groups, the senders by name."""
    groups: dict[str, list[DeskRow]] = {}
    for row in today:
        groups.setdefault(row.sender_id, []).append(row)
    sheets = []
    for sender_id, rows in groups.items():
        card = await member_card(session, UUID(sender_id))
        number = await sender_number_of(session, UUID(sender_id))
        voice = card.voice_phone if card is not None else None
        sheets.append(SenderSheet(rows[0].sender, number, voice, tuple(rows)))
    return sorted(sheets, key=lambda each: each.name.casefold())
