"""Notes of both sides on pages, and what is printed: a request, a slip, the daily sheet."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select

from accounts.rules import Role
from builders.navigator_office import (
    Office,
    a_listing,
    a_navigators_office,
    id_of,
    page,
    row,
    says,
    shown,
    status,
)
from directory.codes import HowToStart
from referrals.actions import AgencySays
from referrals.lifecycle import BusinessStatus as S
from referrals.models import InternalNote
from referrals.pages.daily_sheet import sheet
from referrals.pages.desk_view import DeskRow
from shared import clock
from shared.database import Context

if TYPE_CHECKING:
    import httpx

    from shared.database import Database


@pytest_asyncio.fixture
async def office(client: httpx.AsyncClient, database: Database, owner_database: Database) -> Office:
    return await a_navigators_office(client, database, owner_database)


# --- notes


async def test_an_agency_writes_notes_for_both_or_for_itself(office: Office) -> None:
    address = await office.sent()
    holder = await office.agency_link(address)
    await holder.press("note", own_note="Come on Thursday", note_for="both")
    await holder.press("note", own_note="Ask for the big box", note_for="us")
    theirs = (await holder.look()).text
    assert "Come on Thursday" in theirs
    assert "Ask for the big box" in theirs
    ours = (await page(office, address)).text
    assert "Come on Thursday" in ours
    assert "Ask for the big box" not in ours
    assert "note_written" in await office.audited() | await audited(office, office.agency)
    empty = await holder.press("note", own_note=" ", note_for="us")
    assert empty.status_code == 400
    assert "Write the note." in empty.text


async def audited(office: Office, member: UUID) -> set[str]:
    from sqlalchemy import text

    async with office.owner.transaction(Context(member)) as session:
        return set((await session.execute(text("select action from audit_event"))).scalars())


async def test_one_press_is_one_note_of_an_agencys_own(office: Office) -> None:
    address = await office.sent()
    holder = await office.agency_link(address)
    loaded = (await holder.look()).text
    for _time in range(2):
        await holder.send(loaded, "note", own_note="Once", note_for="us")
    async with office.database.transaction(Context(office.agency)) as session:
        rows = await session.scalars(select(InternalNote))
        assert [each.body for each in rows.all()] == ["Once"]


async def test_an_agency_says_that_help_goes_on_or_waits(office: Office) -> None:
    address = await office.sent()
    holder = await office.agency_link(address)
    await holder.press("yes")
    await holder.press("enrolled")
    assert await status(office, address) is S.ENROLLED
    other = await office.sent(name="Theo Banks", phone="202-555-0172")
    second = await office.agency_link(other)
    await second.press("yes")
    await second.press("paused")
    assert await status(office, other) is S.PAUSED


# --- prints


@pytest.mark.parametrize("kind", ["print", "slip"])
async def test_prints_are_the_senders_alone_and_logged(office: Office, kind: str) -> None:
    address = await office.sent(naming_level="plain")
    printed = await office.browser.get(f"{address}/{kind}")
    assert printed.status_code == 200
    assert {"print": "referral_printed", "slip": "slip_printed"}[kind] in await office.audited()
    await office.sign_in_elsewhere()
    assert (await office.browser.get(f"{address}/{kind}")).status_code == 404


async def test_the_slip_has_the_code_and_no_name(office: Office) -> None:
    address = await office.sent(naming_level="plain", language="en")
    code = (await row(office, id_of(address))).code
    slip = await office.browser.get(f"{address}/slip")
    assert "".join(re.findall(r"<i>(\d)</i>", slip.text)) == str(code)
    assert "Harbor Pantry Inc" in slip.text
    assert "Ana" not in slip.text
    neutral = await office.sent(name="Theo Banks", phone="202-555-0172", naming_level="neutral")
    for words in ("Harbor", "Food", "Comida", "Theo"):
        assert words not in (await office.browser.get(f"{neutral}/slip")).text


async def test_the_print_of_a_request_holds_all_that_happened(office: Office) -> None:
    address = await office.sent()
    await says(office, address, AgencySays.YES)
    await office.step(address, "notes", note="Called twice", note_for="us")
    printed = shown(await office.browser.get(f"{address}/print"))
    for words in ("Ana Flores", "Harbor Pantry Inc", "They said yes", "Called twice", "Denise"):
        assert words in printed


async def test_the_daily_sheet_is_a_table_of_codes(office: Office, database: Database) -> None:
    walk_in = await a_listing(office.owner, name="Harbor Door", how_to_start=HowToStart.WALK_IN)
    from accounts.members import claim_listing

    async with database.transaction(Context(office.agency)) as session:
        await claim_listing(session, walk_in.organization_id, now=clock.now())
    address = await office.sent(walk_in)
    code = (await row(office, id_of(address))).code
    refused = await office.browser.get("/desk/today.csv")
    assert refused.status_code == 403
    await office.sign_in_elsewhere(Role.AGENCY_WORKER, office.agency)
    answer = await office.browser.get("/desk/today.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    table = list(csv.reader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert table[0][0] == "Code"
    assert [line[0] for line in table[1:]] in ([], [str(code)])
    assert "Ana" not in answer.text


def test_no_cell_of_the_sheet_is_a_formula() -> None:
    names = [field for field in DeskRow.__dataclass_fields__ if field not in {"code", "name"}]
    empty: dict[str, Any] = dict.fromkeys(names, "")
    written = sheet((DeskRow(code=27, name="=HYPERLINK(1)", **empty),))
    [_titles, line] = list(csv.reader(StringIO(written.removeprefix("\ufeff"))))
    assert line[1] == "'=HYPERLINK(1)"
