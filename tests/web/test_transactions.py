"""One transaction per request, committed before the first byte (architecture: Transactions)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio
from litestar import Router, get, post
from litestar.response import Redirect
from sqlalchemy import text

from accounts.api import requires_person
from accounts.models import Member
from accounts.requests import AnyRequest, Caller, Now, OpenDatabase, Session
from builders.accounts import WEDNESDAY, a_member, a_person
from builders.browsing import client_of, post_form, sign_in_as
from shared import audit
from shared.database import Context
from shared.errors import Conflict
from shared.identifiers import new_id
from shared.jobs import Job, defer
from shared.settings import get_settings
from web.app import create_app
from web.identify import Identify, Takes, context_of
from web.security import check_session_form

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from shared.database import Database

NAMES = text("select name from member order by name")
GREETING = "a page"


async def _rename(session: Session, actor: Caller, name: str) -> None:
    member = await session.get_one(Member, actor.organization_id)
    member.name = name
    await session.flush()


@post("/try/keeps", guards=[requires_person])
async def keeps(session: Session, actor: Caller) -> Redirect:
    await _rename(session, actor, "kept")
    return Redirect("/done", status_code=303)


@post("/try/raises", guards=[requires_person])
async def raises(session: Session, actor: Caller, now: Now) -> Redirect:
    await _rename(session, actor, "half done")
    await audit.record(session, "renamed", subject_kind="member", subject_id=None, now=now)
    raise Conflict("Somebody was faster.")


@post("/try/breaks", guards=[requires_person])
async def breaks(session: Session, actor: Caller) -> Redirect:
    await _rename(session, actor, "half done")
    msg = "a secret of the inside"
    raise RuntimeError(msg)


@post("/try/fails-at-commit", guards=[requires_person])
async def fails_at_commit(session: Session, actor: Caller) -> Redirect:
    await _rename(session, actor, "never committed")
    # A foreign key that is looked at only when the transaction ends.
    await session.execute(
        text("insert into promise (kept_by) values (:nobody)"), {"nobody": new_id()}
    )
    return Redirect("/done", status_code=303)


@post("/try/refuses-on-record", guards=[requires_person])
async def refuses_on_record(
    request: AnyRequest, session: Session, actor: Caller, database: OpenDatabase, now: Now
) -> Redirect:
    await _rename(session, actor, "half done")
    await audit.record_refusal(
        database,
        context_of(request),
        "move_refused",
        subject_kind="member",
        subject_id=actor.organization_id,
        now=now,
    )
    raise Conflict("Not from here.")


@post("/try/queues-and-raises", guards=[requires_person])
async def queues_and_raises(session: Session, actor: Caller) -> Redirect:
    # The very first statements of the handler: BEGIN must have been sent before them.
    await defer(session, Job.MESSAGE_OUTCOME, actor.organization_id, new_id())
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    await driver.copy_records_to_table("copied", records=[("left behind",)], columns=["word"])
    raise Conflict("No.")


@get("/try/page", guards=[requires_person])
async def page(session: Session) -> str:
    await session.execute(text("select 1"))
    return GREETING


TRIES = [
    keeps,
    raises,
    breaks,
    fails_at_commit,
    refuses_on_record,
    queues_and_raises,
    page,
]


@pytest_asyncio.fixture
async def signed_in(
    committed: dict[str, Database],
) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, Database]]]:
    """A signed-in browser over the application with real commits and our trial routes."""
    async with committed["owner"].transaction(Context()) as session:
        for statement in (
            (
                "create table promise (id bigint generated always as identity primary key,"
                " kept_by uuid references member (id) deferrable initially deferred)"
            ),
            "create table copied (word text)",
            "grant select, insert on promise, copied to handback_app",
        ):
            await session.execute(text(statement))
    app = create_app(get_settings(), committed["app"])
    app.register(
        Router(
            "/",
            route_handlers=TRIES,
            middleware=[Identify(Takes.SESSION)],
            guards=[check_session_form],
        )
    )
    member = await a_member(committed["app"], "before")
    try:
        async with client_of(app) as browser:
            await sign_in_as(browser, await a_person(committed["app"], member))
            yield browser, committed
    finally:
        async with committed["owner"].transaction(Context()) as session:
            await session.execute(text("drop table promise, copied"))


async def names(databases: dict[str, Database]) -> list[str]:
    async with databases["owner"].transaction(Context()) as session:
        return list((await session.execute(NAMES)).scalars())


async def count(databases: dict[str, Database], table: str, where: str = "true") -> int:
    async with databases["owner"].transaction(Context()) as session:
        found = await session.execute(text(f"select count(*) from {table} where {where}"))
        return int(found.scalar_one())


Signed = tuple[httpx.AsyncClient, dict[str, "Database"]]


async def test_a_redirect_after_a_post_keeps_the_row(signed_in: Signed) -> None:
    browser, databases = signed_in

    answer = await post_form(browser, "/try/keeps")

    assert answer.status_code == 303
    assert await names(databases) == ["kept"]


async def test_a_commit_that_fails_is_a_500_and_no_row(signed_in: Signed) -> None:
    browser, databases = signed_in

    answer = await post_form(browser, "/try/fails-at-commit")

    assert answer.status_code == 500
    assert "Nothing was saved" in answer.text
    assert await names(databases) == ["before"]
    assert await count(databases, "promise") == 0


async def test_a_raised_refusal_keeps_nothing(signed_in: Signed) -> None:
    browser, databases = signed_in

    answer = await post_form(browser, "/try/raises")

    assert answer.status_code == 409
    assert await names(databases) == ["before"]
    assert await count(databases, "audit_event", "action = 'renamed'") == 0


async def test_an_exception_keeps_nothing_and_shows_nothing(signed_in: Signed) -> None:
    browser, databases = signed_in

    answer = await post_form(browser, "/try/breaks")

    assert answer.status_code == 500
    assert "secret of the inside" not in answer.text
    assert await names(databases) == ["before"]


async def test_what_must_survive_a_refusal_does(signed_in: Signed) -> None:
    browser, databases = signed_in

    answer = await post_form(browser, "/try/refuses-on-record")

    assert answer.status_code == 409
    assert await names(databases) == ["before"]
    assert await count(databases, "audit_event", "action = 'move_refused'") == 1


async def test_a_rollback_leaves_no_job_and_no_copied_row(signed_in: Signed) -> None:
    browser, databases = signed_in

    answer = await post_form(browser, "/try/queues-and-raises")

    assert answer.status_code == 409
    assert await count(databases, "pgqueuer") == 0
    assert await count(databases, "copied") == 0


async def test_a_transaction_sees_only_its_callers_organization(signed_in: Signed) -> None:
    browser, databases = signed_in
    await a_member(databases["app"], "another one", now=WEDNESDAY)

    answer = await post_form(browser, "/try/keeps")

    assert answer.status_code == 303
    assert await names(databases) == ["another one", "kept"]


@pytest.mark.parametrize("times", [30])
async def test_connections_come_back_after_every_kind_of_end(signed_in: Signed, times: int) -> None:
    browser, databases = signed_in
    for path in ("/try/raises", "/try/breaks", "/try/fails-at-commit") * (times // 3):
        await post_form(browser, path)

    answer = await browser.get("/try/page")

    assert answer.text == GREETING
    assert await names(databases) == ["before"]
