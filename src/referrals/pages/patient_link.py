"""The patient's page of their own request; link.py hands over when the link is a patient's.

Nothing is named beyond the level the patient chose until the birth year is given, and that year is
asked for in a POST whose answer is not kept: a reload shows the page without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar.response import Redirect, Template

from accounts.api import LinkGrant
from referrals.actions import PatientWord, patient_answer
from referrals.actions.new_links import send_new_patient_link
from referrals.actions.patient_wishes import Wish, patient_stops, patient_wishes
from referrals.closure import Check, Question
from referrals.lifecycle import Party
from referrals.pages.agency_form import nonce_of
from referrals.pages.forms import LINE, Typed, errors_of, words_of
from referrals.pages.once import lock_form
from referrals.pages.patient_view import patient_view, reveal_view
from referrals.queries import PatientLinkPage, patient_link_page
from referrals.queries.link_facts import (
    PatientFacts,
    PatientReveal,
    born_in,
    patient_facts,
    patient_reveal,
)
from referrals.words import Way, Word
from shared import attempts, audit
from shared.database import Context, Database
from shared.errors import HandbackError, InvalidInput, NotAllowed
from shared.i18n import SUPPORTED, set_language
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.requests import AnyRequest

YEARS = "patient_birth_year"
WRONG_YEARS = 5
CLOSED_FOR = timedelta(days=1)
ANSWERS = {
    Question.CHECK.value: frozenset(Check) - {Check.NOT_ME},
    Question.VISIT.value: frozenset({1, 2, 4, 5}),
    Question.ENOUGH.value: frozenset({1, 2, 5}),
    Question.AFTER_NO.value: frozenset({1, 2, 5}),
}


@dataclass(frozen=True, slots=True)
class _Patient:
    """Whose page it is, through which link, at which moment."""

    grant: LinkGrant
    referral_id: UUID
    path: str
    now: datetime

    def context(self) -> Context:
        return Context(
            organization_id=self.grant.organization_id,
            referral_id=self.referral_id,
            team_ids=self.grant.team_ids,
            actor=self.grant.actor().word,
        )

    def word(self, form: Typed) -> Word:
        return Word(
            # A link's label is its tenant's name: the sender's, who is not the one that speaks.
            actor=replace(self.grant.actor(), label=""),
            party=Party.PATIENT,
            event_key=f"link:{self.grant.link_id}:{nonce_of(form)}",
            now=self.now,
            way=Way.LINK,
        )


@dataclass(slots=True)
class _Shown:
    """What the page is made of beside the request."""

    refusal: HandbackError | None = None
    form: Typed | None = None
    reveal: PatientReveal | None = None
    status: int = 200


async def show(
    request: AnyRequest, database: Database, grant: LinkGrant, now: datetime
) -> Template:
    """The page before the birth year. Changes nothing."""
    who = _who(request, grant, now)
    async with database.transaction(who.context()) as session:
        return await _page(request, session, who, _Shown())


async def act(
    request: AnyRequest, database: Database, grant: LinkGrant, form: Typed, now: datetime
) -> Template | Redirect:
    """An answer, a wish, the birth year, or a new link for one that is too old."""
    who = _who(request, grant, now)
    async with database.transaction(who.context()) as session:
        if grant.expires_at <= now:
            return await _new_link(request, session, who, form)
        if form.text("do") == "reveal":
            # One guess at a time: many at once would all be counted as the first.
            await lock_form(session, f"{YEARS}:{who.referral_id}")
        if await _is_closed(session, who):
            return await _page(request, session, who, _Shown())
        try:
            async with session.begin_nested():
                reveal = await _do(session, who, form)
        except _WrongYear as wrong:
            await attempts.add_attempt(session, YEARS, str(who.referral_id), now)
            await _note_wrong_year(session, who)
            return await _page(request, session, who, _Shown(wrong, form, status=403))
        except HandbackError as refusal:
            return await _page(request, session, who, _Shown(refusal, form, status=400))
        if reveal is not None:
            return await _page(request, session, who, _Shown(None, form, reveal))
    return Redirect(who.path, status_code=303)


class _WrongYear(NotAllowed):
    """Not the year this person was born in."""

    default_code = "wrong_year"


async def _do(session: AsyncSession, who: _Patient, form: Typed) -> PatientReveal | None:
    does = form.text("do")
    if does == "answer":
        await _answer(session, who, form)
    elif does == "another_place":
        await patient_wishes(
            session,
            who.referral_id,
            who.word(form),
            Wish.ANOTHER_PLACE,
            _("Please find me another place."),
        )
    elif does == "new_number":
        await _new_number(session, who, form)
    elif does == "stop":
        await patient_stops(session, who.referral_id, who.word(form))
    elif does == "reveal":
        return await _reveal(session, who, form)
    else:
        raise InvalidInput(noop("Choose an answer."), field="do")
    return None


async def _answer(session: AsyncSession, who: _Patient, form: Typed) -> None:
    question, digit = form.text("question"), form.text("answer")
    allowed = ANSWERS.get(question, frozenset())
    if not digit.isdecimal() or int(digit) not in allowed:
        raise InvalidInput(noop("Choose an answer."), field="answer")
    said = PatientWord(int(digit), Question(question))
    await patient_answer(session, who.referral_id, who.word(form), said)


async def _new_number(session: AsyncSession, who: _Patient, form: Typed) -> None:
    phone = to_e164(form.text("phone", LINE))
    if phone is None:
        raise InvalidInput(noop("Type all 10 digits, like 202-555-0137."), field="phone")
    words = _("My new phone number: %(phone)s", phone=form.text("phone", 40))
    await patient_wishes(session, who.referral_id, who.word(form), Wish.NEW_NUMBER, words)


async def _reveal(session: AsyncSession, who: _Patient, form: Typed) -> PatientReveal:
    nonce_of(form)
    if not await born_in(session, who.referral_id, form.text("year", 8)):
        raise _WrongYear(noop("This is not the year we have. Try again, or call us."), field="year")
    await attempts.forget_attempts(session, YEARS, str(who.referral_id))
    return await patient_reveal(session, who.referral_id, now=who.now)


async def _note_wrong_year(session: AsyncSession, who: _Patient) -> None:
    await audit.record(
        session,
        "wrong_birth_year",
        subject_kind="referral",
        subject_id=who.referral_id,
        now=who.now,
    )


async def _is_closed(session: AsyncSession, who: _Patient) -> bool:
    """Too many wrong years: whoever has the link may not be the patient."""
    since = who.now - CLOSED_FOR
    tries = await attempts.attempts_since(session, YEARS, str(who.referral_id), since)
    return tries >= WRONG_YEARS


async def _page(
    request: AnyRequest, session: AsyncSession, who: _Patient, shown: _Shown
) -> Template:
    page, facts = await _read(request, session, who)
    if await _is_closed(session, who):
        closed = {"phone": page.requester_phone, "label": page.requester_label}
        return Template("patient_link_closed.html", context=closed, status_code=403)
    if who.grant.expires_at <= who.now:
        return _expired(page, facts)
    context = {
        "v": patient_view(page, facts, who.now),
        # Only now: the patient's own language is known from the page on.
        "errors": errors_of(shown.refusal) if shown.refusal else [],
        "form": shown.form,
        "reveal": reveal_view(shown.reveal, facts, who.now) if shown.reveal else None,
    }
    return Template("patient_link.html", context=context, status_code=shown.status)


async def _new_link(
    request: AnyRequest, session: AsyncSession, who: _Patient, form: Typed
) -> Template:
    page, facts = await _read(request, session, who)
    key = f"new_link:{who.grant.link_id}:{nonce_of(form)}"
    try:
        async with session.begin_nested():
            sent = await send_new_patient_link(
                session, who.referral_id, old_link_id=who.grant.link_id, key=key, now=who.now
            )
    except NotAllowed as refusal:
        return _expired(page, facts, refused=words_of(refusal))
    return _expired(page, facts, sent=bool(sent))


def _expired(page: PatientLinkPage, facts: PatientFacts, **said: Any) -> Template:  # noqa: ANN401
    context = {
        "phone": page.requester_phone,
        "label": page.requester_label,
        "has_mailbox": facts.has_mailbox,
        **said,
    }
    return Template("patient_link_expired.html", context=context)


async def _read(
    request: AnyRequest, session: AsyncSession, who: _Patient
) -> tuple[PatientLinkPage, PatientFacts]:
    page = await patient_link_page(session, who.referral_id, now=who.now)
    _speak(request, page.text_language)
    return page, await patient_facts(session, who.referral_id)


def _speak(request: AnyRequest, language: str) -> None:
    """The patient's own language, unless this reader has chosen one."""
    chosen = request.query_params.get("lang") or request.cookies.get("lang")
    if chosen not in SUPPORTED and language in SUPPORTED:
        set_language(language)


def _who(request: AnyRequest, grant: LinkGrant, now: datetime) -> _Patient:
    if grant.referral_id is None:
        raise InvalidInput(noop("This link does not open anything."))
    return _Patient(grant, grant.referral_id, request.url.path, now)
