"""What a text that came back means: no more texts, a cry for help, a digit, a coded answer.

Pure. Says what the words mean, not what is done about it. EN and ES (design: messaging 1 and 3).
"""

from __future__ import annotations

from notify.replies.agencies import AgencyReply, AgencyReplyKind, CodeAnswer, parse_agency_reply
from notify.replies.crisis import has_danger
from notify.replies.kinds import (
    AboutData,
    Crisis,
    Digit,
    Help,
    OptIn,
    Option,
    OptOut,
    Reply,
    WhoIsThis,
    Words,
    WrongNumber,
)
from notify.replies.normal import normal_form
from notify.replies.people import classify
from notify.replies.revocation import is_carrier_stop, is_revocation

__all__ = [
    "AboutData",
    "AgencyReply",
    "AgencyReplyKind",
    "CodeAnswer",
    "Crisis",
    "Digit",
    "Help",
    "OptIn",
    "OptOut",
    "Option",
    "Reply",
    "WhoIsThis",
    "Words",
    "WrongNumber",
    "classify",
    "has_danger",
    "is_carrier_stop",
    "is_revocation",
    "normal_form",
    "parse_agency_reply",
]
