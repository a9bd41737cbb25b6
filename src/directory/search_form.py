"""The search form as it was sent, and its filters: four for everybody, all of them for staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from directory.search.port import RADIUS_M
from shared.errors import InvalidInput
from shared.i18n import gettext as _
from shared.i18n import gettext_noop, language
from shared.languages import LANGUAGES, name_of

if TYPE_CHECKING:
    from directory.search.port import Facets

YES = {"1", "true", "yes", "on"}
MILE, FIVE_MILES, FIFTEEN_MILES, FIFTY_MILES = "1609", "8047", "24140", "80467"
ELIGIBILITY = {
    "no_id": gettext_noop("No ID"),
    "walk_in": gettext_noop("Walk-in"),
    "free": gettext_noop("Free"),
    "accessible": gettext_noop("Wheelchairs can get in"),
    "no_proof_of_income": gettext_noop("No proof of income"),
    "pets": gettext_noop("Pets may come"),
    "family_shelter": gettext_noop("Families stay together"),
    "no_sobriety_rule": gettext_noop("You need not be sober"),
}
AGES = ("0", "5", "13", "18", "25", "55", "60", "65")
AGE_WORDS = {
    "0": gettext_noop("0 to 4"),
    "5": gettext_noop("5 to 12"),
    "13": gettext_noop("13 to 17"),
    "18": gettext_noop("18 to 24"),
    "25": gettext_noop("25 to 54"),
    "55": gettext_noop("55 to 59"),
    "60": gettext_noop("60 to 64"),
    "65": gettext_noop("65 or older"),
}
Parameters = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Tick:
    """A filter to tick or to choose; `count` is how many places it would leave, None unknown."""

    name: str
    value: str
    label: str
    on: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class SearchForm:
    """The form as it was sent."""

    q: str = ""
    near: str = ""
    needs: tuple[str, ...] = ()
    open_now: bool = False
    open_at: str = ""
    flags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    age: str = ""
    virtual: bool = False
    radius_m: str = ""
    error: str = ""
    remedy: str = ""
    facets: Facets = field(default_factory=dict)

    @property
    def filters(self) -> list[Tick]:
        """The four of the public page."""
        return [
            Tick("open_now", "1", _("Open now"), self.open_now, self._count("open_now", "true")),
            self._flag("no_id"),
            Tick(
                "language",
                "es",
                _("In Spanish"),
                "es" in self.languages,
                self._count("language", "es"),
            ),
            Tick("radius_m", MILE, _("1 mile"), self.radius_m == MILE),
        ]

    @property
    def staff_ticks(self) -> list[Tick]:
        """All that is ticked."""
        virtual = self._count("virtual", "true")
        return [
            Tick("open_now", "1", _("Open now"), self.open_now, self._count("open_now", "true")),
            *(self._flag(flag) for flag in ELIGIBILITY),
            Tick("virtual", "1", _("By phone or online"), self.virtual, virtual),
        ]

    @property
    def language_choices(self) -> list[Tick]:
        """Languages that are spoken there first."""
        found = [
            Tick(
                "language",
                code,
                name_of(code, language()),
                code in self.languages,
                self._count("language", code),
            )
            for code in LANGUAGES
        ]
        return sorted(found, key=lambda each: -(each.count or 0))

    @property
    def age_choices(self) -> list[Tick]:
        """Age groups."""
        return [
            Tick("age", first, _(AGE_WORDS[first]), self.age == first, self._count("age", first))
            for first in AGES
        ]

    @property
    def radius_choices(self) -> list[Tick]:
        """How far."""
        choices = {
            MILE: _("1 mile"),
            "": _("5 miles"),
            FIFTEEN_MILES: _("15 miles"),
            FIFTY_MILES: _("50 miles"),
        }
        return [
            Tick("radius_m", value, label, self.radius_m == value)
            for value, label in choices.items()
        ]

    def _flag(self, flag: str) -> Tick:
        count = self._count("eligibility", flag)
        return Tick("eligibility", flag, _(ELIGIBILITY[flag]), flag in self.flags, count)

    def _count(self, facet: str, value: str) -> int | None:
        return self.facets.get(facet, {}).get(value, 0) if self.facets else None


def form_of(
    parameters: Parameters, refusal: InvalidInput | None = None, facets: Facets | None = None
) -> SearchForm:
    """What was sent, with what is wrong about it and what each filter would leave."""

    def one(name: str) -> str:
        return (parameters.get(name) or [""])[0].strip()

    def many(name: str) -> tuple[str, ...]:
        return tuple(part for part in ",".join(parameters.get(name) or []).split(",") if part)

    radius = one("radius_m")
    return SearchForm(
        q=one("q"),
        near=one("near"),
        needs=() if one("q") else many("need"),
        open_now=one("open_now").lower() in YES,
        open_at=one("open_at"),
        flags=many("eligibility"),
        languages=many("language"),
        age=one("age"),
        virtual=one("virtual").lower() in YES,
        radius_m="" if radius in {FIVE_MILES, str(round(RADIUS_M))} else radius,
        error=_(refusal.message, **refusal.values) if refusal else "",
        remedy=_(refusal.remedy, **refusal.values) if refusal and refusal.remedy else "",
        facets=facets or {},
    )
