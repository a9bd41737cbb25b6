"""M4 counts a change without its message, and a message without its change, in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from drills.atoms import TWICE, WITHOUT_MESSAGE, WITHOUT_REFERRAL
from drills.atoms_process import Change, Order, obey
from sqlalchemy import text

from builders.referrals import Town, a_town
from fakes.messaging import a_message
from notify.api import queue_message
from shared.database import Context

if TYPE_CHECKING:
    from shared.database import Database


async def counts(town: Town) -> list[int]:
    """(changes without their message, messages without their change, messages twice)."""
    async with town.as_clinic() as session:
        found = [await session.scalar(text(each)) for each in _COUNTED]
    return [int(each or 0) for each in found]


_COUNTED = (WITHOUT_MESSAGE, WITHOUT_REFERRAL, TWICE)


@pytest.mark.parametrize(("lost", "lacking"), [("A1", 1), ("P2", 1), ("P0", 0)])
async def test_a_change_whose_message_is_gone_is_counted(
    database: Database, worker_database: Database, lost: str, lacking: int
) -> None:
    town = await a_town(database)
    draft = await town.draft()
    assert await counts(town) == [0, 0, 0]
    for change in Change:
        await obey(town, Order(change, draft.id))
        assert await counts(town) == [0, 0, 0]
    async with worker_database.transaction(Context(organization_id=town.clinic)) as session:
        rename = text("update message set template = 'PH' where template = :template")
        await session.execute(rename, {"template": lost})
    assert await counts(town) == [lacking, 0, 0]


async def test_a_message_whose_change_is_gone_is_counted(database: Database) -> None:
    town = await a_town(database)
    draft = await town.draft()
    async with town.as_clinic() as session:
        await queue_message(session, a_message(town.clinic))
    assert await counts(town) == [0, 1, 0]
    async with town.as_clinic() as session:
        early = a_message(town.clinic, subject_id=draft.id, template="A1")
        await queue_message(session, early)
    assert await counts(town) == [0, 2, 0]


async def test_a_message_that_a_second_try_wrote_again_is_counted(database: Database) -> None:
    town = await a_town(database)
    referral = await town.sent()
    async with town.as_clinic() as session:
        again = a_message(town.clinic, subject_id=referral.id, template="A1")
        await queue_message(session, again)
    assert await counts(town) == [0, 0, 1]
