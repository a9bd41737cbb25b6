"""Shorter forms of the names that a text carries, so that it stays one part.

Pure. Each function gives ever shorter candidates, longest first; the original is not among them.
Names are cut between words, never inside one unless a single word is too long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LABEL_MIN, LABEL_MAX = 3, 14
# Worker's name + " at " + label (practice 2.4).
SENDER_MAX = 22
# Enough to tell one place from another; then what is left when nothing else gives way.
PLACE_CLEAR, PLACE_MIN = 24, 12

_LEGAL = re.compile(r",?\s+(inc|incorporated|llc|corp|corporation|ltd|co)\.?$", re.IGNORECASE)
_ASIDE = re.compile(r"\s*\([^)]*\)|\s+[-/]\s+.*$")
_LOOSE_END = re.compile(
    r"[\s,;:&/-]+(?:(?:of|the|and|for|at|in|st|de|del|la|el|los|las|y|a)\b\s*)*$", re.IGNORECASE
)
_HOUR = re.compile(r",? \d{1,2}(?::\d\d)? [ap]m$")
_UNIT = re.compile(r",?\s*(suite|ste|apt|apartment|unit|room|rm|floor|fl|#)\b\.?.*$", re.IGNORECASE)
_STREET_WORDS = {
    "street": "St", "avenue": "Ave", "boulevard": "Blvd", "road": "Rd", "drive": "Dr",
    "lane": "Ln", "court": "Ct", "place": "Pl", "square": "Sq", "highway": "Hwy",
    "parkway": "Pkwy", "circle": "Cir", "terrace": "Ter", "north": "N", "south": "S",
    "east": "E", "west": "W", "northeast": "NE", "northwest": "NW", "southeast": "SE",
    "southwest": "SW", "saint": "St", "suite": "Ste", "apartment": "Apt", "floor": "Fl",
}  # fmt: skip
_LANGUAGE_SHORT = {"american sign language": "ASL", "lengua de señas americana": "ASL"}


def label(name: str) -> str:
    """A sender's label of at most 14 letters."""
    words = name.split()
    for count in range(len(words), 0, -1):
        cut = _LOOSE_END.sub("", " ".join(words[:count]) + " ")
        if LABEL_MIN <= len(cut) <= LABEL_MAX:
            return cut
    return name[:LABEL_MAX].strip()


def first_name(name: str) -> str:
    """What a worker is called in a text: the first word."""
    return name.strip().partition(" ")[0]


def place(name: str, least: int = PLACE_CLEAR) -> Iterator[str]:
    """Without asides and "Inc.", then word by word from the end while `least` letters are left."""
    plain = _LEGAL.sub("", _ASIDE.sub("", name)).strip() or name
    if plain != name:
        yield plain
    words, last = plain.split(), plain
    for count in range(len(words) - 1, 0, -1):
        cut = _LOOSE_END.sub("", " ".join(words[:count]) + " ")
        if len(cut) < least:
            break
        if cut != last:
            yield cut
        last = cut


def address(line: str) -> Iterator[str]:
    """Usual short words, then without the room."""
    short = " ".join(_STREET_WORDS.get(word.lower().strip(".,"), word) for word in line.split())
    yield short
    yield _UNIT.sub("", short).rstrip(", ")


def sentences(text: str) -> Iterator[str]:
    """Without the last sentence, and so on until nothing is left."""
    parts = re.findall(r"[^.]+\.?", text)
    for count in range(len(parts) - 1, -1, -1):
        yield "".join(parts[:count]).strip()


def day_only(moment: str) -> Iterator[str]:
    """From "Fri 5 pm" to "Fri"."""
    yield _HOUR.sub("", moment)


def listed(codes: str) -> Iterator[str]:
    """Fewer codes: "27, 31, 34" -> "27, 31..." -> "27..."."""
    parts = codes.split(", ")
    for count in range(len(parts) - 1, 0, -1):
        yield ", ".join(parts[:count]) + "..."


def spoken(name: str) -> Iterator[str]:
    """A language's short name, else nothing."""
    if name.lower() in _LANGUAGE_SHORT:
        yield _LANGUAGE_SHORT[name.lower()]
    yield ""
