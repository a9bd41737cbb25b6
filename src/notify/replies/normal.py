"""One plain form of what people type: lower case, no accents, no signs, any digits as 0-9.

Pure. Thumbs become "yes" and "no"; an emoji keycap becomes its digit.
"""

from __future__ import annotations

import re
import unicodedata

_SAID_BY_SIGN = {
    "👍": " yes ", "👌": " yes ", "🆗": " ok ", "✅": " yes ", "✔": " yes ", "☑": " yes ",
    "👎": " no ", "❌": " no ", "❎": " no ", "✖": " no ", "🚫": " no ",
}  # fmt: skip
_APOSTROPHES = "'’‘`´ʼ"
_CLAUSE_ENDS = re.compile(r"[.!?;,:\n\r…¡¿()\"“”]+|\s[-–—]+\s")

# Said around an answer without changing it.
_POLITE_PHRASES = re.compile(
    r"\b(?:thank you|thank u|thanks|thank|thx|ty|tks|please|pls|plz|sir|maam|miss|hi|hello|hey"
    r"|good (?:morning|afternoon|evening|day)|have a (?:good|nice|great) (?:day|one)"
    r"|god bless(?: you)?|bless you|so much|very much|a lot"
    r"|muchas gracias|mil gracias|gracias|por favor|porfavor|porfa|xfa|hola"
    r"|buenos dias|buen dia|buenas(?: tardes| noches)?|dios (?:le|los|te) bendiga|bendiciones)\b"
)
_LEAD_IN = re.compile(
    r"^(?:(?:its|is|it is|my answer is|answer is|answer|reply|number|no|num|option|the"
    r"|es la|es el|es|la|el|numero|opcion|respuesta|mi respuesta es|ok|okay) )+(?=\d$)"
)
SPELLED = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "cero": "0", "uno": "1", "dos": "2", "tres": "3", "cuatro": "4",
    "cinco": "5", "seis": "6", "siete": "7",
}  # fmt: skip


def normal_form(body: str) -> str:
    """Such as "¡Ya me AYUDARON!" -> "ya me ayudaron"; "1️⃣." -> "1"; "27-1" -> "27 1"."""
    for sign, word in _SAID_BY_SIGN.items():
        body = body.replace(sign, word)
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", body)).casefold()
    return " ".join("".join(map(_plain, apart)).split())


def clauses(body: str) -> list[str]:
    """The normal forms of the parts between full stops, commas and line ends."""
    parts = (normal_form(part) for part in _CLAUSE_ENDS.split(body))
    return [part for part in parts if part]


def without_politeness(normal: str) -> str:
    """Such as "1 thank you so much" -> "1"; "opcion 2 por favor" -> "2"."""
    bare = " ".join(_POLITE_PHRASES.sub(" ", normal).split())
    return _LEAD_IN.sub("", bare)


def with_digits(normal: str) -> str:
    """Such as "two" and "dos" -> "2", each word by itself."""
    return " ".join(SPELLED.get(word, word) for word in normal.split())


def _plain(sign: str) -> str:
    if unicodedata.combining(sign) or sign in _APOSTROPHES:
        return ""
    if unicodedata.category(sign) in {"Mn", "Me", "Cf", "Sk"}:  # selectors, keycaps, skin tones
        return ""
    digit = unicodedata.decimal(sign, None)
    if digit is not None:
        return str(digit)
    return sign if sign.isalnum() else " "
