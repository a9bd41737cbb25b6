"""Gives requests to a colleague or to the team inbox, all or chosen ones, in one transaction.

Patients are told once who writes now, where their naming level and consent permit it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text as sql
from sqlalchemy import update

from accounts.api import Actor, ActorKind, working_teams
from referrals.actions.covering import colleague_for
from referrals.decisions import Decision, Recipient, Text
from referrals.lifecycle import NOT_SENT, OPEN, Party
from referrals.models import Cover, StaffTask
from referrals.queries.lists import referrals_of_owner
from referrals.transition import Decide, lock_referrals, transition
from referrals.wording import form_at
from referrals.words import Audience, EventKind, Way, Word
from shared import audit
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.models import Referral

TOLD = "PO"
GIVEN_NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class HandOver:
    """From whom to whom (None: the team inbox); `chosen` None is all of them."""

    from_person: UUID | None
    to_person: UUID | None
    chosen: Collection[UUID] | None = None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How many requests went over, and how many patients are told."""

    requests: int
    told: int


async def hand_over(session: AsyncSession, wish: HandOver, *, word: Word) -> HandedOver:
    """All of it holds or nothing does. Refuses somebody who can't take them."""
    name = await _name_of_new_owner(session, wish)
    organization = word.actor.organization_id
    if organization is None:
        raise InvalidInput(_("Choose at least one request."), field="request")
    found = await referrals_of_owner(session, organization, wish.from_person)
    if wish.chosen is not None:
        found = [each for each in found if each.id in set(wish.chosen)]
    if not found:
        raise InvalidInput(_("Choose at least one request."), field="request")
    await _check_teams(session, found, wish)
    return await _give(session, found, wish, word, name)


async def to_team_inbox(
    session: AsyncSession, organization_id: UUID, person_id: UUID, now: datetime
) -> None:
    """Somebody's access ended: whatever they had is the team's. Nobody is told yet."""
    actor = Actor(ActorKind.SYSTEM, organization_id)
    word = Word(actor, Party.SENDER, f"left:{person_id}:{now.isoformat()}", now, Way.PAGE)
    found = await referrals_of_owner(session, organization_id, person_id)
    await _give(session, found, HandOver(person_id, None), word, "")
    await session.execute(sql("select release_restricted(:person)"), {"person": person_id})
    await _move_tasks(session, person_id, None, None)
    concerned = (Cover.person_id == person_id) | (Cover.by_person_id == person_id)
    await session.execute(
        update(Cover).where(concerned, Cover.ended_at.is_(None)).values(ended_at=now)
    )


async def _check_teams(session: AsyncSession, found: list[Referral], wish: HandOver) -> None:
    """What is kept to a team goes to somebody of that team, or to its inbox."""
    kept = {each.restricted_team_id for each in found} - {None}
    if wish.to_person is None or not kept:
        return
    theirs = {team.id for team in await working_teams(session) if wish.to_person in team.people}
    if not kept <= theirs:
        raise InvalidInput(
            _("Some of these are kept to a team that this person is not on."),
            field="to",
            remedy=_("Choose somebody of that team, or untick them."),
        )


async def _name_of_new_owner(session: AsyncSession, wish: HandOver) -> str:
    if wish.to_person is None:
        return ""
    if wish.to_person == wish.from_person:
        raise InvalidInput(_("Choose somebody else."), field="to")
    card = await colleague_for(session, wish.to_person, field="to")
    return card.name.split(" ")[0][:GIVEN_NAME_LENGTH]


async def _give(
    session: AsyncSession, found: list[Referral], wish: HandOver, word: Word, name: str
) -> HandedOver:
    await lock_referrals(session, [each.id for each in found])
    told: set[UUID] = set()
    for each in found:
        telling = bool(name) and each.patient_id not in told and _can_be_told(each)
        if telling:
            told.add(each.patient_id)
        decision = Decision(
            kind=EventKind.OWNER_CHANGED,
            audience=Audience.SENDER,
            words={"from": each.owner_name, "to": name},
            changes={"owner_person_id": wish.to_person, "owner_name": name},
            texts=(Text(TOLD, Recipient.PATIENT),) if telling else (),
        )
        own = replace(word, event_key=f"{word.event_key}:{each.id}")
        await transition(session, each.id, own, _always(decision))
    ids = [each.id for each in found]
    await _move_tasks(session, wish.from_person, wish.to_person, ids)
    await audit.record(
        session,
        "handed_over",
        subject_kind="person",
        subject_id=wish.from_person,
        now=word.now,
        detail={"to": str(wish.to_person or "team"), "requests": len(ids), "told": len(told)},
    )
    return HandedOver(len(ids), len(told))


def _always(decision: Decision) -> Decide:
    return lambda _row: decision


def _can_be_told(referral: Referral) -> bool:
    """Somebody whose request is under way and who may be texted; consent is asked at sending."""
    under_way = referral.status in OPEN - NOT_SENT
    return (
        under_way and referral.may_text and form_at(TOLD, referral.naming_level.value) is not None
    )


async def _move_tasks(
    session: AsyncSession,
    from_person: UUID | None,
    to_person: UUID | None,
    referral_ids: Collection[UUID] | None,
) -> None:
    theirs = StaffTask.person_id
    query = update(StaffTask).where(
        theirs.is_(None) if from_person is None else theirs == from_person,
        StaffTask.done_at.is_(None),
    )
    if referral_ids is not None:
        query = query.where(StaffTask.referral_id.in_(referral_ids))
    await session.execute(query.values(person_id=to_person))
