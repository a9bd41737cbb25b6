"""What the public proposes and what the source should fix: side by side, one tap, written down."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest_asyncio

from builders.browsing import OURS, hidden
from builders.stewards_desk import StewardsDesk, a_stewards_desk, shown, today
from shared import clock
from shared.identifiers import new_id

if TYPE_CHECKING:
    import httpx

    from builders.listings import Listed
    from shared.database import Database


@pytest_asyncio.fixture
async def desk(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> StewardsDesk:
    return await a_stewards_desk(client, database, owner_database)


async def report(desk: StewardsDesk, listed: Listed, what: str, **said: str) -> str:
    """Somebody's report; gives its id."""
    address = f"/services/{listed.service_id}/report"
    nonce = hidden((await desk.browser.get(address)).text, "nonce")
    form = {"what": what, "nonce": nonce, **said}
    assert (await desk.browser.post(address, data=form, headers=OURS)).status_code == 200
    return str((await desk.rows("select id from service_report order by reported_at"))[-1][0])


async def source_of(desk: StewardsDesk) -> str:
    return str((await desk.rows("select source_id from service"))[0][0])


async def corrected(desk: StewardsDesk, listed: Listed, value: str, field: str = "name") -> None:
    said = {"do": "correct", "row": str(listed.service_id), "field": field, "value": value}
    answer = await desk.post(
        f"/steward/records/{listed.service_id}", **said, reason="Joyce said so"
    )
    assert answer.status_code == 303


async def test_who_reports_a_number_is_asked_for_the_right_one(desk: StewardsDesk) -> None:
    listed = await desk.lists()
    address = f"/services/{listed.service_id}/report"
    nonce = hidden((await desk.browser.get(address)).text, "nonce")

    thanks = await desk.browser.post(
        address, data={"what": "wrong_number", "nonce": nonce}, headers=OURS
    )

    assert "The right number, if you know it" in shown(thanks)
    other = hidden((await desk.browser.get(address)).text, "nonce")
    closed = await desk.browser.post(address, data={"what": "closed", "nonce": other}, headers=OURS)
    assert "The right number" not in shown(closed)


async def test_a_proposed_number_is_taken_over_in_one_tap(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=today())
    told = await report(desk, listed, "wrong_number", proposed="(202) 555-0177")
    page = shown(await desk.browser.get("/steward"))
    assert "They propose: (202) 555-0177" in page
    assert "Number 202-555-0144 202-555-0177 Take it over" in page
    phone = str((await desk.rows("select id from phone"))[0][0])

    done = await desk.post("/steward/reports", report=told, take=phone)

    assert done.status_code == 303
    assert await desk.rows("select number from phone") == [("+12025550177",)]
    assert await desk.rows("select outcome from service_report") == [("mended",)]
    assert "202-555-0177" in shown(await desk.browser.get(f"/services/{listed.id}"))
    stored = await desk.rows("select proposed_sealed from service_report")
    assert b"0177" not in bytes(stored[0][0])


async def test_a_report_that_it_is_closed_can_be_taken_over_too(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=today())
    told = await report(desk, listed, "closed")
    assert "Status Runs as usual Closed for now" in shown(await desk.browser.get("/steward"))

    await desk.post("/steward/reports", report=told, take=str(listed.service_id))

    assert await desk.rows("select status from service") == [("temporarily closed",)]


async def test_a_row_that_was_not_proposed_is_not_taken_over(desk: StewardsDesk) -> None:
    listed, other = await desk.lists(), await desk.lists(name="Grace House")
    told = await report(desk, listed, "closed")

    answer = await desk.post("/steward/reports", report=told, take=str(other.service_id))

    assert answer.status_code == 400
    assert await desk.rows("select distinct status from service") == [("active",)]
    nobody = await desk.post("/steward/reports", report=str(new_id()), take=str(new_id()))
    assert nobody.status_code == 404


async def test_what_is_nobodys_number_is_shown_and_proposed_nowhere(desk: StewardsDesk) -> None:
    listed = await desk.lists()
    await report(desk, listed, "wrong_number", proposed="<b>ask Joe</b>")

    answer = await desk.browser.get("/steward")

    assert "They propose: &lt;b&gt;ask Joe" in answer.text
    assert "Take it over" not in shown(answer)


async def test_a_report_is_refused_with_a_reason(desk: StewardsDesk) -> None:
    listed = await desk.lists()
    told = await report(desk, listed, "closed")

    unfounded = await desk.post("/steward/reports", report=told, outcome="was_right")
    assert "Write why our page is right." in shown(unfounded)
    await desk.post("/steward/reports", report=told, outcome="was_right", refused="I was there")

    ((outcome, sealed),) = await desk.rows("select outcome, refused_sealed from service_report")
    assert outcome == "was_right"
    assert b"there" not in bytes(sealed)


async def test_the_record_shows_before_and_after_with_who_and_when(desk: StewardsDesk) -> None:
    listed = await desk.lists()
    await corrected(desk, listed, "Harbor Table")

    page = shown(await desk.browser.get(f"/steward/records/{listed.service_id}"))

    now = clock.now()
    assert f"Name Nadia, {now:%B} {now.day} Harbor Pantry Harbor Table" in page


