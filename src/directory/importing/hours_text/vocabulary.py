"""The words of written hours, folded to tokens; a word that is not known is no token. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from directory.importing.mending import mended
from directory.importing.records import Unreadable
from shared.i18n import gettext_noop as _


class Kind(StrEnum):
    """What a token says."""

    TIME = "time"
    ALL_DAY = "all day"
    DAYS = "days"
    ORDINAL = "ordinal"
    RANGE = "range"
    DASH = "dash"
    AND = "and"
    STOP = "stop"
    EVERY = "every"
    MONTH = "month"
    CLOSED = "closed"
    APPOINTMENT = "appointment"
    HOLIDAYS = "holidays"


@dataclass(frozen=True, slots=True)
class Clock:
    """A time as written; `half` is am or pm, `full` means counted to 24."""

    hour: int
    minute: int
    half: str = ""
    full: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text."""

    kind: Kind
    days: tuple[int, ...] = ()
    ordinal: int = 0
    clock: Clock | None = None
    always: bool = False


HOLIDAYS = r"(?:(?:all|major|federal|legal|public|national|on|most) )*holidays?"
FERIADOS = r"(?:(?:en|los|las|dias|de) )*(?:feriados?|festivos?|fiestas?)"
WEEK = r"(?: (?:a|per|de|a la|de la|por) (?:week|semana))?"
# In this order; each becomes one word that the vocabulary below knows.
PHRASES: tuple[tuple[str, str], ...] = (
    (r"\b([ap])\. ?m\b\.?|\b([ap])\.m\.?|(?<=\d)\s?([ap]) m\b", r" \1\2\3m "),
    (r"\bdoce de la noche\b|\b12(?::00)? de la noche\b|\b12(?::00)? ?midnight\b", " midnight "),
    (r"\bmedia ?noche\b", " midnight "),
    (r"\b12(?::00)? ?(?:pm )?(?:noon|(?:del )?medio ?dia)\b|\bmid-?day\b|\bmedio ?dia\b", " noon "),
    (r"\b(?:de|por|en) la (?:manana|madrugada)\b|\bin the morning\b", " am "),
    (r"\b(?:de|por|en) la (?:tarde|noche)\b|\bin the (?:afternoon|evening)\b", " pm "),
    (r"\b24 ?/ ?7\b|\b24-7\b|\baround the clock\b|\bround the clock\b", " xalways "),
    (
        r"\b(?:las )?24 ?(?:hours?|hrs?|horas?)\b(?: (?:a|per|al|por|del|every|each) (?:day|dia))?",
        " xallday ",
    ),
    (rf"\b(?:los )?(?:7|seven|siete) (?:days|dias){WEEK}", " everyday "),
    (rf"\b(?:todos los|cada) dias?\b{WEEK}|\bdiari(?:o|os|amente)\b", " everyday "),
    (r"\b(?:every|each) ?day\b|\bdaily\b", " everyday "),
    (r"\bweek ?days?\b|\bentre semana\b|\bdias (?:de semana|laborables|habiles)\b", " weekdays "),
    (r"\bweek ?ends?\b|\bfin(?:es)? de semana\b", " weekends "),
    (r"\b(?:of|in) (?:the|each|every) month\b|\b(?:each|every|per|a) month\b", " xmonth "),
    (r"\b(?:del|de cada|cada|al|por) mes\b|\bmonthly\b", " xmonth "),
    (
        (
            rf"\b(?:closed|except|excluding|excl\.?|no)(?: (?:for|on|in))? {HOLIDAYS}\b"
            rf"|\b(?:excepto|salvo|menos|cerrad[oa]s?) {FERIADOS}\b"
        ),
        " xholidays ",
    ),
    (
        (
            r"\b(?:services? )?(?:(?:are|is) )?(?:provided |available |seen )?by appointments?\b"
            r"(?: only)?|\bappointments? (?:only|required|needed|necessary)\b"
            r"|\b(?:solo |solamente |unicamente )?(?:con|por|mediante|previa) (?:previa )?citas?\b"
            r"(?: previas?)?(?: solamente| unicamente)?"
        ),
        " xappointment ",
    ),
    (r"\b(?:cerrad[oa]s?|cerramos|no abre|no abrimos)\b", " closed "),
    (
        (
            r"\b(?:office |business |opening |regular |operating )?hours(?: of (?:operation|service"
            r"|business))?\b(?! a)|\bhorarios?(?: de (?:atencion|servicio|oficina|operacion))?\b"
        ),
        " ",
    ),
)
COMPILED = tuple((re.compile(pattern), word) for pattern, word in PHRASES)

