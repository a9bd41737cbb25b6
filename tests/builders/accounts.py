"""Members and people for tests, made by the product's own actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from accounts.members import NewMember, create_member
from accounts.people import NewPerson, create_person
from accounts.rules import MemberKind, Role
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from uuid import UUID

    from shared.database import Database

WEDNESDAY = datetime(2023, 5, 10, 13, 40, tzinfo=UTC)
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class SomePerson:
    """A person with what they sign in by."""

    id: UUID
    organization_id: UUID
    email: str
    password: str


async def a_member(
    database: Database,
    name: str = "Lincoln Clinic",
    *,
    kind: MemberKind = MemberKind.CLINIC,
    now: datetime = WEDNESDAY,
) -> UUID:
    """A member of the network; gives its id, which is the tenant."""
    member_id = new_id()
    new = NewMember(
        id=member_id,
        name=name,
        kind=kind,
        sender_label=name[:14],
        voice_phone="+12025550100",
    )
    async with database.transaction(Context(organization_id=member_id)) as session:
        return await create_member(session, new, now=now)


async def a_person(
    database: Database,
    organization_id: UUID,
    *roles: Role,
    name: str = "Rosa",
    email: str | None = None,
    language: str = "en",
) -> SomePerson:
    """Somebody who can sign in."""
    email = email or f"{name.lower()}.{new_id().hex[-8:]}@clinic.example"
    new = NewPerson(
        name=name,
        email=email,
        password=PASSWORD,
        roles=frozenset(roles or {Role.NAVIGATOR}),
        language=language,
    )
    async with database.transaction(Context(organization_id=organization_id)) as session:
        person_id = await create_person(session, organization_id, new, now=WEDNESDAY)
    return SomePerson(person_id, organization_id, email, PASSWORD)
