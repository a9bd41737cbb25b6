"""The sender's state machine: one table, which everything that changes a message obeys.

Pure. (state, event) → the next state, why it is so, and where that was decided; what may follow is
a property of the state arrived at. A pair that is not here changes nothing. Sources: M = design
messaging.md, R = design reliability.md (rows M1 to M17), D = docs/decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from notify.delivery import Event, MessageState

S, E = MessageState, Event


class May(StrEnum):
    """What may happen next without a new event from outside."""

    SEND = "send"  # a worker claims it when it is due
    RECORD = "record"  # the worker that holds the lease writes down what came of it
    ASK_PROVIDER = "ask_provider"  # its list, or the message by its id
    ASK_PERSON = "ask_person"  # nobody else may send it again
    TELL = "tell"  # the slice above is told the end


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table."""

    to: MessageState
    why: str
    source: str

    @property
    def may(self) -> frozenset[May]:
        """What is allowed from here."""
        return ALLOWED[self.to]


ALLOWED: dict[MessageState, frozenset[May]] = {
    S.QUEUED: frozenset({May.SEND}),
    S.RETRY_AT: frozenset({May.SEND}),
    S.CLAIMED: frozenset({May.RECORD}),
    S.IN_DOUBT: frozenset({May.RECORD, May.ASK_PROVIDER, May.ASK_PERSON}),
    S.SENT: frozenset({May.ASK_PROVIDER}),
    S.DELIVERED: frozenset({May.TELL}),
    S.UNDELIVERED: frozenset({May.TELL}),
    S.FAILED: frozenset({May.TELL}),
    S.SUPPRESSED: frozenset({May.TELL}),
}


def _from(*states: MessageState) -> tuple[MessageState, ...]:
    return states


# (from these states, event, to, why, source)
_ROWS: tuple[tuple[tuple[MessageState, ...], Event, MessageState, str, str], ...] = (
    (
        _from(S.QUEUED, S.RETRY_AT),
        E.CLAIMED,
        S.CLAIMED,
        ("Every check passed; attempt, lease and fence are committed before a byte leaves."),
        "M2, R consequence 1",
    ),
    (
        _from(S.QUEUED, S.RETRY_AT),
        E.HELD,
        S.QUEUED,
        ("Not now: night, another question open, the source says later."),
        "M1, R M15",
    ),
    (
        _from(S.QUEUED, S.RETRY_AT),
        E.DROPPED,
        S.SUPPRESSED,
        (
            "Not at all: consent, STOP, flags,"
            " hours and state are looked at now, not when it was queued."
        ),
        "R consequence 4, S12",
    ),
    (
        _from(S.QUEUED, S.RETRY_AT),
        E.FAULT,
        S.RETRY_AT,
        ("A fault of ours while checking or wording; nothing was sent."),
        "D0006",
    ),
    (
        _from(S.QUEUED, S.RETRY_AT),
        E.FAULTS_SPENT,
        S.FAILED,
        ("The same fault eight times is for people."),
        "D0006",
    ),
    (
        _from(S.QUEUED, S.RETRY_AT),
        E.DROPPED_BY_PERSON,
        S.SUPPRESSED,
        ("After a restore a person drops what is too old or was sent already."),
        "M2, R consequence 8",
    ),
    (
        _from(S.CLAIMED, S.IN_DOUBT),
        E.ACCEPTED,
        S.SENT,
        ("The provider gave an id; also to a worker that came back late."),
        "M2, R M3",
    ),
    (
        _from(S.CLAIMED, S.IN_DOUBT),
        E.NOT_SENT,
        S.RETRY_AT,
        ("Certain: no byte left, or the provider said later."),
        "M1, R consequence 1",
    ),
    (
        _from(S.CLAIMED, S.IN_DOUBT),
        E.TRIES_SPENT,
        S.FAILED,
        ("Certain that it was not sent, and tried as often as its class allows."),
        "R M5",
    ),
    (
        _from(S.CLAIMED, S.IN_DOUBT),
        E.REFUSED,
        S.FAILED,
        "The provider said no to this one.",
        "M1, R M5",
    ),
    (
        _from(S.CLAIMED, S.IN_DOUBT),
        E.OPTED_OUT,
        S.SUPPRESSED,
        ("21610: the phone stopped us; never tried again."),
        "M1, R M12",
    ),
    (
        _from(S.CLAIMED),
        E.UNCLEAR,
        S.IN_DOUBT,
        "It may be on its way: proven, not repeated.",
        "M1, R M1 and M2",
    ),
    (
        _from(S.CLAIMED),
        E.MAIL_UNCLEAR,
        S.RETRY_AT,
        ("A mail goes again under its Message-ID: one mail for its reader."),
        "M1, R consequence 2",
    ),
    (
        _from(S.CLAIMED),
        E.LEASE_ENDED,
        S.IN_DOUBT,
        "The worker may have sent just before it died.",
        "R M1",
    ),
    (
        _from(S.CLAIMED),
        E.MAIL_LEASE_ENDED,
        S.QUEUED,
        "As for every mail whose outcome is unclear.",
        "R consequence 2",
    ),
    (
        _from(S.QUEUED, S.RETRY_AT, S.CLAIMED, S.IN_DOUBT, S.SUPPRESSED),
        E.ON_ITS_WAY,
        S.SENT,
        "The provider has it: that proves a doubt, and stops a second sending of an earlier try.",
        "M1, R M6",
    ),
    (
        _from(S.CLAIMED, S.IN_DOUBT, S.SENT),
        E.RETURNED,
        S.RETRY_AT,
        (
            "The carrier gave it back for a"
            " reason that passes: certain, so it may go again, for four hours."
        ),
        "R M5",
    ),
    (
        _from(S.QUEUED, S.RETRY_AT, S.CLAIMED, S.IN_DOUBT, S.SUPPRESSED, S.SENT),
        E.SAID_FAILED,
        S.FAILED,
        "The provider's own last word.",
        "R M6",
    ),
    (
        _from(S.QUEUED, S.RETRY_AT, S.CLAIMED, S.IN_DOUBT, S.SUPPRESSED, S.SENT, S.FAILED),
        E.SAID_UNDELIVERED,
        S.UNDELIVERED,
        ("It left, and did not arrive; words come in any order and must end the same."),
        "R M6",
    ),
    (
        _from(
            S.QUEUED,
            S.RETRY_AT,
            S.CLAIMED,
            S.IN_DOUBT,
            S.SUPPRESSED,
            S.SENT,
            S.FAILED,
            S.UNDELIVERED,
        ),
        E.SAID_DELIVERED,
        S.DELIVERED,
        "A phone's receipt outranks every other word.",
        "D0006, R M6",
    ),
    (
        _from(S.IN_DOUBT),
        E.RESENT_BY_PERSON,
        S.QUEUED,
        ("Only a person can weigh a second text against none."),
        "M1, D0018",
    ),
    (
        _from(S.IN_DOUBT),
        E.GIVEN_UP_BY_PERSON,
        S.FAILED,
        "A person reaches the reader another way.",
        "D0018",
    ),
    (
        _from(S.IN_DOUBT),
        E.HEARD_IT_ARRIVED,
        S.DELIVERED,
        "Its reader told a person that they have it: no receipt says more.",
        "D0018",
    ),
)

TABLE: dict[tuple[MessageState, Event], Step] = {
    (state, event): Step(to, why, source)
    for states, event, to, why, source in _ROWS
    for state in states
}


def step(state: MessageState, event: Event) -> Step | None:
    """The row for this state and event; None when the event changes nothing here."""
    return TABLE.get((state, event))
