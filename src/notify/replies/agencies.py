"""An agency's reply: two digits are a code, one digit is an answer ("27 1", "27-1", "271", "1").

Pure. Says what was written; which codes are open, and whose, is the caller's to know.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from notify.replies.kinds import Option
from notify.replies.normal import normal_form, with_digits, without_politeness
from notify.replies.people import answer_in

UNDO = 0
LONGEST_PAUSE_DAYS = 90
_FULL = frozenset({"full", "were full", "we are full", "lleno", "llenos", "estamos llenos"})
_OPEN = frozenset({"open", "we are open", "were open", "abierto", "abiertos", "abrir"})
_UNDO_WORDS = frozenset({"undo", "undo that", "deshacer", "deshaga", "mistake", "error"})
_PAUSE = re.compile(r"(?:full|lleno)s?(?: (?:for|por))? (\d{1,2})(?: (?:days?|dias?))?")
# "27 3 people came" counts people; it is not a no.
_COUNTED = re.compile(
    r"(?:people|persons?|persona\w*|kids?|children|ninos?|famil\w+|adults?|adultos?|am|pm|days?|dias?"
    r"|weeks?|semanas?|boxes|cajas|of|de|more|mas|hours?|horas?)\b"
)
# "27 1 we can't" says two things.
_TAKES_BACK = re.compile(
    r"\b(?:cant|cannot|wont|dont|not|no|never|unable|mistake|wrong|oops|nunca|tampoco|error)\b"
)
_BEFORE_CODE = re.compile(r"^(?:(?:code|request|number|clave|pedido|codigo|numero) )+(?=\d)")
_CODE_DIGITS, _ANSWER_DIGITS = 2, 1
_CODE_AND_ANSWER_DIGITS = _CODE_DIGITS + _ANSWER_DIGITS
_LOWEST_CODE = 10


class AgencyReplyKind(StrEnum):
    """What was written."""

    ANSWERS = "answers"
    CODES = "codes"
    FULL = "full"
    OPEN = "open"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """One answer. `code` None: the only open one is meant. `answer` 0: undo."""

    code: int | None
    answer: int


@dataclass(frozen=True, slots=True)
class AgencyReply:
    """`words`: what stood after the answers, for a person to read. `days`: how long FULL lasts."""

    kind: AgencyReplyKind
    answers: tuple[CodeAnswer, ...] = ()
    codes: tuple[int, ...] = ()
    words: str = ""
    days: int | None = None

    @property
    def is_undo(self) -> bool:
        """Whether it takes the last answer back and nothing else."""
        return bool(self.answers) and all(given.answer == UNDO for given in self.answers)


_UNCLEAR = AgencyReply(AgencyReplyKind.UNCLEAR)


def parse_agency_reply(body: str, options: Sequence[Option] = ()) -> AgencyReply:
    """What an agency wrote. `options` give words their digits ("27 yes", "wait list")."""
    normal = with_digits(without_politeness(normal_form(body)) or normal_form(body))
    word = _word(normal)
    if word is not None:
        return word
    numbers, words = _split(_BEFORE_CODE.sub("", normal))
    said = answer_in(words, options) if words else None
    if words and said is None and (not numbers or _spoils(words)):
        return _UNCLEAR
    return _read(numbers, said, words)


def _spoils(words: str) -> bool:
    """Whether these words after the digits make one doubt what the digits mean."""
    return bool(_COUNTED.match(words) or _TAKES_BACK.search(words))


def _word(normal: str) -> AgencyReply | None:
    pause = _PAUSE.fullmatch(normal)
    if pause and 1 <= int(pause[1]) <= LONGEST_PAUSE_DAYS:
        return AgencyReply(AgencyReplyKind.FULL, days=int(pause[1]))
    if normal in _FULL:
        return AgencyReply(AgencyReplyKind.FULL)
    if normal in _OPEN:
        return AgencyReply(AgencyReplyKind.OPEN)
    if normal in _UNDO_WORDS:
        return AgencyReply(AgencyReplyKind.ANSWERS, (CodeAnswer(None, UNDO),))
    return None


def _split(normal: str) -> tuple[list[str], str]:
    """The numbers, three digits taken as code and answer; then the words ("27 yes", "yes 27")."""
    tokens = normal.split()
    if tokens and tokens[-1].isdecimal() and not any(map(str.isdecimal, tokens[:-1])):
        tokens = [tokens[-1], *tokens[:-1]]
    numbers: list[str] = []
    while tokens and tokens[0].isdecimal():
        token = tokens.pop(0)
        whole = len(token) == _CODE_AND_ANSWER_DIGITS
        numbers += [token[:_CODE_DIGITS], token[_CODE_DIGITS:]] if whole else [token]
    return numbers, " ".join(tokens)


def _read(numbers: list[str], said: int | None, words: str) -> AgencyReply:
    """Put codes and answers together; a word that contradicts its digit makes it unclear."""
    if any(len(number) > _CODE_DIGITS for number in numbers) or any(map(_is_no_code, numbers)):
        return _UNCLEAR
    codes = tuple(int(number) for number in numbers if len(number) == _CODE_DIGITS)
    digits = [int(number) for number in numbers if len(number) == _ANSWER_DIGITS]
    if said is not None:
        if any(digit != said for digit in digits):
            return _UNCLEAR
        digits, words = digits or [said], ""
    if not digits:
        unclear = bool(words) or not codes
        return _UNCLEAR if unclear else AgencyReply(AgencyReplyKind.CODES, codes=codes)
    answers = _pairs(numbers, codes, digits)
    return AgencyReply(AgencyReplyKind.ANSWERS, answers, words=words) if answers else _UNCLEAR


def _pairs(
    numbers: list[str], codes: tuple[int, ...], digits: list[int]
) -> tuple[CodeAnswer, ...] | None:
    if not codes:
        return (CodeAnswer(None, digits[0]),) if len(digits) == 1 else None
    if len(digits) == 1:  # "27 1", "1 27", "27 31 1"
        return tuple(CodeAnswer(code, digits[0]) for code in codes)
    alternating = all(
        len(number) == (_CODE_DIGITS if place % 2 == 0 else _ANSWER_DIGITS)
        for place, number in enumerate(numbers)
    )
    if alternating and len(codes) == len(digits):  # "27 1 31 3"
        pairs = dict(zip(codes, digits, strict=True))
        twice = len(pairs) < len(codes)  # "27 1 27 3" says two things
        return None if twice else tuple(CodeAnswer(*pair) for pair in pairs.items())
    return None


def _is_no_code(number: str) -> bool:
    return len(number) == _CODE_DIGITS and int(number) < _LOWEST_CODE
