"""The patient and how to reach them: adding, changing, and what is disclosed after a yes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from referrals.consent import PHONE_WAYS, NamingLevel, Reach, default_level, may_text
from referrals.decisions import Decision
from referrals.errors import ReferralNotFound
from referrals.models import Consent, Patient, PatientName, Referral, ReferralDisclosure
from referrals.models.records import DisclosureKind
from referrals.queries import open_referral_ids_of_patient
from referrals.transition import lock_referrals, transition
from referrals.words import Audience, EventKind, Word
from shared import audit
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _
from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Proxy:
    """Somebody who speaks for the patient: a daughter, a guardian. `phone` as typed."""

    name: str = field(repr=False)
    relation: str = ""
    phone: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NewPatient:
    """A person and how to reach them. `phone` as typed; nothing but a name is required."""

    name: str = field(repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    birth_date: date | None = field(default=None, repr=False)
    record_number: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    name_to_use: str = field(default="", repr=False)
    through: str = field(default="", repr=False)
    best_times: str = ""
    access: str = ""
    language: str = "en"
    text_language: str = ""
    zip: str = ""
    household_size: int | None = None
    household_ages: tuple[int, ...] = ()
    # Somebody who speaks for them: name, relation and phone.
    proxy: Proxy | None = None
    time_zone: str | None = None
    way: Reach = Reach.OWN_PHONE
    naming_level: NamingLevel | None = None
    may_text: bool = True
    may_voicemail: bool = False
    voicemail_says_clinic: bool = False
    interpreter: bool = False


async def create_patient(
    session: AsyncSession, new: NewPatient, *, organization_id: UUID, now: datetime
) -> Patient:
    """Add a patient. InvalidInput names the field."""
    patient = Patient(organization_id=organization_id, created_at=now, **_contact_values(new))
    patient.index_words()
    session.add(patient)
    session.add_all(patient.name_rows())
    await session.flush()
    await audit.record(
        session, "patient_added", subject_kind="patient", subject_id=patient.id, now=now
    )
    return patient


async def change_contact(
    session: AsyncSession, patient_id: UUID, new: NewPatient, *, word: Word
) -> Patient:
    """Change how a patient is reached; every open request of theirs follows, and is told so."""
    open_ids = await open_referral_ids_of_patient(session, patient_id)
    # Before the patient's own row: whoever answers at this moment locks in that order too.
    await lock_referrals(session, open_ids)
    patient = await get_patient(session, patient_id)
    values = _contact_values(new)
    phone_changed = values["phone"] != patient.phone
    for name, value in values.items():
        setattr(patient, name, value)
    if phone_changed:
        patient.hello_sent_at = patient.phone_confirmed_at = patient.wrong_number_at = None
    patient.index_words()
    await session.execute(delete(PatientName).where(PatientName.patient_id == patient_id))
    session.add_all(patient.name_rows())
    await _follow_contact(session, patient, open_ids, word)
    await audit.record(
        session, "contact_changed", subject_kind="patient", subject_id=patient.id, now=word.now
    )
    return patient


async def _follow_contact(
    session: AsyncSession, patient: Patient, open_ids: list[UUID], word: Word
) -> None:
    for referral_id in open_ids:
        consent = await consent_of(session, referral_id)
        terms = consent.terms() if consent else None
        allowed = may_text(terms, patient.way, word.now, phone_may_text=patient.may_text)
        changes: dict[str, object] = {
            "naming_level": patient.naming_level,
            "text_language": patient.text_language,
            "may_text": allowed and patient.phone is not None,
        }
        decision = Decision(
            kind=EventKind.CONTACT_CHANGED, audience=Audience.SENDER, changes=changes
        )
        await transition(session, referral_id, word, lambda _referral, d=decision: d)  # type: ignore[misc]
        await _refresh_identity(session, referral_id, patient)


async def _refresh_identity(session: AsyncSession, referral_id: UUID, patient: Patient) -> None:
    row = await session.scalar(
        select(ReferralDisclosure).where(
            ReferralDisclosure.referral_id == referral_id,
            ReferralDisclosure.kind == DisclosureKind.IDENTITY,
        )
    )
    if row is not None:
        row.content = identity_of(patient)


def identity_of(patient: Patient) -> dict[str, object]:
    """What *Show who this is* shows."""
    phone = patient.phone if patient.way in PHONE_WAYS else None
    return {
        "name": patient.name,
        "name_to_use": patient.name_to_use,
        "phone": phone,
        "birth_date": patient.birth_date,
        "way": patient.way.value,
        "through": patient.through,
        "language": patient.language,
        "interpreter": patient.interpreter,
        "best_times": patient.best_times,
        "access": patient.access,
        "proxy": patient.proxy,
        "may_voicemail": patient.may_voicemail,
        "voicemail_says_clinic": patient.voicemail_says_clinic,
    }


def _contact_values(new: NewPatient) -> dict[str, object]:
    name = " ".join(new.name.split())
    if not name:
        raise InvalidInput(_("Write the name, or what to call this person."), field="name")
    phone = to_e164(new.phone) if new.phone.strip() else None
    if new.phone.strip() and phone is None:
        raise InvalidInput(
            _("This is not a phone number."),
            field="phone",
            remedy=_("Type all 10 digits, like 202-555-0137."),
        )
    if new.way in PHONE_WAYS and phone is None:
        raise InvalidInput(
            _("Write the phone number, or choose another way to reach them."), field="phone"
        )
    return {
        "name": name,
        "phone": phone,
        "email": new.email.strip() or None,
        "birth_date": new.birth_date.isoformat() if new.birth_date else None,
        "record_number": new.record_number.strip() or None,
        "note": new.note.strip() or None,
        "name_to_use": new.name_to_use.strip() or None,
        "through": new.through.strip() or None,
        "best_times": new.best_times.strip() or None,
        "access": new.access.strip() or None,
        "language": new.language,
        "text_language": new.text_language or new.language,
        "zip": new.zip.strip() or None,
        "household_size": new.household_size,
        "household_ages": list(new.household_ages),
        "proxy": proxy_values(new.proxy),
        "time_zone": new.time_zone,
        "way": new.way,
        "naming_level": new.naming_level or default_level(new.way, sensitive=False),
        "may_text": new.may_text and new.way in PHONE_WAYS,
        "may_voicemail": new.may_voicemail,
        "voicemail_says_clinic": new.voicemail_says_clinic,
        "interpreter": new.interpreter,
    }


def proxy_values(given: Proxy | None) -> dict[str, object] | None:
    """As the row keeps it: the phone in one writing."""
    if given is None or not given.name.strip():
        return None
    phone = to_e164(given.phone) if given.phone.strip() else None
    if given.phone.strip() and phone is None:
        raise InvalidInput(
            _("This is not a phone number."),
            field="proxy_phone",
            remedy=_("Type all 10 digits, like 202-555-0137."),
        )
    return {"name": given.name.strip(), "relation": given.relation.strip(), "phone": phone}


async def get_patient(session: AsyncSession, patient_id: UUID) -> Patient:
    """The patient, if they are this organization's."""
    patient = await session.get(Patient, patient_id)
    if patient is None:
        raise ReferralNotFound
    return patient


async def consent_of(session: AsyncSession, referral_id: UUID) -> Consent | None:
    """The consent that a request stands on."""
    referral = await session.get(Referral, referral_id)
    if referral is None or referral.consent_id is None:
        return None
    return await session.get(Consent, referral.consent_id)
