"""What agencies told an organization: what they need with a request, by when they answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import Agreement
from shared import audit
from shared.errors import InvalidInput, NotFound
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id

REVIEW_AFTER = timedelta(days=365)
NEEDS_LENGTH = 400
NAME_LENGTH = 120
MOST_DAYS = 30


@dataclass(frozen=True, slots=True)
class NewAgreement:
    """What was agreed, with whom, when; `answer_days` are answering days or None."""

    member_id: UUID
    needs: str
    agreed_with: str
    agreed_on: date
    answer_days: int | None = None
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class AgreementCard:
    """An agreement that stands."""

    id: UUID
    member_id: UUID
    needs: str
    answer_days: int | None
    agreed_with: str
    agreed_on: date
    review_on: date

    def is_due(self, today: date) -> bool:
        """Whether it is time to ask whether it still holds."""
        return self.review_on <= today


async def make_agreement(
    session: AsyncSession, organization_id: UUID, new: NewAgreement, *, now: datetime
) -> UUID:
    """Write an agreement down; one that stood with the same agency ends by it."""
    _check(new)
    standing = await session.scalars(_standing().where(Agreement.member_id == new.member_id))
    for old in standing:
        old.ended_at = now
    agreement = Agreement(
        id=new_id(),
        organization_id=organization_id,
        member_id=new.member_id,
        needs=new.needs.strip(),
        answer_days=new.answer_days,
        agreed_with=new.agreed_with.strip(),
        agreed_on=new.agreed_on,
        review_on=new.review_on or new.agreed_on + REVIEW_AFTER,
        created_at=now,
    )
    session.add(agreement)
    await session.flush()
    await _record(session, "agreement_made", agreement.id, now)
    return agreement.id


async def end_agreement(session: AsyncSession, agreement_id: UUID, *, now: datetime) -> None:
    """It holds no more; kept, with its end."""
    agreement = await session.get(Agreement, agreement_id)
    if agreement is None or agreement.ended_at is not None:
        raise NotFound(_("There is no such agreement."))
    agreement.ended_at = now
    await _record(session, "agreement_ended", agreement_id, now)


async def agreements_here(session: AsyncSession) -> list[AgreementCard]:
    """Those that stand, the next to look at first."""
    found = await session.scalars(_standing().order_by(Agreement.review_on, Agreement.id))
    return [_card(each) for each in found]


async def agreement_with(session: AsyncSession, member_id: UUID) -> AgreementCard | None:
    """The one that stands with this agency."""
    found = await session.scalars(_standing().where(Agreement.member_id == member_id))
    first = found.first()
    return _card(first) if first is not None else None


def _standing() -> Select[Agreement]:
    return select(Agreement).where(Agreement.ended_at.is_(None))


def _card(each: Agreement) -> AgreementCard:
    return AgreementCard(
        each.id,
        each.member_id,
        each.needs,
        each.answer_days,
        each.agreed_with,
        each.agreed_on,
        each.review_on,
    )


def _check(new: NewAgreement) -> None:
    if not new.needs.strip() or len(new.needs) > NEEDS_LENGTH:
        raise InvalidInput(
            _("Write what they need with a request."),
            field="needs",
            remedy=_("At most 400 letters, and nothing about a patient."),
        )
    if not new.agreed_with.strip() or len(new.agreed_with) > NAME_LENGTH:
        raise InvalidInput(
            _("Write with whom it was agreed."),
            field="agreed_with",
            remedy=_("A name and a role, like: Denise, intake lead."),
        )
    if new.answer_days is not None and not 1 <= new.answer_days <= MOST_DAYS:
        raise InvalidInput(
            _("Write a number of days from 1 to 30."), field="answer_days", remedy=_("Or nothing.")
        )
    if new.review_on is not None and new.review_on <= new.agreed_on:
        raise InvalidInput(
            _("The day to look at it again must come after the day it was agreed."),
            field="review_on",
            remedy=_("Leave it empty for a year later."),
        )


async def _record(session: AsyncSession, action: str, agreement_id: UUID, now: datetime) -> None:
    await audit.record(session, action, subject_kind="agreement", subject_id=agreement_id, now=now)
