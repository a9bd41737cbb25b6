""" "Something wrong?": one press by anybody, read by the front door's steward alone."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from accounts.rules import MemberKind, Role
from builders.accounts import a_member, a_person
from builders.browsing import OURS, client_of, hidden
from builders.listings import NOW, Listing, list_service
from directory.actions import reports
from directory.actions.reports import OF_ONE_SERVICE, reports_waiting, settle_report
from directory.models import ServiceReport
from directory.models.public_pages import ReportOutcome, WhatIsWrong
from shared import clock
from shared.database import Context
from shared.errors import Conflict
from shared.identifiers import new_id
from shared.settings import get_settings
from web.app import create_app

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from builders.listings import Listed
    from shared.database import Database


@pytest.fixture(autouse=True)
def _on_a_wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
async def front_door(database: Database) -> UUID:
    return await a_member(database, "Front Door", kind=MemberKind.FRONT_DOOR)


@pytest.fixture
async def pantry(owner_database: Database) -> Listed:
    async with owner_database.transaction(Context()) as session:
        return await list_service(session, Listing())


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


async def press(client: httpx.AsyncClient, page_id: UUID, **said: str) -> httpx.Response:
    """Open the service's page and press one of its buttons."""
    page = await client.get(f"/services/{page_id}")
    form = {"nonce": hidden(page.text, "nonce"), "what": "wrong_number", **said}
    return await client.post(f"/services/{page_id}/report", data=form, headers=OURS)


async def test_one_press_on_the_service_page_reaches_the_steward(
    client: httpx.AsyncClient, database: Database, pantry: Listed, front_door: UUID
) -> None:
    answer = await press(client, pantry.id)

    assert answer.status_code == 200
    assert "You told us: The phone number is wrong." in words_of(answer.text)
    async with database.transaction(Context(front_door)) as session:
        (waiting,) = await reports_waiting(session)
    assert (waiting.what, waiting.page_id) == (WhatIsWrong.WRONG_NUMBER, pantry.id)
    assert (waiting.service, waiting.organization) == ("Harbor Pantry", "Harbor Pantry Inc")


async def test_the_page_of_a_service_itself_can_be_reported_too(
    client: httpx.AsyncClient, database: Database, pantry: Listed, front_door: UUID
) -> None:
    page = await client.get(f"/services/{pantry.service_id}/report")
    form = {"nonce": hidden(page.text, "nonce"), "what": "moved"}

    await client.post(f"/services/{pantry.service_id}/report", data=form, headers=OURS)

    async with database.transaction(Context(front_door)) as session:
        (waiting,) = await reports_waiting(session)
    assert waiting.page_id == pantry.service_id


async def test_pressing_twice_is_one_report_and_words_join_it(
    client: httpx.AsyncClient, database: Database, pantry: Listed, front_door: UUID
) -> None:
    first = await press(client, pantry.id)
    form = {"nonce": hidden(first.text, "nonce"), "what": "wrong_number"}
    path = f"/services/{pantry.id}/report"

    for _ in range(OF_ONE_SERVICE + 1):  # not counted: it is one report
        await client.post(path, data=form, headers=OURS)
    added = await client.post(path, data={**form, "note": "It is  202-555-0145 "}, headers=OURS)

    async with database.transaction(Context(front_door)) as session:
        (waiting,) = await reports_waiting(session)
    assert waiting.note == "It is 202-555-0145"
    assert "Your words are kept with it." in words_of(added.text)


async def test_words_are_sealed_and_never_longer_than_300(
    client: httpx.AsyncClient, database: Database, pantry: Listed, front_door: UUID
) -> None:
    await press(client, pantry.id, note="Quetzal " * 100)

    async with database.transaction(Context(front_door)) as session:
        row = (await session.scalars(select(ServiceReport))).one()
        assert len(row.note or "") == 300
        stored = await session.scalar(text("select r::text from service_report r"))
    assert "Quetzal" not in stored
    assert b"Quetzal".hex() not in stored


async def test_the_same_address_can_not_flood_one_service(
    client: httpx.AsyncClient, database: Database, pantry: Listed, front_door: UUID
) -> None:
    answers = [(await press(client, pantry.id)).status_code for _ in range(OF_ONE_SERVICE + 1)]

    assert answers == [200] * OF_ONE_SERVICE + [429]
    async with database.transaction(Context(front_door)) as session:
        assert len(await reports_waiting(session)) == OF_ONE_SERVICE


async def test_the_next_day_the_same_address_may_tell_again(
    client: httpx.AsyncClient,
    pantry: Listed,
    front_door: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(OF_ONE_SERVICE):
        await press(client, pantry.id)

    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1, minutes=1))

    assert (await press(client, pantry.id)).status_code == 200


