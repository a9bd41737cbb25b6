"""What becomes of one message: its states, what a provider's word does to it, when to try again.

Pure. The picture: queued → claimed → sent | retry_at | in_doubt → sent | failed ; sent → delivered
| undelivered ; suppressed(reason). Codes: Twilio's error dictionary, as a dated table because codes
get split and added; what the table does not know is never repeated blindly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class Channel(StrEnum):
    """How a message travels."""

    SMS = "sms"
    EMAIL = "email"


class MessageState(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    RETRY_AT = "retry_at"
    IN_DOUBT = "in_doubt"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class CodeClass(StrEnum):
    """What an error code asks of us."""

    PERMANENT = "permanent"
    OPT_OUT = "opt_out"
    RETRY = "retry"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What one attempt to send came to."""

    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"  # certain: no byte left, or the provider said "later"
    REFUSED = "refused"  # certain: the provider said no
    OPTED_OUT = "opted_out"
    UNCLEAR = "unclear"  # it may be on its way


@dataclass(frozen=True, slots=True)
class SendResult:
    """One attempt's outcome as a value; channels never raise for what the outside does."""

    outcome: Outcome
    provider_sid: str | None = None
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What an event does to a message. `not_before` is set with `retry_at` only."""

    state: MessageState
    not_before: datetime | None = None


CODES_AS_OF = date(2025, 11, 1)
CODE_CLASSES: dict[str, CodeClass] = {
    "21211": CodeClass.PERMANENT,  # not a phone number
    "21408": CodeClass.PERMANENT,  # no permission for that country
    "21614": CodeClass.PERMANENT,  # not a mobile number
    "30003": CodeClass.PERMANENT,  # phone unreachable
    "30004": CodeClass.PERMANENT,  # blocked
    "30005": CodeClass.PERMANENT,  # unknown number
    "30006": CodeClass.PERMANENT,  # landline
    "30007": CodeClass.PERMANENT,  # filtered by the carrier
    "30008": CodeClass.PERMANENT,  # unknown, after the carrier gave up
    "30034": CodeClass.PERMANENT,  # number not registered for US texting
    "21610": CodeClass.OPT_OUT,
    "429": CodeClass.RETRY,
    "20429": CodeClass.RETRY,
    "30001": CodeClass.RETRY,  # carrier's queue overflowed
    "30022": CodeClass.RETRY,  # number's daily or second rate passed
    "30500": CodeClass.RETRY,  # carrier's own fault, short
}

# Codes that speak of the number or mailbox itself: nothing sent there will ever arrive.
DEAD_ADDRESS_CODES = frozenset({"21211", "21614", "30005", "30006", "bad_address"})
# What a mail server says of one recipient (RFC 3463: unknown, moved, not allowed, disabled).
MAILBOX_GONE = "mailbox_"

# A provider's status, ranked: a later word of a higher rank wins, a lower one is out of order.
# `delivered` outranks the bad endings: a phone's receipt is proof, and every order ends the same.
STATUS_RANK: dict[str, int] = {
    "accepted": 10,
    "scheduled": 11,
    "queued": 12,
    "sending": 13,
    "sent": 14,
    "canceled": 20,
    "failed": 21,
    "undelivered": 22,
    "delivered": 30,
    "read": 31,
}
STATE_OF_STATUS: dict[str, MessageState] = {
    "accepted": MessageState.SENT,
    "scheduled": MessageState.SENT,
    "queued": MessageState.SENT,
    "sending": MessageState.SENT,
    "sent": MessageState.SENT,
    "canceled": MessageState.FAILED,
    "failed": MessageState.FAILED,
    "undelivered": MessageState.UNDELIVERED,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.DELIVERED,
}
STATE_RANK: dict[MessageState, int] = {
    MessageState.QUEUED: 0,
    MessageState.RETRY_AT: 0,
    MessageState.CLAIMED: 0,
    MessageState.IN_DOUBT: 0,
    MessageState.SUPPRESSED: 1,
    MessageState.SENT: 14,
    MessageState.FAILED: 21,
    MessageState.UNDELIVERED: 22,
    MessageState.DELIVERED: 30,
}
FINAL = frozenset(
    {
        MessageState.DELIVERED,
        MessageState.UNDELIVERED,
        MessageState.FAILED,
        MessageState.SUPPRESSED,
    }
)
WAITING = frozenset({MessageState.QUEUED, MessageState.RETRY_AT})

# A claim is ours for this long; the request's own time-out must be well inside it.
LEASE = timedelta(seconds=60)
REQUEST_TIMEOUT = timedelta(seconds=15)

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=15)
JITTER = 0.2
# 429 says "slower": six times, then a person. Not reached at all (their outage, our network) and
# a mail server's "try later": more than four hours with the waits above.
MAX_TRIES_RATE_LIMITED = 6
MAX_TRIES_NOT_REACHED = 30
RATE_LIMITED = frozenset({"429", "20429"})


def class_of_code(code: str | None) -> CodeClass:
    """What a code asks of us; a code that the table does not hold is never retried blindly."""
    return CODE_CLASSES.get(code or "", CodeClass.UNKNOWN)


def address_is_dead(code: str | None) -> bool:
    """Whether the address, not this one message, is at fault: a hard bounce."""
    return code in DEAD_ADDRESS_CODES or (code or "").startswith(MAILBOX_GONE)


def after_attempt(
    channel: Channel, result: SendResult, *, attempts: int, now: datetime, chance: float
) -> Step:
    """What one attempt's outcome does. `chance` in [0, 1) spreads retries.

    A text whose outcome is unclear stays in doubt until proven: no sender can take a second text
    back. An e-mail is sent again under the same Message-ID.
    """
    match result.outcome:
        case Outcome.ACCEPTED:
            return Step(MessageState.SENT)
        case Outcome.REFUSED:
            return Step(MessageState.FAILED)
        case Outcome.OPTED_OUT:
            return Step(MessageState.SUPPRESSED)
        case Outcome.UNCLEAR if channel is Channel.SMS:
            return Step(MessageState.IN_DOUBT)
        case _:
            return _again(result.error_code, attempts=attempts, now=now, chance=chance)


def after_expired_lease(channel: Channel) -> MessageState:
    """A claim whose worker never came back: it may have sent just before it died."""
    return MessageState.IN_DOUBT if channel is Channel.SMS else MessageState.QUEUED


def after_status(current: MessageState, status: str) -> MessageState | None:
    """The state a provider's status leads to; None when it changes nothing (older, or unknown)."""
    proposed = STATE_OF_STATUS.get(status)
    if proposed is None or STATUS_RANK[status] <= STATE_RANK[current]:
        return None
    return proposed if proposed is not current else None


def wait_before(attempts: int, chance: float) -> timedelta:
    """Time before the next try after `attempts` tries: doubling, at most 15 minutes, ± 20 %."""
    doublings = min(attempts - 1, 20)
    wait = min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
    return wait * (1 - JITTER + 2 * JITTER * chance)


def _again(code: str | None, *, attempts: int, now: datetime, chance: float) -> Step:
    limit = MAX_TRIES_RATE_LIMITED if code in RATE_LIMITED else MAX_TRIES_NOT_REACHED
    if attempts >= limit:
        return Step(MessageState.FAILED)
    return Step(MessageState.RETRY_AT, now + wait_before(attempts, chance))
