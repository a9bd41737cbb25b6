"""The one way to the database: a transaction with the caller's context.

The context (organization, referral, teams, actor) is set by the first statement. That also makes
BEGIN real before a COPY or a job goes through the raw connection.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import event, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from shared import clock
from shared.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from uuid import UUID

    from sqlalchemy.pool import ConnectionPoolEntry

SET_CONTEXT = text(
    "select set_config('handback.organization', :organization, true),"
    " set_config('handback.referral', :referral, true),"
    " set_config('handback.teams', :teams, true),"
    " set_config('handback.actor', :actor, true)"
)
SET_ROLE = text("select set_config('role', :role, true)")
ASK_AFTER_REST_S = 5.0
READ_OFFSET = text("select offset_seconds from demo_clock")


@dataclass(frozen=True, slots=True)
class Context:
    """For whom a transaction runs. Without an organization, tenant tables show nothing."""

    organization_id: UUID | None = None
    referral_id: UUID | None = None
    team_ids: tuple[UUID, ...] = ()
    actor: str = "system"


class Database:
    """An engine under one database role. `transaction()` is the only opener of sessions."""

    def __init__(
        self,
        url: str | None = None,
        *,
        engine: AsyncEngine | AsyncConnection | None = None,
        role: str | None = None,
        pool_size: int = 10,
    ) -> None:
        self._reader: AsyncEngine | None = None  # public reads have a pool of their own
        if engine is None:
            engine = make_engine(url or "", pool_size=pool_size)
            self._reader = make_engine(
                url or "",
                pool_size=pool_size,
                isolation_level="AUTOCOMMIT",
                server_settings={"plan_cache_mode": "force_generic_plan"},
            )
        self.bind = engine
        self._role = role
        self._simulated = get_settings().simulated

    @asynccontextmanager
    async def transaction(self, context: Context) -> AsyncIterator[AsyncSession]:
        """A session inside one transaction: committed at the end, rolled back on an exception."""
        session = AsyncSession(
            self.bind,
            expire_on_commit=False,
            autoflush=True,
            join_transaction_mode="create_savepoint",
        )
        async with session, session.begin():
            await self._enter(session, context)
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A bare connection to public tables: no BEGIN, no context (dearer than the query).

        Its statements are planned once for each connection: planning them for each question's
        values costs more than answering it.
        """
        if isinstance(self.bind, AsyncConnection):
            if self._role is not None:
                await self.bind.execute(SET_ROLE, {"role": self._role})
            yield self.bind
            return
        plain = self._reader or self.bind.execution_options(isolation_level="AUTOCOMMIT")
        async with plain.connect() as connection:
            if self._simulated:
                await refresh_clock(connection)
            yield connection

    async def _enter(self, session: AsyncSession, context: Context) -> None:
        if self._role is not None:
            await session.execute(SET_ROLE, {"role": self._role})
        await set_context(session, context)
        if self._simulated:
            await refresh_clock(session)

    async def dispose(self) -> None:
        """Close the pool."""
        for engine in (self.bind, self._reader):
            if isinstance(engine, AsyncEngine):
                await engine.dispose()


async def set_context(session: AsyncSession, context: Context) -> None:
    """Set the transaction's context; again, when an action goes on in another's name."""
    await session.execute(
        SET_CONTEXT,
        {
            "organization": str(context.organization_id or ""),
            "referral": str(context.referral_id or ""),
            "teams": "{" + ",".join(str(team) for team in context.team_ids) + "}",
            "actor": context.actor,
        },
    )


async def refresh_clock(session: AsyncSession | AsyncConnection) -> None:
    """Take over the demo clock's offset, which all processes share."""
    seconds = (await session.execute(READ_OFFSET)).scalar_one_or_none()
    clock.set_offset(timedelta(seconds=seconds or 0))


async def turn_clock(session: AsyncSession, seconds: int) -> None:
    """Turn the demo clock (forward only: what happened must stay in the past)."""
    if seconds < 0:
        msg = "The clock can only be turned forward."
        raise ValueError(msg)
    await session.execute(
        text("update demo_clock set offset_seconds = offset_seconds + :seconds"),
        {"seconds": seconds},
    )
    await refresh_clock(session)


def async_url(url: str) -> str:
    """Any PostgreSQL URL, with the asyncpg driver's scheme."""
    scheme, _, rest = url.partition("://")
    if scheme.split("+")[0] not in {"postgresql", "postgres"}:
        msg = "A database URL starts with postgresql://"
        raise ValueError(msg)
    return f"postgresql+asyncpg://{rest}"


def make_engine(
    url: str,
    *,
    pool_size: int = 10,
    isolation_level: Literal["READ COMMITTED", "AUTOCOMMIT"] = "READ COMMITTED",
    server_settings: Mapping[str, str] = {},
) -> AsyncEngine:
    """An asyncpg engine that knows PostGIS types."""
    engine = create_async_engine(
        async_url(url),
        isolation_level=isolation_level,
        connect_args={"server_settings": dict(server_settings)} if server_settings else {},
        plugins=["geoalchemy2"],
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,  # a failing statement must not put names or phones into a log
    )
    event.listen(engine.sync_engine, "checkin", _note_rest)
    event.listen(engine.sync_engine, "checkout", _check_rested)
    return engine


def _note_rest(_connection: Any, record: ConnectionPoolEntry) -> None:  # noqa: ANN401
    record.info["rests_since"] = monotonic()


def _check_rested(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401
    """SQLAlchemy's own check asks at each use, three round trips that cost more than a search.

    A socket that the server closed is seen without asking; only who has rested long is asked.
    """
    rests_since = record.info.get("rests_since")
    if rests_since is None:  # it is new
        return
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError
    if monotonic() - rests_since > ASK_AFTER_REST_S:
        try:
            connection.ping()
        except Exception as gone:  # whatever the driver makes of it, it can't be used
            raise InvalidatePoolError from gone