DAYS: dict[str, tuple[int, ...]] = {
    "everyday": (0, 1, 2, 3, 4, 5, 6),
    "weekdays": (0, 1, 2, 3, 4),
    "weekends": (5, 6),
}
_NAMES = (
    ("monday", "mon", "mo", "m", "lunes", "lun"),
    ("tuesday", "tue", "tues", "tu", "t", "martes"),
    ("wednesday", "wed", "weds", "we", "w", "miercoles", "mier", "mie"),
    ("thursday", "thu", "thur", "thurs", "th", "jueves", "jue"),
    ("friday", "fri", "fr", "f", "viernes", "vie"),
    ("saturday", "sat", "sa", "sabado", "sab"),
    ("sunday", "sun", "su", "domingo", "dom"),
)
DAYS |= {name: (number,) for number, names in enumerate(_NAMES) for name in names}
DAYS |= {f"{name}s": (n,) for n, names in enumerate(_NAMES) for name in names if len(name) > 3}  # noqa: PLR2004
DAYS |= {"mons": (0,), "weds": (2,), "fris": (4,), "sats": (5,), "suns": (6,)}
# "mar" is Tuesday beside Spanish days only (else March), "l" and "v" stand together only.
SPANISH_DAYS = frozenset(
    name for names in _NAMES for name in names if name[:3] in {"lun", "mie", "jue", "vie", "sab"}
) | {"domingo", "dom", "l", "v"}
ORDINALS = {
    name: number
    for number, names in {
        1: "1st first 1er 1ro 1ra primer primero primeros primera",
        2: "2nd second 2do 2o 2da segundo segundos segunda",
        3: "3rd third 3er 3ro tercer tercero terceros",
        4: "4th fourth 4to cuarto cuartos",
        5: "5th fifth 5to quinto quintos",
        -1: "last ultimo ultimos",
    }.items()
    for name in names.split()
}
WORDS: dict[str, Token] = {
    **{word: Token(Kind.RANGE) for word in ("to", "through", "thru", "until", "till", "til")},
    **{word: Token(Kind.RANGE) for word in ("a", "al", "hasta")},
    **{word: Token(Kind.AND) for word in ("and", "y", "e", ",", "&", "/", "+")},
    **{word: Token(Kind.STOP) for word in (";", "\n", ".", "|")},
    **{word: Token(Kind.EVERY) for word in ("every", "each", "cada")},
    **{word: Token(Kind.DAYS, days=days) for word, days in DAYS.items()},
    **{word: Token(Kind.ORDINAL, ordinal=number) for word, number in ORDINALS.items()},
    "-": Token(Kind.DASH),
    "xmonth": Token(Kind.MONTH),
    "closed": Token(Kind.CLOSED),
    "xappointment": Token(Kind.APPOINTMENT),
    "xholidays": Token(Kind.HOLIDAYS),
    "xallday": Token(Kind.ALL_DAY),
    "xalways": Token(Kind.ALL_DAY, always=True),
    "noon": Token(Kind.TIME, clock=Clock(12, 0, "pm")),
    "midnight": Token(Kind.TIME, clock=Clock(0, 0, "am")),
}
SILENT = frozenset(
    [
        "open",
        "opens",
        "from",
        "on",
        "the",
        "only",
        "hrs",
        "de",
        "del",
        "desde",
        "los",
        "las",
        "el",
        "la",
        "abierto",
        "abierta",
        "abiertos",
        "abre",
        "abrimos",
        "atendemos",
        "atienden",
        "todos",
        "solo",
        "solamente",
        "unicamente",
        "con",
        ":",
    ]
)
TIME = re.compile(
    r"(\d{1,2})(?:[:.](\d{2}))?(?::00)?"
    r"(?: ?(am|pm)(?![a-z])|(a|p)(?![a-z0-9])| ?(h|hs|hrs|horas)(?![a-z]))?"
)
WORD = re.compile(r"\d(?:er|st|nd|rd|th|ro|ra|do|da|to|o)\b|[a-z]+|[-,;&/+.|:\n]")
LABEL = re.compile(
    r"(?:^|[\n;])\s*([a-z][^:;\n\d]{2,60}?)\s*:(?=\s*(?:\n|$|\d|[a-z]))", re.MULTILINE
)
LETTERS = re.compile(r"(?:m|tu|th|t|w|f){2,5}")
LETTER = re.compile(r"m|tu|th|t|w|f")
LAST_HOUR, LAST_MINUTE, HALF_DAY = 24, 59, 12
LONGEST = 2000


