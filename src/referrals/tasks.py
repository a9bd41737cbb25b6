"""What staff are asked to do about a referral, why, and how pressing each kind is. Pure.

A task dies with the situation it was made for: `while_status` names the statuses in which it still
makes sense, because the party whose move ends it can't write the other party's table.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, replace
from enum import StrEnum

from referrals.lifecycle import (
    AFTER_YES,
    ENDED,
    NOT_SENT,
    ON_HOLD,
    OPEN,
    WAITING,
    BusinessStatus,
)
from shared.i18n import gettext_noop as _


class TaskKind(StrEnum):
    """Every kind of staff task."""

    READ_TEXT = "read_text"
    READ_DANGER = "read_danger"
    CALL_PATIENT = "call_patient"
    CALL_HOTLINE = "call_hotline"
    CALL_AGENCY = "call_agency"
    CALL_AGENCY_UNREACHABLE = "call_agency_unreachable"
    CALL_AGENCY_UNCLEAR = "call_agency_unclear"
    CALL_AGENCY_AFTER_YES = "call_agency_after_yes"
    CALL_AGENCY_ASKED = "call_agency_asked"
    GIVE_NAME = "give_name"
    ANSWER_QUESTION = "answer_question"
    TRY_NEXT_PLACE = "try_next_place"
    DID_NOT_GET_IT = "did_not_get_it"
    STILL_WAITING = "still_waiting"
    ASK_FOR_DATE = "ask_for_date"
    ASK_THEM_WHY = "ask_them_why"
    DECIDE_DIFFERENCE = "decide_difference"
    REPAIR_CONTACT = "repair_contact"
    FOLLOW_UP_NEED = "follow_up_need"
    NEW_VISIT_TIME = "new_visit_time"
    BAD_ENDING = "bad_ending"
    LATE_WORD = "late_word"
    ASK_CONSENT_AGAIN = "ask_consent_again"
    FINISH_DRAFT = "finish_draft"
    TEAM_LEAD = "team_lead"


class Because(StrEnum):
    """What made a task, where its kind alone would not say why."""

    NOT_NEEDED = "not_needed"
    CANNOT_WRITE = "cannot_write"
    TEXTS_STOPPED = "texts_stopped"
    NO_WORD = "no_word"
    FELL_SILENT = "fell_silent"
    ASKS_ABOUT_DATA = "asks_about_data"
    BY_MAIL = "by_mail"
    CAME_BACK = "came_back"
    REFUSED_BY_RULES = "refused_by_rules"
    PIN_LOCKED = "pin_locked"
    MAY_NOT_HAVE_ARRIVED = "may_not_have_arrived"


# In a task's facts: the message that somebody has to look at.
MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What to do and why (English message ids), rank on Today, and while it makes sense."""

    what: str
    why: str
    rank: int
    while_status: frozenset[BusinessStatus] | None = None


