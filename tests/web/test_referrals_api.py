"""The JSON API of referrals: anonymous first, then another organization, then the work itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, text

from accounts.rules import Scope
from builders.accounts import a_member
from builders.browsing import a_key
from builders.programs import Network, a_network, create, move
from referrals.models import Patient, Referral
from shared.database import Context

if TYPE_CHECKING:
    import httpx

    from shared.database import Database


@pytest.fixture
async def network(database: Database, owner_database: Database) -> Network:
    return await a_network(database, owner_database)


async def test_nobody_gets_in_without_a_key_and_its_scope(
    client: httpx.AsyncClient, database: Database, network: Network
) -> None:
    for path in ("/api/referrals", f"/api/referrals/{network.place}"):
        assert (await client.get(path)).status_code == 401
    assert (await client.post("/api/referrals", json=network.body())).status_code == 401
    reader = await a_key(database, network.clinic, Scope.REFERRALS_READ)
    refused = await client.post("/api/referrals", json=network.body(), headers=reader)
    assert refused.status_code == 403


async def test_another_organization_gets_the_same_404_as_for_nothing(
    client: httpx.AsyncClient, database: Database, network: Network
) -> None:
    made = (await create(client, network)).json()
    stranger = await a_key(database, await a_member(database, "Oak Street School"))
    theirs = await client.get(f"/api/referrals/{made['id']}", headers=stranger)
    nothing = await client.get(f"/api/referrals/{network.place}", headers=stranger)
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.json() == nothing.json()
    assert (await move(client, stranger, made, move="accept")).status_code == 404
    listed = await client.get("/api/referrals", headers=stranger)
    assert listed.json()["referrals"] == []


async def test_a_referral_is_made_sent_answered_and_closed(
    client: httpx.AsyncClient, network: Network
) -> None:
    answer = await create(client, network)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["status"] == "sent"
    assert answer.headers["etag"] == f'"{made["version"]}"'
    assert "withdraw" in made["moves"]

    seen = (await client.get(f"/api/referrals/{made['id']}", headers=network.agency_key)).json()
    assert seen["patient_id"] is None
    assert "Ana" not in str(seen)
    yes = await move(client, network.agency_key, made, move="accept")
    assert (yes.status_code, yes.json()["status"]) == (200, "accepted"), yes.text
    await move(client, network.agency_key, made, move="report_served")
    done = await move(
        client,
        network.clinic_key,
        made,
        move="confirm",
        said_by={"party": "patient", "name": "Ana Flores", "how": "phone"},
    )
    assert done.json()["status"] == "closed_confirmed", done.text


async def test_an_illegal_move_lists_what_is_possible(
    client: httpx.AsyncClient, network: Network
) -> None:
    made = (await create(client, network)).json()
    refused = await move(client, network.clinic_key, made, move="ask_consent")
    assert refused.status_code == 409
    assert "withdraw" in refused.json()["allowed"]


async def test_the_second_answer_is_a_409_in_kind_words(
    client: httpx.AsyncClient, network: Network
) -> None:
    made = (await create(client, network)).json()
    await move(client, network.agency_key, made, move="accept")
    late = await move(client, network.agency_key, made, move="decline", reason="no_capacity")
    assert late.status_code == 409
    assert late.json()["detail"].startswith("Already answered by")


async def test_if_match_of_an_older_version_is_a_412(
    client: httpx.AsyncClient, network: Network
) -> None:
    made = (await create(client, network)).json()
    old = {"if-match": '"1"'}
    refused = await move(
        client, network.clinic_key, made, move="withdraw", reason="need_changed", headers=old
    )
    assert refused.status_code == 412
    fresh = {"if-match": f'"{made["version"]}"'}
    done = await move(
        client, network.clinic_key, made, move="withdraw", reason="need_changed", headers=fresh
    )
    assert done.json()["status"] == "withdrawn"


async def test_the_same_idempotency_key_makes_one_referral(
    client: httpx.AsyncClient, database: Database, network: Network
) -> None:
    first = await create(client, network, key="k-1")
    again = await create(client, network, key="k-1")
    assert again.status_code == 201
    assert again.json() == first.json()
    async with database.transaction(Context(network.clinic)) as session:
        assert await session.scalar(select(func.count()).select_from(Referral)) == 1
        assert await session.scalar(select(func.count()).select_from(Patient)) == 1
    other = await create(client, network, key="k-1", need="bed")
    assert other.status_code == 422


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"need": "nonsense"}, "need"),
        ({"patient": {"name": "Ana", "phone": "555"}}, "phone"),
        ({"patient": {"name": ""}}, "name"),
        ({"consent": None}, "share"),
        (
            {"service_at_location_id": "01a2037e-687b-7f88-8c79-5aedcf9bc3a4"},
            "service_at_location_id",
        ),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_kept(
    client: httpx.AsyncClient,
    database: Database,
    network: Network,
    changes: dict[str, Any],
    field: str,
) -> None:
    refused = await create(client, network, key="k-2", **changes)
    assert refused.status_code == 400
    assert refused.json()["field"] == field
    async with database.transaction(Context(network.clinic)) as session:
        assert await session.scalar(select(func.count()).select_from(Patient)) == 0
        assert await session.scalar(text("select count(*) from idempotency_key")) == 0


async def test_misspelt_fields_and_wrong_shapes_are_refused(
    client: httpx.AsyncClient, network: Network
) -> None:
    for changes in ({"urgancy": "today"}, {"urgency": "banana"}, {"patient": 5}):
        assert (await create(client, network, **changes)).status_code == 400


async def test_the_list_pages_through_everything_once(
    client: httpx.AsyncClient, network: Network
) -> None:
    made = {(await create(client, network)).json()["id"] for _ in range(3)}
    found: list[str] = []
    cursor = None
    while True:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = await client.get("/api/referrals", params=params, headers=network.clinic_key)
        assert page.status_code == 200, page.text
        found += [row["id"] for row in page.json()["referrals"]]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
    assert sorted(found) == sorted(made)
    for bad in ({"cursor": "x"}, {"limit": "0"}, {"role": "boss"}, {"status": "banana"}):
        answer = await client.get("/api/referrals", params=bad, headers=network.clinic_key)
        assert answer.status_code == 400, bad
    only = await client.get(
        "/api/referrals",
        params={"status": ["sent", "declined"], "role": "performer"},
        headers=network.agency_key,
    )
    assert len(only.json()["referrals"]) == 3


async def test_the_description_holds_the_table_of_moves(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/openapi.json")).json()
    words = document["paths"]["/api/referrals/{referral_id}/moves"]["post"]["description"]
    assert "`accept`" in words
