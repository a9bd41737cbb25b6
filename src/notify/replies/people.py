"""A patient's reply, or anybody's to a question with digits: what it means. Pure.

Order: revocation, danger, START, HELP, an answer, then words that a person must read.
"""

from __future__ import annotations

from collections.abc import Sequence

from notify.replies.crisis import asks_about_data, asks_who_this_is, has_danger, says_wrong_number
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
from notify.replies.normal import normal_form, with_digits, without_politeness
from notify.replies.revocation import is_carrier_stop, is_revocation

_START = frozenset({
    "start", "unstop", "start again", "start texts", "start texting", "resume", "comenzar",
    "empezar", "inicio", "iniciar",
})  # fmt: skip
_HELP = frozenset({"help", "info", "ayuda", "help me", "ayudame", "ayudeme", "informacion"})


def classify(body: str, options: Sequence[Option] = ()) -> Reply:
    """What a reply means, given the answers that the open question takes."""
    normal = normal_form(body)
    danger = has_danger(normal)
    if is_revocation(body):
        return OptOut(is_carrier_stop(body), danger, says_wrong_number(normal))
    if danger:
        return Crisis()
    return _keyword(normal) or _answer(normal, options) or _about_us(normal) or Words()


def answer_in(normal: str, options: Sequence[Option]) -> int | None:
    """The option that these words choose: its digit, its words, or both together."""
    bare = without_politeness(normal)
    for said in (normal, bare):
        for option in options:
            if said in option.words or with_digits(said) == str(option.digit):
                return option.digit
    return _digit_and_its_words(bare, options)


def _digit_and_its_words(bare: str, options: Sequence[Option]) -> int | None:
    """Such as "1 got it", which is 1; "1 but I still wait" is for a person to read."""
    first, _, after = bare.partition(" ")
    before, _, last = bare.rpartition(" ")
    for option in options:
        digit = str(option.digit)
        if with_digits(first) == digit and after in option.words:
            return option.digit
        if with_digits(last) == digit and before in option.words:
            return option.digit
    return None


def _keyword(normal: str) -> Reply | None:
    bare = without_politeness(normal) or normal
    if bare in _START or normal in _START:
        return OptIn()
    return Help() if bare in _HELP or normal in _HELP else None


def _answer(normal: str, options: Sequence[Option]) -> Reply | None:
    digit = answer_in(normal, options)
    if digit is not None:
        return Digit(digit)
    # The carrier takes YES for START; it is an answer only where a question makes it one.
    return OptIn() if normal == "yes" and not options else None


def _about_us(normal: str) -> Reply | None:
    if says_wrong_number(normal):
        return WrongNumber()
    if asks_about_data(normal):
        return AboutData()
    return WhoIsThis() if asks_who_this_is(normal) else None
