"""The style guide of the demo, and what people see when something can't be done."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from builders.accounts import a_member, a_person
from builders.browsing import client_of, sign_in_as
from shared.settings import get_settings
from web.app import create_app

if TYPE_CHECKING:
    import httpx

    from shared.database import Database

COMPONENTS = (
    "btn", "tag", "note", "card", "rows", "facts", "steps", "answers", "timeline", "qr", "bars",
    "bar", "take", "places", "listed", "stay",
)  # fmt: skip


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


async def test_the_style_guide_shows_every_component_in_both_languages(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get("/styleguide")).text

    english, spanish = page.split('<section lang="en"')[1].split('<section lang="es"')
    assert "Call before you go." in words_of(english)
    assert "Llame antes de ir." in words_of(spanish)
    for part in COMPONENTS:
        for sample in (english, spanish):
            assert re.search(rf'class="(?:[^"]* )?{part}[ "]', sample), part


@pytest.mark.parametrize(
    ("asked", "shown"), [("dark", "dark"), ("light", "light"), ("", "light"), ('"><b>', "light")]
)
async def test_the_style_guide_is_light_or_dark_as_asked(
    client: httpx.AsyncClient, asked: str, shown: str
) -> None:
    page = (await client.get("/styleguide", params={"theme": asked})).text

    assert f'data-theme="{shown}"' in page


async def test_the_style_guide_shows_its_components_in_big_type(client: httpx.AsyncClient) -> None:
    page = (await client.get("/styleguide", params={"type": "big"})).text

    assert 'class="bigtype"' in page.partition("<body")[0]
    assert "bigtype" not in (await client.get("/styleguide")).text.partition("<body")[0]


@pytest.mark.parametrize(
    ("screen", "language", "said"),
    [
        ("search-slow", "en", "These numbers work:"),
        ("search-slow", "es", "Estos números"),
        ("closed-for-safety", "en", "This page has been closed for your safety."),
        ("closed-for-safety", "es", "cerr"),
    ],
)
async def test_screens_that_only_a_fault_brings_about_can_be_looked_at(
    client: httpx.AsyncClient, screen: str, language: str, said: str
) -> None:
    page = await client.get("/styleguide", params={"screen": screen, "lang": language})

    assert said in words_of(page.text)
    assert "Every component" not in page.text


async def test_no_id_of_the_style_guide_stands_twice(client: httpx.AsyncClient) -> None:
    ids = re.findall(r'\bid="([^"]+)"', (await client.get("/styleguide")).text)

    assert len(ids) == len(set(ids))


async def test_the_style_guide_is_absent_from_production(database: Database) -> None:
    settings = get_settings().model_copy(
        update={"mode": "production", "public_url": "https://handback.example"}
    )
    async with client_of(create_app(settings, database)) as browser:
        assert (await browser.get("/styleguide")).status_code == 404


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "There is nothing at this address"), ("es", "En esta dirección no hay nada")],
)
async def test_a_wrong_address_offers_a_search_and_a_person(
    client: httpx.AsyncClient, language: str, said: str
) -> None:
    page = await client.get("/no-such-page", headers={"accept-language": language})

    assert page.status_code == 404
    assert said in words_of(page.text)
    assert 'action="/search"' in page.text
    assert 'href="tel:211"' in page.text
    assert 'class="leave"' in page.text


async def test_staff_who_go_wrong_stay_among_their_own_pages(
    client: httpx.AsyncClient, database: Database
) -> None:
    await sign_in_as(client, await a_person(database, await a_member(database)))

    page = await client.get("/lists/01890000-0000-7000-8000-000000000000")

    assert page.status_code == 404
    assert 'href="/lists"' in page.text
    assert 'href="tel:211"' not in page.text
