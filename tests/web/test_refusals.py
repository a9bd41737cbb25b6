"""How refusals and faults are told: problem+json for programs, a page for people, two languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from builders.accounts import a_member, a_person
from builders.browsing import a_key, client_of, sign_in_as
from shared.database import Database
from shared.settings import get_settings
from web.app import create_app

if TYPE_CHECKING:
    from typing import Any


async def test_a_programs_refusal_is_problem_json(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = await a_key(database, await a_member(database))

    answer = await client.post("/api/try", headers=headers, json={"amount": "many"})

    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem: dict[str, Any] = answer.json()
    assert problem["field"] == "amount"
    assert problem["status"] == 400
    assert problem["title"] == "What was sent can't be used"
    assert problem["errors"][0]["field"] == "amount"


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("POST", "/api/try", b"{"),
        ("POST", "/api/try", b"[]"),
        ("POST", "/api/try", b"\xff\xfe"),
        ("POST", "/api/try", b'{"amount": 1e400}'),
        ("GET", "/api/try/1?limit=x", b""),
        ("GET", "/api/try/abc", b""),
        ("GET", "/api/nothing", b""),
        ("PUT", "/api/try", b""),
        ("GET", "/confirm/%00", b""),
        ("GET", "/sign-in?next=%ff", b""),
    ],
)
async def test_bad_input_is_never_a_500(
    client: httpx.AsyncClient, database: Database, method: str, path: str, content: bytes
) -> None:
    headers = await a_key(database, await a_member(database))
    if not path.startswith("/api"):
        headers = {}

    answer = await client.request(
        method, path, content=content, headers={**headers, "content-type": "application/json"}
    )

    assert answer.status_code < 500
    assert "input_value" not in answer.text


async def test_a_page_that_is_not_there_says_so_in_both_languages(
    client: httpx.AsyncClient,
) -> None:
    english = await client.get("/nothing-here")
    spanish = await client.get("/nothing-here", headers={"accept-language": "es-MX,en;q=0.5"})

    assert "There is nothing at this address" in english.text
    assert '<html lang="es">' in spanish.text
    assert "En esta dirección no hay nada" in spanish.text


async def test_the_language_is_asked_kept_set_and_guessed_in_this_order(
    client: httpx.AsyncClient, database: Database
) -> None:
    person = await a_person(database, await a_member(database), language="es")

    async def spoken(query: str = "", header: str = "") -> str:
        answer = await client.get(f"/nothing-here{query}", headers={"accept-language": header})
        return "es" if '<html lang="es">' in answer.text else "en"

    assert await spoken() == "en"
    assert await spoken(header="fr, es;q=0.8, en;q=0.7") == "es"
    assert await spoken("?lang=es") == "es"
    assert await spoken(header="en") == "es"  # the cookie that ?lang left
    client.cookies.clear()
    await sign_in_as(client, person)
    page = await client.get("/try/missing-role", headers={"accept-language": "en"})
    assert page.status_code == 404
    assert (await client.get("/sign-in?lang=xx")).status_code == 303


async def test_a_person_is_answered_in_their_own_language(
    client: httpx.AsyncClient, database: Database
) -> None:
    from accounts.rules import Role

    await sign_in_as(
        client, await a_person(database, await a_member(database), Role.STEWARD, language="es")
    )

    answer = await client.get("/try/staff")

    assert '<html lang="es">' in answer.text
    assert "Su cuenta no puede abrir esta página." in answer.text


async def test_somebody_who_must_sign_in_comes_back_to_where_they_were(
    client: httpx.AsyncClient, database: Database
) -> None:
    person = await a_person(database, await a_member(database))

    sent = await client.get("/try/staff?x=1")
    page = await client.get(sent.headers["location"])
    from builders.browsing import OURS, hidden

    signed_in = await client.post(
        "/sign-in",
        data={
            "email": person.email,
            "password": person.password,
            "nonce": hidden(page.text, "nonce"),
            "next": hidden(page.text, "next"),
        },
        headers=OURS,
    )

    assert signed_in.headers["location"] == "/try/staff?x=1"


async def test_without_a_database_the_process_lives_but_is_not_ready() -> None:
    gone = Database("postgresql://nobody:x@127.0.0.1:9/none")
    async with client_of(create_app(get_settings(), gone)) as browser:
        alive = await browser.get("/healthz")
        ready = await browser.get("/readyz")
        page = await browser.get("/confirm/something")

    assert (alive.status_code, ready.status_code) == (200, 503)
    assert page.status_code == 503
    assert page.headers["retry-after"] == "10"


async def test_metrics_hold_patterns_and_no_addresses(client: httpx.AsyncClient) -> None:
    await client.get("/confirm/a-secret-token")
    await client.get("/unknown-address-4711")

    counted = (await client.get("/metrics")).text

    assert "/confirm/{token}" in counted
    assert "a-secret-token" not in counted
    assert "unknown-address" not in counted


async def test_the_api_is_described_without_a_page_that_fetches_from_elsewhere(
    client: httpx.AsyncClient,
) -> None:
    described = await client.get("/api/openapi.json")
    elsewhere = await client.get("/api/swagger")

    assert described.json()["openapi"].startswith("3.")
    assert elsewhere.status_code == 404


@pytest.mark.parametrize("body", [{}, {"advance_seconds": -1}, {"advance_seconds": 10**12}])
async def test_the_clock_can_only_be_turned_forward(
    client: httpx.AsyncClient, body: dict[str, int]
) -> None:
    answer = await client.post("/simulator/api/clock", json=body)

    assert answer.status_code == 400
    assert (await client.get("/simulator/api/clock")).json()["offset_seconds"] == 0


async def test_another_site_can_not_play_with_the_demo(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/simulator/api/clock",
        json={"advance_seconds": 60},
        headers={"sec-fetch-site": "cross-site"},
    )

    assert answer.status_code == 403


async def test_the_simulator_that_is_not_running_is_told_in_a_sentence(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/simulator")

    assert answer.status_code in {200, 503}
