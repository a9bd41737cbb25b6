"""A message's history: what happened to it, one row a thing, only ever added to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notify.models import MessageEvent

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from notify.models import Message

# Beside the events that move a message (delivery.Event).
PROVIDER_SAID = "provider_said"  # a word that came late or twice, and changed nothing
SECOND_ID = "second_id"  # the provider holds it twice: must not happen, and is kept when it does
NEEDS_PERSON = "needs_person"
SETTLED_BY_PERSON = "settled_by_person"
RELEASED_BY_PERSON = "released_by_person"


def note(  # noqa: PLR0913 -- the facts of one row
    session: AsyncSession,
    row: Message,
    kind: str,
    now: datetime,
    *,
    code: str | None = None,
    sid: str | None = None,
    person_id: UUID | None = None,
) -> None:
    """Add one thing to a message's history; written with the session's next flush."""
    session.add(
        MessageEvent(
            organization_id=row.organization_id,
            message_id=row.id,
            at=now,
            kind=str(kind),
            code=code[:60] if code else None,
            sid=sid,
            person_id=person_id,
        )
    )
