"""A second request in the place of a first: to the same agency after a mistake, or to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID  # noqa: TC003

from sqlalchemy import select

from referrals.actions import plan_b
from referrals.actions.patients import consent_of
from referrals.clockwork import after_move
from referrals.consent import is_in_force
from referrals.consequences import clock_facts
from referrals.decisions import Recipient, Text
from referrals.lifecycle import BusinessStatus, Party
from referrals.models import Consent, Referral, ReferralDisclosure, ReferralEvent
from referrals.sending_out import (
    agency_link,
    close_codes,
    move_codes,
    open_code,
    queue_texts,
)
from referrals.transition import DUE_KIND
from referrals.words import Audience, EventKind, Way, Word
from shared import audit, due
from shared.database import Context, set_context

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

S = BusinessStatus
# What a second request takes over from the first.
COPIED = (
    "requester_organization_id",
    "performer_organization_id",
    "restricted_team_id",
    "patient_id",
    "consent_id",
    "owner_person_id",
    "owner_name",
    "code",
    "need",
    "urgency",
    "how_to_start",
    "household_size",
    "household_ages",
    "language",
    "zip",
    "facts",
    "service_at_location_id",
    "service",
    "requester_name",
    "requester_label",
    "requester_phone",
    "requester_time_zone",
    "performer_name",
    "performer_phone",
    "performer_time_zone",
    "patient_time_zone",
    "naming_level",
    "text_language",
    "may_text",
    "asked_channels",
    "answer_due_at",
)


@dataclass(frozen=True, slots=True)
class Linked:
    """The new request and a link to its page for the agency."""

    referral: Referral
    link_id: UUID


async def ask_again(session: AsyncSession, ended: Referral, word: Word) -> Linked | None:
    """The same request once more, standing in `sent`, with the same code and disclosures.

    None when the consent no longer stands: then nobody is asked.

    Done in the sender's name: the agency, whose undo brings it about, can read neither the
    consent nor the identity nor the sender's log.
    """
    here = Context(
        organization_id=word.actor.organization_id,
        referral_id=word.actor.referral_id,
        actor=word.actor.word,
    )
    team = ended.restricted_team_id
    there = Context(
        organization_id=ended.requester_organization_id,
        team_ids=(team,) if team is not None else (),
        actor=here.actor,
    )
    await set_context(session, there)
    linked = await _ask(session, ended, word)
    await session.flush()
    await set_context(session, here)
    return linked


async def _ask(session: AsyncSession, ended: Referral, word: Word) -> Linked | None:
    consent = await consent_of(session, ended.id)
    if consent is None or not is_in_force(consent.terms(), word.now):
        await close_codes(session, ended.id, word.now)
        return None
    referral = _copy(ended, consent, word)
    session.add(referral)
    session.add(_opening(referral, word))
    await session.flush()
    await plan_b.move_places(session, ended, referral)
    await _copy_disclosures(session, ended, referral, word)
    await move_codes(session, ended.id, referral.id)
    if referral.next_action_at is not None:
        await due.set_due(
            session,
            referral.requester_organization_id,
            DUE_KIND,
            referral.id,
            referral.next_action_at,
        )
    link_id = await agency_link(session, referral, word.now)
    await _tell_code_again(session, referral, word)
    await audit.record(
        session,
        "referral_asked_again",
        subject_kind="referral",
        subject_id=referral.id,
        now=word.now,
        detail={"in_place_of": str(ended.id)},
    )
    return Linked(referral, link_id)


async def ask_once_more(
    session: AsyncSession, ended: Referral, consent: Consent, word: Word
) -> Linked:
    """The same request to the same agency under a code of its own. In the sender's context."""
    referral = _copy(ended, consent, word)
    referral.patient_asks, referral.patient_asked_at = 0, None
    session.add(referral)
    session.add(_opening(referral, word))
    await session.flush()
    texted = [UUID(each["id"]) for each in referral.asked_channels if each["kind"] == "sms"]
    referral.code = await open_code(session, referral.id, texted, word.now)
    await _copy_disclosures(session, ended, referral, word)
    return Linked(referral, await agency_link(session, referral, word.now))


async def _tell_code_again(session: AsyncSession, referral: Referral, word: Word) -> None:
    if word.way is Way.TEXT:
        opening = _opening(referral, word)
        await queue_texts(session, referral, opening, word, [Text("AU", Recipient.REPLY)])


def _copy(ended: Referral, consent: Consent, word: Word) -> Referral:
    values = {name: getattr(ended, name) for name in COPIED}
    referral = Referral(
        **values,
        status=S.SENT,
        version=1,
        sent_at=word.now,
        patient_asks=ended.patient_asks,
        patient_asked_at=ended.patient_asked_at,
        clocks={},
        part_of_id=ended.id,
        created_at=word.now,
        changed_at=word.now,
    )
    referral.stand_at(S.SENT)
    facts = clock_facts(referral, consent_ends_at=consent.ends_at)
    referral.set_clocks(after_move(facts, S.DRAFT, S.SENT, word.now))
    return referral


def _opening(referral: Referral, word: Word) -> ReferralEvent:
    return ReferralEvent(
        requester_organization_id=referral.requester_organization_id,
        performer_organization_id=referral.performer_organization_id,
        restricted_team_id=referral.restricted_team_id,
        referral_id=referral.id,
        version=1,
        event_key=f"{word.event_key}:again",
        audience=Audience.BOTH,
        kind=EventKind.CREATED,
        party=Party.SENDER,
        way=word.way,
        status_to=S.SENT,
        actor=word.actor.word,
        said_by=word.name or None,
        said_at=word.now,
        recorded_at=word.now,
    )


async def _copy_disclosures(
    session: AsyncSession, ended: Referral, referral: Referral, word: Word
) -> None:
    rows = await session.scalars(
        select(ReferralDisclosure).where(
            ReferralDisclosure.referral_id == ended.id, ReferralDisclosure.revoked_at.is_(None)
        )
    )
    for row in rows.all():
        session.add(
            ReferralDisclosure(
                requester_organization_id=row.requester_organization_id,
                performer_organization_id=row.performer_organization_id,
                restricted_team_id=row.restricted_team_id,
                referral_id=referral.id,
                kind=row.kind,
                consent_id=row.consent_id,
                scope=row.scope,
                content=row.content,
                ends_at=row.ends_at,
                created_at=word.now,
            )
        )
        row.revoked_at = word.now
