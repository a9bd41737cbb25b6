"""What people look after: texts in doubt, codes that need somebody, and a message's whole story."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import or_, select

from notify import history
from notify.codes import words_of_code
from notify.delivery import Event, MessageState
from notify.models import Message, MessageEvent
from notify.outbox import WAKE, MessageStory, story_of
from notify.progress import Because, happened, locked, tell
from notify.words import event_words, reason_words
from shared import audit
from shared.errors import Conflict, NotFound
from shared.i18n import gettext_noop as _
from shared.i18n import language

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor


class DoubtReason(StrEnum):
    """Why a person settles a doubt; set words, because free ones would name a patient."""

    READER_DID_NOT_GET_IT = "reader_did_not_get_it"
    READER_GOT_IT = "reader_got_it"
    PROVIDER_HAS_NONE = "provider_has_none"
    TOLD_ANOTHER_WAY = "told_another_way"
    NO_LONGER_NEEDED = "no_longer_needed"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message that a person may have to decide on, with what was done so far."""

    message: MessageStory
    tried_at: datetime | None
    attempts: int
    provider_asked: int
    asked_next_at: datetime | None
    needs_person_since: datetime | None
    code_words: str | None


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a message, in words of the present language."""

    at: datetime
    kind: str
    words: str
    code: str | None
    code_words: str | None
    sid: str | None
    person_id: UUID | None


@dataclass(frozen=True, slots=True)
class History:
    """A message and all that happened to it, oldest first."""

    message: MessageStory
    happenings: list[Happening]


async def doubts(session: AsyncSession, *, limit: int = 200) -> list[Doubt]:
    """Texts in doubt and whatever else needs a person, in this organization; longest first."""
    rows = await session.scalars(
        select(Message)
        .where(
            or_(
                Message.state == MessageState.IN_DOUBT,
                Message.needs_person_since.is_not(None),
            )
        )
        .order_by(Message.needs_person_since.asc().nulls_last(), Message.claimed_at, Message.id)
        .limit(limit)
    )
    return [_doubt(row) for row in rows]


async def message_history(session: AsyncSession, message_id: UUID) -> History:
    """The whole story of one message of this organization."""
    row = await session.get(Message, message_id)
    if row is None:
        raise NotFound(_("There is no such message."))
    events = await session.scalars(
        select(MessageEvent)
        .where(MessageEvent.message_id == message_id)
        .order_by(MessageEvent.at, MessageEvent.id)
    )
    written = Happening(row.created_at, "queued", event_words("queued"), None, None, None, None)
    return History(story_of(row), [written, *(_happening(event) for event in events)])


async def resend_after_doubt(
    session: AsyncSession, message_id: UUID, *, actor: Actor, reason: DoubtReason, now: datetime
) -> None:
    """A person has it sent again, with every check of the moment."""
    await _settle(session, message_id, Event.RESENT_BY_PERSON, actor, reason, now)
    await audit.record(
        session, "message.resent_after_doubt", subject_kind="message", subject_id=message_id,
        now=now, detail={"reason": str(reason)},
    )  # fmt: skip
    await session.execute(WAKE)


async def heard_it_arrived(
    session: AsyncSession, message_id: UUID, *, actor: Actor, now: datetime
) -> None:
    """Its reader told a person that they have it: that proves it as a receipt does."""
    reason = DoubtReason.READER_GOT_IT
    await _settle(session, message_id, Event.HEARD_IT_ARRIVED, actor, reason, now)
    await audit.record(
        session, "message.heard_it_arrived", subject_kind="message", subject_id=message_id,
        now=now,
    )  # fmt: skip


async def give_up_doubt(
    session: AsyncSession, message_id: UUID, *, actor: Actor, reason: DoubtReason, now: datetime
) -> None:
    """A person ends the doubt without another text."""
    await _settle(session, message_id, Event.GIVEN_UP_BY_PERSON, actor, reason, now)
    await audit.record(
        session, "message.doubt_given_up", subject_kind="message", subject_id=message_id,
        now=now, detail={"reason": str(reason)},
    )  # fmt: skip


async def settle_code(
    session: AsyncSession, message_id: UUID, *, actor: Actor, now: datetime
) -> None:
    """A person has looked at an unknown code, or mended what it was about."""
    row = await locked(session, message_id)
    if row is None:
        raise NotFound(_("There is no such message."))
    if row.needs_person_since is None or row.state is MessageState.IN_DOUBT:
        raise Conflict(_("This message needs nobody any more."))
    row.needs_person_since = None
    person_id = actor.person_id
    history.note(session, row, history.SETTLED_BY_PERSON, now, person_id=person_id)
    await tell(session, row)
    await audit.record(
        session, "message.code_settled", subject_kind="message", subject_id=row.id, now=now
    )


async def _settle(  # noqa: PLR0913 -- the facts of one decision
    session: AsyncSession,
    message_id: UUID,
    event: Event,
    actor: Actor,
    reason: DoubtReason,
    now: datetime,
) -> None:
    row = await locked(session, message_id)
    if row is None:
        raise NotFound(_("There is no such message."))
    because = Because(reason=str(reason), person_id=actor.person_id)
    if not await happened(session, row, event, now, because):
        raise Conflict(
            _("This message is not in doubt any more."),
            remedy=_("Reload the page to see what became of it."),
        )


def _doubt(row: Message) -> Doubt:
    return Doubt(
        message=story_of(row),
        tried_at=row.claimed_at,
        attempts=row.attempts,
        provider_asked=row.provider_asked,
        asked_next_at=row.ask_provider_at,
        needs_person_since=row.needs_person_since,
        code_words=words_of_code(row.error_code, language()),
    )


def _happening(event: MessageEvent) -> Happening:
    reason = reason_words(event.code)
    return Happening(
        at=event.at,
        kind=event.kind,
        words=event_words(event.kind),
        code=None if reason else event.code,
        code_words=reason or words_of_code(event.code, language()),
        sid=event.sid,
        person_id=event.person_id,
    )
