"""Findings that the rules for texts and those for mails share. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from referrals.wording.reading import Reading


def values_differ(lacks: Iterable[str], has_more: Iterable[str]) -> Iterator[str]:
    """Which values a translation leaves out of its English, or names beyond it."""
    for name in sorted(lacks):
        yield f"leaves out {{{name}}}, which the English has"
    for name in sorted(has_more):
        yield f"names {{{name}}}, which the English does not"


def too_hard(found: Reading, *, grade: float, longest: int) -> Iterator[str]:
    """Above the grade, or a sentence of more words than that."""
    if found.grade > grade:
        yield f"reads at grade {found.grade:.1f}, more than {grade:.0f}"
    if found.longest_sentence > longest:
        yield f"has a sentence of {found.longest_sentence} words, more than {longest}"
