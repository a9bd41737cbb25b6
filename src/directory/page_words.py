"""What public pages say about a result, in the reader's language. Pure: results in, words out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from directory.geography import distance_words, metres_between, miles_words
from directory.hours_words import open_tag
from directory.search.hydrate import opening_of
from shared.i18n import gettext as _
from shared.i18n import gettext_noop, language, ngettext
from shared.languages import name_of
from shared.phone_numbers import display as display_phone

if TYPE_CHECKING:
    from directory.geography import Near
    from directory.search.query import Relaxation, Result

START = {
    "walk_in": gettext_noop("Just walk in"),
    "agency_calls_patient": gettext_noop("Ask, and they call you"),
    "patient_calls": gettext_noop("Call first"),
    "apply": gettext_noop("Fill in a form"),
    "through_hotline": gettext_noop("Call the hotline"),
    "no_referrals": gettext_noop("Call for information"),
    "unknown": gettext_noop("Call before you go"),
}
FLAGS_NOT_NEEDED = {
    "no_id": gettext_noop("ID"),
    "no_proof_of_income": gettext_noop("Proof of income"),
}
FLAGS_GOOD_TO_KNOW = {
    "accessible": (
        gettext_noop("Wheelchairs can get in"),
        gettext_noop("Not easy with a wheelchair"),
    ),
    "pets": (gettext_noop("Pets may come"), gettext_noop("No pets")),
    "family_shelter": (gettext_noop("Families stay together"), gettext_noop("Not for families")),
    "sobriety_rule": (gettext_noop("You must be sober"), gettext_noop("You need not be sober")),
}
WEEKS_UP_TO_DAYS, MONTHS_UP_TO_DAYS = 63, 730
STALE_AFTER_DAYS = 365
WHY_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class ResultCard:
    """One result as the list shows it; `number` is its pin on the map."""

    id: str
    number: int | None
    name: str
    organization: str
    summary: str
    open_words: str
    open_look: str
    where: str
    start: str
    papers: str
    checked: str
    phone: str | None
    phone_words: str
    lat: float | None
    lon: float | None
    state: str
    takes_referrals: bool
    alert: str
    why: str = ""  # why it is in the list, when that isn't plain
    hidden: bool = False  # for staff's eyes alone
    full: str = ""  # until when its agency takes nobody new


def card_of(result: Result, near: Near | None, now: datetime, number: int | None) -> ResultCard:
    """A result in words."""
    words = texts_of(result.display)
    tag = open_tag(opening_of(result, now))
    number_words = phone_words(result.display.get("phone"))
    closed = result.display.get("closed", False)
    return ResultCard(
        id=str(result.id),
        number=number,
        name=words.get("name", ""),
        organization=words.get("organization", ""),
        summary=words.get("summary", ""),
        open_words=_("Closed for now") if closed else tag.words,
        open_look="stop" if closed else tag.look,
        where=where_words(result, near),
        start=_(START.get(result.display.get("how", "unknown"), START["unknown"])),
        papers=papers_words(result.display),
        checked=checked_words(result.checked_on, now.date()),
        phone=number_words[0],
        phone_words=number_words[1],
        lat=result.lat,
        lon=result.lon,
        state=result.display.get("state") or "",
        takes_referrals=result.display.get("how") != "no_referrals",
        alert=words.get("alert", ""),
        why=why_words(result),
        hidden=result.display.get("hidden", False),
    )


def why_words(result: Result) -> str:
    """'Food pantry, Free meals'; 'Your words are in its name'."""
    match = result.match
    labels = [labels[1 if language() == "es" else 0] or labels[0] for labels in match.labels]
    if labels:
        return ", ".join(labels[:WHY_AT_MOST])
    if match.by_name:
        return _("Your words are in its name")
    return _("Your words are in its description") if match.by_words else ""


def texts_of(display: dict[str, Any]) -> dict[str, Any]:
    """The words of a document in the reader's language, the feed's own where there is no other."""
    words = dict(display.get("text", {}))
    words["area"] = display.get("area", "")
    if language() == "es":
        words |= {name: text for name, text in display.get("es", {}).items() if text}
    return words


def where_words(result: Result, near: Near | None) -> str:
    """'8-minute walk', 'Location private. Call', 'All of Marlow County', 'English and Spanish'."""
    if result.kind == "private":
        county = county_words(result.display.get("county"))
        private = _("Location private. Call")
        return f"{county}. {private}" if county else private
    if result.distance_m is not None and near is not None:
        return distance_words(result.distance_m, exact=near.exact)
    words = texts_of(result.display)
    if result.kind == "local":
        return str(words.get("area") or words.get("city") or "")
    return str(words.get("area") or languages_words(result.display.get("languages", [])))


def away_words(card: ResultCard, near: Near) -> str:
    """'about 2 miles from 21801', '8-minute walk'; nothing for what has no point to show."""
    if card.lat is None or card.lon is None:
        return ""
    metres = metres_between(near.lat, near.lon, card.lat, card.lon)
    far = distance_words(metres, exact=near.exact)
    return _("%(far)s from %(place)s", far=far, place=near.label) if near.label else far


def county_words(county: str | None) -> str:
    """'Wicomico County', 'condado de Wicomico'."""
    name, found, _rest = (county or "").partition(" County")
    return _("%(name)s County", name=name) if found else name


def languages_words(codes: list[str]) -> str:
    """'English and Spanish'."""
    names = [name_of(code, language()) for code in codes]
    if len(names) > 1:
        joined = _("%(some)s and %(last)s", some=", ".join(names[:-1]), last=names[-1])
    else:
        joined = "".join(names)
    return joined[:1].upper() + joined[1:]


def papers_words(display: dict[str, Any]) -> str:
    """'Proof of address. No ID needed'; never silent about not knowing."""
    papers = texts_of(display).get("papers") or []
    no_id = display.get("flags", {}).get("no_id") is True
    said = ["; ".join(papers)] if papers else []
    if no_id:
        said.append(_("No ID needed"))
    return ". ".join(said) or _("Not known. Ask when you call")


def not_needed(flags: dict[str, bool]) -> list[str]:
    """What nobody has to bring."""
    return [_(words) for flag, words in FLAGS_NOT_NEEDED.items() if flags.get(flag) is True]


def good_to_know(flags: dict[str, bool]) -> list[str]:
    """Facts that are known either way."""
    return [
        _(words[0] if flags[flag] else words[1])
        for flag, words in FLAGS_GOOD_TO_KNOW.items()
        if flag in flags
    ]


def phone_words(phone: list[str | None] | None) -> tuple[str | None, str]:
    """(number to dial, as people write it)."""
    if not phone or not phone[0]:
        return None, ""
    words, extension = display_phone(phone[0]), phone[1] if len(phone) > 1 else None
    if extension:
        words = _("%(number)s, ext. %(ext)s", number=words, ext=extension)
    return number_to_dial(phone), words


def number_to_dial(phone: list[str | None] | None) -> str | None:
    """'+12025550144;ext=4', as a program dials it."""
    if not phone or not phone[0]:
        return None
    extension = phone[1] if len(phone) > 1 else None
    return f"{phone[0]};ext={extension}" if extension else phone[0]


def checked_words(checked_on: date | None, today: date) -> str:
    """'3 weeks ago'; '14 months ago. It may have changed'."""
    if checked_on is None:
        return _("Not known when")
    days = max(0, (today - checked_on).days)
    words = ago_words(days)
    return _("%(ago)s. It may have changed", ago=words) if days > STALE_AFTER_DAYS else words


def ago_words(days: int) -> str:
    """'today', 'yesterday', '5 days ago', '3 weeks ago', '14 months ago', '2 years ago'."""
    if days < 2:  # noqa: PLR2004 -- today and yesterday
        return _("yesterday") if days else _("today")
    if days < 14:  # noqa: PLR2004 -- two weeks
        return ngettext("%(n)s day ago", "%(n)s days ago", days)
    if days < WEEKS_UP_TO_DAYS:
        return ngettext("%(n)s week ago", "%(n)s weeks ago", days // 7)
    if days < MONTHS_UP_TO_DAYS:
        return ngettext("%(n)s month ago", "%(n)s months ago", days // 30)
    return ngettext("%(n)s year ago", "%(n)s years ago", days // 365)


@dataclass(frozen=True, slots=True)
class OneChange:
    """One way out of an empty list."""

    title: str
    explained: str
    count: int
    changes: dict[str, str]


def change_words(relaxation: Relaxation, radius_m: float) -> OneChange:
    """A relaxation as a line with its link's parameters."""
    count = relaxation.count
    places = ngettext("%(n)s place", "%(n)s places", count)
    within = miles_words(radius_m)
    found = _("%(places)s within %(distance)s.", places=places, distance=within)
    if relaxation.change == "radius":
        wide = miles_words(relaxation.value)
        words = ngettext(
            "Show %(n)s place within %(distance)s",
            "Show %(n)s places within %(distance)s",
            count,
            distance=wide,
        )
        return OneChange(words, "", count, {"radius_m": str(round(relaxation.value))})
    titles = {
        "open_now": (_("Later today or another day"), _("Take off “Open now”.")),
        "flags": (_("Places that ask for ID"), _("Take off “No ID”.")),
        "languages": (_("Places in other languages"), _("Take off “In Spanish”.")),
        "age": (_("Any age"), _("Take off the age.")),
        "open_at": (_("At other times"), _("Take off the day and time.")),
        "virtual": (_("Places to go to"), _("Take off “By phone or online”.")),
    }
    title, take_off = titles[relaxation.change]
    names = {"open_now": "open_now", "flags": "eligibility", "languages": "language"}
    return OneChange(title, f"{take_off} {found}", count, {names.get(relaxation.change, "age"): ""})
