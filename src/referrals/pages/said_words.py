"""What each party may say and how pages word it; and how an entry of the log reads."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from referrals.actions import AgencySays
from referrals.closure import Check, Question
from referrals.lifecycle import AFTER_YES, ENDED, GOT_HELP, WAITING, BusinessStatus, Party
from referrals.params import ANSWERS
from referrals.reasons import Reason, label_of
from referrals.wording.dates import date_words
from referrals.words import TOLD_WAYS, EventKind, Way
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from shared.i18n import language

if TYPE_CHECKING:
    from referrals.queries import TimelineEntry, Voice

S = BusinessStatus
A = AgencySays

AGENCY_SAYS: dict[AgencySays, str] = {
    A.YES: noop("Yes"),
    A.WAIT_LIST: noop("Wait list"),
    A.NO: noop("No"),
    A.QUESTION: noop("They have a question"),
    A.CALL_ME: noop("They ask for a call"),
    A.CONTACTING: noop("They have reached the patient"),
    A.SCHEDULED: noop("A visit is set"),
    A.SERVING: noop("They are helping now"),
    A.ENROLLED: noop("They help for a longer time"),
    A.PAUSED: noop("They wait for something"),
    A.ON_LIST: noop("On their wait list"),
    A.HELPED: noop("They helped"),
    A.DID_NOT_COME: noop("The patient did not come"),
    A.COULD_NOT_REACH: noop("They could not reach the patient"),
    A.NOT_ELIGIBLE: noop("Does not fit their rules"),
    A.CANNOT: noop("They can’t help after all"),
    A.STILL_WORKING: noop("Still working on it"),
    A.YOU_ARE_RIGHT: noop("The patient is right"),
}
# An entry of the log keeps the status; this is how it is told.
STATUS_SAID: dict[BusinessStatus, str] = {
    S.ACCEPTED: A.YES,
    S.WAITLISTED: A.WAIT_LIST,
    S.DECLINED: A.NO,
    S.INFO_NEEDED: A.QUESTION,
    S.CONTACTING: A.CONTACTING,
    S.SCHEDULED: A.SCHEDULED,
    S.SERVING: A.SERVING,
    S.ENROLLED: A.ENROLLED,
    S.PAUSED: A.PAUSED,
    S.SERVICE_REPORTED: A.HELPED,
    S.CLOSED_CONFIRMED: A.HELPED,
}
PATIENT_SAYS: dict[Question, dict[int, str]] = {
    Question.CHECK: {
        1: noop("Got it"),
        2: noop("Still waiting"),
        3: noop("Did not get it"),
        4: noop("Don’t need it now"),
        5: noop("Call me"),
        7: noop("This is not me"),
    },
    Question.VISIT: {
        1: noop("Will go"),
        2: noop("Needs another time"),
        4: noop("Don’t need it now"),
        5: noop("Call me"),
    },
    Question.PLAN_B: {
        1: noop("Got help already"),
        2: noop("Go on"),
        3: noop("Please wait"),
        5: noop("Call me"),
    },
    Question.ENOUGH: {1: noop("It is enough"), 2: noop("Needs more"), 5: noop("Call me")},
    Question.AFTER_NO: {
        1: noop("You may ask them why"),
        2: noop("Don’t ask, find another place"),
        5: noop("Call me first"),
    },
    Question.HELLO: {1: noop("This is me"), 7: noop("This is not me")},
    Question.WHO: {1: noop("This is me"), 7: noop("This is not me")},
}
CALL_ME_DIGIT = 5
FIRST = (A.YES, A.WAIT_LIST, A.NO, A.SCHEDULED, A.QUESTION)
LATER = (
    A.CONTACTING,
    A.SCHEDULED,
    A.SERVING,
    A.HELPED,
    A.DID_NOT_COME,
    A.COULD_NOT_REACH,
    A.NOT_ELIGIBLE,
    A.CANNOT,
    A.STILL_WORKING,
    A.ON_LIST,
    A.PAUSED,
    A.ENROLLED,
    A.CALL_ME,
)
# After the end: they helped after all, or can take it now. A person reads late words.
LATE = (A.HELPED, A.YES, A.WAIT_LIST)
NEEDS_WHY = frozenset({A.NO, A.CANNOT})


def agency_choices(status: BusinessStatus) -> list[tuple[str, str]]:
    """What the place can be heard to say at this point."""
    said: tuple[AgencySays, ...] = (A.HELPED,)
    if status in WAITING:
        said = FIRST
    elif status is S.ACCOUNTS_DIFFER:
        said = (A.YOU_ARE_RIGHT, A.CONTACTING, A.SERVING, A.SCHEDULED, A.CALL_ME)
    elif status is S.SERVICE_REPORTED:
        said = (A.CONTACTING, A.SERVING, A.ENROLLED, A.CANNOT, A.CALL_ME)
    elif status in AFTER_YES:
        said = LATER
    elif status not in GOT_HELP | {S.CLOSED_AGENCY_ONLY, S.ENTERED_IN_ERROR}:
        said = LATE
    return [(each.value, _(AGENCY_SAYS[each])) for each in said]


def patient_choices(
    status: BusinessStatus, last: Voice | None, *, has_plan_b: bool = False
) -> list[tuple[str, str]]:
    """What the patient can be heard to say: ("P5:1", words)."""
    asked = [Question.VISIT] if status is S.SCHEDULED else []
    asked += [Question.PLAN_B] if status is S.SENT and has_plan_b else []
    if last is not None and last.question == Question.CHECK.value:
        if last.digit == Check.DID_NOT_GET_IT:
            asked = [Question.AFTER_NO]
        if last.digit == Check.GOT_IT:
            asked = [Question.ENOUGH]
    found = {
        f"{question.value}:{digit}": _(words)
        for question in (*asked, Question.CHECK)
        for digit, words in PATIENT_SAYS[question].items()
        if digit != Check.NOT_ME
    }
    # The same words under two questions are one choice.
    return [
        (key, words)
        for key, words in found.items()
        if words not in list(found.values())[: list(found).index(key)]
    ]


def patient_word(question: str | None, digit: int | None) -> str:
    """'3. Did not get it'; empty when there was no digit."""
    if digit is None:
        return ""
    known = PATIENT_SAYS.get(Question(question), {}) if question in set(Question) else {}
    if not known and digit == CALL_ME_DIGIT:  # it asks for a call whether or not a question stands
        known = PATIENT_SAYS[Question.CHECK]
    return f"{digit}. {_(known[digit])}" if digit in known else str(digit)


def voice_words(voice: Voice) -> str:
    """The last word of a party in a few words."""
    if voice.digit is not None:
        return patient_word(voice.question, voice.digit)
    said = voice.words.get("said")
    if said in set(AgencySays):
        return with_reason(_(AGENCY_SAYS[AgencySays(said)]), voice.reason)
    if voice.status is not None:
        return with_reason(status_word(voice.status), voice.reason)
    return voice.words.get("own_words", "") or voice.words.get("note", "")


def unless_said(quote: str, words: str) -> str:
    """Their own words, unless they say no more than what stands there already."""
    return "" if quote in {words, words.partition(".")[0]} else quote


def status_word(status: BusinessStatus) -> str:
    """What was said, told from the status it led to."""
    if status in STATUS_SAID:
        return _(AGENCY_SAYS[AgencySays(STATUS_SAID[status])])
    if status is S.UNABLE:
        return _("Could not help")
    words = ANSWERS.get(status.value)
    return _(words).capitalize() if words else ""


def with_reason(words: str, reason: str | None) -> str:
    """'No: They are full'."""
    if reason not in set(Reason) or reason == Reason.OTHER:
        return words
    return f"{words}: {_(label_of(Reason(str(reason))))}"


def reason_words(reason: str | None) -> str:
    """The reason alone."""
    return _(label_of(Reason(str(reason)))) if reason in set(Reason) else ""


_BY_KIND: dict[EventKind, str] = {
    EventKind.CREATED: noop("%(who)s wrote it down"),
    EventKind.ANSWER_UNDONE: noop("%(place)s took the answer back"),
    EventKind.ANSWER_LAPSED: noop("The answer came to nothing"),
    EventKind.REASON_GIVEN: noop("%(place)s said why"),
    EventKind.AGENCY_WROTE: noop("%(place)s wrote"),
    EventKind.AGENCY_ASKED: noop("We asked %(place)s how it went"),
    EventKind.CALL_WANTED: noop("%(place)s asks for a call"),
    EventKind.PATIENT_WROTE: noop("%(patient)s wrote"),
    EventKind.PATIENT_ASKED: noop("We asked %(patient)s"),
    EventKind.NEED_SAID: noop("%(patient)s spoke about the need"),
    EventKind.IDENTITY_SHOWN: noop("%(place)s looked at the name and phone"),
    EventKind.IDENTITY_HIDDEN: noop("%(place)s hid the name again"),
    EventKind.CALL_TRIED: noop("%(who)s called"),
    EventKind.NOTE_ADDED: noop("%(who)s wrote a note"),
    EventKind.CONTACT_CHANGED: noop("%(who)s changed how to reach %(patient)s"),
    EventKind.CONSENT_RECORDED: noop("%(who)s wrote down the consent"),
    EventKind.CONSENT_REVOKED: noop("%(patient)s took back the consent"),
    EventKind.OWNER_CHANGED: noop("Somebody else looks after this now"),
    EventKind.ENDING_ACKNOWLEDGED: noop("%(who)s said what comes next"),
    EventKind.LATE_WORD: noop("%(place)s answered after the end"),
    EventKind.UNCLEAR_REPLY: noop("%(place)s sent a reply that we could not read"),
    EventKind.CHANNEL_ASKED: noop("%(who)s asked %(place)s where requests may go"),
    EventKind.CHANNEL_AGREED: noop("%(place)s said where requests may go"),
    EventKind.PLACES_CHANGED: noop("%(who)s changed which places come next"),
    EventKind.WENT_OUT: noop("The request went to %(place)s"),
    EventKind.PIN_LOCKED: noop("Three wrong PINs were typed on the phone of %(place)s"),
}
_BY_STATUS: dict[BusinessStatus, str] = {
    S.SENT: noop("%(who)s asked %(place)s"),
    S.WITHDRAWN: noop("%(who)s stopped the request"),
    S.REROUTED: noop("%(who)s asks another place"),
    S.PATIENT_DECLINED: noop("%(patient)s no longer needs it"),
    S.EXPIRED: noop("Time was over, nobody answered"),
    S.RUN_OUT: noop("No word for a long time after the yes"),
    S.ENTERED_IN_ERROR: noop("%(who)s marked it as entered in error"),
    S.ACCOUNTS_DIFFER: noop("The two accounts differ"),
    S.CLOSED_AGENCY_ONLY: noop("Closed on the word of %(place)s alone"),
}


def entry_title(entry: TimelineEntry, names: dict[str, str]) -> str:
    """One line for an entry. `names`: place, patient."""
    values = {**names, "who": entry.who or _("We")}
    if entry.party is Party.STANDING_YES:
        return _("%(place)s takes everybody who comes: no answer is asked", **values)
    if entry.digit is not None:
        return _("%(patient)s answered", **values)
    if entry.kind is EventKind.CONSENT_REVOKED and entry.party is Party.CLOCK:
        return _("The consent has ended")
    if entry.kind is EventKind.IDENTITY_SHOWN and entry.way is Way.KEYPAD:
        return _("%(place)s heard name and number by phone", **values)
    if entry.kind in _BY_KIND:
        heard = entry.kind is EventKind.AGENCY_WROTE and entry.way in TOLD_WAYS
        title = noop("%(place)s told us") if heard else _BY_KIND[entry.kind]
        return with_reason(_(title, **values), entry.reason)
    automatic = entry.kind is EventKind.AUTO_ANSWER
    return _automatic(entry, names) if automatic else _moved(entry, values)


def _automatic(entry: TimelineEntry, names: dict[str, str]) -> str:
    """Nobody read our mail yet; when they will, if their machine said it."""
    whose = names["patient"] if entry.party is Party.PATIENT else names["place"]
    until = entry.words.get("away_until", "")
    if not until:
        return _("An automatic answer came from %(whose)s", whose=whose)
    day = date_words(date.fromisoformat(until), language())
    return _("An automatic answer came from %(whose)s: away until %(day)s", whose=whose, day=day)


def _moved(entry: TimelineEntry, values: dict[str, str]) -> str:
    status = entry.status_to
    if entry.party is Party.AGENCY:
        said = entry.words.get("said", "")
        words = _(AGENCY_SAYS[AgencySays(said)]) if said in set(AgencySays) else ""
        if status is not None and not words:
            words = status_word(status)
        why = reason_words(entry.reason) if entry.reason != Reason.OTHER else ""
        return f"{values['place']}: {words} ({why})" if why else f"{values['place']}: {words}"
    if status in _BY_STATUS and status is not None:
        return with_reason(_(_BY_STATUS[status], **values), entry.reason)
    if status is not None and status in ENDED:
        return _("It ended")
    return _("%(who)s changed it", **values)
