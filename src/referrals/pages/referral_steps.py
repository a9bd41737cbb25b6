"""What a navigator can do on a request's page: each step reads its form and calls one action."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from referrals.actions import (
    AgencySays,
    AgencyWord,
    NextStep,
    PatientWord,
    acknowledge_ending,
    add_note,
    answer_question,
    change_contact,
    entered_in_error,
    finish_task,
    record_answer,
    reroute,
    revoke_consent,
    withdraw,
)
from referrals.actions.owning import Reroute
from referrals.actions.patients import get_patient
from referrals.actions.replying import reply_by_text
from referrals.closure import Question
from referrals.errors import ReferralNotFound
from referrals.listing import listing_words
from referrals.own_words import PARTS_FIELD
from referrals.pages.forms import FormRefused, Typed
from referrals.pages.full_heard import full_said
from referrals.pages.heard_form import heard_facts, zone_of
from referrals.pages.referral_more_steps import MORE_STEPS, decide
from referrals.pages.referral_step import Step, Take
from referrals.pages.said_words import NEEDS_WHY
from referrals.pages.send_form import Fields, patient_of, values_of_patient
from referrals.queries import referral_summary
from referrals.reasons import Reason
from shared.errors import InvalidInput, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.models import Patient


async def hear_agency(session: AsyncSession, step: Step) -> None:
    """The place said something by phone, in person or by fax."""
    form, fields = step.form, Fields()
    zone = await zone_of(session, step.actor)
    says = form.choice("agency_says", AgencySays)
    if says is None:
        fields.wrong("agency_says", _("Choose what they said."))
    facts = heard_facts(form, "agency", fields, zone, step.now)
    reason = form.choice("agency_reason", Reason)
    if says in NEEDS_WHY and reason is None:
        fields.wrong("agency_reason", _("Choose why."))
    visit = fields.read(lambda: form.moment("agency_visit_day", "agency_visit_hour", zone), None)
    if says is AgencySays.SCHEDULED and visit is None and not fields.errors:
        fields.wrong("agency_visit_day", _("Write the day of the visit."))
    if fields.errors or says is None:
        raise FormRefused(fields.errors)
    note = form.text("agency_note", 500)
    is_question = says is AgencySays.QUESTION
    said = AgencyWord(
        says,
        reason=reason if says in NEEDS_WHY else None,
        note="" if is_question else note,
        question=note if is_question else "",
        visit_at=visit if says is AgencySays.SCHEDULED else None,
    )
    await record_answer(
        session,
        step.referral_id,
        word=step.word,
        facts=facts,
        said=said,
        expected_version=step.version,
    )


async def hear_patient(session: AsyncSession, step: Step) -> None:
    """The patient, or somebody for them, said something."""
    form, fields = step.form, Fields()
    question, _colon, digit = form.text("patient_says").partition(":")
    if question not in set(Question) or not digit.isdecimal():
        fields.wrong("patient_says", _("Choose what they said."))
    zone = await zone_of(session, step.actor)
    facts = heard_facts(form, "patient", fields, zone, step.now)
    if fields.errors:
        raise FormRefused(fields.errors)
    said = PatientWord(int(digit), Question(question), form.text("patient_note", 500))
    await record_answer(
        session,
        step.referral_id,
        word=step.word,
        facts=facts,
        said=said,
        expected_version=step.version,
    )


async def tell_agency(session: AsyncSession, step: Step) -> None:
    """The answer to the place's question."""
    await answer_question(
        session,
        step.referral_id,
        word=step.word,
        answer=step.form.text("answer", 500),
        expected_version=step.version,
    )


async def ask_another(session: AsyncSession, step: Step) -> str | None:
    """Ask another place instead of this one."""
    place_id = step.form.id("place")
    listing = await listing_words(session, place_id, step.now) if place_id else None
    if listing is None:
        raise InvalidInput(noop("Choose the place to ask."), field="place")
    outcome = await reroute(
        session,
        step.referral_id,
        word=step.word,
        to=Reroute(listing),
        expected_version=step.version,
    )
    return f"/referrals/{outcome.linked.id}?new=1" if outcome.linked else None


