"""Words of danger in a text, and words about who we are.

Pure; the words stand in lexicon.toml. Better one urgent look too many: a match never closes
anything and always reaches a person.
"""

from __future__ import annotations

from notify.replies.lexicon import pattern, patterns


def has_danger(normal: str) -> bool:
    """Whether a text in normal form speaks of danger to somebody."""
    without_idioms = pattern("danger", "idioms").sub(" ", normal)
    return any(words.search(without_idioms) for words in patterns("danger", "english", "spanish"))


def says_wrong_number(normal: str) -> bool:
    """Whether they say that the number is not the person's whom we look for."""
    return any(words.search(normal) for words in patterns("about_us", "wrong_number"))


def asks_about_data(normal: str) -> bool:
    """Whether they ask who has their data, or want it changed or forgotten."""
    return any(words.search(normal) for words in patterns("about_us", "my_data"))


def asks_who_this_is(normal: str) -> bool:
    """Whether they ask who writes."""
    return any(words.search(normal) for words in patterns("about_us", "who_is_this"))
