"""What the agency's forms say, turned into an action: by link and signed in it is the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from referrals.actions import (
    AgencySays,
    AgencyWord,
    answer_as_agency,
    hide_identity,
    show_identity,
    undo_answer,
    write_note,
)
from referrals.pages.forms import NONCE, PARAGRAPH, Typed
from referrals.reasons import Reason
from shared.errors import InvalidInput
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.transition import Outcome
    from referrals.words import Word

SUGGESTION = 200
# The six of text A3, in the agency's own words.
WHY_NOT = (
    (Reason.NO_CAPACITY, noop("We are full")),
    (Reason.NOT_ELIGIBLE, noop("They don’t fit our rules")),
    (Reason.OUTSIDE_SERVICE_AREA, noop("Outside our area")),
    (Reason.SERVICE_NOT_OFFERED, noop("We don’t offer this")),
    (Reason.MISSING_DOCUMENTS, noop("Papers or facts are missing")),
    (Reason.OTHER, noop("Other, call us")),
)
HOW_IT_WENT = (
    (AgencySays.HELPED, noop("We helped")),
    (AgencySays.DID_NOT_COME, noop("They did not come")),
    (AgencySays.COULD_NOT_REACH, noop("We could not reach them")),
    (AgencySays.NOT_ELIGIBLE, noop("They don’t fit our rules")),
    (AgencySays.STILL_WORKING, noop("Still working on it")),
    (AgencySays.CALL_ME, noop("Other, call us")),
)
# Buttons that are a word by themselves.
ONE_TAP = {
    says.value: says
    for says in (
        AgencySays.YES,
        AgencySays.WAIT_LIST,
        AgencySays.CONTACTING,
        AgencySays.SERVING,
        AgencySays.ENROLLED,
        AgencySays.PAUSED,
        AgencySays.HELPED,
        AgencySays.DID_NOT_COME,
        AgencySays.STILL_WORKING,
        AgencySays.CALL_ME,
        AgencySays.YOU_ARE_RIGHT,
    )
}
KNOWN_ALREADY = noop("We may know them already.")


@dataclass(frozen=True, slots=True)
class Press:
    """One pressed button: whose word, about which request, when and in which zone it is read."""

    referral_id: UUID
    word: Word
    zone: ZoneInfo
    now: datetime


def nonce_of(form: Typed) -> str:
    """The form's one-time word; without it nothing counts once."""
    nonce = form.text("nonce", NONCE)
    if not nonce:
        raise InvalidInput(_("Load the page again and send it once more. Nothing was changed."))
    return nonce


async def press(session: AsyncSession, form: Typed, pressed: Press) -> Outcome:
    """Do what the button says."""
    does = form.text("do")
    if does == "undo":
        return await undo_answer(session, pressed.referral_id, pressed.word)
    if does == "show":
        return await show_identity(session, pressed.referral_id, pressed.word)
    if does == "hide":
        return await hide_identity(session, pressed.referral_id, pressed.word)
    if does == "note":
        shared = form.text("note_for") != "us"
        body = form.text("own_note", PARAGRAPH)
        return await write_note(
            session, pressed.referral_id, word=pressed.word, body=body, shared=shared
        )
    said = said_in(form, pressed)
    return await answer_as_agency(session, pressed.referral_id, pressed.word, said)


def said_in(form: Typed, pressed: Press) -> AgencyWord:
    """The agency's word that the form holds; InvalidInput names the field that is missing."""
    does = form.text("do")
    note = form.text("note", PARAGRAPH)
    if does in ONE_TAP:
        return AgencyWord(ONE_TAP[does], note=note)
    if does == "known":
        return AgencyWord(AgencySays.CALL_ME, note=_(KNOWN_ALREADY))
    readers = {"no": _no, "ask": _question, "outcome": _outcome}
    if does in readers:
        return readers[does](form)
    if does == "visit":
        return _visit(form, pressed)
    raise InvalidInput(_("Choose an answer."), field="do")


def _no(form: Typed) -> AgencyWord:
    why = form.choice("why", Reason)
    if why not in {reason for reason, _words in WHY_NOT}:
        raise InvalidInput(_("Choose why not."), field="why")
    return AgencyWord(
        AgencySays.NO,
        reason=why,
        note=form.text("note", PARAGRAPH),
        suggestion=form.text("suggestion", SUGGESTION),
    )


def _question(form: Typed) -> AgencyWord:
    question = form.text("question", PARAGRAPH)
    if not question:
        raise InvalidInput(_("Write your question."), field="question")
    return AgencyWord(AgencySays.QUESTION, question=question)


def _outcome(form: Typed) -> AgencyWord:
    how = form.choice("how", AgencySays)
    if how not in {says for says, _words in HOW_IT_WENT}:
        raise InvalidInput(_("Choose how it went."), field="how")
    return AgencyWord(how, note=form.text("note", PARAGRAPH))


def _visit(form: Typed, pressed: Press) -> AgencyWord:
    at = form.moment("visit_day", "visit_hour", pressed.zone)
    if at is None:
        raise InvalidInput(_("Choose the day of the visit."), field="visit_day")
    if at <= pressed.now:
        raise InvalidInput(_("This time is over. Choose a later one."), field="visit_day")
    return AgencyWord(
        AgencySays.SCHEDULED, visit_at=at, visit_note=form.text("visit_note", SUGGESTION)
    )
