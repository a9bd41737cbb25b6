"""Whether a text ends, or begins again, the texting itself; looked at before anything else is.

Pure. The carrier knows its own words, and only when a text is nothing but one of them; Spanish
words and free sentences are ours to understand (47 CFR 64.1200(a)(10): any reasonable way counts).
"""

from __future__ import annotations

from enum import StrEnum

from notify.replies.revocation import is_carrier_stop, is_revocation

# Twilio's default list (YES is one of them, which is why no answer of ours is "yes").
CARRIER_START_WORDS = frozenset({"START", "YES", "UNSTOP"})


class OptOut(StrEnum):
    """What a text says about texting."""

    CARRIER_STOP = "carrier_stop"
    OWN_WORDS = "own_words"
    START = "start"
    NOTHING = "nothing"


def opt_out_in(body: str, opt_out_type: str | None) -> OptOut:
    """The carrier's own finding counts before ours."""
    if opt_out_type in {"STOP", "START"}:
        return OptOut.CARRIER_STOP if opt_out_type == "STOP" else OptOut.START
    if is_carrier_stop(body):
        return OptOut.CARRIER_STOP
    if body.strip().upper() in CARRIER_START_WORDS:
        return OptOut.START
    return OptOut.OWN_WORDS if is_revocation(body) else OptOut.NOTHING
