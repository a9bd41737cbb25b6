"""Every route says whom it is for; what is open to everybody is a short list, kept by hand here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.middleware.compression import CompressionMiddleware
from litestar.routes import HTTPRoute

from accounts.guards import Access
from shared.database import Database
from shared.settings import get_settings
from web.app import create_app
from web.identify import Identify, Takes
from web.security import check_nonce_form, check_session_form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litestar import Litestar

PUBLIC = {
    "/",
    "/search",
    "/services/{service_id:uuid}",
    "/about",
    "/claim/{listing_id:uuid}",
    "/api/search",
    "/api/suggest",
    "/sign-in",
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/{file_path:path}",
}
PUBLIC_PREFIXES = ("/search/", "/services/", "/hsds/v3")
# Demo and test only.
SIMULATED = {"/styleguide", "/simulator", "/simulator/{rest:path}", "/simulator/api/clock"}
# Made by Litestar: the API's description.
DESCRIPTION = {
    "/api/openapi.json",
    "/api/openapi.json/openapi.json",
    "/api/openapi.json/{path:str}",
}
# On these nothing may be mounted: it would cost twice the query.
BARE = {"/", "/search", "/services/{service_id:uuid}", "/api/search", "/api/suggest"}
TAKEN = {
    Access.PERSON: Takes.SESSION,
    Access.API_KEY: Takes.API_KEY,
    Access.LINK: Takes.LINK,
}
SAFE = {"GET", "HEAD", "OPTIONS"}
# Pressed by mail programs (RFC 8058), which have seen no page of ours; the link is the proof.
ONE_CLICK = {"/confirm/{token:str}/never"}


@pytest.fixture(scope="module")
def app() -> Litestar:
    return create_app(get_settings(), Database("postgresql://nobody@localhost/none"))


def routes(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.http_methods != {"OPTIONS"}:
                    yield route.path, handler


def declared(handler: HTTPRouteHandler) -> list[Access]:
    return [
        access
        for guard in handler.resolve_guards()
        if (access := getattr(plain(guard), "declares", None)) is not None
    ]


def plain(function: Any) -> Any:
    """The function behind Litestar's wrapper of synchronous ones."""
    return getattr(function, "func", getattr(function, "fn", function))


def takes(handler: HTTPRouteHandler) -> list[Takes]:
    return [
        middleware.takes
        for middleware in handler.resolve_middleware()
        if isinstance(middleware, Identify)
    ]


def test_every_route_says_whom_it_is_for(app: Litestar) -> None:
    silent = {
        f"{sorted(handler.http_methods)} {path}"
        for path, handler in routes(app)
        if path not in DESCRIPTION and len(set(declared(handler))) != 1
    }

    assert silent == set()


def test_what_is_public_is_on_the_short_list(app: Litestar) -> None:
    found = {
        path
        for path, handler in routes(app)
        if path not in DESCRIPTION and declared(handler) == [Access.PUBLIC]
    }

    assert {
        path for path in found - PUBLIC - SIMULATED if not path.startswith(PUBLIC_PREFIXES)
    } == set()


def test_every_guarded_route_takes_the_credential_its_guard_looks_at(app: Litestar) -> None:
    wrong = {
        path
        for path, handler in routes(app)
        if path not in DESCRIPTION
        and (access := declared(handler)[0]) in TAKEN
        and takes(handler) != [TAKEN[access]]
    }

    assert wrong == set()


def test_the_api_never_takes_the_cookie(app: Litestar) -> None:
    assert not [
        path
        for path, handler in routes(app)
        if path.startswith(("/api", "/fhir")) and Takes.SESSION in takes(handler)
    ]


def test_public_search_has_nothing_mounted(app: Litestar) -> None:
    def mounted(handler: HTTPRouteHandler) -> list[object]:
        # A page of 40 kB is compressed for phones; an answer of the API is sent as it is.
        found: list[Any] = list(handler.resolve_middleware())
        return [
            each for each in found if getattr(each, "middleware", each) != CompressionMiddleware
        ]

    loaded = {
        path
        for path, handler in routes(app)
        if path in BARE and (mounted(handler) or declared(handler) != [Access.PUBLIC])
    }

    assert loaded == set()


def test_every_form_proves_that_it_is_ours(app: Litestar) -> None:
    open_forms = set()
    for path, handler in routes(app):
        checks = {plain(guard) for guard in handler.resolve_guards()}
        wanted = {
            Takes.SESSION: {check_session_form, check_nonce_form},
            Takes.LINK: {check_nonce_form},
        }.get(takes(handler)[0] if takes(handler) else Takes.API_KEY)
        if wanted and not handler.http_methods <= SAFE and not checks & wanted:
            open_forms.add(path)

    assert open_forms == ONE_CLICK


def test_the_simulator_is_absent_from_production() -> None:
    settings = get_settings().model_copy(
        update={"mode": "production", "public_url": "https://handback.example"}
    )
    app = create_app(settings, Database("postgresql://nobody@localhost/none"))

    assert not [
        path for path, _ in routes(app) if path in SIMULATED or path.startswith("/simulator")
    ]
