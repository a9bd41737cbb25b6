"""What the worker does for a request that only a team may see: texts, answers, clocks, plan B."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import text

from builders.phones import Phones, some_phones
from builders.referrals import TUESDAY, Town, a_town
from referrals.actions import AgencySays, undo_answer
from referrals.answers import take_text
from referrals.lifecycle import BusinessStatus as S
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from shared.database import Database

HARBOR, ANA = "+12025550144", "+12025550137"


async def kept(database: Database, worker_database: Database) -> tuple[Town, Phones]:
    """A town whose clinic keeps what it sends to a team, and everybody's phones."""
    town = replace(await a_town(database), teams=(new_id(),))
    return town, await some_phones(town, worker_database)


async def test_its_texts_go_out_and_the_answers_come_home(
    database: Database, worker_database: Database
) -> None:
    town, phones = await kept(database, worker_database)
    referral = await town.sent()
    await phones.deliver()
    assert f"{referral.code}: can you help with FOOD" in phones.inbox(HARBOR)[-1]
    assert any("COMIDA" in words for words in phones.inbox(ANA))

    await phones.says(HARBOR, f"{referral.code} 1")

    assert (await town.read(referral.id)).status is S.ACCEPTED
    await phones.says(ANA, "5")
    assert "Le llamamos" in phones.inbox(ANA)[-1] or "le llama" in phones.inbox(ANA)[-1]
    async with database.transaction(Context(town.clinic)) as session:
        for table in ("referral", "referral_event", "staff_task", "message", "patient"):
            left = await session.execute(text(f"select count(*) from {table}"))
            assert left.scalar_one() == 0, table


async def test_words_that_nobody_understands_and_stop_are_kept_with_it(
    database: Database, worker_database: Database
) -> None:
    town, phones = await kept(database, worker_database)
    referral = await town.sent()
    await phones.deliver()

    await phones.says(HARBOR, "banana")
    await phones.says(HARBOR, "please do not text us any more")

    async with town.as_clinic() as session:
        rows = await session.execute(
            text("select kind from referral_event where referral_id = :id"), {"id": referral.id}
        )
        assert {"unclear_reply", "agency_wrote"} <= set(rows.scalars())


async def test_an_undone_answer_asks_again_within_the_team(
    database: Database, worker_database: Database
) -> None:
    town, phones = await kept(database, worker_database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES, town.text())
    async with town.as_agency(referral.id) as session:
        outcome = await undo_answer(session, referral.id, town.text(TUESDAY))

    assert outcome.linked is not None
    assert (await town.read(outcome.linked.id)).restricted_team_id == town.teams[0]
    await phones.deliver()


async def test_a_message_that_fails_makes_the_teams_task(
    database: Database, worker_database: Database
) -> None:
    from notify.api import MessageState
    from referrals.jobs import message_outcome

    town, phones = await kept(database, worker_database)
    referral = await town.sent()
    async with town.as_clinic() as session:
        found = await session.execute(
            text(
                "update message set state = 'failed', error_code = '30005'"
                " where subject_id = :id and template = 'A1' returning id"
            ),
            {"id": referral.id},
        )
        message_id = found.scalar_one()
    assert MessageState.FAILED == "failed"

    await message_outcome(worker_database, town.clinic, message_id, phones.clock.now)

    async with town.as_clinic() as session:
        tasks = await session.execute(text("select kind from staff_task"))
        assert set(tasks.scalars()) == {"call_agency_unreachable"}


async def test_one_organizations_texts_never_join_anothers_team(
    database: Database, worker_database: Database
) -> None:
    """The same phone at two clinics: each reads what it was sent, in its own teams' name."""
    town, phones = await kept(database, worker_database)
    other = replace(await a_town(database), teams=(new_id(),))
    theirs = await other.sent()
    ours = await town.sent()
    await phones.deliver()
    inbound = await phones.arrives(HARBOR, f"{ours.code} 1")
    assert inbound is not None

    await take_text(worker_database, town.clinic, inbound, phones.clock.now)

    assert (await town.read(ours.id)).status is S.ACCEPTED
    assert (await other.read(theirs.id)).status is S.SENT


async def test_the_app_cannot_join_a_team_by_itself(database: Database) -> None:
    async with database.transaction(Context()) as session:
        rights = await session.execute(
            text(
                "select has_function_privilege('handback_app', f, 'execute')"
                " from unnest(array['restricted_teams_here()', 'restricted_team_of(uuid)']) f"
            )
        )
        assert list(rights.scalars()) == [False, False]
