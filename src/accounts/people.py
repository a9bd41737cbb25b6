"""People of an organization: added, looked up, disabled."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import Person
from accounts.passwords import hash_password, password_matches
from accounts.rules import PASSWORD_LENGTH, Role, normal_email, password_is_long_enough, roles_in
from shared import audit
from shared.crypto import blind_index, routing_hash
from shared.errors import Conflict, InvalidInput, NotFound
from shared.i18n import SUPPORTED
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id

# No letter that is read as another one: 1 l i, 0 o, 5 s, 2 z, and no vowels, so no words.
SPOKEN = "bcdfghjkmnpqrtvwx346789"


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to add."""

    name: str
    email: str
    password: str = field(repr=False)
    roles: frozenset[Role]
    language: str = "en"
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A colleague, as pages of the same organization show them."""

    id: UUID
    name: str
    email: str
    roles: frozenset[Role]
    language: str
    disabled: bool


async def create_person(
    session: AsyncSession, organization_id: UUID, new: NewPerson, *, now: datetime
) -> UUID:
    """Add a person to the organization whose context this is."""
    _check(new)
    return await insert_person(
        session, organization_id, new, await hash_password(new.password), now=now
    )


async def insert_person(
    session: AsyncSession,
    organization_id: UUID,
    new: NewPerson,
    password_hash: str,
    *,
    now: datetime,
) -> UUID:
    """Add a checked person whose password has been hashed."""
    email = _email(new)
    email_index = blind_index(organization_id, "email", email)
    here = select(Person.id).where(Person.email_index == email_index)
    if (await session.scalars(here)).first() is not None:
        raise _taken()
    person = Person(
        id=new.id or new_id(),
        organization_id=organization_id,
        name=new.name.strip(),
        email=email,
        email_index=email_index,
        roles=sorted(role.value for role in new.roles),
        language=new.language if new.language in SUPPORTED else "en",
        password_hash=password_hash,
        created_at=now,
    )
    session.add(person)
    await session.flush()
    added = await session.execute(
        text("select add_login(:person, :hash)"), {"person": person.id, "hash": login_hash(email)}
    )
    if not added.scalar_one():
        raise _taken()
    await audit.record(
        session,
        "person_created",
        subject_kind="person",
        subject_id=person.id,
        now=now,
        detail={"roles": person.roles},
    )
    return person.id


# What other slices do when somebody's access ends; accounts knows none of them.
WhenDisabled = Callable[[AsyncSession, UUID, UUID, datetime], Awaitable[None]]
_when_disabled: dict[str, WhenDisabled] = {}


def when_disabled(name: str, act: WhenDisabled) -> None:
    """Let `act(session, organization, person, now)` run whenever a person is disabled."""
    _when_disabled[name] = act


async def disable_person(session: AsyncSession, person_id: UUID, *, now: datetime) -> None:
    """End a person's access; every session of theirs stops with this commit.

    Whatever they had in hand goes on in the same transaction (`when_disabled`).
    """
    person = await _person(session, person_id)
    if person.disabled_at is None:
        person.disabled_at = now
    await session.flush()
    await session.execute(
        text("select end_sessions_of(:person, :now)"), {"person": person_id, "now": now}
    )
    for act in _when_disabled.values():
        await act(session, person.organization_id, person_id, now)
    await audit.record(
        session, "person_disabled", subject_kind="person", subject_id=person_id, now=now
    )


async def enable_person(session: AsyncSession, person_id: UUID, *, now: datetime) -> None:
    """Let somebody who was disabled in again."""
    person = await _person(session, person_id)
    person.disabled_at = None
    await audit.record(
        session, "person_enabled", subject_kind="person", subject_id=person_id, now=now
    )


async def change_roles(
    session: AsyncSession, person_id: UUID, roles: frozenset[Role], *, now: datetime
) -> None:
    """Give these roles instead of those held; at least one."""
    _check_roles(roles)
    person = await _person(session, person_id)
    person.roles = sorted(role.value for role in roles)
    await audit.record(
        session,
        "person_roles_changed",
        subject_kind="person",
        subject_id=person_id,
        now=now,
        detail={"roles": person.roles},
    )


async def change_password(
    session: AsyncSession, person_id: UUID, password: str, *, now: datetime
) -> None:
    """Set a password; every session of theirs stops with this commit."""
    _check_password(password)
    person = await _person(session, person_id)
    person.password_hash = await hash_password(password)
    await session.flush()
    await session.execute(
        text("select end_sessions_of(:person, :now)"), {"person": person_id, "now": now}
    )
    await audit.record(
        session, "person_password_changed", subject_kind="person", subject_id=person_id, now=now
    )


async def password_is_theirs(session: AsyncSession, person_id: UUID, password: str) -> bool:
    """Whether this is the password that this person signs in with."""
    person = await _person(session, person_id)
    return await password_matches(person.password_hash, password)


def first_password() -> str:
    """A password to tell somebody once: four groups of letters that aren't mistaken, 75 bits."""
    groups = ("".join(secrets.choice(SPOKEN) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


async def people_here(session: AsyncSession) -> list[PersonCard]:
    """People of the organization whose context this is, by name."""
    found = await session.execute(select(Person))
    return sorted((_card(person) for person in found.scalars()), key=lambda card: card.name)


async def person_card(session: AsyncSession, person_id: UUID) -> PersonCard | None:
    """A colleague; None outside one's own organization."""
    person = await session.get(Person, person_id)
    return _card(person) if person is not None else None


async def find_person_by_email(session: AsyncSession, email: str) -> UUID | None:
    """The person with this address, if they are of the organization whose context this is."""
    found = await session.execute(
        text(
            "select person_id from resolve_login(:hash) where organization_id = ctx_organization()"
        ),
        {"hash": login_hash(normal_email(email) or "")},
    )
    return found.scalar_one_or_none()


def login_hash(email: str) -> bytes:
    """The network-wide hash that finds whose address this is."""
    return routing_hash("login", email)


def _taken() -> Conflict:
    return Conflict(
        _("Somebody already signs in with this e-mail address."),
        field="email",
        code="email_taken",
        remedy=_("Use another address."),
    )


async def _person(session: AsyncSession, person_id: UUID) -> Person:
    person = await session.get(Person, person_id)
    if person is None:
        raise NotFound(_("There is no such person."))
    return person


def _card(person: Person) -> PersonCard:
    return PersonCard(
        id=person.id,
        name=person.name or "",
        email=person.email or "",
        roles=roles_in(person.roles),
        language=person.language,
        disabled=person.disabled_at is not None,
    )


def _email(new: NewPerson) -> str:
    email = normal_email(new.email)
    if email is None:
        raise InvalidInput(
            _("This is not an e-mail address."),
            field="email",
            remedy=_("Write it like name@agency.example."),
        )
    return email


def _check(new: NewPerson) -> None:
    _email(new)
    if not new.name.strip():
        raise InvalidInput(_("The name is missing."), field="name", remedy=_("Write a first name."))
    _check_roles(new.roles)
    _check_password(new.password)


def _check_roles(roles: frozenset[Role]) -> None:
    if not roles:
        raise InvalidInput(
            _("The role is missing."), field="roles", remedy=_("Choose at least one.")
        )


def _check_password(password: str) -> None:
    if not password_is_long_enough(password):
        raise InvalidInput(
            _("The password is too short."),
            field="password",
            remedy=_("Use at least %(least)s characters. A few words are easy to remember."),
            values={"least": str(PASSWORD_LENGTH.start)},
        )
