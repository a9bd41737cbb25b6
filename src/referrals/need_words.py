"""Needs as the loop says them: the one word that a text may name, and the label on pages."""

from __future__ import annotations

from directory.api import needs
from referrals.wording.catalogues import value_in


def is_need(code: str) -> bool:
    """Whether the directory knows this need."""
    return any(need.code == code for need in needs())


def need_word(code: str, language: str) -> str:
    """FOOD / COMIDA: the only word a text may use for it."""
    for need in needs():
        if need.code == code:
            return need.word_es if language == "es" else value_in(language, need.word_en)
    return code.upper()


def need_label(code: str, language: str) -> str:
    """Food / Comida."""
    for need in needs():
        if need.code == code:
            return need.label_es if language == "es" else need.label_en
    return code
