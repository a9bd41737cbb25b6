"""The words of a list that names several requests: each with its code, need and people.

Pure but for the requests it is given. What a list says of a request is what A1 and A5 say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from notify.segments import count_segments
from referrals.need_words import need_word
from referrals.wording import people_words, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from referrals.models import Referral

NEW, STILL_OPEN, WEEKLY = "A9", "A9r", "A6"
LISTS = frozenset({NEW, STILL_OPEN, WEEKLY})
# "Reply their numbers, like 27 31".
SHOWN_CODES = 2


def list_template(*, new: bool, again: bool) -> str:
    """New requests, such as were told before among them, or the question who was helped."""
    if not new:
        return WEEKLY
    return STILL_OPEN if again else NEW


def list_words(template: str, language: str, referrals: Sequence[Referral]) -> str:
    """The whole text."""
    codes = [str(each.code) for each in referrals]
    items = _helped if template == WEEKLY else _new
    values = {
        "label": referrals[0].requester_label,
        "items": items(referrals, language),
        "code": codes[0],
        "like": " ".join(codes[:SHOWN_CODES]),
    }
    return render(template, language, "need", values)


def fits_one_text(template: str, language: str, referrals: Sequence[Referral]) -> bool:
    """Whether one part of GSM-7 holds them all."""
    return count_segments(list_words(template, language, referrals)).segments == 1


def _new(referrals: Sequence[Referral], language: str) -> str:
    """27 FOOD 4 people, 31 FOOD 2 people."""
    return ", ".join(_one(each, language) for each in referrals)


def _one(referral: Referral, language: str) -> str:
    people = people_words(str(referral.household_size or ""), language)
    return f"{referral.code} {need_word(referral.need, language)} {people}".strip()


def _helped(referrals: Sequence[Referral], language: str) -> str:
    """27 31 food, 34 bed."""
    by_need: dict[str, list[str]] = {}
    for each in referrals:
        by_need.setdefault(need_word(each.need, language).lower(), []).append(str(each.code))
    return ", ".join(f"{' '.join(codes)} {need}" for need, codes in by_need.items())
