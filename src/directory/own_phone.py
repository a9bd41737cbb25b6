"""What goes out through the reader's own phone: a text to anybody, directions. We send nothing."""

from __future__ import annotations

from urllib.parse import quote

MOST_CHARACTERS = 600  # four texts; longer ones are cut by old phones


def sms_href(lines: list[str]) -> str:
    """Opens the reader's own messages with this text.

    iPhones read what follows `&`, Androids what follows `?`; `?&body=` is understood by both.
    """
    words = "\n".join(line for line in lines if line)[:MOST_CHARACTERS]
    return "sms:?&body=" + quote(words)


def directions_href(pattern: str, lat: float, lon: float) -> str:
    """A map's page for the way there; nobody but the reader's press opens it."""
    return pattern.replace("{lat}", f"{lat:.6f}").replace("{lon}", f"{lon:.6f}")
