"""Why a referral ended or was refused: our codes, whose reason each is, and its words.

The code list is ours (design: referrals 2); Spanish words are in the referrals catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from referrals.lifecycle import NEEDS_REASON, BusinessStatus, Party
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _


class Reason(StrEnum):
    """Every reason, grouped by whose it is."""

    NO_CAPACITY = "no_capacity"
    WAITLIST_CLOSED = "waitlist_closed"
    NOT_ELIGIBLE = "not_eligible"
    OUTSIDE_SERVICE_AREA = "outside_service_area"
    SERVICE_NOT_OFFERED = "service_not_offered"
    ALREADY_ENROLLED = "already_enrolled"
    MISSING_DOCUMENTS = "missing_documents"
    MISSING_REFERRAL_INFO = "missing_referral_info"
    LANGUAGE_NOT_SERVED = "language_not_served"
    ACCESSIBILITY = "accessibility"
    FUNDS_EXHAUSTED = "funds_exhausted"
    SAFETY_CONFLICT = "safety_conflict"
    DUPLICATE = "duplicate"
    DIRECTORY_WRONG = "directory_wrong"
    ANSWERED_BY_MISTAKE = "answered_by_mistake"
    OTHER = "other"

    COULD_NOT_REACH = "could_not_reach"
    WRONG_NUMBER = "wrong_number"
    DECLINED_BY_PATIENT = "declined_by_patient"
    NEED_MET_ELSEWHERE = "need_met_elsewhere"
    MOVED = "moved"
    COMPETING_PRIORITIES = "competing_priorities"
    COST = "cost"
    TRANSPORT = "transport"
    CHILDCARE = "childcare"
    NO_ID = "no_id"
    NO_SHOW = "no_show"
    LEFT_BEFORE_FINISHED = "left_before_finished"
    FEAR_OR_STIGMA = "fear_or_stigma"
    UNSAFE_TO_CONTACT = "unsafe_to_contact"
    DECEASED = "deceased"
    INCARCERATED_OR_HOSPITALISED = "incarcerated_or_hospitalised"

    SENT_IN_ERROR = "sent_in_error"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    REPLACED = "replaced"
    NEED_CHANGED = "need_changed"
    DID_NOT_GET_HELP = "did_not_get_help"

    NO_RESPONSE_EXPIRED = "no_response_expired"
    UNDELIVERABLE = "undeliverable"
    AGENCY_INACTIVE = "agency_inactive"
    HELPED_WITHOUT_ANSWER = "helped_without_answer"


@dataclass(frozen=True, slots=True)
class ReasonFacts:
    """Whose reason it is and how it is said (an English message id)."""

    whose: str
    label: str


_AGENCY = {
    Reason.NO_CAPACITY: _("They are full"),
    Reason.WAITLIST_CLOSED: _("The wait list is closed"),
    Reason.NOT_ELIGIBLE: _("Does not fit their rules"),
    Reason.OUTSIDE_SERVICE_AREA: _("Lives outside their area"),
    Reason.SERVICE_NOT_OFFERED: _("They don’t offer this"),
    Reason.ALREADY_ENROLLED: _("Already gets their help"),
    Reason.MISSING_DOCUMENTS: _("Papers or facts are missing"),
    Reason.MISSING_REFERRAL_INFO: _("The request did not say enough"),
    Reason.LANGUAGE_NOT_SERVED: _("They don’t speak the language"),
    Reason.ACCESSIBILITY: _("The place can’t be used by this person"),
    Reason.FUNDS_EXHAUSTED: _("The money has run out"),
    Reason.SAFETY_CONFLICT: _("It would not be safe"),
    Reason.DUPLICATE: _("They had this request already"),
    Reason.DIRECTORY_WRONG: _("Our record of the place is wrong"),
    Reason.ANSWERED_BY_MISTAKE: _("The answer was a mistake"),
    Reason.OTHER: _("Another reason"),
}
_PATIENT = {
    Reason.COULD_NOT_REACH: _("Could not be reached"),
    Reason.WRONG_NUMBER: _("The number was wrong"),
    Reason.DECLINED_BY_PATIENT: _("Does not need it now"),
    Reason.NEED_MET_ELSEWHERE: _("Got help somewhere else"),
    Reason.MOVED: _("Moved away"),
    Reason.COMPETING_PRIORITIES: _("Other things came first"),
    Reason.COST: _("It costs too much"),
    Reason.TRANSPORT: _("No way to get there"),
    Reason.CHILDCARE: _("Nobody to look after the children"),
    Reason.NO_ID: _("No ID"),
    Reason.NO_SHOW: _("Did not come"),
    Reason.LEFT_BEFORE_FINISHED: _("Left before it was finished"),
    Reason.FEAR_OR_STIGMA: _("Did not feel safe or welcome"),
    Reason.UNSAFE_TO_CONTACT: _("Not safe to contact"),
    Reason.DECEASED: _("Has died"),
    Reason.INCARCERATED_OR_HOSPITALISED: _("In jail or in a hospital"),
}
_SENDER = {
    Reason.SENT_IN_ERROR: _("Sent by mistake"),
    Reason.CONSENT_WITHDRAWN: _("Took back the consent"),
    Reason.REPLACED: _("Another place is asked"),
    Reason.NEED_CHANGED: _("The need has changed"),
    Reason.DID_NOT_GET_HELP: _("Did not get help there"),
}
_SYSTEM = {
    Reason.NO_RESPONSE_EXPIRED: _("Nobody answered in time"),
    Reason.UNDELIVERABLE: _("The request did not arrive"),
    Reason.AGENCY_INACTIVE: _("The agency went silent"),
    Reason.HELPED_WITHOUT_ANSWER: _("Got help though the agency never answered"),
}
REASONS: dict[Reason, ReasonFacts] = {
    reason: ReasonFacts(whose, label)
    for whose, group in (
        ("agency", _AGENCY),
        ("patient", _PATIENT),
        ("sender", _SENDER),
        ("system", _SYSTEM),
    )
    for reason, label in group.items()
}

# Text A3: "27: why not? 1 full 2 not eligible 3 outside our area 4 we don't offer it 5 papers …"
BY_DIGIT: dict[int, Reason] = {
    1: Reason.NO_CAPACITY,
    2: Reason.NOT_ELIGIBLE,
    3: Reason.OUTSIDE_SERVICE_AREA,
    4: Reason.SERVICE_NOT_OFFERED,
    5: Reason.MISSING_DOCUMENTS,
    6: Reason.OTHER,
}

# Whose reasons fit which ending. `unable` takes the patient's too: no-show, could not reach.
_FITTING: dict[BusinessStatus, tuple[str, ...]] = {
    BusinessStatus.DECLINED: ("agency",),
    BusinessStatus.UNABLE: ("agency", "patient"),
    BusinessStatus.PATIENT_DECLINED: ("patient",),
    BusinessStatus.WITHDRAWN: ("sender", "patient"),
    BusinessStatus.EXPIRED: ("system",),
    BusinessStatus.RUN_OUT: ("system",),
    BusinessStatus.REROUTED: ("sender", "agency", "system"),
    BusinessStatus.SERVED_WITHOUT_ANSWER: ("system",),
}
_DEFAULTS: dict[BusinessStatus, Reason] = {
    BusinessStatus.PATIENT_DECLINED: Reason.DECLINED_BY_PATIENT,
    BusinessStatus.EXPIRED: Reason.NO_RESPONSE_EXPIRED,
    BusinessStatus.RUN_OUT: Reason.AGENCY_INACTIVE,
    BusinessStatus.REROUTED: Reason.REPLACED,
    BusinessStatus.SERVED_WITHOUT_ANSWER: Reason.HELPED_WITHOUT_ANSWER,
}


def label_of(reason: Reason) -> str:
    """The reason's words: an English message id."""
    return REASONS[reason].label


def reasons_for(status: BusinessStatus) -> tuple[Reason, ...]:
    """The reasons that a person may choose for this ending, in the order they are listed."""
    whose = _FITTING.get(status, ())
    return tuple(reason for reason, facts in REASONS.items() if facts.whose in whose)


def reason_for(status: BusinessStatus, given: Reason | None) -> Reason | None:
    """The reason to record for a move to `status`; InvalidInput when one is missing or unfit."""
    if status not in NEEDS_REASON:
        return given
    reason = given or _DEFAULTS.get(status)
    if reason is None:
        raise InvalidInput(
            _("Choose a reason."), field="reason", remedy=_("Say why, so that others can help.")
        )
    if reason not in reasons_for(status):
        raise InvalidInput(_("This reason does not fit this ending."), field="reason")
    return reason


def whose_party(reason: Reason) -> Party | None:
    """The party whose reason it is; None for the system's."""
    return {"agency": Party.AGENCY, "patient": Party.PATIENT, "sender": Party.SENDER}.get(
        REASONS[reason].whose
    )
