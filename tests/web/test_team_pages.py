"""The coordinator: team page, hand-over, cover; nothing is ever without somebody (practice 5.9)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest_asyncio
from sqlalchemy import text

from accounts.people import disable_person
from accounts.rules import MemberKind, Role
from builders.accounts import a_member, a_person
from builders.looking import events, task_rows, templates
from builders.team_office import TeamOffice, a_team_office, shown
from referrals.actions import AgencySays
from referrals.actions.handing_over import HandOver, hand_over
from referrals.consent import NamingLevel
from referrals.models import Referral, StaffTask
from referrals.reasons import Reason
from referrals.tasks import TaskKind
from shared import clock
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    import httpx

    from shared.database import Database


@pytest_asyncio.fixture
async def office(client: httpx.AsyncClient, database: Database) -> TeamOffice:
    return await a_team_office(client, database)


async def test_nothing_late_says_so_and_what_is_next(office: TeamOffice) -> None:
    await office.sent_by(office.rosa, "Rosa", now=clock.now())
    await office.sign_in(office.grace)

    page = await office.browser.get("/team")

    assert page.status_code == 200
    assert "Nothing late." in shown(page)
    assert "Next due" in shown(page)
    assert "Nobody has gone quiet" in shown(page)


async def test_an_empty_team_page_needs_no_requests(office: TeamOffice) -> None:
    await office.sign_in(office.grace)

    words = shown(await office.browser.get("/team"))

    assert "Nothing late." in words
    assert "Rosa Medina" in words
    assert "Nothing has ended yet." in words


async def test_ours_comes_before_what_a_place_owes(office: TeamOffice) -> None:
    long_ago = clock.now() - timedelta(days=20)
    await office.sent_by(office.rosa, "Rosa", now=long_ago)
    bad = await office.sent_by(office.tom, "Tom", now=long_ago)
    await office.town.says(
        bad.id, AgencySays.NO, office.town.page(long_ago), reason=Reason.NO_CAPACITY
    )
    await office.sign_in(office.grace)

    page = await office.browser.get("/team")
    words = shown(page)

    assert page.text.count('class="bars"') == 2
    assert "How long our late steps have waited 0 Less than a day" in words
    assert "1 A week or longer" in words
    assert "What ended in the last 30 days 1 " in words
    assert "0 of 1 got help by the patient’s word." in words
    assert "1 late, ours" in words
    assert "1 late, places" in words
    assert words.index("Ours first: we owe the next step") < words.index("a place owes an answer")
    assert "Say what comes next" in words
    assert "1 step of ours is late, of 1 that are ours to do." in words
    assert "They said no" in words


async def test_a_place_gone_quiet_is_one_call_for_all_workers(office: TeamOffice) -> None:
    long_ago = clock.now() - timedelta(days=30)
    for person, name in ((office.rosa, "Rosa"), (office.tom, "Tom")):
        sent = await office.sent_by(person, name, now=long_ago)
        await office.town.says(sent.id, AgencySays.YES, office.town.page(long_ago))
    await office.sign_in(office.grace)

    words = shown(await office.browser.get("/team"))

    assert "1 places gone quiet" in words
    assert "Harbor Pantry : 2 open, last word" in words


async def test_only_a_coordinator_opens_the_team_page(office: TeamOffice) -> None:
    await office.sign_in(office.rosa)

    for path in ("/team", "/team/hand-over", f"/team/hand-over/{office.tom.id}"):
        assert (await office.browser.get(path)).status_code == 403


async def test_all_of_somebodys_requests_go_over_at_once_and_the_patient_is_told_once(
    office: TeamOffice,
) -> None:
    first = await office.sent_by(office.tom, "Tom")
    second = await office.sent_by(office.tom, "Tom")
    draft = await office.drafted_by(office.tom, "Tom")
    await office.sign_in(office.grace)
    page = await office.browser.get(f"/team/hand-over/{office.tom.id}")
    assert "3 requests." in shown(page)

    answer = await office.post(
        f"/team/hand-over/{office.tom.id}",
        to=str(office.rosa.id),
        request=[str(each.id) for each in (first, second, draft)],
    )

    assert answer.status_code == 303, shown(answer)
    assert answer.headers["location"] == "/team?handed=3&told=1"
    told = shown(await office.browser.get("/team?handed=3&told=1"))
    assert "3 requests went over. 1 patient is told by text who writes now." in told
    for each in (first, second, draft):
        row = await office.town.read(each.id)
        assert (row.owner_person_id, row.owner_name) == (office.rosa.id, "Rosa")
        assert (await events(office.town, each.id))[-1].kind == "owner_changed"
    texts = [await templates(office.town, each.id) for each in (first, second, draft)]
    assert sorted(each.count("PO") for each in texts) == [0, 0, 1]


async def test_tasks_go_with_the_request(office: TeamOffice) -> None:
    sent = await office.sent_by(office.tom, "Tom")
    await office.town.says(
        sent.id, AgencySays.NO, office.town.page(clock.now()), reason=Reason.NO_CAPACITY
    )
    await _hand_over(office, HandOver(office.tom.id, office.rosa.id))

    assert {task.person_id for task in await task_rows(office.town, sent.id)} == {office.rosa.id}


async def test_chosen_ones_go_and_the_others_stay(office: TeamOffice) -> None:
    goes, stays = [await office.sent_by(office.tom, "Tom") for _ in range(2)]

    await _hand_over(office, HandOver(office.tom.id, office.rosa.id, {goes.id}))

    assert (await office.town.read(goes.id)).owner_person_id == office.rosa.id
    assert (await office.town.read(stays.id)).owner_person_id == office.tom.id


async def test_whoever_chose_the_neutral_level_is_not_texted_who_writes_now(
    office: TeamOffice,
) -> None:
    sent = await office.sent_by(office.tom, "Tom")
    async with office.as_clinic() as session:
        row = await session.get(Referral, sent.id)
        assert row is not None
        row.naming_level = NamingLevel.NEUTRAL

    done = await _hand_over(office, HandOver(office.tom.id, office.rosa.id))

    assert done == (1, 0)
    assert "PO" not in await templates(office.town, sent.id)


async def test_a_hand_over_to_somebody_who_cannot_take_it_changes_nothing(
    office: TeamOffice, database: Database
) -> None:
    sent = await office.sent_by(office.tom, "Tom")
    elsewhere = await a_member(database, "Oak School", now=clock.now())
    stranger = await a_person(database, elsewhere, Role.NAVIGATOR, name="Maya")
    steward = await a_person(database, office.town.clinic, Role.STEWARD, name="Nadia")
    await office.sign_in(office.grace)

    for to, words in (
        (str(stranger.id), "Choose a colleague from the list."),
        (str(steward.id), "Choose a colleague from the list."),
        (str(office.tom.id), "Choose somebody else."),
        ("", "Choose who takes them."),
    ):
        answer = await office.post(
            f"/team/hand-over/{office.tom.id}", to=to, request=[str(sent.id)]
        )
        assert answer.status_code == 400
        assert words in shown(answer)
    untouched = await office.post(f"/team/hand-over/{office.tom.id}", to=str(office.rosa.id))
    assert "Choose at least one request." in shown(untouched)
    assert (await office.town.read(sent.id)).owner_person_id == office.tom.id


async def test_a_hand_over_of_somebody_elsewhere_is_not_there(
    office: TeamOffice, database: Database
) -> None:
    elsewhere = await a_member(database, "Oak School", kind=MemberKind.CLINIC, now=clock.now())
    stranger = await a_person(database, elsewhere, Role.NAVIGATOR, name="Maya")
    await office.sign_in(office.grace)

    theirs = await office.browser.get(f"/team/hand-over/{stranger.id}")
    nobodys = await office.browser.get(f"/team/hand-over/{new_id()}")

    assert (theirs.status_code, nobodys.status_code) == (404, 404)


async def test_whoever_is_disabled_leaves_nothing_without_somebody(office: TeamOffice) -> None:
    sent = await office.sent_by(office.tom, "Tom")
    await office.town.says(sent.id, AgencySays.YES, office.town.page(clock.now()))
    async with office.as_clinic() as session:
        await disable_person(session, office.tom.id, now=clock.now())

    row = await office.town.read(sent.id)
    assert (row.owner_person_id, row.owner_name) == (None, "")
    assert "PO" not in await templates(office.town, sent.id)
    await office.sign_in(office.rosa)
    assert "Ana Flores" in shown(await office.browser.get("/today"))
    await office.sign_in(office.grace)
    assert "1 open request has no owner" in shown(await office.browser.get("/team"))

    answer = await office.post("/team/hand-over", to=str(office.rosa.id), request=[str(sent.id)])

    assert answer.headers["location"] == "/team?handed=1&told=1"
    assert (await office.town.read(sent.id)).owner_person_id == office.rosa.id


async def test_a_restricted_teams_request_of_somebody_disabled_is_the_teams(
    office: TeamOffice, owner_database: Database
) -> None:
    team, sent = new_id(), await office.sent_by(office.tom, "Tom")
    async with owner_database.transaction(Context()) as session:
        await session.execute(
            text("update referral set restricted_team_id = :team where id = :id"),
            {"team": team, "id": sent.id},
        )

    async with office.as_clinic() as session:
        await disable_person(session, office.tom.id, now=clock.now())

    async with office.database.transaction(
        Context(office.town.clinic, team_ids=(team,))
    ) as session:
        rows = await session.execute(
            text("select owner_person_id, owner_name from referral where id = :id"),
            {"id": sent.id},
        )
        assert [tuple(row) for row in rows] == [(None, "")]


async def test_whoever_covers_sees_the_list_and_both_get_the_texts(office: TeamOffice) -> None:
    sent = await office.sent_by(office.tom, "Tom")
    word = office.town.patient(clock.now())
    await office.town.answers(sent.id, 5, word)
    await office.sign_in(office.tom)
    today = clock.now().date()

    answer = await office.post(
        "/today/cover",
        do="start",
        by=str(office.rosa.id),
        starts=(today - timedelta(days=1)).isoformat(),
        ends=(today + timedelta(days=2)).isoformat(),
    )

    assert answer.status_code == 303, shown(answer)
    assert "Tom Okafor is away" in shown(await office.browser.get("/today/cover?done=1"))
    assert "Ana Flores" in shown(await office.browser.get("/today"))
    await office.sign_in(office.rosa)
    page = shown(await office.browser.get("/today"))
    assert "You cover for Tom Okafor until" in page
    assert "1 open. 1 needs you." in page
    assert "you cover for Tom Okafor" in page
    await office.sign_in(office.grace)
    assert "Rosa Medina covers" in shown(await office.browser.get("/team"))


async def test_without_cover_a_colleagues_list_is_not_on_todays_page(office: TeamOffice) -> None:
    sent = await office.sent_by(office.tom, "Tom")
    await office.town.answers(sent.id, 5, office.town.patient(clock.now()))
    await office.sign_in(office.rosa)

    page = shown(await office.browser.get("/today"))

    assert "Ana Flores" not in page
    assert "You cover for nobody." in page


async def test_a_cover_that_is_ended_is_over(office: TeamOffice) -> None:
    await office.sent_by(office.tom, "Tom")
    await office.sign_in(office.tom)
    today = clock.now().date()
    days = {"starts": today.isoformat(), "ends": (today + timedelta(days=2)).isoformat()}
    await office.post("/today/cover", do="start", by=str(office.rosa.id), **days)
    async with office.as_clinic() as session:
        cover_id = await session.scalar(text("select id from cover"))

    await office.sign_in(office.rosa)
    version = (await office.browser.get("/today/version")).text
    assert (await office.post("/today/cover", do="end", cover=str(cover_id))).status_code == 303

    assert (await office.browser.get("/today/version")).text != version
    assert "You cover for nobody." in shown(await office.browser.get("/today"))
    assert "Nobody is away." in shown(await office.browser.get("/today/cover"))


async def test_a_cover_that_makes_no_sense_is_told_beside_its_field(office: TeamOffice) -> None:
    await office.sign_in(office.tom)
    today = clock.now().date()
    good = {
        "do": "start",
        "by": str(office.rosa.id),
        "starts": today.isoformat(),
        "ends": (today + timedelta(days=2)).isoformat(),
    }
    for changed, words in (
        ({"by": str(office.tom.id)}, "Choose somebody else to cover."),
        ({"by": ""}, "Choose a colleague from the list."),
        ({"starts": ""}, "Choose the first day."),
        ({"ends": ""}, "Choose the last day."),
        ({"ends": (today - timedelta(days=1)).isoformat()}, "The last day comes before the first."),
        ({"who": str(office.rosa.id)}, "You can say this for yourself only."),
        ({"ends": (today + timedelta(days=900)).isoformat()}, "A cover lasts a year at most."),
    ):
        answer = await office.post("/today/cover", **{**good, **changed})
        assert answer.status_code == 400, changed
        assert words in shown(answer)
    assert (await office.post("/today/cover", **good)).status_code == 303
    again = await office.post("/today/cover", **good)
    assert "These days are covered already." in shown(again)


async def test_nobody_ends_a_cover_of_others(office: TeamOffice, database: Database) -> None:
    nadia = await a_person(database, office.town.clinic, Role.NAVIGATOR, name="Nadia")
    await office.sign_in(office.tom)
    today = clock.now().date()
    days = {"starts": today.isoformat(), "ends": today.isoformat()}
    await office.post("/today/cover", do="start", by=str(office.rosa.id), **days)
    async with office.as_clinic() as session:
        cover_id = await session.scalar(text("select id from cover"))
    await office.sign_in(nadia)

    assert (await office.post("/today/cover", do="end", cover=str(cover_id))).status_code == 404
    assert (await office.post("/today/cover", do="end", cover="x")).status_code == 404


async def test_danger_comes_first_among_the_calls(office: TeamOffice) -> None:
    calm, pressing = [await office.sent_by(office.rosa, "Rosa") for _ in range(2)]
    await office.town.answers(calm.id, 5, office.town.patient(clock.now()))
    async with office.as_clinic() as session:
        session.add(
            StaffTask(
                organization_id=office.town.clinic,
                referral_id=pressing.id,
                kind=TaskKind.READ_DANGER,
                person_id=office.rosa.id,
                due_at=clock.now() + timedelta(days=1),
                facts={},
                words="landlord says we are evicted tomorrow",
                created_at=clock.now(),
            )
        )
    await office.sign_in(office.rosa)

    page = await office.browser.get("/today")

    calls = page.text.partition('id="calls"')[2].partition("</section>")[0]
    assert calls.index("Their text has danger words") < calls.index("they asked for a call")


async def _hand_over(office: TeamOffice, wish: HandOver) -> tuple[int, int]:
    async with office.as_clinic() as session:
        done = await hand_over(session, wish, word=office.word_of(office.grace))
    return done.requests, done.told
