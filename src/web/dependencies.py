"""What a handler may ask for by name: session, actor, now, database, settings.

`session` is the request's one transaction: opened with the caller's context, committed before the
first byte of the answer. A commit that fails is a 500 and no row.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from litestar.di import Provide
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.guards import actor_of
from accounts.requests import AnyRequest
from accounts.rules import Actor
from shared import clock
from shared.database import Database
from shared.errors import NotAllowed
from shared.i18n import gettext_noop as _
from shared.settings import Settings
from web.identify import context_of


async def open_session(request: AnyRequest) -> AsyncIterator[AsyncSession]:
    """One transaction for the request; an exception rolls it back."""
    database: Database = request.app.state.database
    async with database.transaction(context_of(request)) as session:
        yield session


def give_actor(request: AnyRequest) -> Actor:
    """The caller. On a route that takes nobody in particular there is none to ask for."""
    actor = actor_of(request)
    if actor is None:
        raise NotAllowed(_("Please sign in first."), code="not_signed_in")
    return actor


def give_now() -> datetime:
    """The present instant."""
    return clock.now()


def give_database(request: AnyRequest) -> Database:
    """The app's database, for what must outlive the request's transaction."""
    database: Database = request.app.state.database
    return database


def give_settings(request: AnyRequest) -> Settings:
    """The process's settings."""
    settings: Settings = request.app.state.settings
    return settings


DEPENDENCIES = {
    "session": Provide(open_session),
    "actor": Provide(give_actor, sync_to_thread=False),
    "now": Provide(give_now, sync_to_thread=False),
    "database": Provide(give_database, sync_to_thread=False),
    "settings": Provide(give_settings, sync_to_thread=False),
}
