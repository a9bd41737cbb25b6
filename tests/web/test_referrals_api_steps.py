"""Steps of the JSON API beyond the plain moves: re-route, late yes, notes, ages, proxies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from builders.listings import Listing, list_service
from builders.programs import Network, a_network, create, move
from directory.codes import HowToStart
from referrals.models import Patient
from shared.database import Context

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from shared.database import Database


@pytest.fixture
async def network(database: Database, owner_database: Database) -> Network:
    return await a_network(database, owner_database)


# --- re-routes, late yeses, undo, notes


async def another_place(owner: Database, name: str = "St Mary's Table") -> UUID:
    async with owner.transaction(Context()) as session:
        listing = Listing(name, how_to_start=HowToStart.AGENCY_CALLS_PATIENT)
        return (await list_service(session, listing)).id


async def test_reroute_ends_one_request_and_sends_the_next_as_the_page_does(
    client: httpx.AsyncClient, network: Network, owner_database: Database
) -> None:
    made = (await create(client, network)).json()
    missing = await move(client, network.clinic_key, made, move="reroute")
    assert missing.status_code == 400
    assert "service_at_location_id" in missing.text
    mary = str(await another_place(owner_database))

    ended = await move(
        client, network.clinic_key, made, move="reroute", service_at_location_id=mary
    )

    assert ended.status_code == 200, ended.text
    assert ended.json()["status"] == "rerouted"
    [linked] = ended.json()["linked"]
    new = (await client.get(f"/api/referrals/{linked}", headers=network.clinic_key)).json()
    assert (new["status"], new["performer_name"]) == ("sent", "St Mary's Table Inc")
    assert new["part_of_id"] == made["id"]


async def test_next_places_given_at_creation_are_where_a_bare_reroute_leads(
    client: httpx.AsyncClient, network: Network, owner_database: Database
) -> None:
    mary = str(await another_place(owner_database))
    made = (await create(client, network, next_places=[mary])).json()
    ended = (await move(client, network.clinic_key, made, move="reroute")).json()
    [linked] = ended["linked"]
    new = (await client.get(f"/api/referrals/{linked}", headers=network.clinic_key)).json()
    assert new["service_at_location_id"] == mary
    unknown = await create(client, network, next_places=[str(network.clinic)])
    assert unknown.status_code == 400
    assert "next_places" in unknown.text


async def test_a_late_yes_is_listed_and_taken_by_its_verb(
    client: httpx.AsyncClient, network: Network
) -> None:
    made = (await create(client, network)).json()
    early = await move(client, network.clinic_key, made, move="take_late_yes")
    assert early.status_code == 409
    await move(client, network.clinic_key, made, move="withdraw", reason="need_changed")
    late = await move(client, network.agency_key, made, move="accept")
    assert late.status_code == 200, late.text
    assert late.json()["status"] == "withdrawn"
    read = await client.get(f"/api/referrals/{made['id']}", headers=network.clinic_key)
    assert "take_late_yes" in read.json()["moves"]

    theirs = await move(client, network.agency_key, made, move="take_late_yes")
    assert theirs.status_code == 403
    taken = await move(
        client, network.clinic_key, made, move="take_late_yes", headers={"idempotency-key": "k"}
    )
    assert taken.status_code == 200, taken.text
    [linked] = taken.json()["linked"]
    new = (await client.get(f"/api/referrals/{linked}", headers=network.clinic_key)).json()
    assert new["status"] == "accepted"
    again = await move(
        client, network.clinic_key, made, move="take_late_yes", headers={"idempotency-key": "k"}
    )
    assert again.json()["linked"] == [linked]
    assert "take_late_yes" not in again.json()["moves"]


async def test_a_stale_version_takes_no_step(client: httpx.AsyncClient, network: Network) -> None:
    made = (await create(client, network)).json()
    stale = await move(
        client,
        network.clinic_key,
        made,
        move="note",
        note="x",
        headers={"if-match": f'"{made["version"] - 1}"'},
    )
    assert stale.status_code == 412


async def test_both_sides_write_notes_and_each_keeps_its_own(
    client: httpx.AsyncClient, database: Database, network: Network
) -> None:
    made = (await create(client, network)).json()
    for key, shared in ((network.clinic_key, True), (network.agency_key, False)):
        noted = await move(client, key, made, move="note", note="Bring a bag", shared=shared)
        assert noted.status_code == 200, noted.text
    for member, own in ((network.clinic, 0), (network.agency, 1)):
        async with database.transaction(Context(member)) as session:
            assert await session.scalar(text("select count(*) from internal_note")) == own
            assert await session.scalar(text("select count(*) from shared_note")) == 1


async def test_ages_and_a_proxy_go_with_the_patient(
    client: httpx.AsyncClient, database: Database, network: Network
) -> None:
    patient = {
        **network.body()["patient"],
        "household_ages": [34, 2],
        "proxy": {"name": "Maria Flores", "relation": "daughter", "phone": "202-555-0138"},
    }
    made = (await create(client, network, patient=patient)).json()
    assert made["household_ages"] == [34, 2]
    theirs = await client.get(f"/api/referrals/{made['id']}", headers=network.agency_key)
    assert theirs.json()["household_ages"] == [34, 2]
    assert "Maria" not in theirs.text
    async with database.transaction(Context(network.clinic)) as session:
        row = await session.scalar(select(Patient))
        assert row is not None
        assert row.proxy["phone"] == "+12025550138"


async def test_a_bad_ending_is_acknowledged_by_its_verb(
    client: httpx.AsyncClient, network: Network
) -> None:
    made = (await create(client, network)).json()
    await move(client, network.agency_key, made, move="decline", reason="no_capacity")
    read = (await client.get(f"/api/referrals/{made['id']}", headers=network.clinic_key)).json()
    assert {"acknowledge", "reroute"} <= set(read["moves"])
    unsaid = await move(client, network.clinic_key, made, move="acknowledge")
    assert unsaid.status_code == 400
    done = await move(
        client, network.clinic_key, made, move="acknowledge", next_step="nothing_left"
    )
    assert done.status_code == 200
    assert "acknowledge" not in done.json()["moves"]
