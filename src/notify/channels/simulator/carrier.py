"""What the carrier does by itself with a reply: STOP, START and HELP in its own English words.

Only a text that is exactly one keyword counts. The product sees the reply as well, with the
carrier's verdict (OptOutType), but a stopped number gets nothing but the carrier's own answer.
"""

from __future__ import annotations

from enum import StrEnum


class Keyword(StrEnum):
    """The carrier's verdict, in the words of the OptOutType parameter."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


_WORDS = {
    Keyword.STOP: "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT",
    Keyword.START: "START YES UNSTOP",
    Keyword.HELP: "HELP INFO",
}
_KEYWORDS = {word: keyword for keyword, words in _WORDS.items() for word in words.split()}

# Carriers answer in English unless the account sets its own wording (names API, `replies`).
DEFAULT_ANSWERS = {
    Keyword.STOP: "You will get no more texts from this number. Send START to get them again.",
    Keyword.START: "You will get texts from this number again. Send STOP to end them.",
    Keyword.HELP: "This number sends texts you asked for. Send STOP to end them.",
}


def keyword_in(body: str) -> Keyword | None:
    """The keyword that this text consists of, if it is nothing else."""
    return _KEYWORDS.get(body.strip().upper())


def carrier_answers(keyword: Keyword, *, blocked: bool) -> bool:
    """Whether the carrier answers by itself: STOP and START only when they change something."""
    if keyword is Keyword.STOP:
        return not blocked
    if keyword is Keyword.START:
        return blocked
    return True
