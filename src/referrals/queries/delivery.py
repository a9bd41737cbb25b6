"""Messages of the requests that a colleague may see, to whom each went, and who is stopped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from accounts.api import member_card
from notify.api import MessageStory, Seen, Stopped, email_hash, phone_hash, stopped_addresses
from referrals.models import Patient, Referral
from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

# Asked of a phone before any request is: about no patient.
ABOUT_NOBODY = frozenset({"A0", "A0y", "PU"})
# Requests kept to a team are in no list and no count of others: the row's policy sees to it.
SEEN = Seen(select(Referral.id), ABOUT_NOBODY)
PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class About:
    """Which request a message is about, and who was written to."""

    referral_id: UUID | None
    name: str
    is_patient: bool


@dataclass(frozen=True, slots=True)
class StoppedPerson:
    """A stopped address and whose it is, as far as this colleague may know."""

    stopped: Stopped
    name: str
    patient_id: UUID | None
    last_digits: str


async def abouts(session: AsyncSession, stories: Sequence[MessageStory]) -> dict[UUID, About]:
    """For each message, by its id."""
    found = await session.execute(
        select(Referral.id, Referral.performer_organization_id).where(
            Referral.id.in_({story.subject_id for story in stories})
        )
    )
    performers = {row[0]: row[1] for row in found}
    people = await _names(
        session, {each.recipient_id for each in stories if each.recipient_kind == PATIENT}
    )
    members = await _member_names(session, performers.values())
    return {
        story.id: About(
            referral_id=story.subject_id if story.subject_id in performers else None,
            name=people.get(story.recipient_id, "")
            if story.recipient_kind == PATIENT
            else members.get(performers.get(story.subject_id), ""),
            is_patient=story.recipient_kind == PATIENT,
        )
        for story in stories
    }


async def stopped_people(session: AsyncSession) -> list[StoppedPerson]:
    """Every stopped address; nothing but its reason where nobody is known by it."""
    stopped = await stopped_addresses(session)
    if not stopped:
        return []
    by_hash = await _patients_by_hash(session, {each.address_hash for each in stopped})
    members = await _member_names(session, [each.member_id for each in stopped])
    return [
        _stopped_person(each, by_hash.get(each.address_hash), members.get(each.member_id, ""))
        for each in stopped
    ]


def _stopped_person(
    stopped: Stopped, patient: tuple[UUID, str, str] | None, member: str
) -> StoppedPerson:
    if patient is None:
        return StoppedPerson(stopped, member, None, "")
    return StoppedPerson(stopped, patient[1], patient[0], patient[2])


async def _patients_by_hash(
    session: AsyncSession, hashes: set[bytes]
) -> dict[bytes, tuple[UUID, str, str]]:
    """(id, name, last digits of the phone); of requests that may be seen."""
    seen = select(Referral.patient_id)
    rows = await session.scalars(select(Patient).where(Patient.id.in_(seen)))
    found = {}
    for patient in rows:
        e164 = to_e164(patient.phone) if patient.phone else None
        if e164 and (hashed := phone_hash(e164)) in hashes:
            found[hashed] = (patient.id, patient.name or "", e164[-4:])
        if patient.email and (hashed := email_hash(patient.email)) in hashes:
            found[hashed] = (patient.id, patient.name or "", "")
    return found


async def _names(session: AsyncSession, ids: set[UUID]) -> dict[UUID, str]:
    rows = await session.scalars(select(Patient).where(Patient.id.in_(ids)))
    return {row.id: row.name or "" for row in rows}


async def _member_names(
    session: AsyncSession, ids: Iterable[UUID | None]
) -> dict[UUID | None, str]:
    found: dict[UUID | None, str] = {}
    for each in {one for one in ids if one is not None}:
        card = await member_card(session, each)
        found[each] = card.name if card else ""
    return found
