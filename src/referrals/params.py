"""The values of a text or mail, found when it goes out: the words are the reader's language's.

A queued message keeps no name, number or note: all of it is taken from the request at that moment.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from referrals.need_words import need_label, need_word
from referrals.reasons import Reason, label_of
from referrals.wording import date_words, day_words, moment_words, soon_words, visit_words
from shared.crypto import link_token
from shared.i18n import gettext, using_language
from shared.i18n import gettext_noop as _
from shared.languages import name_of
from shared.phone_numbers import display

if TYPE_CHECKING:
    from referrals.models import Patient, Referral

# What a short confirmation says the answer was.
ANSWERS = {
    "accepted": _("yes"),
    "waitlisted": _("wait list"),
    "declined": _("no"),
    # By text they can ask us only in this way.
    "info_needed": _("call me"),
    "contacting": _("still working"),
    "still_working": _("still working"),
    "scheduled": _("visit set"),
    "serving": _("being helped"),
    "enrolled": _("being helped"),
    "paused": _("wait list"),
    "service_reported": _("helped"),
    "unable": _("could not help"),
    "accounts_differ": _("helped"),
    "closed_confirmed": _("helped"),
    "closed_agency_only": _("helped"),
    "closed_patient_only": _("helped"),
    "helped": _("helped"),
    "call_me": _("call me"),
    "no_capacity": _("full"),
    "not_eligible": _("not eligible"),
    "outside_service_area": _("outside our area"),
    "service_not_offered": _("not offered"),
    "missing_documents": _("papers or info missing"),
    "other": _("no"),
}
# The place's number, where the patient calls or is called from; everywhere else the sender's.
PLACE_CALLS = frozenset({"P2", "P2b", "P2u"})
FACT_WORDS = {
    "no_car": _("no car"),
    "no_id": _("no photo ID"),
    "works_days": _("works days"),
    "step_free": _("needs step-free way in"),
    "interpreter": _("needs an interpreter"),
    "small_children": _("small children"),
}


def answer_words(answer: str, language: str) -> str:
    """How an answer or a reason is said back in a short text."""
    with using_language(language):
        if answer in ANSWERS:
            return gettext(ANSWERS[answer])
        return gettext(label_of(Reason(answer))) if answer in set(Reason) else answer


def fact_words(code: str, language: str) -> str:
    """A ticked fact; what the list does not know was typed and is said as it is."""
    with using_language(language):
        return gettext(FACT_WORDS[code]) if code in FACT_WORDS else code


def values_for(
    template: str,
    language: str,
    referral: Referral,
    patient: Patient | None,
    stored: dict[str, str],
    now: datetime,
) -> dict[str, str]:
    """Everything a template of the loop may name; the naming level leaves out the rest."""
    zone = ZoneInfo(
        referral.patient_time_zone if patient is not None else referral.performer_time_zone
    )
    today = now.astimezone(zone).date()
    asked = (referral.sent_at or referral.created_at).astimezone(zone).date()
    phone = referral.performer_phone if template in PLACE_CALLS else referral.requester_phone
    values = {
        "worker": referral.owner_name,
        "label": referral.requester_label,
        "need": need_word(referral.need, language),
        "need_label": need_label(referral.need, language),
        "soon": soon_words(referral.urgency.value, language),
        "people": str(referral.household_size or ""),
        "speaks": _spoken(referral, language),
        "zip": referral.zip or "",
        "code": str(referral.code or ""),
        "date": date_words(asked, language),
        "phone": display(phone) if phone else "",
        "name": patient.first_name if patient else "",
        "agency": referral.performer_name,
        "answer": answer_words(stored.get("answer", ""), language),
        "by": _by(stored.get("by"), template, zone, today, language),
        "visit": _visit(referral, language),
        "good_to_know": ", ".join(fact_words(code, language) for code in referral.facts),
        **_place(referral, language),
    }
    return {**values, **{key: value for key, value in stored.items() if key not in values}}


def link_address(public_url: str, link_id: str) -> str:
    """The whole address of a link's page."""
    return f"{public_url.rstrip('/')}/r/{link_token(UUID(link_id))}"


def confirm_address(public_url: str, link_id: str) -> str:
    """The whole address of the page on which a mailbox says yes or never."""
    return f"{public_url.rstrip('/')}/confirm/{link_token(UUID(link_id))}"


def _place(referral: Referral, language: str) -> dict[str, str]:
    service = referral.service
    place_phone = referral.performer_phone
    return {
        "place": referral.performer_name,
        "address": str(service.get("address") or ""),
        "when": str(service.get("when", {}).get(language, "")),
        "papers": _bring(str(service.get("papers", {}).get(language, "")), language),
        "place_phone": display(place_phone) if place_phone else "",
        "next_step": "",
    }


def _bring(papers: str, language: str) -> str:
    if not papers:
        return ""
    with using_language(language):
        return gettext(_("Bring %(papers)s."), papers=papers)


def _visit(referral: Referral, language: str) -> str:
    """When the visit is, by the clock of the place."""
    if referral.visit_at is None:
        return ""
    return visit_words(
        referral.visit_at.astimezone(ZoneInfo(referral.performer_time_zone)), language
    )


def _spoken(referral: Referral, language: str) -> str:
    """Only a language other than English is worth a word."""
    return "" if referral.language == "en" else name_of(referral.language, language)


def _by(iso: str | None, template: str, zone: ZoneInfo, today: date, language: str) -> str:
    if iso is None:
        return ""
    moment = datetime.fromisoformat(iso).astimezone(zone)
    if template in {"P8", "agency_request"}:
        return moment_words(moment.replace(tzinfo=None), today, language)
    return day_words(moment.date(), today, language)
