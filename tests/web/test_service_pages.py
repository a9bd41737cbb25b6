"""A service's own page as a phone without JavaScript sees it, in both languages."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from sqlalchemy import select, text, update

from builders.accounts import a_member, a_person
from builders.browsing import ADDRESS, sign_in_as
from builders.listings import NOW, Listing, list_service
from directory import models
from directory.actions.reports import record_moved
from directory.codes import HowToStart, ServiceStatus
from directory.service_facts import _cost
from shared import clock
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    import httpx

    from builders.listings import Listed
    from shared.database import Database


@pytest.fixture(autouse=True)
def _on_a_wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def words_of(page: str) -> str:
    bare = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", bare)))


async def listed(database: Database, listing: Listing) -> Listed:
    async with database.transaction(Context()) as session:
        return await list_service(session, listing)


async def test_a_walk_in_place_starts_in_three_steps(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    pantry = await listed(owner_database, Listing(flags={"no_id": True}))

    page = (await client.get(f"/services/{pantry.id}")).text

    assert "Come when it is open. Next time: Thu May 11, 10 am to noon (tomorrow)." in words_of(
        page
    )
    steps = page.split('<ol class="steps">')[1].split("</ol>")[0]
    assert steps.count("<li>") == 3
    assert "No ID needed." in steps


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (HowToStart.PATIENT_CALLS, "Call 202-555-0144."),
        (HowToStart.AGENCY_CALLS_PATIENT, "Pick up when they call."),
        (HowToStart.APPLY, "Fill in their form."),
        (HowToStart.THROUGH_HOTLINE, "They look for a free place with you."),
    ],
)
async def test_each_way_of_starting_has_its_own_steps(
    client: httpx.AsyncClient, owner_database: Database, how: HowToStart, said: str
) -> None:
    place = await listed(owner_database, Listing(how_to_start=how))

    page = (await client.get(f"/services/{place.id}")).text

    assert said in words_of(re.sub(r"</?span[^>]*>", "", page))
    assert page.split('<ol class="steps">')[1].split("</ol>")[0].count("<li>") == 3


async def test_what_is_not_known_is_said(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    bare = await listed(owner_database, Listing(hours=(), languages=(), assured_date=None))

    words = words_of((await client.get(f"/services/{bare.id}")).text)

    assert "Hours not known. Call before you go." in words
    assert "Cost Not known. Ask when you call" in words
    assert "Who it is for Not known. Ask when you call" in words
    assert "Nobody has checked this yet. Call before you go." in words


async def test_what_was_checked_long_ago_is_labelled(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    checked = NOW.date() - timedelta(days=430)
    old = await listed(owner_database, Listing(assured_date=checked))

    words = words_of((await client.get(f"/services/{old.id}")).text)

    assert "Last checked 14 months ago. It may have changed. Call before you go." in words


async def test_a_closed_place_names_one_near_it_that_is_open(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    always = (("MO,TU,WE,TH,FR,SA,SU", "00:00", "23:59"),)
    closed = await listed(owner_database, Listing(status=ServiceStatus.TEMPORARILY_CLOSED))
    await listed(owner_database, Listing(name="Open Pantry", miles_north=1, hours=always))
    await listed(owner_database, Listing(name="Thursday Pantry", miles_north=0.7))

    words = words_of((await client.get(f"/services/{closed.id}")).text)

    assert "Closed for now" in words
    assert "Near it and open Open Pantry" in words
    assert "Thursday Pantry" not in words


async def test_a_closed_place_with_nothing_open_near_it_says_211(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    closed = await listed(owner_database, Listing(status=ServiceStatus.TEMPORARILY_CLOSED))

    words = words_of((await client.get(f"/services/{closed.id}")).text)

    assert "We know of nothing like it near it that is open now." in words


async def test_a_moved_service_leads_to_its_new_page(
    client: httpx.AsyncClient, owner_database: Database, database: Database
) -> None:
    old, middle, new = [await listed(owner_database, Listing(name=n)) for n in ("A", "B", "C")]
    async with database.transaction(Context()) as session:
        await record_moved(session, old.id, middle.id, now=NOW)
        await record_moved(session, middle.id, new.id, now=NOW)

    answer = await client.get(f"/services/{old.id}")

    assert answer.status_code == 302
    assert answer.headers["location"] == f"/services/{new.id}?moved=1"
    page = await client.get(answer.headers["location"])
    assert "The service has moved. The old page led you here." in words_of(page.text)


async def test_a_service_that_moved_back_is_shown_again(
    client: httpx.AsyncClient, owner_database: Database, database: Database
) -> None:
    one, other = [await listed(owner_database, Listing(name=n)) for n in ("A", "B")]
    async with database.transaction(Context()) as session:
        await record_moved(session, one.id, other.id, now=NOW)
        await record_moved(session, other.id, one.id, now=NOW)

    assert (await client.get(f"/services/{one.id}")).status_code == 200
    answer = await client.get(f"/services/{other.id}")
    assert answer.headers["location"].startswith(f"/services/{one.id}?")


async def test_the_source_is_named_as_its_licence_asks(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    pantry = await listed(owner_database, Listing())
    async with owner_database.transaction(Context()) as session:
        source = await session.scalar(
            select(models.Service.source_id).where(models.Service.id == pantry.service_id)
        )
        await session.execute(
            update(models.Source)
            .where(models.Source.id == source)
            .values(attribution="Shore Food Map", licence="CC BY 4.0", licence_url="javascript:x")
        )

    page = (await client.get(f"/services/{pantry.id}")).text

    assert "Source: Shore Food Map (CC BY 4.0)." in words_of(page)
    assert "javascript:" not in page


async def test_costs_of_each_kind_are_written_out(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    clinic = await listed(owner_database, Listing())
    async with owner_database.transaction(Context()) as session:
        source = await session.scalar(
            select(models.Service.source_id).where(models.Service.id == clinic.service_id)
        )
        session.add(
            models.CostOption(
                id=new_id(),
                source_id=source,
                external_id="c",
                content_hash=b"",
                fetched_at=NOW,
                service_id=clinic.service_id,
                option="Adults",
                amount=5,
                currency="USD",
            )
        )

    assert "Cost Adults: $5.00." in words_of((await client.get(f"/services/{clinic.id}")).text)


def test_a_price_of_nothing_is_said_once() -> None:
    """The seeds' own pages read "Free. free: $0.00."."""
    row = {"option": "free", "amount": 0, "currency": "USD", "words": None}
    told = {"fees_description": "Free."}

    assert _cost({"costs": [row]}, told, free=None) == "Free."
    assert _cost({"costs": [row]}, {}, free=None) == "Free"
    assert _cost({"costs": []}, {}, free=None) == ""