async def test_the_same_address_can_not_flood_the_whole_directory(
    client: httpx.AsyncClient,
    owner_database: Database,
    pantry: Listed,
    front_door: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reports, "OF_ALL", 1)
    async with owner_database.transaction(Context()) as session:
        other = await list_service(session, Listing(name="Other"))
    await press(client, pantry.id)

    assert (await press(client, other.id)).status_code == 429


@pytest.mark.parametrize(
    "form",
    [{"what": "closed"}, {"what": "closed", "nonce": "1.forged.00"}],
)
async def test_a_form_that_is_not_ours_is_refused(
    client: httpx.AsyncClient,
    database: Database,
    pantry: Listed,
    front_door: UUID,
    form: dict[str, str],
) -> None:
    answer = await client.post(f"/services/{pantry.id}/report", data=form, headers=OURS)

    assert answer.status_code == 403
    async with database.transaction(Context(front_door)) as session:
        assert await reports_waiting(session) == []


async def test_another_sites_page_can_not_report(
    client: httpx.AsyncClient, pantry: Listed, front_door: UUID
) -> None:
    page = await client.get(f"/services/{pantry.id}")
    form = {"nonce": hidden(page.text, "nonce"), "what": "closed"}
    path = f"/services/{pantry.id}/report"

    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://other.example"}):
        assert (await client.post(path, data=form, headers=headers)).status_code == 403
    # an old phone without Sec-Fetch-Site, under our referrer policy
    assert (await client.post(path, data=form, headers={"origin": "null"})).status_code == 200


async def test_what_is_no_choice_is_refused_with_the_field(
    client: httpx.AsyncClient, pantry: Listed, front_door: UUID
) -> None:
    answer = await press(client, pantry.id, what="nonsense")

    assert answer.status_code == 400
    assert "Please press what is wrong." in words_of(answer.text)


async def test_a_page_nobody_has_can_not_be_reported(
    client: httpx.AsyncClient, pantry: Listed, front_door: UUID
) -> None:
    page = await client.get(f"/services/{pantry.id}")
    form = {"nonce": hidden(page.text, "nonce"), "what": "closed"}

    answer = await client.post(f"/services/{new_id()}/report", data=form, headers=OURS)

    assert answer.status_code == 404


async def test_without_a_front_door_people_are_told_whom_to_call(
    client: httpx.AsyncClient, pantry: Listed
) -> None:
    answer = await press(client, pantry.id)

    assert answer.status_code == 409
    assert "Please call the help line." in words_of(answer.text)


async def test_no_other_organization_reads_what_the_public_told(
    client: httpx.AsyncClient, database: Database, pantry: Listed, front_door: UUID
) -> None:
    await press(client, pantry.id)
    clinic = await a_member(database)

    for context in (Context(clinic), Context()):
        async with database.transaction(context) as session:
            assert await reports_waiting(session) == []


async def test_a_report_is_settled_once_and_leaves_a_trace(
    client: httpx.AsyncClient, database: Database, pantry: Listed, front_door: UUID
) -> None:
    await press(client, pantry.id)
    steward = await a_person(database, front_door, Role.STEWARD)
    async with database.transaction(Context(front_door)) as session:
        (waiting,) = await reports_waiting(session)
        settled = {"person_id": steward.id, "now": NOW}
        await settle_report(session, waiting.id, ReportOutcome.MENDED, **settled)
        with pytest.raises(Conflict):
            await settle_report(session, waiting.id, ReportOutcome.WAS_RIGHT, **settled)
        assert await reports_waiting(session) == []
        traces = await session.scalars(
            text("select action from audit_event where subject_id = :id"),
            {"id": pantry.service_id},
        )
    assert set(traces) == {"service_reported", "service_report_settled"}


async def test_the_reporters_address_is_kept_nowhere(
    client: httpx.AsyncClient, database: Database, pantry: Listed, front_door: UUID
) -> None:
    await press(client, pantry.id)

    async with database.transaction(Context(front_door)) as session:
        kept = await session.scalar(text("select string_agg(r::text, ' ') from service_report r"))
        audit = await session.scalar(text("select string_agg(a::text, ' ') from audit_event a"))
    assert "127.0.0.1" not in kept + audit


async def test_behind_a_trusted_proxy_each_caller_is_counted_alone(
    database: Database, pantry: Listed, front_door: UUID
) -> None:
    settings = get_settings().model_copy(update={"client_address_header": "x-forwarded-for"})
    async with client_of(create_app(settings, database)) as client:
        for _ in range(OF_ONE_SERVICE):
            client.headers["x-forwarded-for"] = "1.2.3.4, 192.0.2.7"
            assert (await press(client, pantry.id)).status_code == 200
        # what the caller wrote in front of the proxy's word changes nothing
        client.headers["x-forwarded-for"] = "9.9.9.9, 192.0.2.7"
        assert (await press(client, pantry.id)).status_code == 429
        client.headers["x-forwarded-for"] = "1.2.3.4, 192.0.2.8"
        assert (await press(client, pantry.id)).status_code == 200
