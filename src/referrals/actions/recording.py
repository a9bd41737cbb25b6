"""A word heard by phone, in person or by fax is that party's word, marked "told to Rosa"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from referrals.actions.answering import AgencyWord, answer_as_agency
from referrals.actions.patient_words import PatientWord, patient_answer
from referrals.lifecycle import Party
from referrals.words import TOLD_WAYS, Way, Word
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.transition import Outcome


@dataclass(frozen=True, slots=True)
class HeardWord:
    """Who said it, their role, how and when. `at` None = just now."""

    said_by: str
    way: Way = Way.PHONE
    role: str = ""
    at: datetime | None = None


def heard(word: Word, party: Party, facts: HeardWord) -> Word:
    """The staff member's word turned into the party's, with who took it down."""
    if not facts.said_by.strip():
        raise InvalidInput(_("Write who said it."), field="said_by")
    if facts.way not in TOLD_WAYS:
        raise InvalidInput(
            _("Choose how they said it: by phone, in person, by fax or letter."), field="how"
        )
    if facts.at is not None and facts.at > word.now:
        raise InvalidInput(_("This time has not come yet."), field="when")
    return replace(
        word,
        party=party,
        event_key=f"{word.event_key}:heard",
        way=facts.way,
        said_by=facts.said_by.strip(),
        role=facts.role.strip(),
        told_to=word.actor.label or None,
        said_at=facts.at or word.now,
    )


async def record_answer(  # noqa: PLR0913 -- one form: whose word, what, how
    session: AsyncSession,
    referral_id: UUID,
    *,
    word: Word,
    facts: HeardWord,
    said: AgencyWord | PatientWord,
    expected_version: int | None = None,
) -> Outcome:
    """Record any party's answer in their name."""
    if isinstance(said, AgencyWord):
        told = heard(word, Party.AGENCY, facts)
        return await answer_as_agency(
            session, referral_id, told, said, expected_version=expected_version
        )
    told = heard(word, Party.PATIENT, facts)
    return await patient_answer(session, referral_id, told, said, expected_version=expected_version)
