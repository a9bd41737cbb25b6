"""Error codes as data: what each asks of us, in which words, and how often it is tried again.

Pure. The table is data/provider_codes.toml; a code that it does not hold is never repeated blindly.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "data" / "provider_codes.toml"
# A wait is its doubling, give or take this share: retries of many messages spread out.
JITTER = 0.2
# Codes that speak of the number or mailbox itself: nothing sent there will ever arrive.
DEAD_ADDRESS_CODES = frozenset({"21211", "21614", "21635", "30005", "30006", "bad_address"})
# The code of a letter that a mail server's own rules refused (RFC 3463, 5.7.x).
POLICY_REFUSED = "policy_refused"
# What a mail server says of one recipient (RFC 3463: unknown, moved, not allowed, disabled).
MAILBOX_GONE = "mailbox_"


class CodeClass(StrEnum):
    """What an error code asks of us."""

    PERMANENT = "permanent"  # this phone, this text: no
    OURS = "ours"  # our account or number is not right: no, and a person must mend it
    OPT_OUT = "opt_out"
    POLICY = "policy"  # their mail server's rules: this letter never, the mailbox may be a good one
    RATE_LIMITED = "rate_limited"  # slower, please
    CARRIER = "carrier"  # a fault on their way, soon over
    NOT_REACHED = "not_reached"  # no byte left, or a mail server's "later"
    UNCLEAR = "unclear"  # of our own sender: it may be on its way
    UNKNOWN = "unknown"


RETRIED = frozenset(
    {CodeClass.RATE_LIMITED, CodeClass.CARRIER, CodeClass.NOT_REACHED, CodeClass.UNCLEAR}
)
# What a person has to look at, beside the message itself.
ALERTING = frozenset({CodeClass.UNKNOWN, CodeClass.OURS})


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a class is tried in all, and how far apart."""

    tries: int
    first: timedelta
    longest: timedelta

    def wait_before(self, attempts: int, chance: float) -> timedelta:
        """Time before the next try after `attempts` tries; `chance` in [0, 1) spreads it."""
        doublings = min(max(attempts, 1) - 1, 20)
        wait = min(self.first * (1 << doublings), self.longest)
        return wait * (1 - JITTER + 2 * JITTER * chance)


@dataclass(frozen=True, slots=True)
class Code:
    """One code of the table."""

    code: str
    code_class: CodeClass
    words: dict[str, str]
    do: str


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def as_of() -> date:
    """When the table was last compared with the provider's dictionary."""
    found: date = _table()["as_of"]
    return found


@lru_cache(maxsize=1)
def codes() -> dict[str, Code]:
    """Every code that we know."""
    return {
        code: Code(
            code, CodeClass(facts["class"]), {"en": facts["en"], "es": facts["es"]}, facts["do"]
        )
        for code, facts in _table()["codes"].items()
    }


@lru_cache(maxsize=1)
def _limits() -> dict[CodeClass, Limits]:
    return {
        CodeClass(name): Limits(
            facts["tries"],
            timedelta(seconds=facts["first_s"]),
            timedelta(seconds=facts["longest_s"]),
        )
        for name, facts in _table()["classes"].items()
    }


def limits_of(code_class: CodeClass) -> Limits:
    """How often and how far apart messages with a code of this class are tried."""
    return _limits()[code_class]


def class_of_code(code: str | None) -> CodeClass:
    """What a code asks of us."""
    known = codes().get(code or "")
    return known.code_class if known is not None else CodeClass.UNKNOWN


def words_of_code(code: str | None, language: str) -> str | None:
    """What staff read beside a code; None for one that nobody listed."""
    known = codes().get(code or "")
    return known.words.get(language, known.words["en"]) if known is not None else None


def advice_of_code(code: str | None, language: str) -> str | None:
    """What staff do about a code; None without a code."""
    if not code:
        return None
    known = codes().get(code)
    unlisted = "mailbox" if code.startswith(MAILBOX_GONE) else "look_up"
    advice: dict[str, str] = _table()["advice"][known.do if known is not None else unlisted]
    return advice.get(language, advice["en"])


def address_is_dead(code: str | None) -> bool:
    """Whether the address, not this one message, is at fault: a hard bounce."""
    return code in DEAD_ADDRESS_CODES or (code or "").startswith(MAILBOX_GONE)
