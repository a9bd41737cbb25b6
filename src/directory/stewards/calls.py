"""What came of a call to an agency: checked today, changed, or in vain; each is kept.

Whoever can't be reached in three tries by two means over 30 days leaves the public results.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from directory.actions.edited import Editor
from directory.models.care import CheckedHow
from directory.models.stewards import CallOutcome, Means, UnlistedService, VerificationAttempt
from directory.search.projection import project
from directory.stewards.checks import HOW_OF_MEANS, note_checked
from directory.stewards.due import agency_record, tries_of
from directory.stewards.rules import leaves_results
from shared import audit
from shared.errors import InvalidInput, NotAllowed, NotFound
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor
    from directory.stewards.due import DueAgency

FRONT_DOOR = text("select front_door()")
LIST_AGAIN = text("delete from unlisted_service where service_id = any(:ids)")
NAME_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt at one agency."""

    organization_id: UUID
    means: Means
    outcome: CallOutcome
    spoke_with: str = ""


async def steward_of(session: AsyncSession, actor: Actor) -> tuple[UUID, UUID]:
    """(front door, person). Raises NotAllowed for stewards of any other organization."""
    front_door = await session.scalar(FRONT_DOOR)
    if actor.person_id is None or front_door is None or actor.organization_id != front_door:
        raise NotAllowed(
            _("Your account may not open this page."),
            code="role_missing",
            remedy=_("Ask the person who looks after accounts in your organization."),
        )
    return front_door, actor.person_id


async def record_call(session: AsyncSession, call: Call, *, actor: Actor, now: datetime) -> None:
    """Keep it; a "still right" checks every service of the agency today."""
    front_door, person = await steward_of(session, actor)
    agency = await agency_record(session, call.organization_id)
    if agency is None:
        raise NotFound(_("This record is not in the directory."))
    reached = call.outcome in {CallOutcome.STILL_RIGHT, CallOutcome.CHANGED}
    if reached and not call.spoke_with.strip():
        raise InvalidInput(_("Write who you spoke with."), field="spoke_with")
    session.add(
        VerificationAttempt(
            organization_id=front_door,
            directory_organization_id=call.organization_id,
            means=call.means,
            outcome=call.outcome,
            spoke_with=call.spoke_with.strip()[:NAME_LENGTH] or None,
            tried_at=now,
            person_id=person,
        )
    )
    await session.flush()
    if call.outcome is CallOutcome.STILL_RIGHT:
        await _checked(session, agency, HOW_OF_MEANS[call.means], actor, now)
    elif not reached:
        await _perhaps_unlist(session, agency, now)
    await audit.record(
        session,
        "verification_tried",
        subject_kind="organization",
        subject_id=call.organization_id,
        now=now,
        detail={"means": call.means.value, "outcome": call.outcome.value},
    )


async def check_today(
    session: AsyncSession,
    organization_id: UUID,
    how: CheckedHow,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Checked, however it was: nothing changed."""
    await steward_of(session, actor)
    agency = await agency_record(session, organization_id)
    if agency is None:
        raise NotFound(_("This record is not in the directory."))
    await _checked(session, agency, how, actor, now)


async def _checked(
    session: AsyncSession, agency: DueAgency, how: CheckedHow, actor: Actor, now: datetime
) -> None:
    services = [(service.id, service.checked_on) for service in agency.services]
    await note_checked(session, services, how, Editor(actor.label, actor.person_id), now)
    if agency.unlisted:
        ids = [service.id for service in agency.services]
        await session.execute(LIST_AGAIN, {"ids": ids})
        await project(session, ids, now)


async def _perhaps_unlist(session: AsyncSession, agency: DueAgency, now: datetime) -> None:
    tries = (await tries_of(session, [agency.id]))[agency.id]
    if agency.unlisted or not leaves_results(tries):
        return
    for service in agency.services:
        session.add(UnlistedService(service_id=service.id, since=now))
    await session.flush()
    await project(session, [service.id for service in agency.services], now)
    await audit.record(
        session, "agency_unlisted", subject_kind="organization", subject_id=agency.id, now=now
    )
