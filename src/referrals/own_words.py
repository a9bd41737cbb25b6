"""Texts that a person of ours writes by hand: signed like every other text. Pure."""

from __future__ import annotations

# Its name as a template: it has no words of its own.
OWN_WORDS = "PR"
SENDER_MAX = 22
PARTS_AT_MOST = 3


def signed_by(name: str, label: str) -> str:
    """Who writes: "Rosa at Lincoln Clinic" where that fits, else the clinic alone."""
    first = name.strip().partition(" ")[0]
    whole = f"{first} at {label}"
    return whole if first and len(whole) <= SENDER_MAX else label


def in_own_words(signed: str, words: str) -> str:
    """The text as it goes out."""
    return f"{signed}: {words}"