_STATED = OPEN - NOT_SENT
TASKS: dict[TaskKind, TaskFacts] = {
    TaskKind.READ_DANGER: TaskFacts(
        _("Call them. Their text has danger words."), _("danger words always come first"), 0
    ),
    TaskKind.CALL_HOTLINE: TaskFacts(
        _("Call the hotline and write down what they said"),
        _("this help is asked for by phone only"),
        10,
        WAITING,
    ),
    TaskKind.CALL_AGENCY: TaskFacts(
        _("Call them if they are still silent"),
        _("they have not answered yet"),
        20,
        # Whoever asked us something is not silent.
        WAITING - {BusinessStatus.INFO_NEEDED},
    ),
    TaskKind.CALL_AGENCY_UNREACHABLE: TaskFacts(
        _("Call them and ask"), _("there is no number or mailbox we may write to yet"), 20, WAITING
    ),
    TaskKind.CALL_AGENCY_UNCLEAR: TaskFacts(
        _("Call them"), _("replies came that we could not read"), 25, _STATED
    ),
    TaskKind.CALL_AGENCY_ASKED: TaskFacts(
        _("Call them: they asked for a call"), _("they wait for us"), 15, _STATED
    ),
    TaskKind.GIVE_NAME: TaskFacts(
        _("Call them and give the name and number"),
        _("they said yes by text"),
        17,
        AFTER_YES - ON_HOLD - {BusinessStatus.SERVICE_REPORTED, BusinessStatus.ACCOUNTS_DIFFER},
    ),
    TaskKind.CALL_PATIENT: TaskFacts(
        _("Call them: they asked for a call"), _("we promised a call"), 12
    ),
    TaskKind.DID_NOT_GET_IT: TaskFacts(
        _("They did not get the help. Offer the next place."),
        _("the need is still there"),
        14,
        _STATED,
    ),
    TaskKind.TRY_NEXT_PLACE: TaskFacts(
        _("Ask the next place"), _("time to answer is over"), 18, WAITING
    ),
    TaskKind.ANSWER_QUESTION: TaskFacts(
        _("Answer their question"),
        _("they wait for us"),
        30,
        frozenset({BusinessStatus.INFO_NEEDED}),
    ),
    TaskKind.CALL_AGENCY_AFTER_YES: TaskFacts(
        _("Call them: they said yes and nothing since"),
        _("days have gone by since the yes"),
        40,
        AFTER_YES - ON_HOLD - {BusinessStatus.SERVICE_REPORTED, BusinessStatus.ACCOUNTS_DIFFER},
    ),
    TaskKind.STILL_WAITING: TaskFacts(
        _("The patient still waits. Call the place."),
        _("the patient is still waiting"),
        22,
        WAITING,
    ),
    TaskKind.ASK_FOR_DATE: TaskFacts(
        _("Ask the place for a date"),
        _("they say done, the patient still waits"),
        35,
        frozenset({BusinessStatus.SERVICE_REPORTED, BusinessStatus.ENROLLED}),
    ),
    TaskKind.ASK_THEM_WHY: TaskFacts(
        _("Ask the place what happened"), _("the patient said we may ask"), 24, _STATED
    ),
    TaskKind.DECIDE_DIFFERENCE: TaskFacts(
        _("Decide: the two accounts differ"),
        _("three answering days have gone by"),
        16,
        frozenset({BusinessStatus.ACCOUNTS_DIFFER}),
    ),
    TaskKind.REPAIR_CONTACT: TaskFacts(
        _("Find the right phone number"), _("our texts reach somebody else or nobody"), 28
    ),
    TaskKind.FOLLOW_UP_NEED: TaskFacts(
        _("More help is needed: plan the next request"), _("the help was not enough"), 45
    ),
    TaskKind.NEW_VISIT_TIME: TaskFacts(
        _("Find another time for the visit"),
        _("the time does not suit them"),
        26,
        frozenset({BusinessStatus.CONTACTING, BusinessStatus.SCHEDULED}),
    ),
    TaskKind.READ_TEXT: TaskFacts(
        _("Read their text and answer"), _("a person reads every text"), 32
    ),
    TaskKind.BAD_ENDING: TaskFacts(_("Say what comes next"), _("it ended without help"), 50, ENDED),
    TaskKind.LATE_WORD: TaskFacts(
        _("A word came after the end. Read it."), _("late words are welcome"), 48, ENDED
    ),
    TaskKind.ASK_CONSENT_AGAIN: TaskFacts(
        _("Ask for the consent again, or stop the request"),
        _("the consent ends soon or was taken back"),
        60,
        _STATED,
    ),
    TaskKind.FINISH_DRAFT: TaskFacts(
        _("Send it or throw it away"), _("a draft is kept 14 days"), 70, NOT_SENT
    ),
    TaskKind.TEAM_LEAD: TaskFacts(
        _("Nobody said what comes next"), _("two answering days have gone by"), 8, ENDED
    ),
}
_LOOK = TaskFacts(
    _("A text may not have arrived: look"), _("we can’t tell by ourselves what became of it"), 19
)
# The same kind in other words, for what made it.
VARIANTS: dict[tuple[TaskKind, Because], TaskFacts] = {
    (TaskKind.CALL_AGENCY_UNREACHABLE, Because.NOT_NEEDED): TaskFacts(
        _("Call them: the help is no longer needed"),
        _("there is no number or mailbox we may write to"),
        21,
        ENDED,
    ),
    (TaskKind.CALL_AGENCY_UNREACHABLE, Because.CANNOT_WRITE): TaskFacts(
        _("Call them and ask"), _("our message could not reach them"), 20, WAITING
    ),
    # To the patient, and to the agency: whose number is shown beside it.
    (TaskKind.REPAIR_CONTACT, Because.MAY_NOT_HAVE_ARRIVED): _LOOK,
    (TaskKind.CALL_AGENCY_UNCLEAR, Because.MAY_NOT_HAVE_ARRIVED): _LOOK,
    (TaskKind.GIVE_NAME, Because.PIN_LOCKED): replace(
        TASKS[TaskKind.GIVE_NAME],
        why=_("a wrong PIN was typed three times on their phone"),
    ),
    (TaskKind.READ_TEXT, Because.BY_MAIL): TaskFacts(
        _("Mail to read: read it and answer"), _("a person reads every mail"), 32
    ),
    (TaskKind.READ_DANGER, Because.BY_MAIL): TaskFacts(
        _("Call them. Their mail has danger words."), _("danger words always come first"), 0
    ),
    (TaskKind.CALL_AGENCY_UNREACHABLE, Because.CAME_BACK): TaskFacts(
        _("Ask them for a mailbox that works"), _("our e-mail to them came back"), 34, _STATED
    ),
    (TaskKind.REPAIR_CONTACT, Because.CAME_BACK): TaskFacts(
        _("Find the right e-mail address"), _("our e-mail to them came back"), 28
    ),
    (TaskKind.REPAIR_CONTACT, Because.REFUSED_BY_RULES): TaskFacts(
        _("Call them, or ask for another e-mail address"),
        _("their mail server refuses our mail by its rules"),
        28,
    ),
    (TaskKind.CALL_PATIENT, Because.CANNOT_WRITE): TaskFacts(
        _("Call them and ask how it goes"), _("our text could not be sent"), 13
    ),
    (TaskKind.CALL_PATIENT, Because.NO_WORD): TaskFacts(
        _("Call them and ask how it goes"), _("we have no word from them"), 13
    ),
    (TaskKind.CALL_PATIENT, Because.ASKS_ABOUT_DATA): TaskFacts(
        _("Call them about their data: who has it, change it, or forget it"),
        _("they asked about their data"),
        12,
    ),
    (TaskKind.CALL_PATIENT, Because.FELL_SILENT): TaskFacts(
        _("Call them: our texts and theirs go round in circles"),
        _("we sent several automatic answers and send no more"),
        13,
    ),
    (TaskKind.CALL_AGENCY_UNCLEAR, Because.FELL_SILENT): TaskFacts(
        _("Call them: our texts and theirs go round in circles"),
        _("we sent several automatic answers and send no more"),
        25,
    ),
    (TaskKind.CALL_PATIENT, Because.TEXTS_STOPPED): TaskFacts(
        _("Call them and ask how it goes"),
        _("they want no more texts, and our question is open"),
        13,
    ),
}


def facts_of(kind: TaskKind, kept: Mapping[str, object]) -> TaskFacts:
    """What a task says; `kept` is what its row remembers ("because")."""
    because = kept.get("because")
    known = because in set(Because)
    return VARIANTS.get((kind, Because(str(because))), TASKS[kind]) if known else TASKS[kind]
