"""A new link in the place of one that is too old, to the same mailboxes and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.api import LinkPurpose, create_link
from notify.api import NewMessage, queue_message
from referrals.errors import ReferralNotFound
from referrals.models import Patient, Referral
from referrals.sending_out import SOURCE, agency_link, link_ends, texted
from shared import attempts, audit
from shared.errors import NotAllowed
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

PURPOSE = "new_link"
NEW_LINKS_A_DAY = 3
DAY = timedelta(days=1)


async def send_new_agency_link(
    session: AsyncSession, referral_id: UUID, *, old_link_id: UUID, key: str, now: datetime
) -> int:
    """Mail it to every mailbox that was asked; gives how many. Runs in the agency's context."""
    referral = await _referral(session, referral_id)
    await _count(session, old_link_id, now)
    mailboxes = [each for each in referral.asked_channels if each["kind"] == "email"]
    for channel in mailboxes:
        link_id = await agency_link(session, referral, now)
        await queue_message(
            session,
            NewMessage(
                organization_id=referral.requester_organization_id,
                source=SOURCE,
                subject_id=referral.id,
                template="agency_new_link",
                language=channel["language"],
                channel="email",
                recipient_kind="channel",
                recipient_id=UUID(channel["id"]),
                params={"link_id": str(link_id)},
                deduplication_key=f"{key}:{channel['id']}",
            ),
            now,
        )
    await _audit(session, referral_id, now)
    return len(mailboxes)


async def send_new_patient_link(
    session: AsyncSession, referral_id: UUID, *, old_link_id: UUID, key: str, now: datetime
) -> int:
    """Mail it to the patient's own mailbox; 0 when there is none. Runs in the sender's context."""
    referral = await _referral(session, referral_id)
    await _count(session, old_link_id, now)
    patient = await session.get(Patient, referral.patient_id)
    if patient is None or not patient.email:
        return 0
    link_id = await create_link(
        session,
        organization_id=referral.requester_organization_id,
        referral_id=referral.id,
        purpose=LinkPurpose.PATIENT,
        expires_at=link_ends(now, referral.patient_time_zone),
        now=now,
    )
    await queue_message(
        session,
        NewMessage(
            organization_id=referral.requester_organization_id,
            source=SOURCE,
            subject_id=referral.id,
            template="patient_takeaway",
            language=texted(referral.text_language),
            channel="email",
            recipient_kind="patient",
            recipient_id=patient.id,
            params={"link_id": str(link_id)},
            deduplication_key=key,
        ),
        now,
    )
    await _audit(session, referral_id, now)
    return 1


async def _referral(session: AsyncSession, referral_id: UUID) -> Referral:
    referral = await session.get(Referral, referral_id)
    if referral is None:
        raise ReferralNotFound
    return referral


async def _count(session: AsyncSession, old_link_id: UUID, now: datetime) -> None:
    """Nobody fills a mailbox by pressing a button."""
    tries = await attempts.attempts_since(session, PURPOSE, str(old_link_id), now - DAY)
    if tries >= NEW_LINKS_A_DAY:
        raise NotAllowed(
            _("We sent a new link already. Please look at your mailbox, also under spam."),
            code="too_many_tries",
            remedy=_("Nothing there? Please call us."),
        )
    await attempts.add_attempt(session, PURPOSE, str(old_link_id), now)


async def _audit(session: AsyncSession, referral_id: UUID, now: datetime) -> None:
    await audit.record(
        session, "link_sent_again", subject_kind="referral", subject_id=referral_id, now=now
    )
