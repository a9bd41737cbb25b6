"""What the bar of a signed-in person's page says besides the places to go: for whom they work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.api import member_card

if TYPE_CHECKING:
    from accounts.api import Actor
    from accounts.requests import Session


async def bar_of(session: Session, actor: Actor) -> dict[str, str]:
    """The organization's name; empty for who works in none."""
    card = await member_card(session, actor.organization_id) if actor.organization_id else None
    return {"member_name": card.name if card else ""}
