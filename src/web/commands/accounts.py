"""`handback user` and `handback api-key`: who may come in, by an operator's hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer

from accounts.rules import MemberKind, Role, Scope
from shared import clock
from shared.errors import InvalidInput
from web.commands.databases import open_database
from web.commands.output import say

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.members import NewMember
    from shared.database import Database

users = typer.Typer(help="Add and disable people.", no_args_is_help=True)
keys = typer.Typer(help="API keys of an organization.", no_args_is_help=True)
ORGANIZATION = typer.Option(help="The organization's name, as members see it")
Organization = Annotated[str, ORGANIZATION]
Result = TypeVar("Result")


def add_to(app: typer.Typer) -> None:
    """Put these commands into the `handback` command."""
    app.add_typer(users, name="user")
    app.add_typer(keys, name="api-key")


@users.command("add")
def add_user(  # noqa: PLR0913 -- a command's options
    organization: Organization,
    name: Annotated[str, typer.Option(help="As colleagues say it: Rosa Medina")],
    email: Annotated[str, typer.Option(help="What they sign in with")],
    role: Annotated[list[Role], typer.Option(help="Once or several times")],
    *,
    language: Annotated[str, typer.Option(help="en or es")] = "en",
    new_organization: Annotated[
        MemberKind | None,
        typer.Option(help="Make the organization, of this kind, if it isn't there"),
    ] = None,
    label: Annotated[str, typer.Option(help="How texts name a new organization")] = "",
    sms_number: Annotated[str, typer.Option(help="A new organization's own texting number")] = "",
    voice_phone: Annotated[str, typer.Option(help="A new organization's voice number")] = "",
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
) -> None:
    """Add a person; asks for a password (12 characters or more)."""
    from accounts.members import NewMember
    from accounts.people import NewPerson, create_person
    from referrals.wording.shorten import label as shortened
    from shared.database import Context
    from shared.identifiers import new_id
    from shared.phone_numbers import to_e164

    person = NewPerson(
        name=name, email=email, password=password, roles=frozenset(role), language=language
    )

    async def act(database: Database) -> UUID:
        found = await _member(database, organization, wanted=new_organization is None)
        if found is None and new_organization is not None:
            fresh = NewMember(
                id=new_id(),
                name=organization,
                kind=new_organization,
                sender_label=label or shortened(organization),
                voice_phone=to_e164(voice_phone),
            )
            found = await _make_member(database, fresh, to_e164(sms_number))
        assert found is not None  # noqa: S101 -- wanted or just made
        async with database.transaction(Context(found, actor="operator")) as session:
            return await create_person(session, found, person, now=clock.now())

    say(f"Added {name}: {_run(act)}")


@users.command("disable")
def disable_user(
    organization: Organization,
    email: Annotated[str, typer.Option(help="What they sign in with")],
) -> None:
    """End a person's access at once; their open requests go to the team inbox."""
    from accounts.people import disable_person, find_person_by_email
    from web.wiring import register_leaving

    register_leaving()

    async def act(session: AsyncSession, _member_id: UUID) -> None:
        person = await find_person_by_email(session, email)
        if person is None:
            raise InvalidInput(
                "Nobody of this organization signs in with this address.", field="email"
            )
        await disable_person(session, person, now=clock.now())

    _inside(organization, act)
    say("Disabled.")


@keys.command("create")
def create_key(
    organization: Organization,
    name: Annotated[str, typer.Option(help="The program that will use it")],
    scope: Annotated[list[Scope], typer.Option(help="Once or several times")],
) -> None:
    """Make a key and print it; it is not kept and can't be shown again."""
    from accounts.api_keys import create_api_key

    async def act(session: AsyncSession, _member_id: UUID) -> tuple[UUID, str]:
        return await create_api_key(session, name, frozenset(scope), now=clock.now())

    key_id, key = _inside(organization, act)
    say(f"{key}\nId {key_id}. Keep the key safe: it is not shown again.")


@keys.command("list")
def list_keys(
    organization: Organization,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """List an organization's keys, without the secrets."""
    from accounts.api_keys import ApiKeyFact, list_api_keys

    async def act(session: AsyncSession, _member_id: UUID) -> list[ApiKeyFact]:
        return await list_api_keys(session)

    found = [
        {
            "id": str(fact.id),
            "name": fact.name,
            "scopes": sorted(fact.scopes),
            "created_at": fact.created_at.isoformat(),
            "revoked_at": fact.revoked_at.isoformat() if fact.revoked_at else None,
        }
        for fact in _inside(organization, act)
    ]
    if as_json:
        say(json.dumps(found, indent=1))
        return
    for row in found:
        state = f"revoked {row['revoked_at']}" if row["revoked_at"] else "works"
        say(f"{row['id']}  {row['name']}  {', '.join(row['scopes'] or [])}  {state}")


@keys.command("revoke")
def revoke_key(
    organization: Organization,
    key_id: Annotated[UUID, typer.Argument(help="From `handback api-key list`")],
) -> None:
    """End a key at once."""
    from accounts.api_keys import revoke_api_key

    async def act(session: AsyncSession, _member_id: UUID) -> None:
        await revoke_api_key(session, key_id, now=clock.now())

    _inside(organization, act)
    say("Revoked.")


def _inside(organization: str, act: Callable[[AsyncSession, UUID], Awaitable[Result]]) -> Result:
    from shared.database import Context

    async def run(database: Database) -> Result:
        member = await _member(database, organization, wanted=True)
        assert member is not None  # noqa: S101 -- wanted
        async with database.transaction(Context(member, actor="operator")) as session:
            return await act(session, member)

    return _run(run)


def _run(act: Callable[[Database], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with open_database() as database:
            return await act(database)

    return asyncio.run(run())


async def _make_member(database: Database, fresh: NewMember, sms_number: str | None) -> UUID:
    from accounts.members import create_member
    from notify.sender_numbers import give_sender_number
    from shared.database import Context

    assert fresh.id is not None  # noqa: S101 -- made by the caller
    async with database.transaction(Context(fresh.id, actor="operator")) as session:
        await create_member(session, fresh, now=clock.now())
    if sms_number:
        async with (
            open_database("owner") as owner,
            owner.transaction(Context(fresh.id, actor="operator")) as session,
        ):
            await give_sender_number(session, fresh.id, sms_number)
    return fresh.id


async def _member(database: Database, name: str, *, wanted: bool) -> UUID | None:
    from accounts.members import members_named
    from shared.database import Context

    async with database.transaction(Context(actor="operator")) as session:
        found = await members_named(session, name)
    if len(found) == 1:
        return found[0]
    if not found and not wanted:
        return None
    words = "No organization has this name." if not found else "Several have this name."
    raise InvalidInput(
        words,
        field="organization",
        remedy="Write it as members see it, or make it with --new-organization.",
    )
