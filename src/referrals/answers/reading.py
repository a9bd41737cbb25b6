"""One reading of one text: done once, answered by at most a few automatic texts.

Two machines that answer each other must fall silent (notify.auto_replies).
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.api import Actor, ActorKind
from notify.api import (
    NewMessage,
    forget_unclear,
    heard_a_person,
    may_reply,
    queue_message,
    tell_of_silence,
)
from referrals.lifecycle import Party
from referrals.models import Referral
from referrals.sending_out import SOURCE
from referrals.teams import join_team_of, join_teams_here
from referrals.wording import template_facts
from referrals.words import Way, Word
from shared.attempts import add_attempt, attempts_since
from shared.database import Context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncSession

    from notify.api import InboundText
    from referrals.answers.effects import CodedRequest, OpenOptIn
    from shared.database import Database

_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reading:
    """The text, the clinic it was sent to, and which of its effects is being done.

    `agency_asked_about`: the request of the agency's open question, if this phone has one.
    """

    text: InboundText
    organization_id: UUID
    now: datetime
    number: int = 0
    agency_asked_about: UUID | None = None

    @property
    def key(self) -> str:
        """The event key: one text counts once for each request."""
        return f"sms:{self.text.message_sid}"

    def patient_word(self, referral_id: UUID) -> Word:
        """The patient's word by text."""
        actor = Actor(ActorKind.PATIENT_TEXT, self.organization_id, referral_id=referral_id)
        return Word(
            actor, Party.PATIENT, self.key, self.now, Way.TEXT, said_at=self.text.received_at
        )

    def agency_word(self, request: CodedRequest) -> Word:
        """The agency's word by text; answers go back to the same phone."""
        actor = Actor(
            ActorKind.AGENCY_TEXT,
            request.performer_id,
            credential_id=request.channel_id,
            language=request.language,
            referral_id=request.referral_id,
        )
        return Word(
            actor, Party.AGENCY, self.key, self.now, Way.TEXT, said_at=self.text.received_at,
            reply_channel_id=request.channel_id,
        )  # fmt: skip

    @asynccontextmanager
    async def as_sender(self, database: Database) -> AsyncIterator[AsyncSession]:
        """The clinic whose number was texted: our replies are its messages.

        In the name of all its teams, because one phone may stand for requests of several.
        """
        context = Context(organization_id=self.organization_id, actor="text")
        async with database.transaction(context) as session:
            await join_teams_here(session)
            yield session

    @asynccontextmanager
    async def as_patient(
        self, database: Database, referral_id: UUID
    ) -> AsyncIterator[AsyncSession]:
        """The patient, in the clinic's context and this one request."""
        context = Context(self.organization_id, referral_id, actor="patient_text")
        async with database.transaction(context) as session:
            await join_team_of(session, referral_id)
            yield session

    async def is_done(self, session: AsyncSession) -> bool:
        """Whether this effect was done by an earlier reading; marks it as done."""
        subject = f"{self.text.id}:{self.number}"
        if await attempts_since(session, "text_read", subject, _EVER):
            return True
        await add_attempt(session, "text_read", subject, self.now)
        return False

    async def may_reply(self, session: AsyncSession, *, danger: bool = False) -> bool:
        """Whether one more automatic reply may go to this phone; counts it."""
        peer = self.text.from_hash
        return await may_reply(session, self.organization_id, peer, self.now, danger=danger)

    async def tells_of_silence(self, session: AsyncSession) -> bool:
        """Whether a person must be told that this phone gets no more automatic replies."""
        peer = self.text.from_hash
        return await tell_of_silence(session, self.organization_id, peer, self.now)

    async def understood(self, session: AsyncSession) -> None:
        """A person is on the other end: counts start again."""
        await forget_unclear(session, self.organization_id, self.text.from_hash)
        await heard_a_person(session, self.organization_id, self.text.from_hash)

    async def text_patient(
        self, session: AsyncSession, referral_id: UUID, template: str, *, ends_texts: bool = False
    ) -> None:
        """Answer the patient by template, outside of any move."""
        referral = await session.get(Referral, referral_id)
        if referral is None:
            return
        await queue_message(
            session,
            NewMessage(
                organization_id=self.organization_id,
                source=SOURCE,
                subject_id=referral_id,
                template=template,
                language="es" if referral.text_language == "es" else "en",
                channel="sms",
                recipient_kind="patient",
                recipient_id=referral.patient_id,
                deduplication_key=f"{self.key}:{template}",
                is_question=template_facts(template).is_question,
                is_reply=True,
                confirms_opt_out=ends_texts,
            ),
            self.now,
        )

    async def text_agency(
        self,
        session: AsyncSession,
        to: CodedRequest | OpenOptIn,
        template: str,
        *,
        params: dict[str, str] | None = None,
        ends_texts: bool = False,
    ) -> None:
        """Answer the agency's phone by template, outside of any move."""
        if to.referral_id is None:
            return
        await queue_message(
            session,
            NewMessage(
                organization_id=self.organization_id,
                source=SOURCE,
                subject_id=to.referral_id,
                template=template,
                language=to.language,
                channel="sms",
                recipient_kind="channel",
                recipient_id=to.channel_id,
                params=params or {},
                deduplication_key=f"{self.key}:{template}",
                is_question=template_facts(template).is_question,
                is_reply=True,
                confirms_opt_out=ends_texts,
            ),
            self.now,
        )
