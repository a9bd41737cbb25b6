"""What people, and their machines, send back to a mail of ours.

People's words go to a person, at once when they speak of danger. An automatic answer is only noted:
nothing answers it. Nobody is answered by a machine here, so two machines can't talk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.api import stop_channel
from notify.api import (
    MailKind,
    SuppressionReason,
    email_hash,
    load_mail,
    message_of,
    other_subjects,
    suppress,
)
from notify.replies import has_danger, normal_form
from referrals import overdue
from referrals.decisions import Decision, NewTask
from referrals.lifecycle import Party
from referrals.message_fates import AGENCY, call_instead
from referrals.models import Patient
from referrals.tasks import Because, TaskKind
from referrals.teams import referral_for_worker
from referrals.transition import transition
from referrals.words import CLOCK_ACTOR, Audience, EventKind, Way, Word

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from notify.api import CameBack, MessageStory
    from referrals.models import Referral

READ = frozenset({MailKind.PERSON, MailKind.UNKNOWN, MailKind.UNSUBSCRIBE})
# A mail of these few words that asks for no more says nothing else to read.
ONLY_AN_END_WORDS = 6


async def take_mail_back(
    session: AsyncSession, organization_id: UUID, mail_id: UUID, now: datetime
) -> None:
    """Take what was written back; reports of machines about a letter are notify's own."""
    mail = await load_mail(session, mail_id)
    story = await message_of(session, mail.message_id)
    if story is None or mail.kind not in READ | {MailKind.AWAY}:
        return
    if mail.kind is MailKind.UNSUBSCRIBE:
        await _end_mails(session, organization_id, story, now)
    for subject_id in (story.subject_id, *await other_subjects(session, story.id)):
        referral = await referral_for_worker(session, subject_id)
        if referral is not None:
            await _take(session, referral, mail, story, now)


async def _take(
    session: AsyncSession, referral: Referral, mail: CameBack, story: MessageStory, now: datetime
) -> None:
    word = Word(
        actor=CLOCK_ACTOR,
        party=Party.AGENCY if story.recipient_kind == AGENCY else Party.PATIENT,
        event_key=f"mail:{mail.id}",
        now=now,
        way=Way.MAIL,
        said_at=mail.received_at,
    )
    tasks = _tasks(referral, mail, now)
    if mail.kind is MailKind.UNSUBSCRIBE and story.recipient_kind == AGENCY:
        tasks = [*tasks, *await call_instead(session, referral, story, now)]
    decision = _automatic(mail) if mail.kind is MailKind.AWAY else _written(mail, word.party)
    found = Decision(
        kind=decision[0], audience=Audience.SENDER, words=decision[1], tasks=tuple(tasks)
    )
    await transition(session, referral.id, word, lambda _row: found)


def _automatic(mail: CameBack) -> tuple[EventKind, dict[str, str]]:
    words = {"note": mail.words}
    if mail.away_until is not None:
        words["away_until"] = mail.away_until.isoformat()
    return EventKind.AUTO_ANSWER, words


def _written(mail: CameBack, party: Party) -> tuple[EventKind, dict[str, str]]:
    if party is Party.AGENCY:
        return EventKind.AGENCY_WROTE, {"note": mail.words}
    return EventKind.PATIENT_WROTE, {"own_words": mail.words}


def _tasks(referral: Referral, mail: CameBack, now: datetime) -> list[NewTask]:
    if mail.kind is MailKind.AWAY or not mail.words:
        return []
    danger = has_danger(normal_form(mail.words))
    short = len(mail.words.split()) <= ONLY_AN_END_WORDS
    if mail.kind is MailKind.UNSUBSCRIBE and short and not danger:
        return []
    kind = TaskKind.READ_DANGER if danger else TaskKind.READ_TEXT
    due = now if danger else overdue.call_promised_by(now, referral.requester_hours)
    return [NewTask(kind, due, words=mail.words, because=Because.BY_MAIL)]


async def _end_mails(
    session: AsyncSession, organization_id: UUID, story: MessageStory, now: datetime
) -> None:
    """Their word counts as the button does."""
    if story.recipient_kind == AGENCY:
        await stop_channel(session, story.recipient_id, now=now)
        return
    patient = await session.get(Patient, story.recipient_id)
    if patient is not None and patient.email:
        hashed = email_hash(patient.email)
        reason = SuppressionReason.OWN_WORDS
        await suppress(session, organization_id, hashed, reason, now)
