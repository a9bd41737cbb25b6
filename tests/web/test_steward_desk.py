"""The steward's desk: calls that keep records true, reports, conflicts, misses (practice 5.10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest_asyncio
from sqlalchemy import text

from accounts.rules import Role
from builders.accounts import a_member, a_person
from builders.browsing import OURS, hidden, sign_in_as
from builders.referrals import a_town
from builders.stewards_desk import StewardsDesk, a_stewards_desk, shown, today
from directory.models import ImportRun
from directory.models.stewards import CallOutcome, Means
from directory.stewards.due import due_list
from referrals.actions import AgencySays
from referrals.reasons import Reason
from shared import clock
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    import httpx

    from shared.database import Database


@pytest_asyncio.fixture
async def desk(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> StewardsDesk:
    return await a_stewards_desk(client, database, owner_database)


async def test_with_every_record_checked_the_desk_says_so(desk: StewardsDesk) -> None:
    await desk.lists(assured_date=today())

    page = await desk.browser.get("/steward")

    assert page.status_code == 200
    for words in (
        "All 1 record checked within a year.",
        "Nothing was reported.",
        "No feed contradicts us.",
        "Every search of the last 30 days found something.",
        "The last imports are in, whole.",
        "No license ends soon.",
    ):
        assert words in shown(page)


async def test_what_was_not_checked_for_a_year_is_a_call_for_the_whole_agency(
    desk: StewardsDesk,
) -> None:
    await desk.lists(assured_date=today() - timedelta(days=400))

    words = shown(await desk.browser.get("/steward"))

    assert "1. Harbor Pantry Inc" in words
    assert "202-555-0144" in words
    assert "One call for 1 program: Harbor Pantry" in words
    assert "Last checked" in words
    assert "“Hello, Nadia from County 211." in words


async def came_by_an_import(desk: StewardsDesk, days_ago: int) -> None:
    """All that is listed so far is of one feed, first imported that long ago."""
    async with desk.owner.transaction(Context()) as session:
        source = await session.scalar(text("select source_id from service limit 1"))
        for table in ("organization", "service"):
            await session.execute(text(f"update {table} set source_id = :s"), {"s": source})
        await session.execute(
            text("""insert into import_run (id, number, source_id, made_by, feed_format, feed_name,
              started_at, written, added, unchanged, withdrawn, quarantined, agreed, conflicts,
              deletes_confirmed, report)
              values (gen_random_uuid(), 1, :source, 'county', 'hsds3', 'feed', :at, 0, 0, 0, 0, 0,
              0, 0, false, '[]')"""),
            {"source": source, "at": clock.now() - timedelta(days=days_ago)},
        )


async def called(desk: StewardsDesk) -> int:
    """How many agencies the desk says are to be called."""
    words = shown(await desk.browser.get("/steward"))
    return int(words.partition(" to call")[0].rsplit(" ", 1)[-1])


async def test_what_a_new_feed_brings_unchecked_is_called_over_a_year(desk: StewardsDesk) -> None:
    listed = [await desk.lists(name=f"Pantry {number}", assured_date=None) for number in range(24)]
    assert await called(desk) == 24, "without a feed nothing waits"
    await came_by_an_import(desk, days_ago=180)

    halfway = await called(desk)

    assert 3 <= halfway <= 21
    words = shown(await desk.browser.get("/steward"))
    assert f"{24 - halfway} more agenc" in words
    assert "24 due for a check" in words
    async with desk.database.transaction(Context(desk.front_door)) as session:
        due = {each.id for each in (await due_list(session, clock.now())).agencies}
    waits = next(each for each in listed if each.organization_id not in due)
    async with desk.owner.transaction(Context()) as session:
        signal = text("select note_staleness(:place, 'record_wrong', :day)")
        await session.execute(signal, {"place": waits.id, "day": today()})
    assert await called(desk) == halfway + 1, "what came back from a request does not wait"


async def test_after_a_year_no_agency_of_a_feed_waits_for_its_week(desk: StewardsDesk) -> None:
    for number in range(21):
        await desk.lists(name=f"Pantry {number}", assured_date=None)
    await came_by_an_import(desk, days_ago=365)

    assert await called(desk) == 21


async def test_the_few_agencies_of_a_small_feed_need_no_weeks(desk: StewardsDesk) -> None:
    for number in range(3):
        await desk.lists(name=f"Pantry {number}", assured_date=None)
    await came_by_an_import(desk, days_ago=0)

    assert await called(desk) == 3


async def test_one_tap_checks_the_record_today_and_the_page_says_it(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=None)

    answer = await desk.post("/steward/calls", do="checked", agency=str(listed.organization_id))

    assert answer.status_code == 303
    assert await desk.rows("select assured_date from service") == [(today(),)]
    assert await desk.rows("select checked_on from search_doc") == [(today(),)]
    assert "All 1 record checked within a year." in shown(await desk.browser.get("/steward"))
    again = await desk.post("/steward/calls", do="checked", agency=str(listed.organization_id))
    assert again.status_code == 303


async def test_a_call_that_reached_somebody_names_them_and_checks_all_programs(
    desk: StewardsDesk,
) -> None:
    listed = await desk.lists(assured_date=None)
    call = {"do": "call", "agency": str(listed.organization_id), "outcome": "still_right"}

    nameless = await desk.post("/steward/calls", **call)
    assert nameless.status_code == 400
    assert "Write who you spoke with." in shown(nameless)
    answer = await desk.post("/steward/calls", **call, spoke_with="Mr. Keane")

    assert answer.headers["location"] == "/steward?done=1"
    assert await desk.rows("select assured_date from service") == [(today(),)]
    assert await desk.rows("select means, outcome from verification_attempt") == [
        ("phone", "still_right")
    ]
    stored = await desk.rows("select spoke_with_sealed from verification_attempt")
    assert b"Keane" not in bytes(stored[0][0])


async def test_a_call_without_an_outcome_is_told_beside_its_field(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=None)

    answer = await desk.post("/steward/calls", do="call", agency=str(listed.organization_id))

    assert answer.status_code == 400
    assert "Choose what happened." in shown(answer)


async def test_whoever_did_not_answer_is_not_called_again_the_same_week(
    desk: StewardsDesk,
) -> None:
    listed = await desk.lists(assured_date=None)

    await desk.post(
        "/steward/calls", do="call", agency=str(listed.organization_id), outcome="no_answer"
    )

    words = shown(await desk.browser.get("/steward"))
    assert "Nobody to call now. 1 was tried in vain this week." in words


async def test_three_tries_by_two_means_over_thirty_days_leave_the_public_results(
    desk: StewardsDesk,
) -> None:
    listed = await desk.lists(assured_date=None)
    await desk.tried(
        listed,
        (Means.PHONE, CallOutcome.NO_ANSWER, 40),
        (Means.EMAIL, CallOutcome.NO_ANSWER, 20),
    )
    assert "Harbor Pantry" in await desk.found()

    await desk.post(
        "/steward/calls", do="call", agency=str(listed.organization_id), outcome="no_answer"
    )

    assert "Harbor Pantry Inc" not in await desk.found()
    assert (await desk.browser.get(f"/services/{listed.id}")).status_code == 404
    assert (await desk.browser.get(f"/find/services/{listed.id}")).status_code == 200
    record = shown(await desk.browser.get(f"/steward/records/{listed.service_id}"))
    assert "Not in the public results: nobody could be reached." in record

    await desk.post("/steward/calls", do="checked", agency=str(listed.organization_id))

    assert "Harbor Pantry" in await desk.found()


async def test_a_dead_phone_and_a_mailbox_that_bounced_are_enough(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=None)
    await desk.tried(listed, (Means.EMAIL, CallOutcome.BOUNCED, 10))

    await desk.post(
        "/steward/calls", do="call", agency=str(listed.organization_id), outcome="dead_number"
    )

    assert "Harbor Pantry Inc" not in await desk.found()


async def test_two_tries_leave_everything_as_it_was(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=None)
    await desk.tried(listed, (Means.EMAIL, CallOutcome.NO_ANSWER, 40))

    await desk.post(
        "/steward/calls", do="call", agency=str(listed.organization_id), outcome="no_answer"
    )

    assert "Harbor Pantry" in await desk.found()


async def test_a_change_goes_on_to_the_record_and_is_corrected_there(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=None)
    answer = await desk.post(
        "/steward/calls",
        do="call",
        agency=str(listed.organization_id),
        page=str(listed.service_id),
        outcome="changed",
        spoke_with="Joyce",
    )
    assert answer.headers["location"] == f"/steward/records/{listed.service_id}?changed=1"
    page = await desk.browser.get(answer.headers["location"])
    assert "Now correct what changed." in shown(page)

    record = f"/steward/records/{listed.service_id}"
    base = {"do": "correct", "row": str(listed.service_id), "field": "name"}
    unfounded = await desk.post(record, **base, value="Harbor Table")
    assert "Write how you know it." in shown(unfounded)
    wrong = await desk.post(record, **{**base, "field": "flags"}, value="x", reason="Joyce")
    assert "Choose what to correct." in shown(wrong)
    done = await desk.post(record, **base, value="Harbor Table", reason="Joyce said so")

    assert done.status_code == 303
    assert "Harbor Table" in await desk.found("harbor table")
    corrected = shown(await desk.browser.get(record))
    assert "The feed says: Harbor Pantry" in corrected
    overlay = (await desk.rows("select id from overlay where ended_at is null"))[0][0]
    assert (await desk.post(record, do="undo", overlay=str(overlay))).status_code == 303
    assert await desk.rows("select name from service") == [("Harbor Pantry",)]


async def test_a_row_of_another_agency_is_not_corrected_here(desk: StewardsDesk) -> None:
    listed, other = await desk.lists(), await desk.lists(name="Grace House")

    answer = await desk.post(
        f"/steward/records/{listed.service_id}",
        do="correct",
        row=str(other.service_id),
        field="name",
        value="x",
        reason="y",
    )

    assert answer.status_code == 404
    assert (await desk.browser.get(f"/steward/records/{new_id()}")).status_code == 404


async def test_a_conflict_with_a_feed_is_answered_field_by_field(desk: StewardsDesk) -> None:
    listed = await desk.lists()
    record = f"/steward/records/{listed.service_id}"
    for field, value in (("name", "Harbor Table"), ("wait_time", "None today")):
        said = {"do": "correct", "row": str(listed.service_id), "reason": "heard by phone"}
        await desk.post(record, **said, field=field, value=value)
    async with desk.owner.transaction(Context()) as session:
        await session.execute(
            text("update overlay set conflict_at = now(), feed_value = '\"The feed\"'")
        )
    page = shown(await desk.browser.get("/steward"))
    assert "2 conflicts with a feed" in page
    assert "Harbor Table Nadia, heard by phone The feed" in page
    overlays = dict(await desk.rows("select field, id from overlay"))

    unclear = await desk.post("/steward/conflicts", overlay=str(overlays["name"]))
    assert "Choose one of the two." in shown(unclear)
    await desk.post("/steward/conflicts", overlay=str(overlays["name"]), keep="theirs")
    await desk.post("/steward/conflicts", overlay=str(overlays["wait_time"]), keep="ours")

    assert await desk.rows("select name, wait_time from service") == [("The feed", "None today")]
    assert "No feed contradicts us." in shown(await desk.browser.get("/steward"))


async def test_an_import_with_rows_set_aside_says_which_and_why(desk: StewardsDesk) -> None:
    await desk.lists()
    entry = {
        "file": "phones.csv",
        "line": 7,
        "table": "phone",
        "id": "p7",
        "field": "number",
        "held": "value",
        "reason": "This is no phone number.",
    }
    async with desk.owner.transaction(Context()) as session:
        source = await session.scalar(text("select source_id from service"))
        session.add(
            ImportRun(
                number=7,
                source_id=source,
                made_by="county",
                feed_format="hsds3",
                feed_name="feed",
                started_at=clock.now(),
                written=5,
                added=2,
                unchanged=0,
                withdrawn=1,
                quarantined=1,
                agreed=0,
                conflicts=0,
                deletes_confirmed=True,
                report=[entry, {**entry, "held": "noted", "reason": "Only noted."}],
            )
        )
    desk_page = shown(await desk.browser.get("/steward"))
    assert "1 row or value set aside" in desk_page

    page = shown(await desk.browser.get("/steward/imports?run=7"))

    assert "This is no phone number. 1" in page
    assert "phones.csv:7" in page
    assert "Only noted." not in page
    for number in ("8", "x", ""):
        assert (await desk.browser.get(f"/steward/imports?run={number}")).status_code == 404


async def test_a_public_report_comes_first_and_is_settled(desk: StewardsDesk) -> None:
    await desk.lists(name="Quiet Place", assured_date=None)
    listed = await desk.lists(assured_date=today())
    address = f"/services/{listed.service_id}/report"
    nonce = hidden((await desk.browser.get(address)).text, "nonce")
    told = {"what": "closed", "nonce": nonce, "note": "Door is shut"}
    assert (await desk.browser.post(address, data=told, headers=OURS)).status_code == 200
    page = shown(await desk.browser.get("/steward"))
    assert "1. Harbor Pantry Inc" in page
    assert "1 person told us that something is wrong" in page
    assert "Door is shut" in page
    report = (await desk.rows("select id from service_report"))[0][0]

    assert "Choose what you found." in shown(
        await desk.post("/steward/reports", report=str(report))
    )
    await desk.post(
        "/steward/reports", report=str(report), outcome="was_right", refused="I was there"
    )

    assert "Nothing was reported." in shown(await desk.browser.get("/steward"))


async def test_a_signal_of_the_loop_makes_a_record_due_without_saying_about_whom(
    desk: StewardsDesk,
) -> None:
    listed = await desk.lists(assured_date=today() - timedelta(days=30))
    async with desk.database.transaction(Context(new_id())) as session:
        await session.execute(
            text("select note_staleness(:place, 'not_offered', :day)"),
            {"place": listed.id, "day": today()},
        )

    page = shown(await desk.browser.get("/steward"))

    assert "A request came back: they don’t offer it, or the record is wrong" in page


async def test_a_search_in_vain_is_counted_without_its_words(desk: StewardsDesk) -> None:
    await desk.browser.get("/search", params={"q": "xqzvwk jjkpq", "near": "21801"})
    await desk.browser.get("/search", params={"need": "food", "near": "21801"})
    await desk.browser.get("/search", params={"need": "food", "near": "21801"})

    rows = await desk.rows("select need, zip3, times from search_miss order by times")

    assert rows == [("", "218", 1), ("food", "218", 2)]
    page = shown(await desk.browser.get("/steward"))
    assert "Food 218 2" in page
    assert "xqzvwk" not in page


async def test_a_search_that_found_something_is_counted_nowhere(desk: StewardsDesk) -> None:
    await desk.lists()

    assert "Harbor Pantry" in await desk.found()

    assert await desk.rows("select * from search_miss") == []


async def test_a_steward_of_another_organization_has_no_desk(
    desk: StewardsDesk, database: Database
) -> None:
    clinic = await a_member(database, "Lincoln Clinic", now=clock.now())
    desk.browser.cookies.clear()
    await sign_in_as(desk.browser, await a_person(database, clinic, Role.STEWARD, name="Sly"))

    for path in ("/steward", "/steward/emergency", "/steward/imports?run=1"):
        assert (await desk.browser.get(path)).status_code == 403
    assert (await desk.post("/steward/calls", do="checked")).status_code in {403, 404}


async def test_a_navigator_opens_no_desk(desk: StewardsDesk, database: Database) -> None:
    desk.browser.cookies.clear()
    sam = await a_person(database, desk.front_door, Role.NAVIGATOR, name="Sam")
    await sign_in_as(desk.browser, sam)

    assert (await desk.browser.get("/steward")).status_code == 403


async def test_the_desk_speaks_spanish(desk: StewardsDesk) -> None:
    await desk.lists(assured_date=None)

    page = shown(await desk.browser.get("/steward?lang=es"))

    assert "Llamadas de hoy" in page
    assert "Búsquedas sin resultado" in page


async def test_a_place_that_says_we_dont_offer_it_makes_its_record_due(
    desk: StewardsDesk, database: Database
) -> None:
    listed = await desk.lists(assured_date=today() - timedelta(days=30))
    town = await a_town(database, now=clock.now())
    town.listing = replace(town.listing, service_at_location_id=listed.id)
    sent = await town.sent(clock.now())

    await town.says(
        sent.id, AgencySays.NO, town.page(clock.now()), reason=Reason.SERVICE_NOT_OFFERED
    )

    page = shown(await desk.browser.get("/steward"))
    assert "A request came back: they don’t offer it, or the record is wrong" in page
    assert "Ana" not in page
