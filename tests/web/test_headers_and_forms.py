"""Headers of every answer, and forms that are not ours (reliability S7, S8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import text

from builders.accounts import a_member, a_person
from builders.browsing import client_of, csrf_of, hidden, nonce_of, sign_in_as, try_to_sign_in
from builders.trial_routes import app_with_trials
from shared.database import Context
from shared.settings import get_settings

if TYPE_CHECKING:
    from shared.database import Database

EVERY_KIND_OF_ANSWER = [
    ("GET", "/sign-in", 200),
    ("GET", "/nothing-here", 404),
    ("GET", "/try/staff", 303),
    ("DELETE", "/sign-in", 405),
    ("GET", "/api/try/1", 401),
    ("GET", "/try-link/unknown", 404),
    ("GET", "/static/tokens.css", 200),
    ("GET", "/healthz", 200),
    ("GET", "/metrics", 200),
    ("GET", "/api/openapi.json", 200),
]
ORIGIN = "http://testserver.local"


@pytest.mark.parametrize(("method", "path", "status"), EVERY_KIND_OF_ANSWER)
async def test_every_answer_has_the_headers(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)

    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in answer.headers


async def test_on_https_the_cookie_is_bound_to_host_and_https(database: Database) -> None:
    settings = get_settings().model_copy(update={"public_url": "https://testserver.local"})
    person = await a_person(database, await a_member(database))
    async with client_of(app_with_trials(database, settings)) as browser:
        browser.base_url = httpx.URL("https://testserver.local")
        answer = await try_to_sign_in(browser, person.email, person.password)

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-handback=")
    assert "Secure" in cookie
    assert "Domain" not in cookie
    assert int(answer.headers["strict-transport-security"].partition("=")[2].partition(";")[0]) >= (
        365 * 24 * 3600
    )


async def test_what_somebody_was_identified_for_is_never_stored(
    client: httpx.AsyncClient, database: Database
) -> None:
    await sign_in_as(client, await a_person(database, await a_member(database)))

    for path in ("/try/staff", "/sign-in", "/try-link/unknown", "/api/try/1"):
        assert (await client.get(path)).headers["cache-control"] == "no-store", path


async def test_a_tile_server_is_the_only_other_place_that_images_come_from(
    database: Database,
) -> None:
    settings = get_settings().model_copy(
        update={"tile_url": "https://tiles.example/{z}/{x}/{y}.png"}
    )
    async with client_of(app_with_trials(database, settings)) as browser:
        policy = (await browser.get("/healthz")).headers["content-security-policy"]

    assert "img-src 'self' data: https://tiles.example;" in policy
    assert "connect-src 'self'" in policy


@pytest.mark.parametrize(
    ("headers", "token", "passes"),
    [
        ({"sec-fetch-site": "same-origin"}, "own", True),
        ({"origin": ORIGIN}, "own", True),
        ({"sec-fetch-site": "same-origin"}, "header", True),
        ({"sec-fetch-site": "same-origin"}, "none", False),
        ({"sec-fetch-site": "same-origin"}, "other", False),
        ({"sec-fetch-site": "cross-site"}, "own", False),
        ({"sec-fetch-site": "same-site"}, "own", False),
        ({"sec-fetch-site": "none"}, "own", False),
        ({"sec-fetch-site": "cross-site", "origin": ORIGIN}, "own", False),
        ({"origin": "https://evil.example"}, "own", False),
        ({"origin": "null"}, "own", False),
        ({}, "own", False),
    ],
)
async def test_a_signed_in_form_needs_our_origin_and_this_sessions_token(
    client: httpx.AsyncClient,
    database: Database,
    headers: dict[str, str],
    token: str,
    passes: bool,  # noqa: FBT001
) -> None:
    member = await a_member(database)
    await sign_in_as(client, await a_person(database, member, name="Tom"))
    others = await csrf_of(client)
    client.cookies.clear()
    await sign_in_as(client, await a_person(database, member))
    own = await csrf_of(client)
    data = {"own": {"csrf": own}, "other": {"csrf": others}}.get(token, {})
    if token == "header":
        headers = {**headers, "x-csrf-token": own}

    answer = await client.post("/try/staff", data=data, headers=headers)

    assert answer.status_code == (201 if passes else 403)


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "multipart/mixed"])
async def test_a_form_in_disguise_is_refused(
    client: httpx.AsyncClient, database: Database, content_type: str
) -> None:
    await sign_in_as(client, await a_person(database, await a_member(database)))

    answer = await client.post(
        "/try/staff",
        content=f"csrf={await csrf_of(client)}",
        headers={"content-type": content_type, "sec-fetch-site": "same-origin"},
    )

    assert answer.status_code in {400, 403}


@pytest.mark.parametrize(
    ("headers", "change"),
    [
        ({"sec-fetch-site": "cross-site"}, ""),
        ({"origin": "https://evil.example"}, ""),
        ({"origin": "null"}, ""),
        ({"sec-fetch-site": "same-origin"}, "drop"),
        ({"sec-fetch-site": "same-origin"}, "forge"),
    ],
)
async def test_nobody_can_be_signed_in_from_another_site(
    client: httpx.AsyncClient, database: Database, headers: dict[str, str], change: str
) -> None:
    person = await a_person(database, await a_member(database))
    page = await client.get("/sign-in")
    nonce = {"drop": "", "forge": "9999999999.abc.00"}.get(change, hidden(page.text, "nonce"))

    answer = await client.post(
        "/sign-in",
        data={"email": person.email, "password": person.password, "nonce": nonce},
        headers=headers,
    )

    assert answer.status_code == 403
    assert not client.cookies.keys() - {"lang"}


async def test_a_nonce_of_one_browser_serves_no_other(
    client: httpx.AsyncClient, database: Database
) -> None:
    member = await a_member(database)
    await sign_in_as(client, await a_person(database, member))
    foreign = await nonce_of(client)
    client.cookies.clear()
    person = await a_person(database, member, name="Tom")

    answer = await client.post(
        "/sign-in",
        data={"email": person.email, "password": person.password, "nonce": foreign},
        headers={"sec-fetch-site": "same-origin"},
    )

    assert answer.status_code == 403


async def test_looking_changes_nothing_but_when_a_session_was_last_seen(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> None:
    await sign_in_as(client, await a_person(database, await a_member(database)))
    counted = text(
        "select (select count(*) from audit_event), (select count(*) from session),"
        " (select count(*) from member), (select count(*) from attempt)"
    )
    async with owner_database.transaction(Context()) as session:
        before = (await session.execute(counted)).one()
    for method, path, _ in EVERY_KIND_OF_ANSWER:
        if method == "GET":
            await client.get(path)
            await client.head(path)
    async with owner_database.transaction(Context()) as session:
        after = (await session.execute(counted)).one()

    assert before == after
