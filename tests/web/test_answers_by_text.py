"""A text is read on the page and answered from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio
from sqlalchemy import select

from accounts.api import Actor, ActorKind
from builders.browsing import OURS, csrf_of
from builders.navigator_office import Office, a_navigators_office, id_of, page, shown
from referrals.actions import patient_wrote
from referrals.lifecycle import Party
from referrals.models import StaffTask, StrangerText
from referrals.tasks import TaskKind
from referrals.words import Way, Word
from shared import clock
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    import httpx

    from shared.database import Database


ACCENTED = "Sí, puede venir el jueves a las diez. Traiga por favor una identificación y su carta."


@pytest_asyncio.fixture
async def office(client: httpx.AsyncClient, database: Database, owner_database: Database) -> Office:
    return await a_navigators_office(client, database, owner_database)


async def written(office: Office, words: str) -> str:
    """A request's address; the patient wrote something about it."""
    address = (await office.send()).headers["location"].partition("?")[0]
    actor = Actor(ActorKind.PATIENT_TEXT, office.clinic, referral_id=id_of(address))
    word = Word(actor, Party.PATIENT, f"test:{new_id()}", clock.now(), Way.TEXT)
    async with office.database.transaction(Context(office.clinic)) as session:
        await patient_wrote(session, id_of(address), word, words)
    return address


async def the_task(office: Office) -> StaffTask:
    async with office.database.transaction(Context(office.clinic)) as session:
        rows = await session.scalars(select(StaffTask).where(StaffTask.kind == TaskKind.READ_TEXT))
        return rows.one()


async def test_the_answer_stands_in_the_history_and_the_task_is_gone(office: Office) -> None:
    address = await written(office, "Can my sister come too")
    before = await page(office, address)
    assert "Can my sister come too" in shown(before)
    assert "Answer by text" in shown(before)

    task = await the_task(office)
    answer = await office.step(address, "reply", task=str(task.id), reply="Yes, she can.")
    assert answer.status_code == 303, shown(answer)

    assert (await the_task(office)).done_at is not None
    assert "Answer by text" not in shown(await page(office, address))
    assert "text_answered" in await office.audited()


async def test_a_refused_answer_keeps_what_was_typed_and_says_why(office: Office) -> None:
    address = await written(office, "Can my sister come too")
    task = await the_task(office)
    answer = await office.step(
        address, "reply", task=str(task.id), reply="Yes. Harbor Pantry Inc expects her."
    )
    assert answer.status_code == 400
    assert "Leave the place’s name out" in shown(answer)
    assert "expects her." in answer.text
    assert 'href="#reply"' in answer.text
    assert 'id="reply"' in answer.text
    assert (await the_task(office)).done_at is None


async def test_the_page_says_how_many_texts_it_is_and_sends_it_once_that_is_ticked(
    office: Office,
) -> None:
    address = await written(office, "Can my sister come too")
    task = str((await the_task(office)).id)
    answer = await office.step(address, "reply", task=task, reply=ACCENTED)
    assert answer.status_code == 400
    assert "this 2 texts. With plain letters it is 1." in shown(answer)
    assert 'href="#parts"' in answer.text
    assert 'id="parts"' in answer.text
    assert ACCENTED in shown(answer)
    sent = await office.step(address, "reply", task=task, reply=ACCENTED, parts="1")
    assert sent.status_code == 303, shown(sent)
    assert (await the_task(office)).done_at is not None


async def test_the_page_asks_in_spanish(office: Office) -> None:
    address = await written(office, "Can my sister come too")
    assert "Contestar por texto" in shown(await page(office, address, "es"))


async def test_an_unknown_phone_is_answered_from_the_list(office: Office) -> None:
    async with office.database.transaction(Context(office.clinic)) as session:
        text = StrangerText(
            organization_id=office.clinic,
            inbound_id=new_id(),
            danger=False,
            from_number="+12025550188",
            body="Is this the food place",
            received_at=clock.now(),
        )
        session.add(text)
        await session.flush()
        text_id = text.id
    form = await office.browser.get("/texts")
    assert "Is this the food place" in shown(form)
    there, fields = f"/texts/{text_id}/answer", {"csrf": await csrf_of(office.browser)}

    empty = await office.browser.post(there, headers=OURS, data={**fields, "reply": " "})
    assert empty.status_code == 400
    assert "Write the answer." in shown(empty)

    long = await office.browser.post(there, headers=OURS, data={**fields, "reply": ACCENTED})
    assert long.status_code == 400
    assert "Send it in that many texts" in shown(long)

    answered = await office.browser.post(
        there, headers=OURS, data={**fields, "reply": "Please call us."}
    )
    assert answered.status_code == 303, shown(answered)
    assert "No texts to read" in shown(await office.browser.get("/texts"))

    again = await office.browser.post(there, headers=OURS, data={**fields, "reply": "Again."})
    assert again.status_code == 400
    assert "A colleague has answered this text" in shown(again)
