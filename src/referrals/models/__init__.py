"""Tables of the closed loop. One class of tenancy each; policies are in migration 0006."""

from __future__ import annotations

from referrals.models.consents import Consent
from referrals.models.cover import Cover
from referrals.models.digests import AgencyDigest, AgencyDigestLine
from referrals.models.events import ReferralEvent
from referrals.models.name_calls import NameCall, NameCallPin
from referrals.models.patients import Patient, PatientName
from referrals.models.records import (
    FollowUpNeed,
    InternalNote,
    NextPlace,
    ReferralDisclosure,
    ReplyCode,
    SharedNote,
    StaffTask,
)
from referrals.models.referrals import Referral
from referrals.models.strangers import StrangerText

__all__ = [
    "AgencyDigest",
    "AgencyDigestLine",
    "Consent",
    "Cover",
    "FollowUpNeed",
    "InternalNote",
    "NameCall",
    "NameCallPin",
    "NextPlace",
    "Patient",
    "PatientName",
    "Referral",
    "ReferralDisclosure",
    "ReferralEvent",
    "ReplyCode",
    "SharedNote",
    "StaffTask",
    "StrangerText",
]
