"""The agency chooses at its desk when each of its phones gets the day's text."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from accounts.channels import (
    NewChannel,
    add_answering_channel,
    channels_here,
    preset_channel,
    stop_channel,
)
from accounts.rules import ChannelKind, Role
from builders.accounts import a_person
from builders.agency_office import Office, an_office
from builders.browsing import OURS, csrf_of, nonce_of, sign_in_as
from builders.team_office import shown
from referrals.digests import list_hour
from shared import clock
from shared.identifiers import new_id

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from shared.database import Database


@pytest_asyncio.fixture
async def office(client: httpx.AsyncClient, database: Database) -> Office:
    found = await an_office(database, client)
    denise = await a_person(database, found.town.agency, Role.AGENCY_WORKER, name="Denise")
    await sign_in_as(client, denise)
    return found


async def say(office: Office, channel_id: UUID, hour: str) -> httpx.Response:
    fields: dict[str, Any] = {
        "csrf": await csrf_of(office.browser),
        "nonce": await nonce_of(office.browser),
        "hour": hour,
    }
    return await office.browser.post(f"/desk/phones/{channel_id}", data=fields, headers=OURS)


async def hour_of(office: Office, channel_id: UUID) -> time:
    async with office.town.as_clinic() as session:
        return (await list_hour(session, channel_id))[0]


async def test_a_phone_gets_its_list_at_the_hour_that_was_chosen(office: Office) -> None:
    phone = office.town.channels[0]
    page = shown(await office.browser.get("/desk/phones"))
    assert "Phone ending in 44" in page
    assert "Its list comes at 9 am." in page
    assert "202-555-0144" not in page

    assert (await say(office, phone, "16:00")).status_code == 303

    assert await hour_of(office, phone) == time(16)
    assert "Its list comes at 4 pm." in shown(await office.browser.get("/desk/phones"))
    assert (await say(office, phone, "start")).status_code == 303
    assert await hour_of(office, phone) == time(9)


async def test_the_desk_leads_there(office: Office) -> None:
    assert 'href="/desk/phones"' in (await office.browser.get("/desk")).text


async def test_it_is_read_in_spanish_too(office: Office) -> None:
    page = shown(await office.browser.get("/desk/phones?lang=es"))

    assert "Teléfono que termina en 44" in page


async def test_night_and_nonsense_are_refused_with_what_to_do(office: Office) -> None:
    phone = office.town.channels[0]

    for hour in ("03:00", "20:00", "", "noon", "16:30"):
        refused = await say(office, phone, hour)
        assert refused.status_code == 400, hour
        assert "Choose an hour from the list." in shown(refused)

    assert await hour_of(office, phone) == time(9)


async def test_mailboxes_and_phones_that_said_stop_are_not_listed(office: Office) -> None:
    mailbox = office.town.channels[1]
    async with office.town.as_agency() as session:
        await stop_channel(session, office.town.channels[0], now=clock.now())

    assert "No phone of yours gets texts." in shown(await office.browser.get("/desk/phones"))
    assert (await say(office, mailbox, "16:00")).status_code == 404


async def test_another_agencys_phone_is_not_there(office: Office, database: Database) -> None:
    other = await an_office(database, office.browser)
    async with other.town.as_agency() as session:
        new = NewChannel(other.town.agency, ChannelKind.SMS, "+12025550177")
        theirs = await add_answering_channel(session, new, now=clock.now())
        await preset_channel(session, theirs, now=clock.now())

    assert (await say(office, theirs, "16:00")).status_code == 404
    assert (await say(office, new_id(), "16:00")).status_code == 404

    async with other.town.as_agency() as session:
        assert {each.digest_at for each in await channels_here(session)} == {None}
    assert "77" not in shown(await office.browser.get("/desk/phones"))
