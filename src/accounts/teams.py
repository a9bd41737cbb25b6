"""Teams: the people who alone see what is restricted to them; never fewer than two."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import Person, Team, TeamPerson
from accounts.rules import TEAM_AT_LEAST
from shared import audit
from shared.errors import Conflict, InvalidInput, NotFound
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id

NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class TeamCard:
    """A team that works, with its people's ids."""

    id: UUID
    name: str
    people: frozenset[UUID]


async def create_team(
    session: AsyncSession,
    organization_id: UUID,
    name: str,
    people: frozenset[UUID],
    *,
    now: datetime,
) -> UUID:
    """A team of at least two people of the organization whose context this is."""
    named = name.strip()
    if not named or len(named) > NAME_LENGTH:
        raise InvalidInput(
            _("The team needs a name."), field="name", remedy=_("Use at most 60 letters.")
        )
    if any(team.name.lower() == named.lower() for team in await teams_here(session)):
        raise Conflict(
            _("A team has this name already."), field="name", remedy=_("Choose another name.")
        )
    team_id = new_id()
    session.add(Team(id=team_id, organization_id=organization_id, name=named, created_at=now))
    await session.flush()
    await _put(session, organization_id, team_id, people)
    await _record(session, "team_created", team_id, now)
    return team_id


async def change_team(
    session: AsyncSession, team_id: UUID, people: frozenset[UUID], *, now: datetime
) -> None:
    """These people instead of those it had; who leaves sees nothing more of it at once."""
    team = await _team(session, team_id)
    await session.execute(delete(TeamPerson).where(TeamPerson.team_id == team_id))
    await _put(session, team.organization_id, team_id, people)
    await _record(session, "team_changed", team_id, now)


async def teams_here(session: AsyncSession) -> list[TeamCard]:
    """Teams of the organization whose context this is, by name."""
    people: dict[UUID, set[UUID]] = defaultdict(set)
    for place in await session.scalars(select(TeamPerson)):
        people[place.team_id].add(place.person_id)
    teams = await session.scalars(select(Team).where(Team.ended_at.is_(None)).order_by(Team.name))
    return [TeamCard(team.id, team.name, frozenset(people[team.id])) for team in teams]


async def working_teams(session: AsyncSession) -> list[TeamCard]:
    """Teams with at least two people who still can sign in; nobody else is counted."""
    left = set(await session.scalars(select(Person.id).where(Person.disabled_at.is_not(None))))
    here = [TeamCard(team.id, team.name, team.people - left) for team in await teams_here(session)]
    return [team for team in here if len(team.people) >= TEAM_AT_LEAST]


async def team_name(session: AsyncSession, team_id: UUID | None) -> str:
    """The team's name, as its own organization reads it."""
    team = await session.get(Team, team_id) if team_id is not None else None
    return team.name if team is not None else ""


async def _put(
    session: AsyncSession, organization_id: UUID, team_id: UUID, people: frozenset[UUID]
) -> None:
    found = await session.scalars(
        select(Person.id).where(Person.id.in_(people), Person.disabled_at.is_(None))
    )
    ours = set(found)
    if len(ours) < TEAM_AT_LEAST:
        raise InvalidInput(
            _("A team needs at least two people, so that somebody is always there."),
            field="people",
            remedy=_("Tick one more."),
        )
    session.add_all(
        TeamPerson(organization_id=organization_id, team_id=team_id, person_id=person_id)
        for person_id in sorted(ours)
    )
    await session.flush()


async def _team(session: AsyncSession, team_id: UUID) -> Team:
    team = await session.get(Team, team_id)
    if team is None or team.ended_at is not None:
        raise NotFound(_("There is no such team."))
    return team


async def _record(session: AsyncSession, action: str, team_id: UUID, now: datetime) -> None:
    await audit.record(session, action, subject_kind="team", subject_id=team_id, now=now)