async def test_the_letter_lists_our_corrections_and_keeps_when_it_went(
    desk: StewardsDesk,
) -> None:
    listed = await desk.lists()
    await corrected(desk, listed, "Harbor Table")
    address = f"/steward/sources/{await source_of(desk)}/letter"
    letter = await desk.browser.get(address)
    assert "You say: Harbor Pantry We found: Harbor Table" in shown(letter)
    assert "They were told" not in shown(letter)

    done = await desk.post(address, correction=hidden(letter.text, "correction"))

    assert done.status_code == 303
    assert "They were told on" in shown(await desk.browser.get(address))
    assert "They were told on" in shown(
        await desk.browser.get(f"/steward/records/{listed.service_id}")
    )
    assert "Ustedes dicen: Harbor Pantry" in shown(await desk.browser.get(f"{address}?lang=es"))
    events = await desk.rows("select action from audit_event where subject_kind = 'source'")
    assert ("source_told",) in events


async def test_the_table_for_their_database_holds_no_formula(desk: StewardsDesk) -> None:
    listed = await desk.lists()
    await corrected(desk, listed, "=HYPERLINK(1)", field="wait_time")

    answer = await desk.browser.get(f"/steward/sources/{await source_of(desk)}/corrections.csv")

    (head, row) = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[:4] == ["record", "id", "field", "your value"]
    assert (row[2], row[4]) == ("service.wait_time", "'=HYPERLINK(1)")
    assert "attachment" in answer.headers["content-disposition"]


async def test_without_corrections_there_is_nothing_to_tell(desk: StewardsDesk) -> None:
    await desk.lists()
    address = f"/steward/sources/{await source_of(desk)}/letter"

    assert "We say nothing else than this source." in shown(await desk.browser.get(address))
    assert (await desk.post(address)).status_code in {400, 422}
    assert (await desk.browser.get(f"/steward/sources/{new_id()}/letter")).status_code == 404


async def test_who_reports_hours_or_a_move_is_asked_for_the_right_ones(desk: StewardsDesk) -> None:
    listed = await desk.lists()
    for what, asked in (
        ("hours_wrong", "The right hours, if you know them."),
        ("moved", "The new address, if you know it."),
    ):
        address = f"/services/{listed.service_id}/report"
        nonce = hidden((await desk.browser.get(address)).text, "nonce")
        thanks = await desk.browser.post(address, data={"what": what, "nonce": nonce}, headers=OURS)
        assert asked in shown(thanks)


async def test_proposed_hours_are_taken_over_in_one_tap(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=today())
    told = await report(desk, listed, "hours_wrong", proposed="Mon-Fri 9am-5pm")
    page = shown(await desk.browser.get("/steward"))
    assert "Hours Every Thursday, 10 am to noon Monday to Friday, 9 am to 5 pm" in page
    [(owner,)] = await desk.rows(
        "select coalesce(service_at_location_id, service_id, location_id) from schedule"
    )

    done = await desk.post("/steward/reports", report=told, take=str(owner))

    assert done.status_code == 303
    public = shown(await desk.browser.get(f"/services/{listed.id}"))
    assert "9 am to 5 pm" in public
    assert "10 am to noon" not in public
    assert await desk.rows("select field from overlay") == [("withdrawn_at",)]
    assert await desk.rows("select outcome from service_report") == [("mended",)]


async def test_a_proposed_address_is_taken_over_whole_in_one_tap(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=today())
    told = await report(desk, listed, "moved", proposed="9 Oak Street, Fruitland, MD 21826")
    page = await desk.browser.get("/steward")
    assert page.text.count(">Take it over<") == 1
    assert "Town Salisbury Fruitland" in shown(page)
    [(address,)] = await desk.rows("select id from address")

    await desk.post("/steward/reports", report=told, take=str(address))

    where = "select address_1, city, postal_code from address"
    assert await desk.rows(where) == [("9 Oak Street", "Fruitland", "21826")]
    middle = "select 1 from search_doc d, zip_centroid z where z.zip = '21826' and d.lat = z.lat"
    assert await desk.rows(middle) == [(1,)]


async def test_a_confidential_places_address_is_proposed_by_nobody(desk: StewardsDesk) -> None:
    listed = await desk.lists(confidential=True)
    await report(desk, listed, "moved", proposed="9 Oak Street, Fruitland, MD 21826")

    assert ">Take it over<" not in (await desk.browser.get("/steward")).text


async def test_a_value_in_free_words_is_proposed_where_it_belongs(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=today())
    told = await report(desk, listed, "other", note="www.harborpantry.example/hours")
    page = shown(await desk.browser.get("/steward"))
    assert "Web page – https://www.harborpantry.example/hours Take it over" in page

    await desk.post("/steward/reports", report=told, take=str(listed.service_id))

    assert await desk.rows("select url from service") == [
        ("https://www.harborpantry.example/hours",)
    ]


async def test_words_that_nobody_can_read_are_left_to_a_person(desk: StewardsDesk) -> None:
    listed = await desk.lists()
    await report(desk, listed, "hours_wrong", proposed="sometimes in the morning")
    await report(desk, listed, "moved", proposed="round the corner")
    await report(desk, listed, "other", note="The door is blue")

    page = await desk.browser.get("/steward")

    assert page.status_code == 200
    assert ">Take it over<" not in page.text
