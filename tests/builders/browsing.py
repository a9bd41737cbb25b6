"""Browsers and programs that talk to the application in the test's own loop."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
from litestar.connection import Request

from accounts.api_keys import create_api_key
from accounts.rules import Actor, Scope
from accounts.sessions import resolve_session
from shared.database import Context
from web.security import csrf_token, form_nonce, machine_time
from web.simulator_proxy import simulator_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from litestar import Litestar

    from builders.accounts import SomePerson
    from shared.database import Database

ADDRESS = "http://testserver.local"
OURS = {"sec-fetch-site": "same-origin"}


@asynccontextmanager
async def client_of(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser with an empty cookie jar; redirects are not followed."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with (
        # Not app.lifespan(): its task group must end in the task it began in.
        simulator_client(app),
        httpx.AsyncClient(transport=transport, base_url=ADDRESS) as browser,
    ):
        yield browser


def hidden(page: str, field: str) -> str:
    """The value of a hidden field of a page."""
    tag = re.search(rf'<input[^>]*name="{field}"[^>]*>', page)
    assert tag is not None, f"no field {field}"
    value = re.search(r'value="([^"]*)"', tag[0])
    assert value is not None
    return value[1]


async def try_to_sign_in(
    browser: httpx.AsyncClient, email: str, password: str, asked: str = ""
) -> httpx.Response:
    """Fill the sign-in form and send it."""
    page = await browser.get("/sign-in", params={"next": asked} if asked else None)
    form = {
        "email": email,
        "password": password,
        "next": asked,
        "nonce": hidden(page.text, "nonce"),
    }
    return await browser.post("/sign-in", data=form, headers=OURS)


async def sign_in_as(browser: httpx.AsyncClient, person: SomePerson) -> httpx.Response:
    """Sign in; the browser keeps the cookie."""
    answer = await try_to_sign_in(browser, person.email, person.password)
    assert answer.status_code == 303, answer.text
    return answer


async def caller_of(browser: httpx.AsyncClient) -> Actor:
    """Who this browser is signed in as."""
    database: Database = browser._transport.app.state.database  # type: ignore[attr-defined]
    async with database.transaction(Context()) as session:
        actor = await resolve_session(session, browser.cookies["handback"], now=machine_time())
    assert actor is not None
    return actor


async def csrf_of(browser: httpx.AsyncClient) -> str:
    """The token that this browser's pages carry in their forms."""
    return csrf_token(_request_of(await caller_of(browser)))


async def nonce_of(browser: httpx.AsyncClient) -> str:
    """A nonce that a page for this browser would carry."""
    return form_nonce(_request_of(await caller_of(browser)))


async def post_form(browser: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Send a form as one of our own pages would for whoever is signed in here."""
    data = {"csrf": await csrf_of(browser), **fields}
    return await browser.post(path, data=data, headers=OURS)


def _request_of(actor: Actor) -> Request[Any, Any, Any]:
    return Request({"type": "http", "state": {"actor": actor}})  # type: ignore[arg-type]


async def a_key(database: Database, organization_id: UUID, *scopes: Scope) -> dict[str, str]:
    """The headers of a program with a key of its own."""
    from builders.accounts import WEDNESDAY

    async with database.transaction(Context(organization_id=organization_id)) as session:
        _, key = await create_api_key(
            session, "test", frozenset(scopes or set(Scope)), now=WEDNESDAY
        )
    return {"authorization": f"Bearer {key}"}
