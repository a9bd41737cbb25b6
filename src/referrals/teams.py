"""Requests that only one team of the sender may see: who may choose it, and how the worker acts.

The row policies hide such a request from everybody else of the house. The worker joins a team for
one transaction, in one organization's context (docs/decisions/0017).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from accounts.api import TeamCard, team_name, working_teams
from referrals.models import Referral
from shared.errors import InvalidInput, NotAllowed
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor

# Both functions are the worker's alone: the app cannot join a team that its caller is not on.
JOIN_ITS_TEAM = text(
    "select set_config('handback.teams',"
    " coalesce('{' || restricted_team_of(:referral)::text || '}', '{}'), true)"
)
JOIN_ALL_TEAMS = text("select set_config('handback.teams', restricted_teams_here()::text, true)")
KEEP_DRAFT = text("select keep_draft_to_team(:referral, :team)")
KEEP_IN_TEAM = text("select keep_in_team(:team)")


async def join_team_of(session: AsyncSession, referral_id: UUID) -> None:
    """Go on in the name of this request's team, if it has one (worker role)."""
    await session.execute(JOIN_ITS_TEAM, {"referral": referral_id})


async def join_teams_here(session: AsyncSession) -> None:
    """Go on in the name of every team of this organization (worker role).

    Only where one phone may concern several requests: a text that came in, a list of requests.
    """
    await session.execute(JOIN_ALL_TEAMS)


async def referral_for_worker(session: AsyncSession, referral_id: UUID) -> Referral | None:
    """The request, whichever team it is kept to (worker role)."""
    found = await session.get(Referral, referral_id)
    if found is None:
        await join_team_of(session, referral_id)
        found = await session.get(Referral, referral_id)
    return found


async def teams_of_caller(session: AsyncSession, actor: Actor) -> list[TeamCard]:
    """Teams that the caller may keep a request to: at least two people, the caller among them."""
    return [team for team in await working_teams(session) if actor.person_id in team.people]


async def kept_to(session: AsyncSession, referral_id: UUID) -> str:
    """The name of the team that alone sees it; empty when everybody of the house does."""
    referral = await session.get(Referral, referral_id)
    return await team_name(session, referral.restricted_team_id) if referral else ""


async def check_team(session: AsyncSession, team_id: UUID | None, actor: Actor) -> None:
    """Refuse a team that the caller may not keep a request to."""
    if team_id is None:
        return
    if team_id not in {team.id for team in await teams_of_caller(session, actor)}:
        raise InvalidInput(
            _("Choose a team that you are on."),
            field="team",
            remedy=_("It needs at least two people."),
        )


async def keep_draft_to(session: AsyncSession, draft: Referral, team_id: UUID | None) -> None:
    """Give a draft, with its whole log, to a team or (None) to everybody."""
    if draft.restricted_team_id == team_id:
        return
    await session.flush()
    kept = await session.execute(KEEP_DRAFT, {"referral": draft.id, "team": team_id})
    if not kept.scalar_one():
        raise NotAllowed(_("Only before it is sent, and only by people of that team."))
    await session.refresh(draft)


async def keep_in_team(session: AsyncSession, team_id: UUID) -> None:
    """Requests whose owner has left the team become the team's."""
    await session.execute(KEEP_IN_TEAM, {"team": team_id})
