"""The facts of a service page in words: for whom, cost, languages, phones, when it was checked."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from babel.numbers import format_currency

from directory.hours_words import day_of_month
from directory.page_words import (
    STALE_AFTER_DAYS,
    ago_words,
    good_to_know,
    languages_words,
    phone_words,
)
from shared.i18n import gettext as _
from shared.i18n import gettext_noop, language

if TYPE_CHECKING:
    from datetime import date

    from directory.search.port import Result

PHONES_SHOWN = 4
HOW = {
    "phone": gettext_noop("Asked by phone."),
    "visit": gettext_noop("Somebody went there."),
    "website": gettext_noop("Looked up on their website."),
    "agency": gettext_noop("They told us themselves."),
    "feed": gettext_noop("Told by our source."),
}


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """A number that dials when pressed."""

    href: str
    words: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """When somebody looked, and whether that is too long ago."""

    words: str
    stale: bool


def facts_of(
    result: Result, detail: dict[str, Any], words: dict[str, Any]
) -> list[tuple[str, str]]:
    """What people ask about first; the first three say so when nobody knows."""
    flags = result.display.get("flags", {})
    unknown = _("Not known. Ask when you call")
    always = [
        (_("Who it is for"), words.get("eligibility_description") or _ages(detail) or unknown),
        (_("Cost"), _cost(detail, words, free=flags.get("free")) or unknown),
        (_("Languages"), _languages(result, words) or unknown),
    ]
    found = [
        (_("Getting in"), ". ".join(words.get("entrance") or [])),
        (_("Also"), ". ".join(good_to_know(flags))),
        (_("Waiting time"), words.get("wait_time", "")),
        (_("Area"), words.get("area", "")),
    ]
    return always + [(title, told) for title, told in found if told]


def phones_of(detail: dict[str, Any]) -> list[PhoneLine]:
    """Every other number: the first voice line has a button of its own."""
    lines = [_phone_line(phone) for phone in detail.get("phones", []) if phone and phone[0]]
    return list(dict.fromkeys(lines))[:PHONES_SHOWN]


def checked_of(checked_on: date | None, today: date, how: str | None = None) -> Checked:
    """'Checked 3 weeks ago, on April 12. Asked by phone.'; what is old says so."""
    if checked_on is None:
        return Checked(_("Nobody has checked this yet. Call before you go."), stale=True)
    days = max(0, (today - checked_on).days)
    ago = ago_words(days)
    if days > STALE_AFTER_DAYS:
        return Checked(
            _("Last checked %(ago)s. It may have changed. Call before you go.", ago=ago), stale=True
        )
    words = _("Checked %(ago)s, on %(date)s.", ago=ago, date=day_of_month(checked_on))
    return Checked(f"{words} {_(HOW[how])}" if how in HOW else words, stale=False)


def source_words(attribution: str | None, licence: str | None) -> str:
    """Who gave us the record, as its licence asks."""
    if not attribution:
        return ""
    if licence:
        return _("Source: %(source)s (%(licence)s).", source=attribution, licence=licence)
    return _("Source: %(source)s.", source=attribution)


def _cost(detail: dict[str, Any], words: dict[str, Any], *, free: bool | None) -> str:
    """The listing's own sentence, then each price; a price of nothing says no more than 'Free'."""
    options = [each for each in detail.get("costs") or [] if each.get("amount") != 0]
    all_free = bool(detail.get("costs")) and not options
    told = words.get("fees_description") or (_("Free") if free or all_free else "")
    return " ".join(part for part in (told, *(_option(each) for each in options)) if part)


def _option(row: dict[str, Any]) -> str:
    amount, option = row.get("amount"), row.get("option") or ""
    money = ""
    if amount is not None:
        locale = "es_US" if language() == "es" else "en_US"
        money = format_currency(Decimal(str(amount)), row.get("currency") or "USD", locale=locale)
    said = " ".join(part for part in (money, row.get("words") or "") if part)
    if not said:
        return option
    return f"{option}: {said}." if option else f"{said}."


def _ages(detail: dict[str, Any]) -> str:
    low, high = (detail.get("ages") or [None, None])[:2]
    if low and high:
        return _("Ages %(low)s to %(high)s", low=f"{low:g}", high=f"{high:g}")
    if low:
        return _("Age %(low)s and older", low=f"{low:g}")
    return _("Up to age %(high)s", high=f"{high:g}") if high else ""


def _languages(result: Result, words: dict[str, Any]) -> str:
    spoken = languages_words(result.display.get("languages", []))
    also = words.get("interpretation_services", "")
    return ". ".join(part for part in (spoken, also) if part)


def _phone_line(phone: list[str | None]) -> PhoneLine:
    number, spoken = phone_words(phone)
    kind = (phone[2] if len(phone) > 2 else "") or ""  # noqa: PLR2004 -- number, extension, type
    if kind == "text":
        return PhoneLine(f"sms:{phone[0]}", spoken, _("text"))
    return PhoneLine(f"tel:{number}", spoken, _("for deaf people") if kind == "textphone" else "")
