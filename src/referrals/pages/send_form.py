"""The send form: typed values turned into what the actions take, every wrong field told at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from referrals.actions import (
    AgencySays,
    AgencyWord,
    ConsentGiven,
    HandOver,
    HeardWord,
    NewPatient,
)
from referrals.actions.patients import Proxy
from referrals.consent import PHONE_WAYS, NamingLevel, Reach, default_level
from referrals.need_words import is_need
from referrals.overdue import Urgency
from referrals.pages.forms import FieldErrors, FormRefused, Typed, words_of
from referrals.params import FACT_WORDS
from referrals.reasons import Reason
from referrals.words import Way
from shared.errors import InvalidInput
from shared.i18n import gettext as _
from shared.languages import LANGUAGES
from shared.phone_numbers import display, to_e164

if TYPE_CHECKING:
    from datetime import datetime

    from referrals.listing import ListingWords
    from referrals.models import Patient

T = TypeVar("T")
OLDEST = date(1900, 1, 1)
LARGEST_HOUSEHOLD = 30
PHONE_DIGITS = 10
# What keeps the form without sending it.
DRAFTS = frozenset({"draft", "add_place"})
OLDEST_AGE = 120
SAID_WHEN_HANDED_OVER = (
    AgencySays.YES,
    AgencySays.SCHEDULED,
    AgencySays.WAIT_LIST,
    AgencySays.NO,
)


@dataclass(frozen=True, slots=True)
class SendPlan:
    """What the form asks to be done. `consent` is None when a draft is saved without one."""

    patient: NewPatient
    needs: tuple[str, ...]
    urgency: Urgency
    facts: tuple[str, ...]
    consent: ConsentGiven | None
    note: str
    mail_take_away: bool
    hand_over: HandOver | None


class Fields:
    """Reads fields one by one and keeps what is wrong with each."""

    def __init__(self) -> None:
        self.errors: FieldErrors = []

    def wrong(self, field: str, words: str) -> None:
        self.errors.append((field, words))

    def read(self, reading: Callable[[], T], otherwise: T) -> T:
        try:
            return reading()
        except InvalidInput as refusal:
            self.wrong(refusal.field or "", words_of(refusal))
            return otherwise


def plan_of(form: Typed, listing: ListingWords, now: datetime) -> SendPlan:
    """The form, checked. FormRefused with every field that is wrong."""
    fields = Fields()
    does = form.text("do")
    plan = SendPlan(
        patient=patient_of(form, fields, now),
        needs=_needs(form, fields),
        urgency=_urgency(form, fields),
        facts=tuple(code for code in form.many("facts") if code in FACT_WORDS),
        consent=_consent(form, listing, fields, draft=does in DRAFTS),
        note=form.text("note", 1000),
        mail_take_away=form.ticked("mail_take_away"),
        hand_over=_hand_over(form, listing, fields, now) if does == "hand_over" else None,
    )
    if plan.mail_take_away and not plan.patient.email:
        fields.wrong("email", _("Write the e-mail address, or untick “by e-mail”."))
    if fields.errors:
        raise FormRefused(fields.errors)
    return plan


def patient_of(form: Typed, fields: Fields, now: datetime) -> NewPatient:
    """The person and how to reach them; what is wrong goes into `fields`."""
    way = form.choice("way", Reach)
    if way is None:
        fields.wrong("way", _("Choose how to reach them."))
    if not form.text("name"):
        fields.wrong("name", _("Write the name, or what to call this person."))
    language = form.text("language")
    return NewPatient(
        name=form.text("name"),
        phone=_phone(form, fields, way),
        email=_email(form, fields),
        birth_date=_birth_date(form, fields, now),
        record_number=form.text("record_number", 60),
        name_to_use=form.text("name_to_use", 60),
        through=_through(form, fields, way),
        best_times=form.text("best_times"),
        access=form.text("access"),
        language=language if language in LANGUAGES else "en",
        zip=_zip(form, fields),
        household_size=fields.read(
            lambda: form.number("household_size", most=LARGEST_HOUSEHOLD), None
        ),
        household_ages=_ages(form, fields),
        proxy=_proxy(form, fields),
        way=way or Reach.OWN_PHONE,
        naming_level=_level(form, way),
        may_text=form.ticked("consent_text"),
        may_voicemail=form.ticked("may_voicemail"),
        voicemail_says_clinic=form.ticked("voicemail_says_clinic"),
        interpreter=form.ticked("interpreter"),
    )


def _phone(form: Typed, fields: Fields, way: Reach | None) -> str:
    given = form.text("phone", 40)
    digits = sum(sign.isdecimal() for sign in given)
    if given and to_e164(given) is None:
        words = _("Type all 10 digits, like 202-555-0137. You typed %(n)s.", n=digits)
        if digits >= PHONE_DIGITS:
            words = _("This is not a phone number. Type it like 202-555-0137.")
        fields.wrong("phone", words)
    elif not given and way in PHONE_WAYS:
        fields.wrong("phone", _("Write the phone number, or choose another way to reach them."))
    return given


def _email(form: Typed, fields: Fields) -> str:
    given = form.text("email", 120)
    name, _at, domain = given.partition("@")
    if given and (not name or "." not in domain or " " in given):
        fields.wrong("email", _("Write it like name@mail.example."))
    return given


def _birth_date(form: Typed, fields: Fields, now: datetime) -> date | None:
    given = fields.read(lambda: form.day("birth_date"), None)
    if given is not None and not OLDEST <= given <= now.date():
        fields.wrong("birth_date", _("This can’t be a birth date."))
    return given


def _zip(form: Typed, fields: Fields) -> str:
    given = form.text("zip", 12)
    if given and not (len(given) == 5 and given.isdecimal()):  # noqa: PLR2004 -- digits of a ZIP
        fields.wrong("zip", _("A ZIP code has 5 digits."))
    return given


def _through(form: Typed, fields: Fields, way: Reach | None) -> str:
    given = form.text("through")
    if way is Reach.THROUGH_SOMEBODY and not given:
        fields.wrong("through", _("Write through whom, and how to reach them."))
    return given


def _ages(form: Typed, fields: Fields) -> tuple[int, ...]:
    """'34, 31, 6 2': whole years, in any order."""
    words = re.split(r"[\s,;]+", form.text("household_ages", 120).strip(" ,;"))
    given = [word for word in words if word]
    right = [word for word in given if word.isdecimal() and int(word) <= OLDEST_AGE]
    if right != given or len(given) > LARGEST_HOUSEHOLD:
        fields.wrong("household_ages", _("Write ages in years, like 34, 6, 2."))
        return ()
    return tuple(sorted((int(word) for word in right), reverse=True))


def _proxy(form: Typed, fields: Fields) -> Proxy | None:
    name, phone = form.text("proxy_name", 80), form.text("proxy_phone", 40)
    if phone and to_e164(phone) is None:
        fields.wrong("proxy_phone", _("This is not a phone number. Type it like 202-555-0137."))
    if not name and (phone or form.text("proxy_relation")):
        fields.wrong("proxy_name", _("Write who speaks for them."))
    return Proxy(name, form.text("proxy_relation", 60), phone) if name else None


def _level(form: Typed, way: Reach | None) -> NamingLevel:
    chosen = form.choice("naming_level", NamingLevel)
    return chosen or default_level(way or Reach.OWN_PHONE, sensitive=False)


def _needs(form: Typed, fields: Fields) -> tuple[str, ...]:
    """Every ticked need, each once; each goes its own way."""
    chosen = tuple(dict.fromkeys(need for need in form.many("need") if is_need(need)))
    if not chosen:
        fields.wrong("need", _("Choose what is needed."))
    return chosen


def _urgency(form: Typed, fields: Fields) -> Urgency:
    chosen = form.choice("urgency", Urgency)
    if chosen is None:
        fields.wrong("urgency", _("Choose how soon."))
    return chosen or Urgency.ROUTINE


def _consent(
    form: Typed, listing: ListingWords, fields: Fields, *, draft: bool
) -> ConsentGiven | None:
    share, heard_by = form.ticked("consent_share"), form.text("heard_by")
    if not share and draft:
        return None
    if not share:
        fields.wrong(
            "consent_share", _("Consent missing: tick it, or save as draft (kept 14 days).")
        )
    if not heard_by:
        fields.wrong("heard_by", _("Write who heard the consent."))
    language = form.text("language")
    return ConsentGiven(
        share=share,
        hear_back=form.ticked("consent_hear_back"),
        text=form.ticked("consent_text"),
        next_places=form.ticked("consent_next_places"),
        heard_by=heard_by,
        naming_level=_level(form, form.choice("way", Reach)),
        places=form.many("places") or (str(listing.service_at_location_id),),
        language=language if language in LANGUAGES else "en",
    )


def _hand_over(
    form: Typed, listing: ListingWords, fields: Fields, now: datetime
) -> HandOver | None:
    says = form.choice("said", AgencySays)
    said_by = form.text("spoke_with", 80)
    if not said_by:
        fields.wrong("spoke_with", _("Write who you spoke with."))
    if says not in SAID_WHEN_HANDED_OVER:
        fields.wrong("said", _("Choose what they said."))
    zone = ZoneInfo(listing.time_zone)
    visit_at = fields.read(lambda: form.moment("visit_day", "visit_hour", zone), None)
    if says is AgencySays.SCHEDULED and (visit_at is None or visit_at < now):
        fields.wrong("visit_day", _("Write the day of the visit. It must be still to come."))
    reason = form.choice("no_reason", Reason) if says is AgencySays.NO else None
    if says is AgencySays.NO and reason is None:
        fields.wrong("no_reason", _("Choose why they said no."))
    if fields.errors or says is None:
        return None
    said = AgencyWord(
        says,
        reason=reason,
        note=form.text("next_step"),
        visit_at=visit_at if says is AgencySays.SCHEDULED else None,
        visit_note=form.text("next_step") if says is AgencySays.SCHEDULED else "",
    )
    return HandOver(HeardWord(said_by, Way.PHONE, form.text("spoke_with_role", 80)), said)


def values_of_patient(patient: Patient) -> dict[str, tuple[str, ...]]:
    """What is known of a patient, as the form would have it."""
    ticks = {
        "may_voicemail": patient.may_voicemail,
        "voicemail_says_clinic": patient.voicemail_says_clinic,
        "interpreter": patient.interpreter,
    }
    texts = {
        "name": patient.name,
        "phone": patient.phone,
        "email": patient.email,
        "birth_date": patient.birth_date,
        "record_number": patient.record_number,
        "name_to_use": patient.name_to_use,
        "through": patient.through,
        "best_times": patient.best_times,
        "access": patient.access,
        "language": patient.language,
        "zip": patient.zip,
        "household_size": str(patient.household_size or ""),
        "household_ages": ", ".join(str(age) for age in patient.household_ages or ()),
        "proxy_name": str(patient.proxy.get("name") or ""),
        "proxy_relation": str(patient.proxy.get("relation") or ""),
        "proxy_phone": display(str(patient.proxy["phone"])) if patient.proxy.get("phone") else "",
        "way": patient.way.value,
        "naming_level": patient.naming_level.value,
    }
    values: dict[str, tuple[str, ...]] = {name: (text,) for name, text in texts.items() if text}
    return values | {name: ("1",) for name, ticked in ticks.items() if ticked}
