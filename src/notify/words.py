"""A message's state in words for the timeline: what happened to it, never the name of a status."""

from __future__ import annotations

from notify import history
from notify.codes import MAILBOX_GONE
from notify.delivery import Event, MessageState
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as N_  # noqa: N812 -- gettext's customary name

STATE_WORDS: dict[MessageState, str] = {
    MessageState.QUEUED: N_("Waiting to be sent"),
    MessageState.CLAIMED: N_("Being sent"),
    MessageState.RETRY_AT: N_("Could not be sent yet, trying again"),
    MessageState.IN_DOUBT: N_("Not known whether it was sent"),
    MessageState.SENT: N_("Sent"),
    MessageState.DELIVERED: N_("Delivered"),
    MessageState.UNDELIVERED: N_("Sent, but it did not arrive"),
    MessageState.FAILED: N_("Could not be sent"),
    MessageState.SUPPRESSED: N_("Not sent"),
}
# Reasons that notify itself gives; a source's reasons are its own and fall back to the state.
REASON_WORDS: dict[str, str] = {
    "quiet_hours": N_("Waits for the morning"),
    "open_question": N_("Waits for the answer to another text"),
    "opted_out": N_("Not sent: this person asked for no more texts"),
    "channel_not_configured": N_("Not sent: texting or e-mail is not set up"),
    "could_not_be_worded": N_("Not sent: a fault on our side"),
    "mail_came_back": N_("Sent, but the mail came back"),
    "mail_unwanted": N_("Sent, but they marked it as unwanted mail"),
    "dropped_after_restore": N_("Not sent: dropped after the database was put back"),
    "reader_got_it": N_("Arrived: its reader told us"),
    "reader_did_not_get_it": N_("To be sent again: its reader did not get it"),
    "told_another_way": N_("Not known whether it was sent; told another way"),
}
# One message's story, step by step, for the delivery page.
EVENT_WORDS: dict[str, str] = {
    "queued": N_("Written"),
    Event.CLAIMED: N_("Taken by a sender"),
    Event.HELD: N_("Held for later"),
    Event.DROPPED: N_("Not sent, after a last look"),
    Event.FAULT: N_("A fault on our side, tried again"),
    Event.FAULTS_SPENT: N_("A fault on our side, given up"),
    Event.ACCEPTED: N_("Taken by the provider"),
    Event.NOT_SENT: N_("Not sent yet, tried again"),
    Event.TRIES_SPENT: N_("Not sent, tried often enough"),
    Event.REFUSED: N_("Refused by the provider"),
    Event.OPTED_OUT: N_("The phone asked for no more texts"),
    Event.UNCLEAR: N_("Not known whether the provider took it"),
    Event.MAIL_UNCLEAR: N_("Not known whether it was taken, sent again"),
    Event.LEASE_ENDED: N_("The sender stopped; not known whether it was sent"),
    Event.MAIL_LEASE_ENDED: N_("The sender stopped; sent again"),
    Event.ON_ITS_WAY: N_("The provider says: on its way"),
    Event.RETURNED: N_("The provider gave it back, tried again"),
    Event.SAID_FAILED: N_("The provider says: not sent"),
    Event.SAID_UNDELIVERED: N_("The provider says: did not arrive"),
    Event.SAID_DELIVERED: N_("The provider says: arrived"),
    Event.RESENT_BY_PERSON: N_("A person had it sent again"),
    Event.GIVEN_UP_BY_PERSON: N_("A person gave it up"),
    Event.HEARD_IT_ARRIVED: N_("Its reader told a person that it arrived"),
    Event.DROPPED_BY_PERSON: N_("A person dropped it after the database was put back"),
    history.PROVIDER_SAID: N_("A late or repeated word of the provider"),
    history.SECOND_ID: N_("The provider has it twice"),
    history.NEEDS_PERSON: N_("A person was asked"),
    history.SETTLED_BY_PERSON: N_("A person has looked at it"),
    history.RELEASED_BY_PERSON: N_("A person let it go out"),
}


def state_words(state: MessageState, reason: str | None, error_code: str | None) -> str:
    """Such as "Sent, but it did not arrive (30005)"; the code lets staff look it up."""
    words = _(REASON_WORDS.get(reason or "", STATE_WORDS[state]))
    shows_code = state in {MessageState.FAILED, MessageState.UNDELIVERED}
    code = (error_code or "").removeprefix(MAILBOX_GONE)
    return f"{words} ({code})" if shows_code and code else words


def reason_words(reason: str | None) -> str | None:
    """A reason of notify's own, which is no provider's code."""
    return _(REASON_WORDS[reason]) if reason in REASON_WORDS else None


def event_words(kind: str) -> str:
    """One step of a message's story."""
    return _(EVENT_WORDS[kind]) if kind in EVENT_WORDS else kind
