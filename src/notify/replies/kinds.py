"""The kinds of meaning a reply can have. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """A digit that answers a question, and words (in normal form) that say the same."""

    digit: int
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OptOut:
    """No more texts. `by_carrier`: the carrier knew the word, has answered it and blocks us.

    The same message may also speak of danger, or say that the number is somebody else's.
    """

    by_carrier: bool = False
    crisis: bool = False
    wrong_number: bool = False


@dataclass(frozen=True, slots=True)
class OptIn:
    """Texts again, please."""


@dataclass(frozen=True, slots=True)
class Help:
    """HELP or AYUDA and nothing else: the keyword, or a cry."""


@dataclass(frozen=True, slots=True)
class Crisis:
    """Words of danger. A digit beside them is not acted on: a person reads it."""


@dataclass(frozen=True, slots=True)
class WrongNumber:
    """We text somebody else."""


@dataclass(frozen=True, slots=True)
class WhoIsThis:
    """They don't know who writes; mostly it is the right person."""


@dataclass(frozen=True, slots=True)
class AboutData:
    """Who has my data, change it, forget me: a person calls, and a link goes out."""


@dataclass(frozen=True, slots=True)
class Digit:
    """An answer to the open question."""

    number: int


@dataclass(frozen=True, slots=True)
class Words:
    """Anything else: a person reads it."""


Reply = OptOut | OptIn | Help | Crisis | WrongNumber | WhoIsThis | AboutData | Digit | Words
