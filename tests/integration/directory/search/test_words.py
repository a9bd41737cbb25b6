"""People's own words, mistyped, in two languages, find the service they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from integration.directory.search.conftest import Ask, List


async def test_a_mistyped_need_finds_food(listed: List, ask: Ask) -> None:
    pantry = await listed()

    answer = await ask("fod pantry")

    assert [result.id for result in answer.local] == [pantry.id]
    assert answer.understood.corrected == "food pantry"
    assert answer.understood.needs == ("food",)


@pytest.mark.parametrize("words", ["cant pay lite bill", "can't pay my light bill", "la luz"])
async def test_a_light_bill_is_about_bills(listed: List, ask: Ask, words: str) -> None:
    await listed()
    fund = await listed(name="Alder Heat Fund", terms=("1119",))

    answer = await ask(words)

    assert [result.id for result in answer.local] == [fund.id]
    assert answer.understood.needs == ("bills",)


async def test_comida_and_food_are_the_same_need(listed: List, ask: Ask) -> None:
    await listed()

    spanish, english = await ask("comida"), await ask("food")

    assert spanish.understood.needs == english.understood.needs == ("food",)
    assert [each.id for each in spanish.local] == [each.id for each in english.local]


async def test_somewhere_to_sleep_tonight_finds_a_bed(listed: List, ask: Ask) -> None:
    shelter = await listed(name="Bay Shelter", terms=("1121",))

    for words in ("somewhere to sleep tonight", "donde dormir", "shelter"):
        answer = await ask(words)
        assert shelter.id in [result.id for result in answer.local], words


async def test_a_name_comes_before_what_is_nearer(listed: List, ask: Ask) -> None:
    await listed(name="Elm Street shelf", miles_north=0.1)
    harbor = await listed(name="Harbor Pantry", miles_north=3)

    answer = await ask("harbor pantry")

    assert answer.local[0].id == harbor.id
    assert answer.local[0].match.by_name


async def test_a_word_that_only_a_description_has_is_found(listed: List, ask: Ask) -> None:
    place = await listed(name="Marlow Court desk", description="Wheelchair repairs.", terms=())

    answer = await ask("wheelchair repair")

    assert [result.id for result in answer.local] == [place.id]


async def test_a_known_word_is_not_corrected(listed: List, ask: Ask) -> None:
    await listed(name="Fods Wheelhouse", terms=())

    answer = await ask("food")

    assert answer.understood.corrected is None


async def test_words_without_a_place_are_ranked_by_name(listed: List, ask: Ask) -> None:
    far = await listed(name="Quilting Circle", miles_north=400, terms=())

    answer = await ask("quilting", near=None)

    assert [result.id for result in answer.local] == [far.id]
    assert answer.local[0].distance_m is None
