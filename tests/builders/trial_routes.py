"""Routes of each group that tests call while looking at the frame around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litestar import Litestar, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from pydantic import BaseModel

from accounts.api import LinkPurpose, Role, Scope, requires_api_scope, requires_link, requires_role
from accounts.requests import AnyRequest, Caller, Session
from shared.settings import Settings, get_settings
from web.app import create_app
from web.identify import Identify, Takes, context_of
from web.security import check_nonce_form, check_session_form, form_nonce

if TYPE_CHECKING:
    from shared.database import Database


class Order(BaseModel):
    """What a program sends."""

    amount: int
    note: str = ""


@get("/try/staff", guards=[requires_role(Role.NAVIGATOR)])
async def staff_page(actor: Caller) -> str:
    return actor.label


@get("/try/polling", guards=[requires_role(Role.NAVIGATOR)], opt={"extends_session": False})
async def polling() -> str:
    return "7"


@post("/try/staff", guards=[requires_role(Role.NAVIGATOR)])
async def staff_act(session: Session) -> str:
    return "done"


@get("/api/try/{number:int}", guards=[requires_api_scope(Scope.REFERRALS_READ)])
async def read(number: FromPath[int], actor: Caller, limit: FromQuery[int] = 5) -> dict[str, str]:
    return {"organization": str(actor.organization_id), "number": str(number * limit)}


@post("/api/try", guards=[requires_api_scope(Scope.REFERRALS_WRITE)])
async def write(data: JSONBody[Order]) -> dict[str, int]:
    return {"amount": data.amount}


@get("/try-link/{token:str}", guards=[requires_link(LinkPurpose.AGENCY)])
async def by_link(request: AnyRequest) -> dict[str, str]:
    context = context_of(request)
    return {
        "organization": str(context.organization_id),
        "referral": str(context.referral_id),
        "nonce": form_nonce(request),
    }


@post("/try-link/{token:str}", guards=[requires_link(LinkPurpose.AGENCY)])
async def act_by_link(actor: Caller) -> str:
    return actor.word


def app_with_trials(database: Database, settings: Settings | None = None) -> Litestar:
    """The application with the routes above, each in its group."""
    app = create_app(settings or get_settings(), database)
    for takes, forms, handlers in (
        (Takes.SESSION, check_session_form, [staff_page, polling, staff_act]),
        (Takes.API_KEY, None, [read, write]),
        (Takes.LINK, check_nonce_form, [by_link, act_by_link]),
    ):
        app.register(
            Router(
                "/",
                route_handlers=handlers,
                middleware=[Identify(takes)],
                guards=[forms] if forms else None,
            )
        )
    return app