async def stop(session: AsyncSession, step: Step) -> None:
    """Stop the request; taking back the consent ends all showing and texting too."""
    reason = step.form.choice("stop_reason", Reason)
    if reason is None:
        raise InvalidInput(noop("Choose a reason."), field="stop_reason")
    if reason is Reason.CONSENT_WITHDRAWN:
        taken_back = replace(step.word, event_key=f"{step.word.event_key}:consent")
        await withdraw(
            session,
            step.referral_id,
            word=step.word,
            reason=reason,
            expected_version=step.version,
        )
        await revoke_consent(session, step.referral_id, word=taken_back)
        return
    await withdraw(
        session, step.referral_id, word=step.word, reason=reason, expected_version=step.version
    )


async def mark_error(session: AsyncSession, step: Step) -> None:
    """It should never have been."""
    await entered_in_error(session, step.referral_id, word=step.word, expected_version=step.version)


async def say_next(session: AsyncSession, step: Step) -> None:
    """One tap after a bad ending."""
    chosen = step.form.choice("next", NextStep)
    if chosen is None:
        raise InvalidInput(noop("Choose what comes next."), field="next")
    await acknowledge_ending(session, step.referral_id, word=step.word, step=chosen)


async def note(session: AsyncSession, step: Step) -> None:
    """A note for both sides or for our own house."""
    await add_note(
        session,
        step.referral_id,
        word=step.word,
        body=step.form.text("note", 1000),
        shared=step.form.text("note_for") == "both",
    )


async def task_done(session: AsyncSession, step: Step) -> str | None:
    """Read, called, or done otherwise."""
    task_id = step.form.id("task")
    if task_id is None:
        raise NotFound(noop("This task does not exist, or it is not yours to see."))
    task = await finish_task(session, task_id, word=step.word)
    if task.referral_id != step.referral_id:
        raise ReferralNotFound
    return "/today" if step.form.text("from") == "today" else None


async def reply(session: AsyncSession, step: Step) -> str | None:
    """Our own words by text, as the answer to what they wrote."""
    task_id = step.form.id("task")
    if task_id is None:
        raise NotFound(noop("This task does not exist, or it is not yours to see."))
    body = step.form.text("reply", 480)
    seen = step.form.ticked(PARTS_FIELD)
    await reply_by_text(
        session, step.referral_id, word=step.word, body=body, task_id=task_id, parts_seen=seen
    )
    return None


async def new_contact(session: AsyncSession, step: Step) -> None:
    """Another phone, another way, another level."""
    patient = await _patient_of(session, step)
    known = {
        name: values
        for name, values in values_of_patient(patient).items()
        if name not in {"may_voicemail", "voicemail_says_clinic", "interpreter"}
    }
    form = Typed({**known, **step.form.values})
    fields = Fields()
    new = patient_of(form, fields, step.now)
    if fields.errors:
        raise FormRefused(fields.errors)
    new = replace(
        new,
        note=patient.note or "",
        time_zone=patient.time_zone,
        text_language=patient.text_language,
    )
    await change_contact(session, patient.id, new, word=step.word)


async def _patient_of(session: AsyncSession, step: Step) -> Patient:
    request = await referral_summary(session, step.referral_id, step.actor.organization_id)
    if request is None or request.patient_id is None:
        raise ReferralNotFound
    return await get_patient(session, request.patient_id)


STEPS: dict[str, Take] = {
    "agency-said": hear_agency,
    "full-said": full_said,
    "patient-said": hear_patient,
    "answer": tell_agency,
    "another": ask_another,
    "stop": stop,
    "entered-in-error": mark_error,
    "next-step": say_next,
    "decide": decide,
    "notes": note,
    "task-done": task_done,
    "reply": reply,
    "contact": new_contact,
    **MORE_STEPS,
}
