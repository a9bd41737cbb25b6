"""Carries out what the send form asks for, all of it in the request's one transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from directory.api import place_of_zip
from referrals.actions import (
    NewReferral,
    SendOptions,
    add_note,
    change_contact,
    create_draft,
    create_patient,
    entered_in_error,
    hand_over_now,
    record_consent,
    send_referral,
)
from referrals.actions.patients import get_patient, proxy_values
from referrals.actions.plan_b import PlaceInOrder, set_places
from referrals.actions.redrafting import DraftChange, change_draft
from referrals.consent import PHONE_WAYS
from referrals.errors import ReferralNotFound
from referrals.models import FollowUpNeed, Referral
from referrals.pages.send_form import DRAFTS
from referrals.teams import keep_draft_to
from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor
    from referrals.actions import NewPatient
    from referrals.listing import ListingWords
    from referrals.models import Patient
    from referrals.pages.send_form import SendPlan
    from referrals.words import Word


@dataclass(frozen=True, slots=True)
class SendTask:
    """Who sends what where. `draft_id` is a saved draft that is finished now."""

    plan: SendPlan
    listing: ListingWords
    does: str
    # What the first place is listed for, and the places after it.
    offered: tuple[str, ...]
    later: tuple[PlaceInOrder, ...]
    patient_id: UUID | None
    draft_id: UUID | None
    # Who here may see it: one team, or (None) everybody.
    team_id: UUID | None = None
    # Ticked: they said they are full.
    although_full: bool = False


async def carry_out(
    session: AsyncSession, task: SendTask, *, actor: Actor, word: Word, now: datetime
) -> UUID:
    """Patient, consent, draft, and, unless it is kept as a draft, the request itself."""
    patient = await _patient(session, task, word)
    consent_id = None
    if task.plan.consent is not None:
        consent = await record_consent(session, patient.id, task.plan.consent, actor=actor, now=now)
        consent_id = consent.id
    here, left = _divided(task)
    first = await _one(session, task, patient.id, consent_id, _Need(here[0], None, word))
    for need in here[1:]:
        again = replace(word, event_key=f"{word.event_key}:{need}")
        await _one(session, task, patient.id, consent_id, _Need(need, first, again))
    await _keep_needs(session, first, left, word)
    return first


@dataclass(frozen=True, slots=True)
class _Need:
    """One of the ticked needs; `after` is the first one's request."""

    code: str
    after: UUID | None
    word: Word


def _divided(task: SendTask) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The needs that this place is asked for, and those that need another place.

    A need that the place isn't listed for goes there only when it is all that was ticked.
    """
    listed = tuple(need for need in task.plan.needs if need in task.offered)
    if not listed:
        return task.plan.needs, ()
    return listed, tuple(need for need in task.plan.needs if need not in listed)


async def _one(
    session: AsyncSession, task: SendTask, patient_id: UUID, consent_id: UUID | None, need: _Need
) -> UUID:
    """One request for one need, with its list of next places."""
    word = need.word
    referral = await _draft(session, task, patient_id, consent_id, need)
    await set_places(session, referral, task.later)
    if task.plan.note:
        note_word = replace(word, event_key=f"{word.event_key}:note")
        await add_note(session, referral.id, word=note_word, body=task.plan.note, shared=True)
    if task.does not in DRAFTS:
        await _send(session, task, referral.id, word)
    return referral.id


async def _keep_needs(
    session: AsyncSession, referral_id: UUID, needs: tuple[str, ...], word: Word
) -> None:
    """Ticked, but not this place's: it stands on the request's page until it is dealt with."""
    referral = await session.get(Referral, referral_id)
    if referral is None:
        raise ReferralNotFound
    found = await session.scalars(
        select(FollowUpNeed.need).where(FollowUpNeed.referral_id == referral_id)
    )
    known = set(found.all())
    for need in needs:
        if need in known:
            continue
        session.add(
            FollowUpNeed(
                organization_id=referral.requester_organization_id,
                patient_id=referral.patient_id,
                referral_id=referral_id,
                need=need,
                said_at=word.now,
            )
        )


async def _send(session: AsyncSession, task: SendTask, referral_id: UUID, word: Word) -> None:
    sending = replace(word, event_key=f"{word.event_key}:send")
    if task.plan.hand_over is not None:
        await hand_over_now(session, referral_id, word=sending, hand_over=task.plan.hand_over)
        return
    options = SendOptions(mail_take_away=task.plan.mail_take_away, although_full=task.although_full)
    await send_referral(session, referral_id, word=sending, options=options)


async def _patient(session: AsyncSession, task: SendTask, word: Word) -> Patient:
    new = await _with_zone(session, task.plan.patient)
    if task.patient_id is None:
        organization_id = word.actor.organization_id
        if organization_id is None:
            raise ReferralNotFound
        return await create_patient(session, new, organization_id=organization_id, now=word.now)
    patient = await get_patient(session, task.patient_id)
    new = replace(
        new,
        note=patient.note or "",
        text_language="" if patient.text_language == patient.language else patient.text_language,
    )
    if _same(patient, new):
        return patient
    return await change_contact(session, patient.id, new, word=word)


async def _with_zone(session: AsyncSession, new: NewPatient) -> NewPatient:
    place = await place_of_zip(session, new.zip) if new.zip else None
    return replace(new, time_zone=place.time_zone if place else None)


def _same(patient: Patient, new: NewPatient) -> bool:
    """Whether the form says nothing that was not known."""
    given = asdict(new)
    given["phone"] = to_e164(new.phone) if new.phone else None
    given["birth_date"] = new.birth_date.isoformat() if new.birth_date else None
    given["text_language"] = new.text_language or new.language
    given["household_ages"] = list(new.household_ages)
    given["proxy"] = proxy_values(new.proxy) or {}
    # Ticked now: somebody whose draft was saved without it may be texted from here on.
    wrong = patient.wrong_number_at is not None
    given["may_text"] = new.may_text and new.way in PHONE_WAYS and not wrong
    return all((getattr(patient, name) or None) == (value or None) for name, value in given.items())


async def _draft(
    session: AsyncSession,
    task: SendTask,
    patient_id: UUID,
    consent_id: UUID | None,
    need: _Need,
) -> Referral:
    word = need.word
    if task.draft_id is not None and need.after is None:
        draft = await session.get(Referral, task.draft_id)
        if draft is None:
            raise ReferralNotFound
        await keep_draft_to(session, draft, task.team_id)
        same_place = draft.service_at_location_id == task.listing.service_at_location_id
        if same_place and draft.patient_id == patient_id:
            change = DraftChange(need.code, task.plan.urgency, task.plan.facts, consent_id)
            # A key of its own: a changed phone has been noted on this draft under the form's.
            again = replace(word, event_key=f"{word.event_key}:draft")
            await change_draft(session, draft.id, change, word=again)
            return draft
        # Another place or person is another request; the old draft was never seen by anybody.
        gone = replace(word, event_key=f"{word.event_key}:gone")
        await entered_in_error(session, draft.id, word=gone)
    new = NewReferral(
        patient_id=patient_id,
        need=need.code,
        listing=task.listing,
        urgency=task.plan.urgency,
        facts=task.plan.facts,
        consent_id=consent_id,
        follow_up_of_id=need.after,
        restricted_team_id=task.team_id,
    )
    return await create_draft(session, new, word=word)
