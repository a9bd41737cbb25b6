"""A message's state in words for the timeline: what happened to it, never the name of a status."""

from __future__ import annotations

from notify.delivery import MAILBOX_GONE, MessageState
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
}


def state_words(state: MessageState, reason: str | None, error_code: str | None) -> str:
    """Such as "Sent, but it did not arrive (30005)"; the code lets staff look it up."""
    words = _(REASON_WORDS.get(reason or "", STATE_WORDS[state]))
    shows_code = state in {MessageState.FAILED, MessageState.UNDELIVERED}
    code = (error_code or "").removeprefix(MAILBOX_GONE)
    return f"{words} ({code})" if shows_code and code else words
