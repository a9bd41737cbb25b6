"""A place hidden by hand: told in no public table, whatever its feed brings, until it is undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from accounts.rules import Role
from builders.accounts import a_person
from builders.feeds import hsds3_location, hsds3_organization
from directory.actions.corrections import correct
from directory.actions.edited import Correction, Editor
from directory.actions.hiding import hide_place, show_place
from directory.importing import run
from directory.importing.checked import row_id
from directory.importing.undo import undo_import
from directory.search.vocabulary import VocabularyHolder
from integration.directory.importing.conftest import NOW
from shared.database import Context
from shared.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from uuid import UUID

    from integration.directory.importing.conftest import Bring, Rows
    from shared.database import Database

LOCATION = row_id("Test feed", "location", "pantry-door")
ADDRESS = row_id("Test feed", "address", "pantry-address")
OWN_TABLES = {"location_private", "hidden_place", "import_change_private"}
SECRETS = ("Elm Street", "38.36", "-75.59", "Oak Street", "Birch Street")
TABLES = "select tablename from pg_tables where schemaname = 'public'"


@dataclass
class Hiding:
    database: Database
    front_door: UUID
    by: Editor

    async def hide(self, reason: str = "They asked us to", place: UUID = LOCATION) -> None:
        async with self.database.transaction(Context(self.front_door)) as session:
            await hide_place(
                session, place, reason, front_door=self.front_door, by=self.by, now=NOW
            )

    async def show(self) -> None:
        async with self.database.transaction(Context(self.front_door)) as session:
            await show_place(session, LOCATION, by=self.by, now=NOW)


@pytest.fixture
async def hiding(database: Database, front_door: UUID) -> Hiding:
    nadia = await a_person(database, front_door, Role.STEWARD, name="Nadia")
    return Hiding(database, front_door, Editor("Nadia", nadia.id))


async def told(rows: Rows, *more: str) -> list[tuple[str, str]]:
    """(table, secret) of every row of a public table that tells where the place is."""
    found = []
    for (table,) in await rows(TABLES):
        if table in OWN_TABLES or table in {"zip_centroid", "spatial_ref_sys"}:
            continue
        for secret in (*SECRETS, *more):
            asked = f"select count(*) from {table} t where to_jsonb(t)::text like '%{secret}%'"
            if (await rows(asked))[0][0]:
                found.append((table, secret))
    return found


def with_street(street: str, **more: Any) -> dict[str, Any]:
    (address,) = hsds3_location()["addresses"]
    there = hsds3_location(addresses=[address | {"address_1": street}], **more)
    return hsds3_organization(locations=[there])


async def test_no_public_table_tells_where_a_hidden_place_is(
    bring: Bring, rows: Rows, hiding: Hiding
) -> None:
    await bring(with_street("9 Birch Street"))
    await bring(hsds3_organization())
    async with hiding.database.transaction(Context(hiding.front_door)) as session:
        corrected = Correction("address", ADDRESS, "address_1", "14 Elm Street", "seen")
        await correct(session, corrected, hiding.by, NOW)
    ((point,),) = await rows("select point::text from location")
    before = {table for table, _secret in await told(rows, point)}
    assert {"address", "location", "search_doc", "search_town", "import_change"} <= before
    assert {"overlay", "metadata"} <= before

    await hiding.hide()

    assert await told(rows, point) == []
    assert await rows("select kind, lat, geog from search_doc") == [("private", None, None)]
    kept = await rows("select reason_sealed, kept_sealed from hidden_place")
    assert all(b"Elm" not in bytes(sealed) for sealed in kept[0])
    actions = await rows("select action from audit_event where subject_id = :id", id=LOCATION)
    assert ("place_hidden",) in actions


async def test_the_next_imports_bring_a_hidden_place_back_to_nobody(
    bring: Bring, rows: Rows, hiding: Hiding
) -> None:
    await bring(hsds3_organization())
    await hiding.hide()

    await bring(hsds3_organization())
    again = await bring(hsds3_organization())
    assert (again.written, await told(rows)) == (0, [])
    await bring(with_street("99 Oak Street", latitude=38.3601))

    assert await told(rows) == []
    assert await rows("select address_1 from location_private") == [("99 Oak Street",)]
    assert await rows("select confidential from location") == [(True,)]


async def test_words_of_the_place_itself_do_not_come_back_either(
    bring: Bring, rows: Rows, hiding: Hiding
) -> None:
    telling = {"alternate_name": "The mill on Oak Street", "description": "Behind 14 Elm Street"}
    await bring(hsds3_organization(locations=[hsds3_location(**telling)]))
    await hiding.hide()

    await bring(hsds3_organization(locations=[hsds3_location(**telling)]))
    again = await bring(hsds3_organization(locations=[hsds3_location(**telling)]))
    assert again.written == 0
    later = telling | {"description": "Now behind 15 Elm Street"}
    await bring(hsds3_organization(locations=[hsds3_location(**later)]))

    assert await rows("select alternate_name, description from location") == [(None, None)]
    assert await told(rows) == []


async def test_a_place_that_its_feed_hides_later_keeps_none_of_its_words(
    bring: Bring, rows: Rows
) -> None:
    telling = {"alternate_name": "The mill on Oak Street", "description": "Behind 14 Elm Street"}
    await bring(hsds3_organization(locations=[hsds3_location(**telling)]))

    there = hsds3_location(**telling, handback={"confidential": True})
    await bring(hsds3_organization(locations=[there]))

    assert await told(rows) == []


async def test_undoing_an_import_shows_no_hidden_place(
    bring: Bring, rows: Rows, hiding: Hiding, owner_database: Database
) -> None:
    await bring(with_street("9 Birch Street"))
    moved = await bring(hsds3_organization())
    await hiding.hide()

    await undo_import(owner_database, moved.number, by="Nadia", now=NOW)

    assert await told(rows) == []


async def test_a_place_shown_again_is_where_it_was(
    bring: Bring, rows: Rows, hiding: Hiding
) -> None:
    await bring(hsds3_organization())
    where = "select address_1, st_y(point::geometry) from address a, location l"
    before = await rows(where)
    async with hiding.database.transaction(Context(hiding.front_door)) as session:
        corrected = Correction("address", ADDRESS, "city", "Fruitland", "seen")
        await correct(session, corrected, hiding.by, NOW)
    await hiding.hide()

    await hiding.show()

    assert await rows(where) == before
    assert await rows("select kind from search_doc") == [("local",)]
    assert await rows("select kept_sealed from hidden_place") == [(None,)]
    await bring(hsds3_organization())
    assert await rows("select city from address") == [("Fruitland",)]
    assert await rows("select 1 from location_private where withdrawn_at is null") == []


async def test_a_place_that_moved_while_it_was_hidden_is_shown_where_it_is_now(
    bring: Bring, rows: Rows, hiding: Hiding
) -> None:

    await bring(hsds3_organization())
    await hiding.hide()
    await bring(with_street("99 Oak Street"), now=NOW + timedelta(days=1))

    await hiding.show()

    assert await rows("select address_1 from address") == [("99 Oak Street",)]


async def test_what_the_feed_hides_too_is_not_shown_by_a_steward(
    bring: Bring, rows: Rows, hiding: Hiding
) -> None:
    await bring(hsds3_organization())
    await hiding.hide()
    there = hsds3_location(handback={"confidential": True})
    await bring(hsds3_organization(locations=[there]))

    with pytest.raises(Conflict, match="Its feed calls this place confidential, too"):
        await hiding.show()

    assert await told(rows) == []


async def test_hiding_needs_a_reason_and_a_place_that_is_not_hidden(
    bring: Bring, hiding: Hiding
) -> None:
    await bring(hsds3_organization())
    with pytest.raises(InvalidInput, match="Write how you know it"):
        await hiding.hide(" ")
    with pytest.raises(NotFound, match="No steward has hidden this place"):
        await hiding.show()
    with pytest.raises(NotFound):
        await hiding.hide(place=ADDRESS)
    await hiding.hide()

    with pytest.raises(Conflict, match="confidential already"):
        await hiding.hide()


async def test_the_search_forgets_a_town_that_was_one_hidden_place(
    bring: Bring, hiding: Hiding
) -> None:

    await bring(hsds3_organization())
    holder = VocabularyHolder()
    async with hiding.database.reading() as connection:
        await holder.renew(connection, NOW)
    holder.places["salisbury"] = (38.36, -75.59)

    await hiding.hide()

    async with hiding.database.reading() as connection:
        await holder.renew(connection, NOW + timedelta(seconds=3))
        assert holder.places == {}
        assert (await connection.execute(text("select 1 from search_town"))).all() == []


async def test_a_place_hidden_while_its_feed_was_being_read_stops_the_import(
    bring: Bring, rows: Rows, hiding: Hiding, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bring(hsds3_organization())
    read = run.quality.checking

    def read_slowly(*values: Any, **more: Any) -> Any:
        checked, tables = read(*values, **more)
        checked.hidden_places = frozenset()  # as they were before the steward's commit
        return checked, tables

    await hiding.hide()
    monkeypatch.setattr(run.quality, "checking", read_slowly)

    with pytest.raises(Conflict, match="Somebody hid or showed a place"):
        await bring(with_street("99 Oak Street"))

    assert await told(rows) == []