def folded(written: str) -> str:
    """Small letters without accents, plain dashes, spaces between words."""
    text = unicodedata.normalize("NFKD", mended(written).replace("\\n", "\n").casefold())
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text)
    text = re.sub(r"[()\[\]*\u200b\ufeff\"'’]", " ", text)
    return re.sub(r"[^\S\n]+", " ", text)


def tokens(written: str) -> list[Token]:
    """The text's tokens; a word that says nothing about hours makes it unreadable."""
    text = folded(written)
    if len(text) > LONGEST:
        raise Unreadable(_("These hours are too long to be read; they stay as text."))
    for pattern, word in COMPILED:
        text = pattern.sub(word, text)
    text = re.sub(" +", " ", text)
    _check_labels(text)
    found: list[Token] = []
    names: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        at = _next(text, at, found, names)
    _check_names(names)
    return found


def _check_labels(text: str) -> None:
    """Refuse 'Summer camp: 9-5', 'Pantry: …; Clinic: …': hours of something of their own."""
    for label in LABEL.findall(text):
        if not all(word in WORDS or word in SILENT for word in WORD.findall(label)):
            raise Unreadable(
                _(
                    "These hours are for something of their own ('%(label)s'); they stay as text."
                    " Give each thing its own service or row of hours."
                ),
                label=" ".join(label.split()),
            )


def _next(text: str, at: int, found: list[Token], names: list[str]) -> int:
    word = WORD.match(text, at)
    if word and (word[0] in ORDINALS or not text[at].isdigit()):
        found.extend(_word(word[0], names))
        return word.end()
    clock = TIME.match(text, at)
    after = text[clock.end() : clock.end() + 1] if clock else ""
    if clock and not (after.isalnum() or after == "$"):
        found.append(Token(Kind.TIME, clock=_clock(clock)))
        return clock.end()
    raise _not_understood(text[at:].split(maxsplit=1)[0])


def _word(word: str, names: list[str]) -> list[Token]:
    names.append(word)
    if word in SILENT or word in {"mar", "l", "v"}:
        special = {"mar": (1,), "l": (0,), "v": (4,)}.get(word)
        return [Token(Kind.DAYS, days=special)] if special else []
    if word in WORDS:
        return [WORDS[word]]
    if LETTERS.fullmatch(word):  # MWF
        days = [DAYS[letter][0] for letter in LETTER.findall(word)]
        if days == sorted(set(days)):
            return [Token(Kind.DAYS, days=tuple(days))]
    raise _not_understood(word)


def _check_names(names: list[str]) -> None:
    """Letters that mean one day in English and another, or a month, in Spanish."""
    seen = set(names)
    spanish = bool(seen & SPANISH_DAYS)
    if "mar" in seen and not (seen & (SPANISH_DAYS - {"l", "v"})):
        raise _not_understood("mar")
    if ("l" in seen) != ("v" in seen):
        raise _not_understood("l" if "l" in seen else "v")
    if spanish and seen & {"m", "t", "w", "f"}:
        raise _not_understood("m")


def _clock(found: re.Match[str]) -> Clock:
    hour, minute = int(found[1]), int(found[2] or 0)
    half = {"a": "am", "p": "pm"}.get(found[4] or "", found[3] or "")
    full = bool(found[5]) or hour == 0 or hour > HALF_DAY or (found[1][0] == "0" and bool(found[2]))
    too_late = hour > LAST_HOUR or minute > LAST_MINUTE or (hour == LAST_HOUR and minute > 0)
    if too_late or (half and not 1 <= hour <= HALF_DAY):
        raise Unreadable(
            _("'%(time)s' in the hours is no time; they stay as text."), time=found[0].strip()
        )
    return Clock(hour, minute, half, full and not half)


def _not_understood(word: str) -> Unreadable:
    return Unreadable(
        _(
            "'%(word)s' in the hours is not understood; they stay as text. Write them like this:"
            " Mon-Fri 9am-5pm; 1st Sat 10am-12pm."
        ),
        word=word[:30],
    )
