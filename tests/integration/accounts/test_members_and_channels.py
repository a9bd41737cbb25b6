"""Members behind listings, answering channels, links, people: against the real database."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from accounts.api import (
    ChannelKind,
    LinkPurpose,
    MemberKind,
    NewChannel,
    Role,
    VerifiedHow,
    add_answering_channel,
    channel_by_phone,
    channels_here,
    claim_listing,
    create_link,
    ensure_member_for_listing,
    expired_link,
    listings_of_member,
    member_card,
    member_of_listing,
    people_here,
    resolve_channel,
    resolve_link,
    revoke_links,
    stop_channel,
    verified_channels,
    verify_channel_by_text,
    verify_channel_by_word,
)
from accounts.api_keys import create_api_key, list_api_keys, revoke_api_key
from accounts.channels import phone_hash
from accounts.network import (
    listing_id,
    load_network,
    member_id,
    read_network,
)
from accounts.people import NewPerson, create_person, find_person_by_email, person_card
from accounts.rules import Scope
from accounts.sessions import SignInRefused, sign_in
from builders.accounts import PASSWORD, WEDNESDAY, a_member, a_person
from shared import clock
from shared.crypto import link_token
from shared.database import Context
from shared.errors import Conflict, InvalidInput, NotFound
from shared.identifiers import new_id

if TYPE_CHECKING:
    from uuid import UUID

    from shared.database import Database

NETWORK = Path(__file__).resolve().parents[3] / "seeds" / "network.json"
PHONE = "+12025550144"


def of(member: UUID) -> Context:
    return Context(organization_id=member)


async def test_a_listing_without_a_member_gets_one_unclaimed_and_only_one(
    database: Database,
) -> None:
    clinic, listing = await a_member(database), new_id()
    async with database.transaction(of(clinic)) as session:
        first = await ensure_member_for_listing(session, listing, "Harbor Pantry")
        again = await ensure_member_for_listing(session, listing, "Another name")
        card = await member_card(session, first)
        found = await member_of_listing(session, listing)

    assert first == again == found
    assert card is not None
    assert (card.name, card.kind, card.claimed) == ("Harbor Pantry", MemberKind.AGENCY, False)


async def test_eight_at_once_make_one_member_of_a_listing(
    committed: dict[str, Database],
) -> None:
    import asyncio

    listing = new_id()

    async def ask() -> UUID:
        async with committed["app"].transaction(Context()) as session:
            return await ensure_member_for_listing(session, listing, "Harbor Pantry")

    assert len(set(await asyncio.gather(*(ask() for _ in range(8))))) == 1


async def test_a_listing_belongs_to_one_member(database: Database) -> None:
    one, other = await a_member(database), await a_member(database, "Another")
    listing = new_id()
    async with database.transaction(of(one)) as session:
        await claim_listing(session, listing, now=WEDNESDAY)
        await claim_listing(session, listing, now=WEDNESDAY)
        assert await listings_of_member(session, one) == [listing]
    with pytest.raises(Conflict):
        async with database.transaction(of(other)) as session:
            await claim_listing(session, listing, now=WEDNESDAY)


async def test_nobody_is_behind_an_unknown_listing_or_member(database: Database) -> None:
    async with database.transaction(Context()) as session:
        assert await member_of_listing(session, uuid4()) is None
        assert await member_card(session, uuid4()) is None


async def test_an_answering_channel_counts_only_once_somebody_said_yes(
    database: Database,
) -> None:
    clinic = await a_member(database)
    agency = await a_member(database, "Harbor Pantry", kind=MemberKind.AGENCY)
    new = NewChannel(agency, ChannelKind.SMS, "202-555-0144", language="es")
    async with database.transaction(of(clinic)) as session:
        channel = await add_answering_channel(session, new, now=clock.now())
        again = await add_answering_channel(session, new, now=clock.now())
        before = await verified_channels(session, agency)
        await verify_channel_by_word(session, channel, said_by="Denise, desk", now=clock.now())
        after = await verified_channels(session, agency)

    assert channel == again
    assert before == []
    assert [(fact.id, fact.kind, fact.language) for fact in after] == [
        (channel, ChannelKind.SMS, "es")
    ]


async def test_who_said_yes_is_written_down_for_the_agency_itself(database: Database) -> None:
    clinic, agency = await a_member(database), await a_member(database, "Harbor Pantry")
    new = NewChannel(agency, ChannelKind.EMAIL, "Desk@Harbor.example")
    async with database.transaction(of(clinic)) as session:
        channel = await add_answering_channel(session, new, now=WEDNESDAY)
        await verify_channel_by_word(session, channel, said_by="Denise", now=WEDNESDAY)
        assert await channels_here(session) == []
    async with database.transaction(of(agency)) as session:
        (row,) = await channels_here(session)

        assert (row.address, row.verified_by) == ("desk@harbor.example", "Denise")
        assert row.verified_how is VerifiedHow.TOLD_TO_STAFF


async def test_an_assent_is_good_for_twelve_months(database: Database) -> None:
    agency = await a_member(database, "Harbor Pantry")
    async with database.transaction(of(agency)) as session:
        channel = await add_answering_channel(
            session, NewChannel(agency, ChannelKind.SMS, PHONE), now=WEDNESDAY
        )
        await verify_channel_by_text(session, channel, now=WEDNESDAY)
        soon = await verified_channels(session, agency, now=WEDNESDAY + timedelta(days=364))
        late = await verified_channels(session, agency, now=WEDNESDAY + timedelta(days=365))

    assert (len(soon), len(late)) == (1, 0)


async def test_stop_ends_a_channel_until_somebody_says_yes_again(database: Database) -> None:
    agency = await a_member(database, "Harbor Pantry")
    async with database.transaction(of(agency)) as session:
        channel = await add_answering_channel(
            session, NewChannel(agency, ChannelKind.SMS, PHONE), now=clock.now()
        )
        await verify_channel_by_text(session, channel, now=clock.now())
        await stop_channel(session, channel, now=clock.now())
        stopped = await verified_channels(session, agency)
        await verify_channel_by_text(session, channel, now=clock.now())
        again = await verified_channels(session, agency)

    assert (len(stopped), len(again)) == (0, 1)


@pytest.mark.parametrize(
    ("kind", "address"),
    [(ChannelKind.SMS, "12"), (ChannelKind.SMS, "desk@harbor.example"), (ChannelKind.EMAIL, "x")],
)
async def test_what_is_no_address_is_refused(
    database: Database, kind: ChannelKind, address: str
) -> None:
    agency = await a_member(database, "Harbor Pantry")
    with pytest.raises(InvalidInput) as refused:
        async with database.transaction(of(agency)) as session:
            await add_answering_channel(session, NewChannel(agency, kind, address), now=WEDNESDAY)

    assert refused.value.field == "address"


async def test_only_the_worker_reads_an_address_and_finds_a_phone(
    database: Database, worker_database: Database
) -> None:
    agency = await a_member(database, "Harbor Pantry")
    async with database.transaction(of(agency)) as session:
        channel = await add_answering_channel(
            session, NewChannel(agency, ChannelKind.SMS, PHONE, all_hours=True), now=clock.now()
        )
    async with worker_database.transaction(Context()) as session:
        resolved = await resolve_channel(session, channel)
        (match,) = await channel_by_phone(session, phone_hash(PHONE))
        assert await resolve_channel(session, uuid4()) is None
        assert await channel_by_phone(session, phone_hash("+12025550199")) == []

    assert resolved is not None
    assert (resolved.address, resolved.verified, resolved.all_hours) == (PHONE, False, True)
    assert resolved.time_zone == "America/New_York"
    assert (match.channel_id, match.member_id, match.verified) == (channel, agency, False)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from resolve_channel('00000000-0000-0000-0000-000000000000')",
        "select * from channel_by_phone('\\x00')",
        "select * from session",
        "select * from login",
        "select * from api_key",
        "select * from link",
        "select * from member_listing",
        "insert into session select * from session",
        "delete from person",
    ],
)
async def test_the_app_reads_no_routing_table_and_no_address(
    database: Database, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.transaction(Context()) as session:
            await session.execute(text(statement))


async def test_another_organization_sees_no_people_keys_or_channels(database: Database) -> None:
    one, other = await a_member(database), await a_member(database, "Another")
    person = await a_person(database, one)
    async with database.transaction(of(one)) as session:
        key_id, _ = await create_api_key(
            session, "EHR", frozenset({Scope.REFERRALS_READ}), now=WEDNESDAY
        )
        assert len(await people_here(session)) == 1
        assert await find_person_by_email(session, person.email.upper()) == person.id
    async with database.transaction(of(other)) as session:
        assert await people_here(session) == []
        assert await person_card(session, person.id) is None
        assert await find_person_by_email(session, person.email) is None
        assert await list_api_keys(session) == []
    with pytest.raises(NotFound):
        async with database.transaction(of(other)) as session:
            await revoke_api_key(session, key_id, now=WEDNESDAY)


async def test_names_and_addresses_are_sealed(database: Database, owner_database: Database) -> None:
    person = await a_person(database, await a_member(database), name="Rosalinda")
    async with owner_database.transaction(Context()) as session:
        row = (await session.execute(text("select person::text from person"))).scalar_one()

    assert b"Rosalinda".hex() not in row
    assert "Rosalinda" not in row
    assert person.email not in row


async def test_an_address_signs_one_person_in_network_wide(database: Database) -> None:
    person = await a_person(database, await a_member(database))
    with pytest.raises(Conflict) as refused:
        await a_person(database, await a_member(database, "Another"), email=person.email)

    assert refused.value.code == "email_taken"


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("email", {"email": "nobody"}),
        ("name", {"name": " "}),
        ("roles", {"roles": frozenset()}),
        ("password", {"password": "short"}),
    ],
)
async def test_a_person_is_refused_with_the_field_that_is_wrong(
    database: Database, field: str, change: dict[str, object]
) -> None:
    member = await a_member(database)
    facts: dict[str, object] = {
        "name": "Rosa",
        "email": "rosa@clinic.example",
        "password": PASSWORD,
        "roles": frozenset({Role.NAVIGATOR}),
        **change,
    }
    with pytest.raises(InvalidInput) as refused:
        async with database.transaction(of(member)) as session:
            await create_person(
                session,
                member,
                NewPerson(**facts),
                now=WEDNESDAY,  # type: ignore[arg-type]
            )

    assert refused.value.field == field


async def test_a_link_ends_after_seven_days_and_when_it_is_revoked(database: Database) -> None:
    agency, referral = await a_member(database, "Harbor Pantry"), new_id()
    async with database.transaction(of(agency)) as session:
        link = await create_link(
            session,
            organization_id=agency,
            referral_id=referral,
            purpose=LinkPurpose.AGENCY,
            expires_at=WEDNESDAY + timedelta(days=90),
            now=WEDNESDAY,
        )
    # Good until the end of the seventh day there: the answer is due that day at 5 pm.
    token, week = link_token(link), timedelta(days=8)

    grant = await resolve_link(database, token, WEDNESDAY)
    assert grant is not None
    assert (grant.organization_id, grant.referral_id) == (agency, referral)
    assert grant.label == "Harbor Pantry"
    assert await resolve_link(database, token, WEDNESDAY + timedelta(days=7, hours=8)) == grant
    assert await resolve_link(database, token, WEDNESDAY + week) is None
    assert await expired_link(database, token, WEDNESDAY + week) == grant
    async with database.transaction(of(agency)) as session:
        await revoke_links(session, referral, LinkPurpose.PATIENT, now=WEDNESDAY)
    assert await resolve_link(database, token, WEDNESDAY) is not None
    async with database.transaction(of(agency)) as session:
        await revoke_links(session, referral, None, now=WEDNESDAY)
    assert await resolve_link(database, token, WEDNESDAY) is None
    assert await expired_link(database, token, WEDNESDAY + week) is None


async def test_parallel_guesses_are_counted_before_they_are_looked_at(
    committed: dict[str, Database],
) -> None:
    import asyncio

    person = await a_person(committed["app"], await a_member(committed["app"]))

    async def guess() -> str:
        try:
            await sign_in(committed["app"], person.email, "wrong password here", now=WEDNESDAY)
        except SignInRefused as refusal:
            return refusal.code
        return "in"

    answers = await asyncio.gather(*(guess() for _ in range(25)))

    assert answers.count("sign_in_refused") == 10
    assert answers.count("too_many_tries") == 15


async def test_after_fifteen_minutes_an_account_opens_again(database: Database) -> None:
    person = await a_person(database, await a_member(database))
    for _ in range(11):
        with pytest.raises(SignInRefused):
            await sign_in(database, person.email, "wrong password here", now=WEDNESDAY)

    signed_in = await sign_in(
        database, person.email, person.password, now=WEDNESDAY + timedelta(minutes=15)
    )

    assert signed_in.person_id == person.id


async def test_the_invented_network_loads_twice_without_change(
    owner_database: Database, database: Database
) -> None:
    counted = text(
        "select (select count(*) from member), (select count(*) from person),"
        " (select count(*) from answering_channel), (select count(*) from member_listing),"
        " (select count(*) from login), (select max(xmin::text::bigint) from person)"
    )
    await load_network(owner_database, NETWORK)
    async with owner_database.transaction(Context()) as session:
        once = (await session.execute(counted)).one()
    await load_network(owner_database, NETWORK)
    async with owner_database.transaction(Context()) as session:
        twice = (await session.execute(counted)).one()
    seed = read_network(NETWORK)
    denise = next(
        person for member in seed.members for person in member.people if "denise" in person.email
    )
    signed_in = await sign_in(database, denise.email, denise.demo_password, now=clock.now())

    assert once == twice
    assert once[0] == len(seed.members)
    assert signed_in.organization_id == member_id("harbor-pantry")
    async with database.transaction(Context()) as session:
        assert len(await verified_channels(session, member_id("harbor-pantry"))) == 1
        assert await member_of_listing(session, listing_id("harbor-pantry")) == member_id(
            "harbor-pantry"
        )


def test_listings_of_the_invented_network_are_those_of_the_seed() -> None:
    from directory.actions.reference import seed_id

    assert listing_id("harbor-pantry") == seed_id("organization", "harbor-pantry")
