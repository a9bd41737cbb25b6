"""What every search engine does: one suite over all engines that can be had here."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from builders.listings import NOW
from directory.codes import HowToStart
from directory.search.port import Meaning, SearchPage
from directory.search.tags import flag_tag, language_tag
from support.search_engines import FOOD, SHELTER, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from builders.listings import Listed
    from shared.database import Database
    from support.search_engines import Engine

    List = Callable[..., Awaitable[Listed]]

CLOTHES = Meaning(1106, "clothing")
THURSDAY_ELEVEN = datetime(2023, 5, 11, 15, 0, tzinfo=UTC)  # 11:00 in New York
ACROSS_THE_STREET, FAR_AWAY = 0.1, 30.0


def names(page: SearchPage, block: str = "local") -> list[str]:
    return [each.display["text"]["name"] for each in getattr(page, block)]


async def test_the_nearest_comes_first_and_what_is_too_far_does_not_come(
    engine: Engine, listed: List
) -> None:
    await listed(name="Two miles", miles_north=2.0)
    await listed(name="Next door", miles_north=0.1)
    await listed(name="Far away", miles_north=FAR_AWAY)
    await engine.fill()
    page = await engine.search(meanings=(FOOD,))
    assert names(page) == ["Next door", "Two miles"]
    assert page.local_total == 2
    assert [each.distance_m for each in page.local] == [161, 3219]
    assert page.engine == engine.name
    assert not page.degraded


async def test_one_of_the_meanings_is_enough(engine: Engine, listed: List) -> None:
    await listed(name="Pantry", terms=("1102",))
    await listed(name="Beds", terms=("1305",), miles_north=1.0)
    await listed(name="Coats", terms=("1106",))
    await engine.fill()
    assert names(await engine.search(meanings=(FOOD, SHELTER))) == ["Pantry", "Beds"]


async def test_every_filter_must_hold(engine: Engine, listed: List) -> None:
    await listed(name="Plain")
    await listed(name="Spanish", languages=("en", "es"))
    await listed(name="Spanish, no ID", languages=("es",), flags={"no_id": True})
    await engine.fill()
    must = (language_tag("es"), flag_tag("no_id"))
    page = await engine.search(meanings=(FOOD,), must=must)
    assert names(page) == ["Spanish, no ID"]


async def test_all_words_have_to_occur_in_any_form_of_them(engine: Engine, listed: List) -> None:
    await listed(name="Harbor Pantry", description="Hot meals for families.")
    await listed(name="Harbor Beds", description="A bed for the night.")
    await engine.fill()
    assert names(await engine.search(words="harbor family")) == ["Harbor Pantry"]
    assert names(await engine.search(words="pantries")) == ["Harbor Pantry"]
    assert names(await engine.search(words="harbor airplane")) == []


async def test_words_are_found_whether_or_not_they_carry_accents(
    engine: Engine, listed: List
) -> None:
    await listed(name="Casa del Corazón", description="Comida para niños.")
    await engine.fill()
    assert names(await engine.search(words="corazon ninos")) == ["Casa del Corazón"]


async def test_a_name_that_holds_the_words_comes_before_a_nearer_text(
    engine: Engine, listed: List
) -> None:
    await listed(name="Corner House", description="We share a lantern.", miles_north=0.1)
    await listed(name="Lantern Kitchen", description="Soup.", miles_north=3.0)
    await engine.fill()
    page = await engine.search(words="lantern")
    assert names(page) == ["Lantern Kitchen", "Corner House"]
    assert [each.match.by_name for each in page.local] == [True, False]
    assert all(each.match.by_words for each in page.local)


async def test_words_and_meanings_widen_each_other(engine: Engine, listed: List) -> None:
    await listed(name="Lantern Beds", terms=("1305",), miles_north=2.0)
    await listed(name="Any Pantry", terms=("1102",), miles_north=1.0)
    await listed(name="Coats", terms=("1106",), miles_north=0.1)
    await engine.fill()
    page = await engine.search(words="lantern", meanings=(FOOD,))
    assert names(page) == ["Lantern Beds", "Any Pantry"]
    assert page.local[1].match.needs == ("food",)


async def test_a_place_alone_finds_everything_near_it(engine: Engine, listed: List) -> None:
    await listed(name="Beds", terms=("1305",), miles_north=0.2)
    await listed(name="Pantry", miles_north=0.1)
    await engine.fill()
    assert names(await engine.search()) == ["Pantry", "Beds"]


async def test_what_serves_the_area_or_comes_by_phone_stands_in_its_own_block(
    engine: Engine, listed: List
) -> None:
    await listed(name="Hotline", miles_north=None, how_to_start=HowToStart.PATIENT_CALLS)
    await listed(name="Here", miles_north=0.1)
    await engine.fill()
    page = await engine.search(meanings=(FOOD,))
    assert names(page) == ["Here"]
    assert names(page, "remote") == ["Hotline"]
    assert page.remote_total == 1
    assert page.remote[0].distance_m is None


async def test_a_confidential_place_has_neither_point_nor_distance(
    engine: Engine, listed: List
) -> None:
    await listed(name="Safe house", confidential=True, terms=("1305",), miles_north=0.1)
    await engine.fill()
    page = await engine.search(meanings=(SHELTER,), radius_m=50.0)
    assert names(page) == []
    assert names(page, "remote") == ["Safe house"]
    house = page.remote[0]
    assert (house.kind, house.lat, house.lon, house.distance_m) == ("private", None, None, None)


async def test_open_at_an_hour_means_known_to_be_open(engine: Engine, listed: List) -> None:
    await listed(name="Thursdays", hours=(("TH", "10:00", "12:00"),), miles_north=0.1)
    await listed(name="Mondays", hours=(("MO", "10:00", "12:00"),))
    await listed(name="Nobody knows", hours=())
    await engine.fill()
    page = await engine.search(meanings=(FOOD,), open_at=THURSDAY_ELEVEN)
    assert names(page) == ["Thursdays"]
    assert page.local_total == 1
    assert await engine.count(meanings=(FOOD,), open_at=THURSDAY_ELEVEN) == 1
    after = THURSDAY_ELEVEN + timedelta(hours=1, minutes=1)
    assert names(await engine.search(meanings=(FOOD,), open_at=after)) == []


async def test_pages_follow_each_other_without_gap_and_totals_stay(
    engine: Engine, listed: List
) -> None:
    for number in range(5):
        await listed(name=f"Pantry {number}", miles_north=0.1 * (number + 1))
    await engine.fill()
    first = await engine.search(meanings=(FOOD,), limit=2)
    second = await engine.search(meanings=(FOOD,), limit=2, offset=2)
    assert names(first) + names(second) == [f"Pantry {number}" for number in range(4)]
    assert first.local_total == second.local_total == 5


async def test_facets_count_all_local_places_and_not_only_this_page(
    engine: Engine, listed: List
) -> None:
    for number in range(3):
        await listed(
            miles_north=0.1 * (number + 1),
            languages=("en", "es") if number else ("en",),
            hours=(("WE", "09:00", "17:00"),) if number == 2 else (),
        )
    await listed(name="Far", miles_north=FAR_AWAY, languages=("ht",))
    await engine.fill()
    facets = (await engine.search(meanings=(FOOD,), facets=True, limit=1)).facets
    assert facets["language"] == {"en": 3, "es": 2}
    assert facets["open_now"] == {"true": 1}
    assert (await engine.search(meanings=(FOOD,))).facets == {}


async def test_a_count_is_that_of_the_local_places(engine: Engine, listed: List) -> None:
    await listed(miles_north=0.1)
    await listed(miles_north=6.0)
    await listed(miles_north=None, how_to_start=HowToStart.PATIENT_CALLS)
    await engine.fill()
    assert await engine.count(meanings=(FOOD,)) == 1
    assert await engine.count(meanings=(FOOD,), radius_m=12_000.0) == 2
    assert await engine.count(meanings=(CLOTHES,)) == 0


async def test_the_nearest_is_found_however_far_it_is(engine: Engine, listed: List) -> None:
    await listed(name="Farther", miles_north=60.0)
    await listed(name="Far", miles_north=FAR_AWAY)
    await listed(name="Open later", miles_north=20.0, hours=(("MO", "10:00", "12:00"),))
    await engine.fill()
    assert (await engine.nearest(meanings=(FOOD,))).display["text"]["name"] == "Open later"
    found = await engine.nearest(meanings=(FOOD,), open_at=THURSDAY_ELEVEN)
    assert found.display["text"]["name"] == "Far"
    assert await engine.nearest(meanings=(CLOTHES,)) is None
    assert await engine.nearest(meanings=(FOOD,), near=None) is None


async def test_without_a_place_the_best_name_comes_first_and_old_facts_last(
    engine: Engine, listed: List
) -> None:
    await listed(name="Lantern Pantry", assured_date=date(2020, 1, 1))
    await listed(name="Lantern Kitchen", assured_date=NOW.date())
    await listed(name="Kitchen", description="Soup under a lantern.", assured_date=NOW.date())
    await engine.fill()
    page = await engine.search(words="lantern", near=None, states=())
    assert names(page) == ["Lantern Kitchen", "Lantern Pantry", "Kitchen"]
    assert [each.distance_m for each in page.local] == [None] * 3


async def test_an_edit_shows_in_the_very_next_search(
    engine: Engine, listed: List, owner_database: Database
) -> None:
    old = await listed(name="Old", miles_north=0.1)
    await engine.fill()
    await listed(name="New", miles_north=0.2, languages=("en", "es"))
    assert names(await engine.search(meanings=(FOOD,))) == ["Old", "New"]
    assert names(await engine.search(words="new")) == ["New"]
    await withdraw(owner_database, old.service_id)
    assert names(await engine.search(meanings=(FOOD,))) == ["New"]
    assert await engine.count(meanings=(FOOD,), must=(language_tag("es"),)) == 1


async def test_values_from_outside_can_not_bend_a_question(engine: Engine, listed: List) -> None:
    await listed(name="Harbor Pantry")
    await engine.fill()
    for words in ('"', '" OR kind = local', "-pantry", '-"pantry"', "pantry)", "a\\", "' or 1=1"):
        page = await engine.search(words=words)
        assert page.local_total <= 1
    assert names(await engine.search(words='nothing" OR "pantry')) == []


@pytest.mark.parametrize(
    "words", ["w" * 200, " ".join(f"word{n}" for n in range(30)), "ñ", "99999"]
)
async def test_odd_words_find_nothing_and_break_nothing(
    engine: Engine, listed: List, words: str
) -> None:
    await listed()
    await engine.fill()
    from directory.search_server.faults import Unsuited

    try:
        page = await engine.search(words=words)
    except Unsuited:  # PostgreSQL is asked instead
        assert engine.name == "meilisearch"
        return
    assert page.local == []


async def withdraw(database: Database, service_id: Any) -> None:
    """As an edit does: the row, and its projection in the same transaction."""
    from directory.search.projection import project
    from shared.database import Context

    await run(database, "update service set withdrawn_at = now() where id = :id", id=service_id)
    async with database.transaction(Context()) as session:
        await project(session, [service_id], NOW)
