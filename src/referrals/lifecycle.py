"""The referral's statuses and moves: which exist, who may make each, what people see.

Decides nothing about messages or clocks. Source: lifecycle.json, whose Task edges are those of
HL7 SDOH Clinical Care 3.0.0; a test restates that diagram by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from shared.errors import Conflict
from shared.i18n import gettext, gettext_noop


class TaskStatus(StrEnum):
    """FHIR Task.status, as far as the guide's diagram uses it."""

    DRAFT = "draft"
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    IN_PROGRESS = "in-progress"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    FAILED = "failed"
    ENTERED_IN_ERROR = "entered-in-error"


class BusinessStatus(StrEnum):
    """Our finer statuses; each lies inside one Task status."""

    DRAFT = "draft"
    AWAITING_CONSENT = "awaiting_consent"
    SENT = "sent"
    INFO_NEEDED = "info_needed"
    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    PAUSED = "paused"
    CONTACTING = "contacting"
    SCHEDULED = "scheduled"
    SERVING = "serving"
    ENROLLED = "enrolled"
    SERVICE_REPORTED = "service_reported"
    ACCOUNTS_DIFFER = "accounts_differ"
    CLOSED_CONFIRMED = "closed_confirmed"
    CLOSED_AGENCY_ONLY = "closed_agency_only"
    CLOSED_PATIENT_ONLY = "closed_patient_only"
    DECLINED = "declined"
    UNABLE = "unable"
    PATIENT_DECLINED = "patient_declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    RUN_OUT = "run_out"
    REROUTED = "rerouted"
    SERVED_WITHOUT_ANSWER = "served_without_answer"
    ENTERED_IN_ERROR = "entered_in_error"


class Party(StrEnum):
    """In whose name a move is made, whoever writes it down."""

    SENDER = "sender"
    COORDINATOR = "coordinator"
    AGENCY = "agency"
    PATIENT = "patient"
    CLOCK = "clock"
    STANDING_YES = "standing_yes"


@dataclass(frozen=True, slots=True)
class Move:
    """One permitted step and the parties that may make it."""

    origin: BusinessStatus
    to: BusinessStatus
    by: frozenset[Party]


@dataclass(frozen=True, slots=True)
class _StatusFacts:
    task_status: TaskStatus
    people_see: str
    ends: bool


class ReferralMoveError(Conflict):
    """The referral is not at a place from which this party can go there."""

    default_code = "move_not_possible"


def _load() -> tuple[dict[BusinessStatus, _StatusFacts], tuple[Move, ...]]:
    content = json.loads(Path(__file__).with_name("lifecycle.json").read_text(encoding="utf-8"))
    statuses = {
        BusinessStatus(name): _StatusFacts(
            TaskStatus(facts["task_status"]), facts["people_see"], facts["ends"]
        )
        for name, facts in content["statuses"].items()
    }
    moves = tuple(
        Move(
            BusinessStatus(move["from"]),
            BusinessStatus(move["to"]),
            frozenset(Party(party) for party in move["by"]),
        )
        for move in content["moves"]
    )
    return statuses, moves


_STATUSES, MOVES = _load()
_BY_EDGE = {(move.origin, move.to): move for move in MOVES}

ENDED = frozenset(status for status, facts in _STATUSES.items() if facts.ends)
OPEN = frozenset(BusinessStatus) - ENDED
# Statuses in which the agency has not answered, and those after its yes.
WAITING = frozenset({BusinessStatus.SENT, BusinessStatus.INFO_NEEDED})
NOT_SENT = frozenset({BusinessStatus.DRAFT, BusinessStatus.AWAITING_CONSENT})
ON_HOLD = frozenset({BusinessStatus.WAITLISTED, BusinessStatus.PAUSED})
AFTER_YES = OPEN - WAITING - NOT_SENT
GOT_HELP = frozenset(
    {
        BusinessStatus.CLOSED_CONFIRMED,
        BusinessStatus.CLOSED_PATIENT_ONLY,
        BusinessStatus.SERVED_WITHOUT_ANSWER,
    }
)
NEEDS_REASON = frozenset(
    {
        BusinessStatus.DECLINED,
        BusinessStatus.UNABLE,
        BusinessStatus.PATIENT_DECLINED,
        BusinessStatus.WITHDRAWN,
        BusinessStatus.EXPIRED,
        BusinessStatus.RUN_OUT,
        BusinessStatus.REROUTED,
        BusinessStatus.SERVED_WITHOUT_ANSWER,
    }
)


