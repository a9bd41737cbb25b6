"""Sign-in, sessions, cookies: what holds and what ends them (reliability S4, S7, S9)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import text

from accounts.people import disable_person
from accounts.rules import SIGN_IN_TRIES, MemberKind, Role
from builders.accounts import PASSWORD, a_member, a_person
from builders.browsing import OURS, csrf_of, nonce_of, sign_in_as, try_to_sign_in
from shared import clock
from shared.database import Context

if TYPE_CHECKING:
    from shared.database import Database

COOKIE = "handback"


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.NAVIGATOR, "/today"),
        (Role.COORDINATOR, "/today"),
        (Role.AGENCY_WORKER, "/desk"),
        (Role.STEWARD, "/steward"),
        (Role.NETWORK_ADMINISTRATOR, "/network/claims"),
    ],
)
async def test_each_role_lands_on_its_own_page(
    client: httpx.AsyncClient, database: Database, role: Role, home: str
) -> None:
    person = await a_person(database, await a_member(database), role)

    answer = await sign_in_as(client, person)

    assert answer.headers["location"] == home


async def test_the_cookie_is_kept_from_scripts_and_other_sites(
    client: httpx.AsyncClient, database: Database
) -> None:
    person = await a_person(database, await a_member(database))

    answer = await sign_in_as(client, person)

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("handback=")
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"):
        assert part.lower() in cookie.lower()
    assert "secure" not in cookie.lower()  # http here; https is tested in test_headers


async def test_only_a_hash_of_the_cookie_is_stored(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> None:
    await sign_in_as(client, await a_person(database, await a_member(database)))

    async with owner_database.transaction(Context()) as session:
        stored = (await session.execute(text("select token_hash from session"))).scalars().all()

    assert len(stored) == 1
    assert client.cookies[COOKIE].encode() not in bytes(stored[0])


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("rosa@clinic.example", "wrong password here"),
        ("nobody@clinic.example", PASSWORD),
        ("not an address", PASSWORD),
        ("rosa@clinic.example", ""),
        ("rosa\x00@clinic.example", PASSWORD),
    ],
)
async def test_a_refused_sign_in_never_says_what_was_wrong(
    client: httpx.AsyncClient, database: Database, email: str, password: str
) -> None:
    await a_person(database, await a_member(database), email="rosa@clinic.example")

    answer = await try_to_sign_in(client, email, password)

    assert answer.status_code == 401
    assert "The e-mail address or the password is not right." in answer.text
    assert COOKIE not in client.cookies


async def test_the_eleventh_try_in_15_minutes_is_refused_even_with_the_right_password(
    client: httpx.AsyncClient, database: Database
) -> None:
    person = await a_person(database, await a_member(database))
    for _ in range(SIGN_IN_TRIES):
        await try_to_sign_in(client, person.email, "wrong password here")

    answer = await try_to_sign_in(client, person.email, person.password)

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "900"
    assert "15 minutes" in answer.text
    assert COOKIE not in client.cookies


async def test_tries_are_counted_for_addresses_that_do_not_exist_as_well(
    client: httpx.AsyncClient,
) -> None:
    answers = [
        (await try_to_sign_in(client, "nobody@clinic.example", PASSWORD)).status_code
        for _ in range(SIGN_IN_TRIES + 1)
    ]

    assert answers == [401] * SIGN_IN_TRIES + [429]


async def test_a_forwarded_address_changes_nothing_about_the_limit(
    client: httpx.AsyncClient, database: Database
) -> None:
    person = await a_person(database, await a_member(database))
    for number in range(SIGN_IN_TRIES):
        client.headers["x-forwarded-for"] = f"198.51.100.{number}"
        await try_to_sign_in(client, person.email, "wrong password here")

    answer = await try_to_sign_in(client, person.email, person.password)

    assert answer.status_code == 429


async def test_a_sign_in_that_works_starts_the_count_again(
    client: httpx.AsyncClient, database: Database
) -> None:
    person = await a_person(database, await a_member(database))
    for _ in range(2):
        for _ in range(SIGN_IN_TRIES - 1):
            await try_to_sign_in(client, person.email, "wrong password here")
        client.cookies.clear()
        await sign_in_as(client, person)
        client.cookies.clear()


async def test_failed_tries_are_on_record_without_the_address(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> None:
    person = await a_person(database, await a_member(database))
    await try_to_sign_in(client, person.email, "wrong password here")

    async with owner_database.transaction(Context()) as session:
        rows = await session.execute(
            text("select subject_id, detail::text from audit_event where action = 'sign_in_failed'")
        )
        found = rows.all()

    assert [(row.subject_id, row.detail) for row in found] == [(person.id, "{}")]


async def test_signing_in_again_gives_a_new_session_and_ends_the_old_one(
    client: httpx.AsyncClient, database: Database
) -> None:
    person = await a_person(database, await a_member(database))
    await sign_in_as(client, person)
    first = client.cookies[COOKIE]
    nonce = await nonce_of(client)
    answer = await client.post(
        "/sign-in",
        data={"email": person.email, "password": person.password, "nonce": nonce},
        headers=OURS,
    )
    second = client.cookies[COOKIE]
    client.cookies.clear()

    gone = await client.get("/sign-in", headers={"cookie": f"{COOKIE}={first}"})
    there = await client.get("/sign-in", headers={"cookie": f"{COOKIE}={second}"})

    assert answer.status_code == 303
    assert first != second
    assert (gone.status_code, there.status_code) == (200, 303)


async def test_signing_out_ends_the_session_in_the_database(
    client: httpx.AsyncClient, database: Database
) -> None:
    person = await a_person(database, await a_member(database))
    await sign_in_as(client, person)
    kept = client.cookies[COOKIE]
    signed_out = await client.post("/sign-out", data={"csrf": await csrf_of(client)}, headers=OURS)
    client.cookies.clear()

    again = await client.get("/sign-in", headers={"cookie": f"{COOKIE}={kept}"})

    assert signed_out.headers["location"] == "/sign-in"
    assert again.status_code == 200


async def is_signed_in(client: httpx.AsyncClient) -> bool:
    """Somebody who is signed in is sent on from the sign-in page."""
    return (await client.get("/sign-in")).status_code == 303


@pytest.mark.parametrize(
    ("column", "age", "lives"),
    [
        ("last_seen_at", timedelta(minutes=29), True),
        ("last_seen_at", timedelta(minutes=31), False),
        ("started_at", timedelta(hours=11, minutes=59), True),
        ("started_at", timedelta(hours=12, minutes=1), False),
    ],
)
async def test_a_session_ends_after_30_idle_minutes_and_after_12_hours(
    client: httpx.AsyncClient,
    database: Database,
    owner_database: Database,
    column: str,
    age: timedelta,
    lives: bool,  # noqa: FBT001
) -> None:
    await sign_in_as(client, await a_person(database, await a_member(database)))
    async with owner_database.transaction(Context()) as session:
        await session.execute(
            text(f"update session set {column} = {column} - make_interval(secs => :age)"),
            {"age": age.total_seconds()},
        )

    assert await is_signed_in(client) is lives


async def test_turning_the_demo_clock_does_not_sign_people_out(
    client: httpx.AsyncClient, database: Database
) -> None:
    await sign_in_as(client, await a_person(database, await a_member(database)))

    answer = await client.post("/simulator/api/clock", json={"advance_seconds": 864_000})

    assert answer.json()["offset_seconds"] == 864_000
    assert clock.offset() == timedelta(days=10)
    assert await is_signed_in(client)


async def test_last_seen_moves_at_most_once_a_minute(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> None:
    await sign_in_as(client, await a_person(database, await a_member(database)))
    read = text("select last_seen_at from session")
    async with owner_database.transaction(Context()) as session:
        at_first = (await session.execute(read)).scalar_one()
    await is_signed_in(client)
    async with owner_database.transaction(Context()) as session:
        soon = (await session.execute(read)).scalar_one()
        await session.execute(
            text("update session set last_seen_at = last_seen_at - interval '2 minutes'")
        )
    await is_signed_in(client)
    async with owner_database.transaction(Context()) as session:
        later = (await session.execute(read)).scalar_one()

    assert soon == at_first
    assert later > at_first


async def test_disabling_a_person_ends_their_sessions_with_the_next_request(
    client: httpx.AsyncClient, database: Database
) -> None:
    person = await a_person(database, await a_member(database))
    await sign_in_as(client, person)
    async with database.transaction(Context(organization_id=person.organization_id)) as session:
        await disable_person(session, person.id, now=clock.now())

    assert not await is_signed_in(client)
    assert (await try_to_sign_in(client, person.email, person.password)).status_code == 401


@pytest.mark.parametrize(
    "asked",
    ["//evil.example/", "https://evil.example/", "/\\evil.example", "/sign-out", "/a\nb"],
)
async def test_signing_in_never_leads_to_another_site(
    client: httpx.AsyncClient, database: Database, asked: str
) -> None:
    person = await a_person(database, await a_member(database))

    answer = await try_to_sign_in(client, person.email, person.password, asked)

    assert answer.headers["location"] == "/today"


async def test_signing_in_leads_back_to_the_page_that_asked(
    client: httpx.AsyncClient, database: Database
) -> None:
    person = await a_person(database, await a_member(database))

    answer = await try_to_sign_in(client, person.email, person.password, "/referrals/7?x=1")

    assert answer.headers["location"] == "/referrals/7?x=1"


async def test_an_agency_worker_signs_in_to_the_desk(
    client: httpx.AsyncClient, database: Database
) -> None:
    agency = await a_member(database, "Harbor Pantry", kind=MemberKind.AGENCY)
    person = await a_person(database, agency, Role.AGENCY_WORKER, language="es")

    answer = await sign_in_as(client, person)

    assert answer.headers["location"] == "/desk"