async def test_the_page_can_be_taken_away(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    pantry = await listed(owner_database, Listing())

    page = unescape((await client.get(f"/services/{pantry.id}")).text)

    assert "<svg" in page.split('class="qr-box"')[1].split("</figure>")[0]
    sms = re.search(r'href="(sms:[^"]*)"', page)
    assert sms is not None
    assert sms[1].startswith("sms:?&body=")
    body = unquote(sms[1])
    for part in (
        "Harbor Pantry",
        "12 Elm Street",
        "202-555-0144",
        f"{ADDRESS}/services/{pantry.id}",
    ):
        assert part in body


async def test_no_page_asks_a_third_party_for_anything_by_itself(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    pantry = await listed(owner_database, Listing())

    page = (await client.get(f"/services/{pantry.id}")).text

    loaded = re.findall(r'<(?:img|script|link|iframe|source)[^>]+(?:src|href)="([^"]+)"', page)
    assert [each for each in loaded if not each.startswith("/")] == []
    way = re.search(
        r'<a [^>]*href="(https://www\.openstreetmap\.org/directions[^"]*)"([^>]*)>', page
    )
    assert way is not None
    assert "noreferrer" in way[2]


async def test_a_confidential_place_gives_no_way_there(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    house = await listed(owner_database, Listing(name="Bay House", confidential=True))

    page = (await client.get(f"/services/{house.id}")).text

    assert "Use a phone that is safe." in words_of(page)
    assert "only they say where it is" in words_of(page)
    for clue in ("directions", "Elm", "38.3", "map-data"):
        assert clue not in page


async def test_what_its_source_hides_is_for_signed_in_staff_alone(
    client: httpx.AsyncClient, owner_database: Database, database: Database
) -> None:
    hidden = await listed(owner_database, Listing())
    async with owner_database.transaction(Context()) as session:
        await session.execute(
            text(
                "update source set may_show_public = false where id ="
                " (select source_id from service where id = :id)"
            ),
            {"id": hidden.service_id},
        )

    assert (await client.get(f"/services/{hidden.id}")).status_code == 404
    assert (await client.get(f"/services/{hidden.id}/report")).status_code == 404
    await _sign_in(client, database)
    page = await client.get(f"/find/services/{hidden.id}")
    assert "For staff only." in words_of(page.text)


async def test_staff_send_and_save_from_their_own_page(
    client: httpx.AsyncClient, owner_database: Database, database: Database
) -> None:
    pantry = await listed(owner_database, Listing())

    assert (await client.get(f"/find/services/{pantry.id}")).status_code == 303
    await _sign_in(client, database)
    page = (await client.get(f"/find/services/{pantry.id}")).text

    assert f"/send?place={pantry.id}" in page
    assert f"/lists/add?place={pantry.id}" in page
    # The public's form knows no session: its nonce would not fit here.
    assert f'href="/services/{pantry.id}/report"' in page
    assert 'name="nonce"' not in page


async def _sign_in(client: httpx.AsyncClient, database: Database) -> None:
    await sign_in_as(client, await a_person(database, await a_member(database)))


async def test_the_way_is_told_from_the_place_that_was_searched(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    pantry = await listed(owner_database, Listing())

    found = (await client.get("/search", params={"need": "food", "near": "21801"})).text
    page = words_of((await client.get(f"/services/{pantry.id}?near=21801")).text)

    assert f'href="/services/{pantry.id}?near=21801"' in found
    assert re.search(r"(about \d+ miles?|less than a mile) from 21801", page)


@pytest.mark.parametrize("asked", ["00000", "999,999", "nowhere at all", "x" * 300])
async def test_a_place_nobody_knows_leaves_the_page_as_it_is(
    client: httpx.AsyncClient, owner_database: Database, asked: str
) -> None:
    pantry = await listed(owner_database, Listing())

    page = await client.get(f"/services/{pantry.id}", params={"near": asked})

    assert page.status_code == 200
    assert " from " not in words_of(page.text.split('<div class="split">')[0])


async def test_no_distance_tells_where_a_confidential_place_is(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    shelter = await listed(owner_database, Listing(confidential=True))

    page = words_of((await client.get(f"/services/{shelter.id}?near=21801")).text)

    assert "from 21801" not in page
    assert "mile" not in page


async def test_the_bar_of_staff_names_whom_they_work_for(
    client: httpx.AsyncClient, owner_database: Database, database: Database
) -> None:
    pantry = await listed(owner_database, Listing())
    await _sign_in(client, database)

    for path in ("/find", "/lists", f"/find/services/{pantry.id}", f"/lists/add?place={pantry.id}"):
        assert 'class="soft small member">' in (await client.get(path)).text, path
