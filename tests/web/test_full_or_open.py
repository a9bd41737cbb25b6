"""Open or full per service: said at the desk or behind a link, read on search, page and Send."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest_asyncio
from sqlalchemy import text

from accounts.members import claim_listing
from accounts.rules import MemberKind, Role
from builders.accounts import a_member, a_person
from builders.browsing import OURS, csrf_of, nonce_of, sign_in_as
from builders.listings import Listed
from builders.navigator_office import (
    Office,
    a_navigators_office,
    id_of,
    row,
    says,
    second_place,
    shown,
)
from directory.api import PauseHow, Said, full_until, next_monday, say_full
from referrals.actions import AgencySays, plan_b
from referrals.lifecycle import BusinessStatus as S
from shared import clock
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    import httpx

    from shared.database import Database

NEW_YORK = ZoneInfo("America/New_York")


@pytest_asyncio.fixture
async def office(client: httpx.AsyncClient, database: Database, owner_database: Database) -> Office:
    return await a_navigators_office(client, database, owner_database)


async def as_denise(office: Office) -> None:
    office.browser.cookies.clear()
    denise = await a_person(office.database, office.agency, Role.AGENCY_WORKER, name="Denise")
    await sign_in_as(office.browser, denise)


async def act(office: Office, path: str, **fields: Any) -> httpx.Response:
    base = {"csrf": await csrf_of(office.browser), "nonce": await nonce_of(office.browser)}
    return await office.browser.post(path, data={**base, **fields}, headers=OURS)


async def until(office: Office, place: Listed | None = None) -> str | None:
    now, wanted = clock.now(), (place or office.pantry).id
    async with office.database.transaction(Context()) as session:
        found = (await full_until(session, [wanted], now)).get(wanted)
    return found.astimezone(NEW_YORK).isoformat()[:16] if found else None


async def mark_full(office: Office, place: Listed | None = None) -> None:
    now = clock.now()
    async with office.database.transaction(Context(office.agency)) as session:
        listed = place or office.pantry
        await claim_listing(session, listed.organization_id, now=now)
        said = Said(PauseHow.DESK, new_id(), now)
        assert await say_full(session, [listed.id], next_monday(now, NEW_YORK), said)


async def test_the_desk_marks_a_service_full_changes_the_day_and_opens_it(office: Office) -> None:
    await as_denise(office)
    empty = shown(await office.browser.get("/desk"))
    assert "No requests" in empty
    assert "You are marked OPEN for Harbor Pantry." in empty
    path = f"/desk/services/{office.pantry.id}"
    day = (clock.now() + timedelta(days=20)).date().isoformat()

    answer = await act(office, path, do="full", until=day)

    assert answer.status_code == 303
    assert await until(office) == f"{day}T09:00"
    page = shown(await office.browser.get("/desk"))
    assert "Full until" in page
    assert "You are marked FULL for Harbor Pantry." in page
    assert "service_full" in await office.audited() or await agency_audited(office)
    await act(office, path, do="full")
    assert (
        await until(office)
        == next_monday(clock.now(), NEW_YORK).astimezone(NEW_YORK).isoformat()[:16]
    )
    await act(office, path, do="open")
    assert await until(office) is None


async def agency_audited(office: Office) -> bool:
    office.clinic, clinic = office.agency, office.clinic
    found = "service_full" in await office.audited()
    office.clinic = clinic
    return found


async def test_a_day_that_is_past_or_too_far_is_refused_beside_its_field(office: Office) -> None:
    await as_denise(office)
    path = f"/desk/services/{office.pantry.id}"
    for day in ("2020-01-01", "2090-01-01"):
        answer = await act(office, path, do="full", until=day)
        assert answer.status_code == 400
        assert f'id="until-{office.pantry.id}-error"' in answer.text
    assert await until(office) is None


async def test_nobody_marks_a_service_of_another_agency(office: Office) -> None:
    other = await a_member(office.database, "Oak School", kind=MemberKind.AGENCY, now=clock.now())
    office.browser.cookies.clear()
    maya = await a_person(office.database, other, Role.AGENCY_WORKER, name="Maya")
    await sign_in_as(office.browser, maya)
    for does in ("full", "open"):
        answer = await act(office, f"/desk/services/{office.pantry.id}", do=does)
        assert answer.status_code == 404
    assert await until(office) is None


async def test_whoever_holds_a_link_marks_that_requests_service(office: Office) -> None:
    address = await office.sent()
    holder = await office.agency_link(address)
    page = await office.browser.get(holder.path)
    assert "Open or full" in shown(page)

    answer = await holder.press("full")

    assert answer.status_code == 303
    assert await until(office)
    assert (await row(office, id_of(address))).status is S.SENT
    assert "Full until" in shown(await office.browser.get(holder.path))
    await holder.press("open_service")
    assert await until(office) is None


async def test_everybody_reads_it_in_results_and_on_the_page_in_both_languages(
    office: Office,
) -> None:
    await mark_full(office)
    office.browser.cookies.clear()
    place = office.pantry.id
    for path in ("/search?q=Harbor+Pantry&near=21801", f"/services/{place}?"):
        english = (await office.browser.get(f"{path}&lang=en")).text
        assert "Not taking new requests until Mon " in english
        spanish = (await office.browser.get(f"{path}&lang=es")).text
        assert "No acepta pedidos nuevos hasta el lunes " in spanish


async def test_send_warns_and_wants_a_tick(office: Office) -> None:
    await mark_full(office)
    page = await office.browser.get(f"/send?place={office.pantry.id}")
    assert "Not taking new requests until Mon " in page.text

    refused = await office.send()

    assert refused.status_code == 400
    assert 'id="although_full-error"' in refused.text
    sent = await office.sent(although_full="1")
    assert (await row(office, id_of(sent))).status is S.SENT


async def test_a_full_place_is_kept_as_a_draft_and_may_be_handed_over_by_phone(
    office: Office,
) -> None:
    await mark_full(office)
    draft = await office.send(do="draft")
    assert draft.status_code == 303
    called = await office.send(
        do="hand_over", said="yes", spoke_with="Denise", spoke_with_role="lead", next_step="Call"
    )
    assert called.status_code == 303, shown(called)


async def test_a_full_place_is_offered_last(office: Office, owner_database: Database) -> None:
    await mark_full(office)
    other = await second_place(owner_database)
    draft = await office.send(do="draft", places=[str(office.pantry.id), str(other.id)])
    referral_id = draft.headers["location"].rpartition("/")[2].partition("?")[0]
    page = (await office.browser.get(f"/send?draft={referral_id}")).text
    first, last = (page.index(f'value="{each.id}"') for each in (other, office.pantry))
    assert first < last


async def test_plan_b_passes_over_a_full_place(office: Office, owner_database: Database) -> None:
    second = await second_place(owner_database)
    third = await second_place(owner_database, "Oak Pantry")
    address = await office.sent(places=[str(each.id) for each in (office.pantry, second, third)])
    await mark_full(office, second)
    referral = await row(office, id_of(address))
    async with office.database.transaction(Context(office.clinic)) as session:
        found = await plan_b.next_listing(session, referral, clock.now())
    assert found is not None
    assert found.service_at_location_id == third.id


async def test_the_figures_stand_beside_the_senders(office: Office) -> None:
    first, second = await office.sent(), await office.sent(name="Ben Ode", phone="202-555-0138")
    await says(office, first, AgencySays.YES)
    await says(office, first, AgencySays.HELPED)
    assert second
    await as_denise(office)
    page = shown(await office.browser.get("/desk"))
    assert "Requests sent to us 2 2" in page
    assert "Yes, or they just walk in 1 1" in page
    assert "We say helped 1 1" in page
    assert "Patients say got help – 0" in page


async def hear(office: Office, address: str, **fields: Any) -> httpx.Response:
    told = {"full_by": "Denise", "full_role": "intake lead", "full_how": "phone", **fields}
    return await office.step(address, "full-said", **told)


async def test_full_heard_by_phone_counts_as_the_places_word(office: Office) -> None:
    address = await office.sent()
    day = (clock.now() + timedelta(days=20)).date().isoformat()

    answer = await hear(office, address, full_says="full", full_until=day)

    assert answer.status_code == 303, shown(answer)
    assert await until(office) == f"{day}T09:00"
    assert (await row(office, id_of(address))).status is S.SENT
    page = shown(await office.browser.get(address))
    assert "Harbor Pantry Inc told us" in page
    assert "Denise" in page
    assert "Now: Full until" in page
    assert "service_full" in await office.audited()
    assert (await hear(office, address, full_says="open")).status_code == 303
    assert await until(office) is None


async def test_full_without_a_day_lasts_until_monday(office: Office) -> None:
    address = await office.sent()

    await hear(office, address, full_says="full")

    monday = next_monday(clock.now(), NEW_YORK).astimezone(NEW_YORK)
    assert await until(office) == monday.isoformat()[:16]


async def test_who_said_it_and_a_day_that_may_be_are_asked_for(office: Office) -> None:
    address = await office.sent()
    for wrong, said in (
        ({"full_says": "full", "full_by": ""}, "Write who said it."),
        ({"full_says": "", "full_by": "Denise"}, "Choose what they said."),
        ({"full_says": "full", "full_until": "2090-01-01"}, "Choose a day from tomorrow"),
        ({"full_says": "full", "full_until": "nonsense"}, ""),
    ):
        answer = await hear(office, address, **wrong)
        assert answer.status_code == 400, wrong
        assert said in shown(answer)
    assert await until(office) is None


async def test_what_the_place_said_itself_since_then_outranks_what_staff_heard(
    office: Office,
) -> None:
    address = await office.sent()
    async with office.database.transaction(Context(office.agency)) as session:
        said = Said(PauseHow.DESK, new_id(), clock.now())
        await say_full(session, [office.pantry.id], next_monday(clock.now(), NEW_YORK), said)
    yesterday = (clock.now().astimezone(NEW_YORK) - timedelta(days=1)).date().isoformat()

    told = await hear(
        office, address, full_says="open", full_said_day=yesterday, full_said_hour="10:00"
    )

    assert told.status_code == 303, shown(told)
    assert await until(office) is not None


async def test_only_the_sender_of_a_request_hears_for_its_place(office: Office) -> None:
    address = await office.sent()
    await office.sign_in_elsewhere(Role.NAVIGATOR)

    assert (await hear(office, address, full_says="full")).status_code == 404
    assert await until(office) is None


async def test_no_other_organization_can_say_it_below_the_page(office: Office) -> None:
    address = await office.sent()
    other = await a_member(office.database, "Elsewhere", now=clock.now())
    hear_it = text("select hear_full_or_open(:referral, :until, :change, :now)")
    keys = {
        "referral": id_of(address), "until": clock.now() + timedelta(days=3),
        "change": new_id(), "now": clock.now(),
    }  # fmt: skip

    for member in (other, office.agency):
        async with office.database.transaction(Context(member)) as session:
            assert (await session.execute(hear_it, keys)).scalar_one_or_none() is None

    assert await until(office) is None
