"""Calls are forgotten: a row is of use for the minutes of its call, the audit holds what was said.

It stays a day, so that the provider's late repetition of a request does not begin the call anew.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import text

from shared.database import Context

if TYPE_CHECKING:
    from datetime import datetime

    from shared.database import Database

log = structlog.get_logger()
KEPT_FOR = timedelta(days=1)
FORGET = text("select forget_name_calls(:before)")


async def forget_calls(database: Database, now: datetime) -> int:
    """Delete the calls of all senders that are long over; how many (worker)."""
    async with database.transaction(Context(actor="clock")) as session:
        count = int((await session.execute(FORGET, {"before": now - KEPT_FOR})).scalar_one())
    if count:
        log.info("name_calls_forgotten", count=count)
    return count
