"""A saved draft is changed before it is sent: its need, how soon, the facts, the consent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from referrals.actions.patients import get_patient
from referrals.decisions import Decision
from referrals.errors import ReferralNotFound
from referrals.lifecycle import NOT_SENT
from referrals.models import Referral
from referrals.need_words import is_need
from referrals.overdue import Urgency
from referrals.transition import Outcome, transition
from referrals.words import Audience, EventKind, Word
from shared.errors import Conflict, InvalidInput
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class DraftChange:
    """What the form says now. `consent_id` None leaves the draft's consent as it is."""

    need: str
    urgency: Urgency
    facts: tuple[str, ...] = ()
    consent_id: UUID | None = None


async def change_draft(
    session: AsyncSession, referral_id: UUID, change: DraftChange, *, word: Word
) -> Outcome:
    """Bring a draft up to what the form and the patient say now."""
    if not is_need(change.need):
        raise InvalidInput(_("Choose what is needed."), field="need")
    referral = await session.get(Referral, referral_id)
    if referral is None:
        raise ReferralNotFound
    patient = await get_patient(session, referral.patient_id)
    changes: dict[str, object] = {
        "need": change.need,
        "urgency": change.urgency,
        "facts": list(change.facts),
        "household_size": patient.household_size,
        "household_ages": list(patient.household_ages or ()),
        "language": patient.language,
        "text_language": patient.text_language,
        "naming_level": patient.naming_level,
        "zip": patient.zip,
    }
    if change.consent_id is not None:
        changes["consent_id"] = change.consent_id
    kind = EventKind.CONSENT_RECORDED if change.consent_id else EventKind.CONTACT_CHANGED

    def decide(row: Referral) -> Decision:
        if row.status not in NOT_SENT:
            raise Conflict(_("This request was sent already."), code="sent_already")
        return Decision(kind=kind, audience=Audience.SENDER, changes=changes)

    return await transition(session, referral_id, word, decide)
