"""How far a call has come, which key does what there, what a PIN is made of. Pure."""

from __future__ import annotations

import secrets
from datetime import timedelta
from enum import StrEnum

PIN_LENGTH, CODE_LENGTH = 4, 2
TRIES, LOCKED_FOR = 3, timedelta(hours=1)
# Whoever goes on guessing hour after hour: the PIN itself ends, and staff call instead.
TRIES_A_DAY, A_DAY = 10, timedelta(days=1)
# A request that comes later belongs to no call that is still going on.
LONGEST_CALL = timedelta(minutes=20)
_DIGITS = "01234567890"


class Step(StrEnum):
    """What the call waits for."""

    PIN = "pin"
    CODE = "code"
    TOLD = "told"
    OVER = "over"


class Choice(StrEnum):
    """What a key asks for once name and number were said."""

    AGAIN = "again"
    NOTES = "notes"
    ANOTHER = "another"
    END = "end"


_KEYS = {"1": Choice.AGAIN, "2": Choice.NOTES, "3": Choice.ANOTHER}


def choice_of(digits: str) -> Choice:
    """What this key asks for; a key that means nothing ends nothing: it is said again."""
    return Choice.END if digits in {"", "#", "9"} else _KEYS.get(digits, Choice.AGAIN)


def is_guessable(pin: str) -> bool:
    """One digit four times, or a run: what people try first."""
    return len(set(pin)) == 1 or pin in _DIGITS or pin[::-1] in _DIGITS


def new_pin() -> str:
    """Four random digits."""
    while True:
        pin = f"{secrets.randbelow(10**PIN_LENGTH):0{PIN_LENGTH}d}"
        if not is_guessable(pin):
            return pin
