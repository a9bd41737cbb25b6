"""The application: every slice's routes in the group that fits its callers. No logic of its own.

public   nothing is mounted on it: no identification, session or CSRF (twice the query's cost)
sign-in  the session if there is one; its form needs our origin and a nonce
staff    the session; forms need our origin and the session's token
api      an organization's key, never the cookie
link     the token in the address; forms need a nonce
webhook  nothing: the handler checks the signature over the body
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from litestar import Litestar, Router
from litestar.datastructures import CacheControlHeader, State
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from litestar.types import ControllerRouterHandler, Guard

from accounts.guards import public
from directory import routes as directory_routes
from directory.stewards import routes as steward_routes
from notify import mail_webhook, twilio_webhooks
from referrals import pages as referral_pages
from referrals import routes as referral_routes
from referrals.name_calls import routes as name_calls
from shared.database import Database
from shared.settings import Settings
from web import administration, health, pages, simulator_proxy, styleguide
from web.dependencies import DEPENDENCIES
from web.errors import HANDLERS
from web.identify import Identify, Takes
from web.security import (
    add_headers,
    check_nonce_form,
    check_public_form,
    check_session_form,
    is_https,
    security_headers,
)
from web.speaking import speak
from web.templating import make_engine
from web.wiring import register_leaving

STATIC = Path(__file__).parent / "static"
LARGEST_BODY = 2_000_000
Handlers = Sequence[ControllerRouterHandler]
logger = structlog.get_logger("web")


def create_app(settings: Settings, database: Database) -> Litestar:
    """The application of this process."""
    if settings.mode == "production" and not is_https(settings):
        logger.warning("session_cookie_without_https")
    register_leaving()
    return Litestar(
        route_handlers=[*_groups(settings), _static_files(settings)],
        state=State(
            {
                "settings": settings,
                "database": database,
                "security_headers": security_headers(settings),
            }
        ),
        dependencies=DEPENDENCIES,
        exception_handlers=HANDLERS,
        before_request=speak,
        before_send=[add_headers, health.count_response],
        template_config=TemplateConfig(instance=make_engine(settings)),
        openapi_config=_openapi(),
        lifespan=[_life, *([simulator_proxy.simulator_client] if settings.simulated else [])],
        request_max_body_size=LARGEST_BODY,
        # Litestar's own set-up turns every library's log on, addresses and all.
        logging_config=None,
        debug=False,
    )


def _groups(settings: Settings) -> list[Router]:
    groups = [
        _group([*health.routers, *pages.public_routers, *directory_routes.public_routers]),
        _group(directory_routes.public_form_routers, forms=check_public_form),
        _group(
            [*pages.sign_in_routers, *administration.open_routers],
            takes=Takes.SESSION,
            forms=check_nonce_form,
        ),
        _group(
            [
                *pages.staff_routers,
                *administration.staff_routers,
                *directory_routes.staff_routers,
                *steward_routes.staff_routers,
                *referral_pages.staff_routers,
            ],
            takes=Takes.SESSION,
            forms=check_session_form,
        ),
        _group(
            [*pages.link_routers, *referral_pages.link_routers],
            takes=Takes.LINK,
            forms=check_nonce_form,
        ),
        _group(pages.one_click_routers, takes=Takes.LINK),
        _group(referral_routes.api_routers, takes=Takes.API_KEY, in_schema=True),
        _group(
            [
                *twilio_webhooks.webhook_routers,
                *name_calls.webhook_routers,
                *mail_webhook.webhook_routers,
            ]
        ),
    ]
    if settings.simulated:
        groups.append(_group([*simulator_proxy.routers, *styleguide.routers]))
    return groups


@asynccontextmanager
async def _life(app: Litestar) -> AsyncIterator[None]:
    database: Database = app.state.database
    try:
        yield
    finally:
        await database.dispose()


def _group(
    handlers: Handlers,
    *,
    takes: Takes | None = None,
    forms: Guard | None = None,
    in_schema: bool = False,
) -> Router:
    return Router(
        path="/",
        route_handlers=handlers,
        middleware=[Identify(takes)] if takes is not None else None,
        guards=[forms] if forms is not None else None,
        include_in_schema=in_schema,
    )


def _static_files(settings: Settings) -> Router:
    minutes = 0 if settings.mode == "demo" else 60
    return create_static_files_router(
        path="/static",
        directories=[STATIC],
        name="static",
        guards=[public],
        cache_control=CacheControlHeader(max_age=minutes * 60, public=True),
        middleware=[directory_routes.COMPRESSED],
        include_in_schema=False,
    )


def _openapi() -> OpenAPIConfig:
    bearer = SecurityScheme(type="http", scheme="bearer", description="An organization's API key")
    header = SecurityScheme(type="apiKey", name="X-API-Key", security_scheme_in="header")
    return OpenAPIConfig(
        title="Handback",
        version="1",
        description="Closed-loop referrals. Refusals are problem+json (RFC 9457).",
        # The schema alone: a page that draws it would fetch its parts from elsewhere.
        path="/api/openapi.json",
        render_plugins=[JsonRenderPlugin(path="/")],
        components=Components(security_schemes={"bearer": bearer, "header": header}),
        security=[{"bearer": []}, {"header": []}],
    )
