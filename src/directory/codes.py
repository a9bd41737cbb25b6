"""The directory's closed lists of words: HSDS codelists, and how help is reached (ours)."""

from __future__ import annotations

from enum import StrEnum


class HowToStart(StrEnum):
    """How a person gets a service's help; decides what a referral does (design: practice 1)."""

    WALK_IN = "walk_in"
    AGENCY_CALLS_PATIENT = "agency_calls_patient"
    PATIENT_CALLS = "patient_calls"
    APPLY = "apply"
    THROUGH_HOTLINE = "through_hotline"
    NO_REFERRALS = "no_referrals"


class ServiceStatus(StrEnum):
    """HSDS service.status."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DEFUNCT = "defunct"
    TEMPORARILY_CLOSED = "temporarily closed"


class PlaceType(StrEnum):
    """HSDS location.location_type and address.address_type."""

    PHYSICAL = "physical"
    POSTAL = "postal"
    VIRTUAL = "virtual"


class Frequency(StrEnum):
    """HSDS schedule.freq; no other RRULE frequency is allowed."""

    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


class ServiceFlag(StrEnum):
    """Facts that people ask for first and HSDS has no field for (design: practice 2.18)."""

    NO_ID = "no_id"
    WALK_IN = "walk_in"
    NO_PROOF_OF_INCOME = "no_proof_of_income"
    ACCESSIBLE = "accessible"
    FREE = "free"
    PETS = "pets"
    FAMILY_SHELTER = "family_shelter"
    SOBRIETY_RULE = "sobriety_rule"


class PauseHow(StrEnum):
    """How an agency said that it is full, or open again."""

    DESK = "desk"
    LINK = "link"
    TEXT = "text"
    STAFF = "staff"


class ClosureReason(StrEnum):
    """Why a place is closed for some days."""

    HOLIDAY = "holiday"
    WEATHER = "weather"
    REPAIRS = "repairs"
    NO_STAFF = "no_staff"
    NO_SUPPLIES = "no_supplies"
    OTHER = "other"


class Delivery(StrEnum):
    """Ways to get a service without going anywhere."""

    PHONE = "phone"
    ONLINE = "online"


class LinkType(StrEnum):
    """attribute.link_type values that we write; feeds may bring others."""

    SERVICE_TYPE = "service_type"
    ELIGIBILITY = "eligibility"
    NEED = "need"
