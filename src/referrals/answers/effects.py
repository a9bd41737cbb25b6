"""What a text that came in may ask for. Values only; each names whom it is about."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID  # noqa: TC003 -- read at run time by dataclass users

from referrals.actions import AgencySays  # noqa: TC001
from referrals.closure import Question  # noqa: TC001
from referrals.lifecycle import BusinessStatus  # noqa: TC001
from referrals.reasons import Reason  # noqa: TC001


@dataclass(frozen=True, slots=True)
class CodedRequest:
    """A request that was given a two-digit code on this phone.

    `asked`: the text that last asked this phone about it ("A1", "A5" …), None when none did.
    `is_open`: the code still stands for it; a late answer still finds it when not.
    """

    code: int
    referral_id: UUID
    performer_id: UUID
    channel_id: UUID
    language: str
    status: BusinessStatus
    is_open: bool
    asked: str | None = None
    # A no that still can be undone: the reason goes into it.
    held: bool = False
    # ISO instant of the answer that can perhaps be undone, for a bare "0".
    answered_at: str = ""
    # Whether its people just walk in: who was not helped then did not come.
    walks_in: bool = False
    # What was asked for, and which service at which place: FULL pauses that one.
    need: str = ""
    place_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OpenOptIn:
    """This phone was asked A0: may we text requests here.

    `again`: it answered a moment ago, and could not have read anything else since.
    """

    channel_id: UUID
    language: str
    # The request that the question was asked for, if there was one.
    referral_id: UUID | None
    again: bool = False


@dataclass(frozen=True, slots=True)
class SaidFull:
    """The last FULL or OPEN of this phone. `said_at`: ISO, to be told apart from a later answer."""

    change_id: UUID
    said_at: str
    may_undo: bool = True


@dataclass(frozen=True, slots=True)
class PhoneFacts:
    """Who is on a phone, seen from one clinic. `patient_referrals`: the likeliest first."""

    question: str | None = None
    question_about: UUID | None = None
    patient_referrals: tuple[UUID, ...] = ()
    requests: tuple[CodedRequest, ...] = ()
    opt_in: OpenOptIn | None = None
    said_full: SaidFull | None = None

    @property
    def open_requests(self) -> tuple[CodedRequest, ...]:
        return tuple(request for request in self.requests if request.is_open)


# --- patients


@dataclass(frozen=True, slots=True)
class PatientDigit:
    """A digit that answers a question."""

    referral_id: UUID
    digit: int
    question: Question


@dataclass(frozen=True, slots=True)
class PatientWords:
    """Words that a person must read; at once when they speak of danger."""

    referral_id: UUID
    danger: bool = False
    # Who has my data, change it, forget me.
    about_data: bool = False


@dataclass(frozen=True, slots=True)
class PatientNeedsText:
    """An answer by template: PH after the help word, P10 after "who is this"."""

    referral_id: UUID
    template: str


@dataclass(frozen=True, slots=True)
class PatientStops:
    """No more texts to this phone."""

    referral_id: UUID
    by_carrier: bool = False
    danger: bool = False
    wrong_number: bool = False


# --- agencies


@dataclass(frozen=True, slots=True)
class AgencyAnswers:
    """A coded answer."""

    request: CodedRequest
    says: AgencySays
    reason: Reason | None = None
    note: str = ""
    # One text that answers several requests is confirmed once.
    replies: bool = True


@dataclass(frozen=True, slots=True)
class AgencyReason:
    """The reason after a no (A3)."""

    request: CodedRequest
    reason: Reason


@dataclass(frozen=True, slots=True)
class AgencyUndo:
    """The last answer is taken back ("0")."""

    request: CodedRequest


@dataclass(frozen=True, slots=True)
class AgencyUnclear:
    """Not understood, or several requests could be meant (`which`)."""

    request: CodedRequest | None
    which: bool = False


@dataclass(frozen=True, slots=True)
class AgencySaysFull:
    """FULL, FULL 14 or OPEN: for the services that this phone is asked about."""

    requests: tuple[CodedRequest, ...]
    opens: bool = False
    days: int | None = None


@dataclass(frozen=True, slots=True)
class AgencyTakesFullBack:
    """A "0" after FULL or OPEN. Too late, it is only told how it stands."""

    requests: tuple[CodedRequest, ...]
    said: SaidFull


@dataclass(frozen=True, slots=True)
class AgencyHelp:
    """HELP or AYUDA."""

    request: CodedRequest | None


@dataclass(frozen=True, slots=True)
class AgencyStops:
    """No more texts to this phone. `confirms`: nobody has told them yet that we heard."""

    requests: tuple[CodedRequest, ...]
    by_carrier: bool = False
    confirms: bool = True


@dataclass(frozen=True, slots=True)
class ChannelAnswers:
    """The answer to A0."""

    opt_in: OpenOptIn
    yes: bool


@dataclass(frozen=True, slots=True)
class UnknownPhone:
    """Nobody we know: `tried_code` counts towards the lock."""

    tried_code: bool
    danger: bool = False


Effect = (
    PatientDigit
    | PatientWords
    | PatientNeedsText
    | PatientStops
    | AgencyAnswers
    | AgencyReason
    | AgencyUndo
    | AgencyUnclear
    | AgencySaysFull
    | AgencyTakesFullBack
    | AgencyHelp
    | AgencyStops
    | ChannelAnswers
    | UnknownPhone
)
