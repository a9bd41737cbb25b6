"""Reading the loop: view models for pages and the API. Only here are referrals selected.

Row policies decide who sees what; these functions add whose list it is, and note every read of
patient data in the audit.
"""

from __future__ import annotations

from referrals.queries.agencies import (
    AgencyDesk,
    AgencyView,
    agency_desk,
    agency_link_page,
    identity_shown,
)
from referrals.queries.lists import (
    ReferralSummary,
    linked_referrals,
    list_referrals,
    open_referral_ids_of_patient,
    referral_ids_on_consent,
    referral_summary,
    referrals_of_patient,
)
from referrals.queries.patients import (
    PatientHit,
    PatientLinkPage,
    find_patients,
    patient_link_page,
)
from referrals.queries.referral_page import ReferralPage, TimelineEntry, Voice, referral_page
from referrals.queries.today import TodayPage, TodayRow, today_page
from referrals.queries.turns import Turn, whose_turn

__all__ = [
    "AgencyDesk",
    "AgencyView",
    "PatientHit",
    "PatientLinkPage",
    "ReferralPage",
    "ReferralSummary",
    "TimelineEntry",
    "TodayPage",
    "TodayRow",
    "Turn",
    "Voice",
    "agency_desk",
    "agency_link_page",
    "find_patients",
    "identity_shown",
    "linked_referrals",
    "list_referrals",
    "open_referral_ids_of_patient",
    "patient_link_page",
    "referral_ids_on_consent",
    "referral_page",
    "referral_summary",
    "referrals_of_patient",
    "today_page",
    "whose_turn",
]
