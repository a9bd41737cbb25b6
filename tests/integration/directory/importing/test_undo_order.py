"""Runs are undone in any order: what is left is what stood before the first of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from builders.feeds import hsds3_organization, hsds3_service
from directory.importing.checked import row_id
from directory.importing.undo import undo_import
from integration.directory.importing.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.directory.importing.conftest import Bring, Rows
    from shared.database import Database

LATER = NOW + timedelta(hours=3)
SERVICE = row_id("Test feed", "service", "food-bags")
EXTRA = row_id("Test feed", "service", "extra")
FIRST = "Food bags"


def feed(name: str, extra: str | None = None) -> dict[str, Any]:
    services = [hsds3_service(name=name)]
    if extra is not None:
        services.append({"id": "extra", "name": extra, "status": "active"})
    return hsds3_organization(services=services)


async def undo_all(owner: Database, numbers: Sequence[int | None]) -> None:
    for number in numbers:
        assert number is not None
        await undo_import(owner, number, by="Rosa", now=LATER)


async def standing(rows: Rows, service: object) -> list[tuple[str, bool]]:
    found = await rows("select name, withdrawn_at is null from service where id = :id", id=service)
    return [tuple(row) for row in found]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1)])
async def test_the_value_before_the_first_undone_run_stands_again(
    owner_database: Database, bring: Bring, rows: Rows, order: tuple[int, ...]
) -> None:
    await bring(feed(FIRST))
    runs = [(await bring(feed(name))).number for name in ("Bags", "Boxes", "Baskets")]
    await undo_all(owner_database, [runs[which] for which in order])
    assert await standing(rows, SERVICE) == [(FIRST, True)]
    again = await bring(feed(FIRST))
    assert again.written == 0
    assert (await bring(feed("Bags"))).written == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_row_that_an_undone_run_had_added_does_not_stay(
    owner_database: Database, bring: Bring, rows: Rows, order: tuple[int, ...]
) -> None:
    await bring(feed(FIRST))
    runs = [(await bring(feed(FIRST, extra))).number for extra in ("Soup", "Hot soup")]
    await undo_all(owner_database, [runs[which] for which in order])
    ((_name, stands),) = await standing(rows, EXTRA)
    assert not stands
    assert await rows("select 1 from search_doc where service_id = :id", id=EXTRA) == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_row_that_went_and_came_back_stands_when_both_are_undone(
    owner_database: Database, bring: Bring, rows: Rows, order: tuple[int, ...]
) -> None:
    await bring(feed(FIRST, "Soup"))
    gone = await bring(feed(FIRST), confirm_deletes=True)
    back = await bring(feed(FIRST, "Hot soup"))
    runs = [gone.number, back.number]
    await undo_all(owner_database, [runs[which] for which in order])
    assert await standing(rows, EXTRA) == [("Soup", True)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_row_that_came_back_and_went_again_is_gone_when_both_are_undone(
    owner_database: Database, bring: Bring, rows: Rows, order: tuple[int, ...]
) -> None:
    await bring(feed(FIRST, "Soup"))
    await bring(feed(FIRST), confirm_deletes=True)
    back = await bring(feed(FIRST, "Soup"))
    gone = await bring(feed(FIRST), confirm_deletes=True)
    runs = [back.number, gone.number]
    await undo_all(owner_database, [runs[which] for which in order])
    assert await standing(rows, EXTRA) == [("Soup", False)]


async def test_a_run_undone_before_the_next_one_does_not_count(
    owner_database: Database, bring: Bring, rows: Rows
) -> None:
    await bring(feed(FIRST))
    first = await bring(feed("Bags"))
    await undo_all(owner_database, [first.number])
    await bring(feed("Bags"), now=LATER + timedelta(hours=1))
    last = await bring(feed("Boxes"), now=LATER + timedelta(hours=2))
    assert last.number is not None
    await undo_import(owner_database, last.number, by="Rosa", now=LATER + timedelta(hours=3))
    assert await standing(rows, SERVICE) == [("Bags", True)]
