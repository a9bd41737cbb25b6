"""Letters broken by a wrong encoding (mojibake): mended where only one word fits. Pure."""

from __future__ import annotations

import re

# UTF-8 text that was once read as Windows-1252; its letters come in these pairs only.
AS_1252 = re.compile("â€|Ã[\u0080-\u00bf©¡-¿]|Â[\u00a0-\u00bf]")
# The same read as an IBM code page (437 or 850) and then squeezed into Windows-1252: the first
# letter of each pair became a G or a plus.
IBM_PAIRS = {
    "Ç£": "“",
    "Ç¥": "”",
    "ÇÖ": "’",
    "Çÿ": "‘",
    "Çô": "–",
    "Çö": "—",
    "Çª": "…",
    "Çæ": "‑",
    "Çó": "•",
    "Çï": "",
}
AS_IBM = re.compile("[GΓÔ](" + "|".join(map(re.escape, IBM_PAIRS)) + ")")
# Spanish letters squeezed twice; only those whose second half stands for one letter.
SQUEEZED = {"+í": "á", "+¬": "é", "+¡": "í", "+º": "ç", "-«": "®", "-á": " "}
AS_SQUEEZED = re.compile("|".join(map(re.escape, SQUEEZED)))
# What is still broken after that.
BROKEN = re.compile("\ufffd|[GΓÔ]Ç[^\\w\\s]?|\\w\\+¦|├.|┬.|ÌÎ|Ã[\u0080-\u00bf©¡-¿]|â€")


def mended(found: str) -> str:
    """The text with its letters put right, where that is sure."""
    if found.isascii():
        return found
    if AS_1252.search(found):
        try:
            return found.encode("cp1252").decode("utf-8")
        except UnicodeError:
            pass
    found = AS_IBM.sub(lambda pair: IBM_PAIRS[pair[1]], found)
    return AS_SQUEEZED.sub(lambda pair: SQUEEZED[pair[0]], found)


def looks_broken(found: str) -> bool:
    """Whether letters are still wrong, so that a person has to look."""
    return not found.isascii() and BROKEN.search(found) is not None
