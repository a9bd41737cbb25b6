"""The team of lincoln's that alone sees one of its requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import Team, TeamPerson
from shared.database import Context

if TYPE_CHECKING:
    from uuid import UUID

    from builders.tenants import Tenants


async def make_team(world: Tenants) -> None:
    """Nobody is on it yet."""
    clinic = world.members["lincoln"]
    async with world.database.transaction(Context(clinic)) as session:
        session.add(
            Team(id=world.team_id, organization_id=clinic, name="Quiet", created_at=world.now)
        )


async def join_team(world: Tenants, person_id: UUID) -> None:
    clinic = world.members["lincoln"]
    async with world.database.transaction(Context(clinic)) as session:
        session.add(TeamPerson(organization_id=clinic, team_id=world.team_id, person_id=person_id))