def task_status_of(status: BusinessStatus) -> TaskStatus:
    """The FHIR Task status around a business status."""
    return _STATUSES[status].task_status


def people_see(status: BusinessStatus, reason: str | None = None) -> str:
    """The plain words for a status: an English message id.

    A patient who said "did not get it" and wants no questions asked was not "stopped by us".
    """
    if status is BusinessStatus.WITHDRAWN and reason == "did_not_get_help":
        return _STATUSES[BusinessStatus.UNABLE].people_see
    return _STATUSES[status].people_see


def is_bad_ending(status: BusinessStatus, reason: str | None) -> bool:
    """Whether somebody must say what comes next; the other endings acknowledge themselves."""
    if status is BusinessStatus.WITHDRAWN:
        return reason == "did_not_get_help"
    return status in {
        BusinessStatus.DECLINED,
        BusinessStatus.UNABLE,
        BusinessStatus.EXPIRED,
        BusinessStatus.RUN_OUT,
    }


# The words of lifecycle.json, where the catalogue's check can see them.
LABELS = frozenset(
    {
        gettext_noop("Not sent yet"),
        gettext_noop("Waiting for their answer"),
        gettext_noop("They ask us something"),
        gettext_noop("They said yes"),
        gettext_noop("They said no"),
        gettext_noop("Accounts differ"),
        gettext_noop("On a wait list"),
        gettext_noop("Visit set"),
        gettext_noop("They say done, asking the patient"),
        gettext_noop("Got help (both say)"),
        gettext_noop("Got help (patient says)"),
        gettext_noop("Agency says done, no word from patient"),
        gettext_noop("Did not get help"),
        gettext_noop("No longer needed"),
        gettext_noop("Nobody answered"),
        gettext_noop("Nobody answered after a yes"),
        gettext_noop("Stopped by us"),
        gettext_noop("Asking another place"),
        gettext_noop("Entered in error"),
    }
)


def allowed_moves(status: BusinessStatus, party: Party) -> tuple[BusinessStatus, ...]:
    """Where this party may take a referral from here, in the order of lifecycle.json."""
    return tuple(move.to for move in MOVES if move.origin is status and party in move.by)


def is_allowed(origin: BusinessStatus, to: BusinessStatus, party: Party) -> bool:
    """Whether the move exists and is this party's to make."""
    move = _BY_EDGE.get((origin, to))
    return move is not None and party in move.by


def check_move(origin: BusinessStatus, to: BusinessStatus, party: Party) -> None:
    """Raise ReferralMoveError, with what is possible instead, when the move is not."""
    if is_allowed(origin, to, party):
        return
    raise ReferralMoveError(
        gettext_noop("This can’t be done now: the request stands at “%(status)s”."),
        values={"status": gettext(people_see(origin))},
        remedy=gettext_noop("Reload the page to see what is possible now."),
        allowed=tuple(status.value for status in allowed_moves(origin, party)),
    )


def path_to(origin: BusinessStatus, to: BusinessStatus, party: Party) -> tuple[BusinessStatus, ...]:
    """The steps from here to there: one, or two by way of `accepted`.

    The standard knows no requested→on-hold and no requested→in-progress, so a wait list or a visit
    given as first answer passes through a yes.
    """
    yes = BusinessStatus.ACCEPTED
    if (
        origin in WAITING
        and not is_allowed(origin, to, party)
        and is_allowed(origin, yes, party)
        and is_allowed(yes, to, party)
    ):
        return (yes, to)
    check_move(origin, to, party)
    return (to,)
