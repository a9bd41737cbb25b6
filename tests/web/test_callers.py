"""Keys, links and cookies: each group of routes takes its own and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import text

from accounts.api import (
    ChannelKind,
    LinkPurpose,
    NewChannel,
    Role,
    Scope,
    add_answering_channel,
    create_confirm_link,
    create_link,
    revoke_links,
    verified_channels,
)
from accounts.api_keys import list_api_keys, revoke_api_key
from builders.accounts import WEDNESDAY, a_member, a_person
from builders.browsing import OURS, a_key, sign_in_as
from shared import clock
from shared.crypto import link_token
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from uuid import UUID

    from shared.database import Database


async def test_a_key_is_known_by_either_header(
    client: httpx.AsyncClient, database: Database
) -> None:
    member = await a_member(database)
    bearer = await a_key(database, member)
    key = bearer["authorization"].removeprefix("Bearer ")

    by_bearer = await client.get("/api/try/2", headers=bearer)
    by_header = await client.get("/api/try/2", headers={"x-api-key": key})

    assert by_bearer.json() == by_header.json() == {"organization": str(member), "number": "10"}


async def test_two_credentials_are_a_400(client: httpx.AsyncClient, database: Database) -> None:
    member = await a_member(database)
    bearer = await a_key(database, member)
    key = bearer["authorization"].removeprefix("Bearer ")

    both = await client.get("/api/try/2", headers={**bearer, "x-api-key": key})
    await sign_in_as(client, await a_person(database, member))
    with_cookie = await client.get("/try/staff", headers=bearer)

    assert both.status_code == 400
    assert both.json()["type"] == "urn:handback:problem:two_credentials"
    assert with_cookie.status_code == 400


async def test_the_cookie_opens_nothing_on_the_api_and_does_not_disturb_a_key(
    client: httpx.AsyncClient, database: Database
) -> None:
    member = await a_member(database)
    await sign_in_as(client, await a_person(database, member))

    with_cookie_alone = await client.get("/api/try/2")
    with_both = await client.get("/api/try/2", headers=await a_key(database, member))

    assert with_cookie_alone.status_code == 401
    assert with_cookie_alone.headers["www-authenticate"] == "Bearer"
    assert with_both.status_code == 200


async def test_a_key_opens_no_page(client: httpx.AsyncClient, database: Database) -> None:
    answer = await client.get("/try/staff", headers=await a_key(database, await a_member(database)))

    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Ftry%2Fstaff"


async def test_a_key_does_only_what_its_scope_says(
    client: httpx.AsyncClient, database: Database
) -> None:
    reading = await a_key(database, await a_member(database), Scope.REFERRALS_READ)

    allowed = await client.get("/api/try/2", headers=reading)
    refused = await client.post("/api/try", headers=reading, json={"amount": 1})

    assert allowed.status_code == 200
    assert refused.status_code == 403
    assert refused.json()["detail"] == "This API key lacks the scope referrals:write."


@pytest.mark.parametrize("key", ["", "hb_wrong", "x" * 5000, "Basic abc", "ñ"])
async def test_a_wrong_key_is_told_nothing(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.get(
        "/api/try/2", headers={"authorization": f"Bearer {key}".encode("latin-1", "replace")}
    )

    assert answer.status_code == 401


async def test_a_revoked_key_ends_with_the_next_request(
    client: httpx.AsyncClient, database: Database
) -> None:
    member = await a_member(database)
    headers = await a_key(database, member)
    async with database.transaction(Context(organization_id=member)) as session:
        (key,) = await list_api_keys(session)
        await revoke_api_key(session, key.id, now=clock.now())

    assert (await client.get("/api/try/2", headers=headers)).status_code == 401


async def test_a_role_that_is_missing_is_a_403_for_a_person(
    client: httpx.AsyncClient, database: Database
) -> None:
    await sign_in_as(client, await a_person(database, await a_member(database), Role.STEWARD))

    answer = await client.get("/try/staff")

    assert answer.status_code == 403
    assert "Your account may not open this page." in answer.text


async def test_polling_does_not_keep_a_session_alive(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> None:
    await sign_in_as(client, await a_person(database, await a_member(database)))
    async with owner_database.transaction(Context()) as session:
        await session.execute(
            text("update session set last_seen_at = last_seen_at - interval '20 minutes'")
        )
    read = text("select last_seen_at from session")
    async with owner_database.transaction(Context()) as session:
        before = (await session.execute(read)).scalar_one()
    polled = await client.get("/try/polling")
    async with owner_database.transaction(Context()) as session:
        after = (await session.execute(read)).scalar_one()

    assert polled.text == "7"
    assert before == after


async def a_link(database: Database, member: UUID, referral: UUID, **late: timedelta) -> str:
    now = clock.now() - late.get("made", timedelta(0))
    async with database.transaction(Context(organization_id=member)) as session:
        link_id = await create_link(
            session,
            organization_id=member,
            referral_id=referral,
            purpose=LinkPurpose.AGENCY,
            expires_at=now + timedelta(days=30),
            now=now,
        )
    return link_token(link_id)


async def test_a_link_opens_one_referral_in_its_organizations_name(
    client: httpx.AsyncClient, database: Database
) -> None:
    member, referral = await a_member(database), new_id()
    token = await a_link(database, member, referral)

    shown = (await client.get(f"/try-link/{token}")).json()
    acted = await client.post(f"/try-link/{token}", data={"nonce": shown["nonce"]}, headers=OURS)

    assert (shown["organization"], shown["referral"]) == (str(member), str(referral))
    assert acted.text.startswith("agency_link:")


async def test_on_its_page_the_link_is_the_caller_whoever_is_signed_in(
    client: httpx.AsyncClient, database: Database
) -> None:
    clinic, agency = await a_member(database), await a_member(database, "Harbor Pantry")
    await sign_in_as(client, await a_person(database, clinic))

    answer = await client.get(f"/try-link/{await a_link(database, agency, new_id())}")

    assert answer.json()["organization"] == str(agency)


async def test_looking_at_a_link_a_hundred_times_changes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    token = await a_link(database, await a_member(database), new_id())
    for _ in range(50):
        await client.get(f"/try-link/{token}")
        await client.head(f"/try-link/{token}")

    assert (await client.get(f"/try-link/{token}")).status_code == 200


async def test_a_link_older_than_seven_days_has_no_organization(
    client: httpx.AsyncClient, database: Database
) -> None:
    token = await a_link(
        database, await a_member(database), new_id(), made=timedelta(days=8, minutes=1)
    )

    shown = (await client.get(f"/try-link/{token}")).json()
    acted = await client.post(f"/try-link/{token}", data={"nonce": shown["nonce"]}, headers=OURS)

    assert (shown["organization"], shown["referral"]) == ("None", "None")
    assert acted.status_code != 201


async def test_an_unknown_a_revoked_and_a_foreign_link_read_the_same(
    client: httpx.AsyncClient, database: Database
) -> None:
    member, referral = await a_member(database), new_id()
    revoked = await a_link(database, member, referral)
    async with database.transaction(Context(organization_id=member)) as session:
        await revoke_links(session, referral, LinkPurpose.AGENCY, now=clock.now())
        channel = await add_answering_channel(
            session,
            NewChannel(member, ChannelKind.EMAIL, "desk@harbor.example"),
            now=WEDNESDAY,
        )
        confirm = await create_confirm_link(
            session, organization_id=member, channel_id=channel, now=clock.now()
        )

    answers = [
        await client.get(f"/try-link/{token}")
        for token in ("unknown", "x" * 43, revoked, link_token(confirm))
    ]

    assert {answer.status_code for answer in answers} == {404}
    pages = {answer.text.replace(str(answer.url.path), "") for answer in answers}
    assert len(pages) == 1


async def test_a_link_serves_no_form_of_another_link(
    client: httpx.AsyncClient, database: Database
) -> None:
    member = await a_member(database)
    one, other = [await a_link(database, member, new_id()) for _ in range(2)]
    nonce = (await client.get(f"/try-link/{one}")).json()["nonce"]

    answer = await client.post(f"/try-link/{other}", data={"nonce": nonce}, headers=OURS)

    assert answer.status_code == 403


@pytest.mark.parametrize(("answered", "channels"), [("yes", 1), ("never", 0), ("", 0)])
async def test_a_mailbox_is_verified_by_pressing_yes_and_not_by_looking(
    client: httpx.AsyncClient, database: Database, answered: str, channels: int
) -> None:
    member = await a_member(database, "Harbor Pantry")
    async with database.transaction(Context(organization_id=member)) as session:
        channel = await add_answering_channel(
            session,
            NewChannel(member, ChannelKind.EMAIL, "desk@harbor.example"),
            now=WEDNESDAY,
        )
        link = await create_confirm_link(
            session, organization_id=member, channel_id=channel, now=clock.now()
        )
    path = f"/confirm/{link_token(link)}"
    page = await client.get(path)
    async with database.transaction(Context()) as session:
        after_looking = await verified_channels(session, member)
    from builders.browsing import hidden

    answer = await client.post(
        path, data={"nonce": hidden(page.text, "nonce"), "answer": answered}, headers=OURS
    )
    async with database.transaction(Context()) as session:
        after_answering = await verified_channels(session, member)

    assert after_looking == []
    assert answer.status_code == 200
    assert len(after_answering) == channels
