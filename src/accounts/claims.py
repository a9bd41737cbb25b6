"""Claims: somebody says they are of a listed organization; the network's office calls and decides.

The public number of the listing is called first, so that nobody takes a place over by a form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.members import ensure_member_for_listing
from accounts.models import Claim, Member
from accounts.passwords import hash_password
from accounts.people import (
    NewPerson,
    change_password,
    first_password,
    insert_person,
    person_card,
)
from accounts.rules import Role, normal_email
from shared import audit
from shared.attempts import add_attempt, attempts_since
from shared.database import Context, Database, set_context
from shared.errors import Conflict, InvalidInput, NotAllowed, NotFound
from shared.i18n import SUPPORTED
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id
from shared.phone_numbers import to_e164

OFFICE = text("select network_office()")
PUBLIC_ACTOR = "anonymous"
MOST_A_DAY = 5
DAY = timedelta(days=1)
# Whoever claims a place answers for it, and looks after its other people.
FIRST_ROLES = frozenset({Role.AGENCY_WORKER, Role.COORDINATOR})


@dataclass(frozen=True, slots=True)
class NewClaim:
    """Who says it, of which listing. `client` is the caller's address, kept as a hash only."""

    listing_id: UUID
    name: str = field(repr=False)
    job: str = field(repr=False)
    email: str = field(repr=False)
    phone: str = field(repr=False)
    language: str
    client: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClaimCard:
    """A claim that waits."""

    id: UUID
    listing_id: UUID
    name: str
    job: str
    email: str
    phone: str
    made_at: datetime


async def add_claim(session: AsyncSession, new: NewClaim, *, now: datetime) -> UUID:
    """Keep it for the network's office.

    The transaction came in without an organization and goes on as the office's.
    """
    email, phone = _checked(new)
    await _limit(session, new, now)
    office: UUID | None = await session.scalar(OFFICE)
    if office is None:
        raise Conflict(_("Nobody looks after this network yet."), remedy=_("Please call us."))
    await set_context(session, Context(office, actor=PUBLIC_ACTOR))
    claim = Claim(
        id=new_id(),
        organization_id=office,
        listing_id=new.listing_id,
        name=new.name.strip(),
        job=new.job.strip(),
        email=email,
        phone=phone,
        language=new.language if new.language in SUPPORTED else "en",
        made_at=now,
    )
    session.add(claim)
    await session.flush()
    await audit.record(session, "claim_made", subject_kind="claim", subject_id=claim.id, now=now)
    return claim.id


async def claims_waiting(session: AsyncSession) -> list[ClaimCard]:
    """Those nobody has decided, oldest first; empty but for the network's office."""
    found = await session.scalars(
        select(Claim).where(Claim.decided_at.is_(None)).order_by(Claim.made_at, Claim.id)
    )
    return [
        ClaimCard(
            claim.id,
            claim.listing_id,
            claim.name or "",
            claim.job or "",
            claim.email or "",
            claim.phone or "",
            claim.made_at,
        )
        for claim in found
    ]


async def refuse_claim(session: AsyncSession, claim_id: UUID, *, now: datetime) -> None:
    """It was not so."""
    await _decide(session, claim_id, agreed=False, now=now)


async def agree_to_claim(
    database: Database, office: Context, claim_id: UUID, listing_name: str, *, now: datetime
) -> str:
    """The person's first password, to be told on the phone; they may sign in from now on.

    Two transactions, each in its own organization. The person has the claim's id, so pressing
    again after a fault between the two goes on where it stopped.
    """
    async with database.transaction(office) as session:
        claim = await _waiting(session, claim_id)
        member_id = await ensure_member_for_listing(session, claim.listing_id, listing_name)
        password = first_password()
        person = NewPerson(
            claim.name or "", claim.email or "", password, FIRST_ROLES, claim.language, claim.id
        )
    hashed = await hash_password(password)
    async with database.transaction(Context(member_id, actor=office.actor)) as session:
        if await person_card(session, claim_id) is None:
            await insert_person(session, member_id, person, hashed, now=now)
        else:
            await change_password(session, claim_id, password, now=now)
        member = await session.get_one(Member, member_id)
        member.claimed_at = member.claimed_at or now
        await audit.record(
            session, "member_claimed", subject_kind="member", subject_id=member_id, now=now
        )
    async with database.transaction(office) as session:
        await _decide(session, claim_id, agreed=True, now=now)
    return password


async def _decide(session: AsyncSession, claim_id: UUID, *, agreed: bool, now: datetime) -> None:
    claim = await _waiting(session, claim_id)
    claim.decided_at, claim.agreed = now, agreed
    action = "claim_agreed" if agreed else "claim_refused"
    await audit.record(session, action, subject_kind="claim", subject_id=claim_id, now=now)


async def _waiting(session: AsyncSession, claim_id: UUID) -> Claim:
    claim = await session.get(Claim, claim_id)
    if claim is None:
        raise NotFound(_("There is no such claim."))
    if claim.decided_at is not None:
        raise Conflict(_("A colleague has decided this already."), code="claim_decided")
    return claim


async def _limit(session: AsyncSession, new: NewClaim, now: datetime) -> None:
    for purpose, subject in (("claim-from", new.client), ("claim-of", str(new.listing_id))):
        if await attempts_since(session, purpose, subject, now - DAY) >= MOST_A_DAY:
            raise NotAllowed(
                _("That is enough for today."),
                code="too_many_tries",
                remedy=_("Please call us instead."),
            )
        await add_attempt(session, purpose, subject, now)


def _checked(new: NewClaim) -> tuple[str, str]:
    if not new.name.strip():
        raise InvalidInput(_("The name is missing."), field="name", remedy=_("Write a first name."))
    if not new.job.strip():
        raise InvalidInput(_("Write what you do there."), field="job")
    email = normal_email(new.email)
    if email is None:
        raise InvalidInput(
            _("This is not an e-mail address."),
            field="email",
            remedy=_("Write it like name@agency.example."),
        )
    phone = to_e164(new.phone)
    if phone is None:
        raise InvalidInput(
            _("This is not a phone number."),
            field="phone",
            remedy=_("Write it with the area code, like 202-555-0144."),
        )
    return email, phone
