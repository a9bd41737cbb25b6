"""The agency's page of one request, by link (practice 5.6)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from sqlalchemy import text

from accounts.api import (
    LinkPurpose,
    create_confirm_link,
    revoke_links,
    verified_channels,
)
from builders.agency_office import MAILBOX, NAMES_ANA, Office, an_office
from builders.browsing import OURS
from builders.holding_links import said_on, without_secrets
from builders.referrals import Town
from referrals.actions import AgencySays, withdraw
from referrals.lifecycle import BusinessStatus
from referrals.overdue import Urgency
from referrals.reasons import Reason
from shared import clock
from shared.crypto import link_token
from shared.database import Context

if TYPE_CHECKING:
    import httpx

    from shared.database import Database

S = BusinessStatus
# What a look may add: who looked, and nothing else.
LOOKING_WRITES = {"audit_event"}


@pytest_asyncio.fixture
async def office(client: httpx.AsyncClient, database: Database) -> Office:
    return await an_office(database, client)


async def rows_of(database: Database, town: Town) -> dict[str, int]:
    """How many rows each table of the loop has, as both parties see them together."""
    found: dict[str, int] = {}
    for context in (Context(town.clinic), Context(town.agency)):
        async with database.transaction(context) as session:
            for table in (
                "referral",
                "referral_event",
                "message",
                "staff_task",
                "audit_event",
                "referral_disclosure",
                "shared_note",
            ):
                count = await session.scalar(text(f"select count(*) from {table}"))  # noqa: S608
                found[table] = found.get(table, 0) + int(count or 0)
    return found


# By link: looking


async def test_the_page_says_who_asks_what_for_and_by_when(office: Office) -> None:
    holder = await office.holder(await office.asked(facts=("no_car",)))

    page = said_on((await holder.look()).text)

    for words in (
        "Lincoln Clinic asks: can you help with food?",
        "Please answer by",
        "4 people",
        "Spanish",
        "20010",
        "No car",
        "Rosa",
        "For Harbor Pantry",
        "Yes, we can help",
        "We may know them already",
        "Never send us requests",
    ):
        assert words in page, words


async def test_the_page_speaks_spanish(office: Office) -> None:
    holder = await office.holder(await office.asked())

    page = said_on((await holder.look("es")).text)

    assert "¿pueden ayudar con comida?" in page
    assert "Sí, podemos ayudar" in page
    assert "Please" not in page


async def test_nothing_on_the_page_tells_who_it_is_before_somebody_asked(office: Office) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)
    await holder.press("yes")

    page = (await holder.look()).text

    assert "Show who this is" in page
    for canary in NAMES_ANA:
        assert canary not in without_secrets(page), canary


async def test_a_scanner_that_opens_the_link_100_times_changes_nothing(office: Office) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)
    before = await rows_of(office.database, office.town)
    stood = await office.town.read(referral.id)

    for method in ("GET", "HEAD") * 50:
        answer = await office.browser.request(method, holder.path)
        assert answer.status_code in {200, 405}

    after = await rows_of(office.database, office.town)
    assert {name for name in after if after[name] != before[name]} <= LOOKING_WRITES
    stands = await office.town.read(referral.id)
    assert (stands.version, stands.viewed_at, stands.changed_at) == (
        stood.version,
        None,
        stood.changed_at,
    )


async def test_whatever_is_wrong_with_a_link_its_page_reads_the_same(office: Office) -> None:
    town, now = office.town, clock.now()
    referral = await office.asked()
    revoked = await office.holder(referral)
    async with office.database.transaction(Context(town.agency)) as session:
        await revoke_links(session, referral.id, LinkPurpose.AGENCY, now=now)
        confirms = link_token(
            await create_confirm_link(
                session, organization_id=town.agency, channel_id=town.channels[0], now=now
            )
        )
    good = await office.holder(referral)
    forged = good.path[:-1] + ("A" if good.path[-1] != "A" else "B")
    paths = [revoked.path, f"/r/{confirms}", forged, "/r/nonsense", f"/r/{'x' * 500}"]

    bodies = set()
    for path in paths:
        answer = await office.browser.get(path)
        assert answer.status_code == 404
        bodies.add(answer.text.replace(path, "/r/…"))

    assert len(bodies) == 1


async def test_a_link_opens_one_request_and_no_other(office: Office) -> None:
    food, bed = await office.asked(), await office.asked(need="housing")
    holder = await office.holder(food)

    page = said_on((await holder.look()).text)

    assert "food" in page
    assert "housing" not in page.lower()
    assert str(bed.id) not in (await holder.look()).text


# By link: answering


async def test_yes_is_one_press_and_moves_at_once(office: Office) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)

    answer = await holder.press("yes")

    assert (answer.status_code, answer.headers["location"]) == (303, holder.path)
    assert await office.status(referral) is S.ACCEPTED
    page = said_on((await holder.look()).text)
    assert "You said yes. Thank you" in page
    assert "It can be undone until" in page


async def test_pressing_twice_is_one_answer(office: Office) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)
    page = (await holder.look()).text
    await holder.send(page, "yes")
    version = (await office.town.read(referral.id)).version

    again = await holder.send(page, "yes")

    assert again.status_code == 303
    assert (await office.town.read(referral.id)).version == version


async def test_an_answer_without_our_forms_nonce_is_refused(office: Office) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)

    answer = await office.browser.post(holder.path, data={"do": "yes"}, headers=OURS)

    assert answer.status_code == 403
    assert await office.status(referral) is S.SENT


async def test_no_needs_a_reason_and_keeps_what_was_typed(office: Office) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)

    answer = await holder.press("no", suggestion="St Mary’s Table")

    assert answer.status_code == 400
    assert "Choose why not." in said_on(answer.text)
    assert "St Mary’s Table" in answer.text
    assert await office.status(referral) is S.SENT


async def test_no_waits_half_an_hour_and_can_be_undone(office: Office) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)
    await holder.press("no", why="no_capacity", suggestion="St Mary’s Table")

    page = said_on((await holder.look()).text)
    assert "You said no" in page
    assert "It can be undone until" in page
    assert await office.status(referral) is S.SENT

    await holder.press("undo")
    again = said_on((await holder.look()).text)
    assert "Yes, we can help" in again
    assert "You took your answer back" in again
    assert (await office.town.read(referral.id)).held is None


async def test_a_yes_by_mistake_opens_the_request_again_under_its_own_link(
    office: Office,
) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)
    await holder.press("yes")

    answer = await holder.press("undo")

    assert answer.headers["location"] != holder.path
    fresh = await office.browser.get(answer.headers["location"])
    assert "Yes, we can help" in said_on(fresh.text)
    old = said_on((await holder.look()).text)
    assert "You took your answer back" in old
    sent = await holder.press("new_link")
    assert "A new link is on its way" in said_on(sent.text)


async def test_a_question_goes_to_the_sender_and_can_still_be_followed_by_yes(
    office: Office,
) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)
    assert "Write your question." in said_on((await holder.press("ask")).text)

    await holder.press("ask", question="Do they have a stove?")

    page = said_on((await holder.look()).text)
    assert "Rosa has your question" in page
    assert "Do they have a stove?" in page
    await holder.press("yes")
    assert await office.status(referral) is S.ACCEPTED


async def test_we_may_know_them_asks_for_a_call_and_names_nobody(office: Office) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)

    await holder.press("known")

    page = said_on((await holder.look()).text)
    assert "Rosa calls you" in page
    assert "We may know them already." in page
    async with office.town.as_clinic() as session:
        kinds = await session.scalars(text("select kind from staff_task"))
        assert "call_agency_asked" in set(kinds)


async def test_whoever_comes_second_reads_who_was_first(office: Office) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)
    page = (await holder.look()).text
    await office.answers_by_page(referral, AgencySays.YES)

    answer = await holder.send(page, "no", why="no_capacity")

    assert answer.status_code == 409
    words = said_on(answer.text)
    assert re.search(r"Maria already said “yes” at \d", words), words
    assert "Your answer was not saved." in words
    assert await office.status(referral) is S.ACCEPTED


async def test_who_this_is_is_shown_by_post_after_a_yes_and_written_down(office: Office) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)
    early = await holder.press("show")
    assert early.status_code == 409
    assert all(canary not in without_secrets(early.text) for canary in NAMES_ANA)
    await holder.press("yes")

    await holder.press("show", your_name="Denise")

    page = (await holder.look()).text
    words = said_on(page)
    for told in (
        "Ana Flores",
        "Please say Anita.",
        "Call 202-555-0137",
        "After 3 pm",
        "Spanish",
        "Do not leave one",
        "Shown to Denise today",
    ):
        assert told in words, told
    assert 'href="tel:+12025550137"' in page
    async with office.town.as_agency() as session:
        actors = await session.scalars(
            text("select actor from audit_event where action = 'identity_shown'")
        )
        assert list(actors) == [f"agency_link:{holder.link_id}"]
    assert "It can be undone until" not in words


async def test_it_can_be_hidden_again(office: Office) -> None:
    holder = await office.holder(await office.asked())
    await holder.press("yes")
    await holder.press("show")

    await holder.press("hide")

    page = (await holder.look()).text
    assert all(canary not in without_secrets(page) for canary in NAMES_ANA)
    assert "Show who this is" in page


async def test_consent_taken_back_hides_who_it_was(office: Office) -> None:
    from referrals.actions import revoke_consent

    referral = await office.asked()
    holder = await office.holder(referral)
    await holder.press("yes")
    await holder.press("show")
    async with office.town.as_clinic() as session:
        await revoke_consent(session, referral.id, word=office.town.sender(clock.now()))

    page = (await holder.look()).text

    assert all(canary not in without_secrets(page) for canary in NAMES_ANA)


@pytest.mark.parametrize(
    ("how", "status", "words"),
    [
        ("helped", S.SERVICE_REPORTED, "You told us that you helped"),
        ("did_not_come", S.UNABLE, "You told us that they did not come"),
        ("could_not_reach", S.UNABLE, "You told us that you could not reach them"),
        ("not_eligible", S.UNABLE, "You told us that they don’t fit your rules"),
        ("still_working", S.CONTACTING, "You said yes"),
        ("call_me", S.ACCEPTED, "You asked for a call"),
    ],
)
async def test_how_it_went_is_one_choice(office: Office, how: str, status: S, words: str) -> None:
    referral = await office.asked(urgency=Urgency.THIS_WEEK)
    holder = await office.holder(referral)
    await holder.press("yes")

    await holder.press("outcome", how=how, note="Came on Thursday.")

    assert words in said_on((await holder.look()).text)
    stands = await office.town.read(referral.id)
    held_to = S(stands.held["to"]) if stands.held else stands.status
    assert held_to is status


async def test_a_visit_has_a_day_in_the_agencys_own_time(office: Office) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)
    await holder.press("yes")
    day = (clock.now() + timedelta(days=20)).date().isoformat()
    past = await holder.press("visit", visit_day="2020-01-07", visit_hour="10:30")
    assert "This time is over" in said_on(past.text)

    await holder.press("visit", visit_day=day, visit_hour="10:30", visit_note="Door B")

    stands = await office.town.read(referral.id)
    assert stands.status is S.SCHEDULED
    assert stands.visit_at is not None
    from zoneinfo import ZoneInfo

    local = stands.visit_at.astimezone(ZoneInfo("America/New_York"))
    assert (local.date().isoformat(), local.hour, local.minute) == (day, 10, 30)
    page = said_on((await holder.look()).text)
    assert "The visit is set:" in page
    assert "Door B" in page


async def test_what_is_no_longer_needed_says_stop_and_hears_a_late_helped(
    office: Office,
) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)
    async with office.town.as_clinic() as session:
        await withdraw(
            session,
            referral.id,
            word=office.town.sender(clock.now()),
            reason=Reason.NEED_CHANGED,
        )

    page = said_on((await holder.look()).text)
    assert "No longer needed. Please stop here. Thank you" in page
    assert "The need has changed" not in page

    await holder.press("helped")
    assert "You told us that you helped" in said_on((await holder.look()).text)


async def test_a_closed_request_has_nothing_open(office: Office) -> None:
    referral = await office.asked()
    holder = await office.holder(referral)
    await office.answers_by_page(referral, AgencySays.YES)
    await office.answers_by_page(referral, AgencySays.HELPED)
    await office.town.answers(referral.id, 1, office.town.patient(clock.now()))

    assert "Nothing open. Thank you" in said_on((await holder.look()).text)


async def test_a_walk_in_is_told_and_not_asked(office: Office) -> None:
    holder = await office.holder(await office.asked(how_to_start="walk_in"))

    page = said_on((await holder.look()).text)

    assert "Somebody will come to you with code" in page
    assert "You need not answer." in page
    assert "Show who this is" not in page


async def test_an_old_link_sends_a_new_one_to_the_same_mailbox(office: Office) -> None:
    referral = await office.asked()
    holder = await office.holder(referral, now=clock.now() - timedelta(days=8))
    page = await holder.look()
    words = said_on(page.text)
    assert "This link is older than 7 days" in words
    assert "d…@harbor.example" in words
    assert MAILBOX not in page.text
    assert "food" not in words.lower()

    sent = await holder.send(page.text, "new_link")

    assert "A new link is on its way" in said_on(sent.text)
    async with office.town.as_clinic() as session:
        messages = (
            await session.execute(
                text("select count(*) from message where template = 'agency_new_link'")
            )
        ).scalar_one()
    assert messages == 1


async def test_an_old_link_fills_no_mailbox_and_answers_nothing(office: Office) -> None:
    referral = await office.asked()
    holder = await office.holder(referral, now=clock.now() - timedelta(days=8))

    answers = [await holder.press("new_link") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    await holder.press("yes")

    assert await office.status(referral) is S.SENT


async def test_never_send_us_requests_stops_the_mailbox(office: Office) -> None:
    holder = await office.holder(await office.asked())

    await holder.press("never")

    assert "No more requests come to the mailbox" in said_on((await holder.look()).text)
    async with office.town.as_clinic() as session:
        left = await verified_channels(session, office.town.agency)
    assert [channel.kind for channel in left] == ["sms"]


async def test_a_pause_ends_by_itself_or_at_once(office: Office) -> None:
    holder = await office.holder(await office.asked())

    await holder.press("pause")

    assert "New requests are paused until" in said_on((await holder.look()).text)
    async with office.town.as_clinic() as session:
        paused = await verified_channels(session, office.town.agency)
        later = await verified_channels(
            session, office.town.agency, now=clock.now() + timedelta(days=8)
        )
    assert (len(paused), len(later)) == (1, 2)
    await holder.press("resume")
    assert "Pause new requests" in said_on((await holder.look()).text)
