"""Links that open one referral for one party, or confirm a mailbox.

Only a hash is stored; the token is made again from the link's id whenever its mail is rendered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import LINK_ACTORS, LINK_LIFETIME, Actor, LinkPurpose
from shared.crypto import link_token, token_hash
from shared.database import Context, Database
from shared.identifiers import new_id

# A link said to work for seven days works until that day is over where its reader lives.
REST_OF_LAST_DAY = timedelta(days=1)
ADD = text(
    "select add_link(:id, :organization, :hash, :purpose, :referral, :channel, :now, :expires)"
)
# One row whatever is found, made by the same steps: time must not tell unknown from refused.
RESOLVE = text(
    "select found.*, team.team_id from (select team_of_link(:hash) as team_id offset 0) team"
    " left join resolve_link(:hash) found on true"
)


@dataclass(frozen=True, slots=True)
class LinkGrant:
    """What the holder of a link may open."""

    link_id: UUID
    organization_id: UUID
    referral_id: UUID | None
    channel_id: UUID | None
    purpose: LinkPurpose
    expires_at: datetime
    label: str
    language: str
    # The team that a patient's request is kept to, if it is: the link opens it all the same.
    team_ids: tuple[UUID, ...] = ()

    def actor(self) -> Actor:
        """The caller who holds this link."""
        return Actor(
            kind=LINK_ACTORS[self.purpose],
            organization_id=self.organization_id,
            label=self.label,
            language=self.language,
            credential_id=self.link_id,
            referral_id=self.referral_id,
            team_ids=self.team_ids,
        )


async def create_link(
    session: AsyncSession,
    *,
    organization_id: UUID,
    referral_id: UUID,
    purpose: LinkPurpose,
    expires_at: datetime,
    now: datetime,
) -> UUID:
    """A link's id; `shared.crypto.link_token(id)` is what goes into its address.

    `organization_id` is the tenant its holder acts in: the agency's own, or for a patient the
    requester's. Nothing outlives its seventh day.
    """
    return await _add(
        session,
        {
            "organization": organization_id,
            "purpose": LinkPurpose(purpose).value,
            "referral": referral_id,
            "channel": None,
            "now": now,
            "expires": min(expires_at, now + LINK_LIFETIME + REST_OF_LAST_DAY),
        },
    )


async def create_confirm_link(
    session: AsyncSession, *, organization_id: UUID, channel_id: UUID, now: datetime
) -> UUID:
    """A link by which whoever reads a mailbox says yes to requests there."""
    return await _add(
        session,
        {
            "organization": organization_id,
            "purpose": LinkPurpose.CONFIRM_CHANNEL.value,
            "referral": None,
            "channel": channel_id,
            "now": now,
            "expires": now + LINK_LIFETIME,
        },
    )


async def revoke_links(
    session: AsyncSession, referral_id: UUID, purpose: LinkPurpose | None, *, now: datetime
) -> None:
    """End a referral's links of one purpose, or all of them."""
    await session.execute(
        text("select revoke_links(:referral, :purpose, :now)"),
        {"referral": referral_id, "purpose": purpose.value if purpose else None, "now": now},
    )


async def look_up_link(database: Database, token: str) -> LinkGrant | None:
    """The grant behind a token, however old; None when unknown or revoked.

    One look-up whatever the outcome, so that time does not tell unknown from too old.
    """
    async with database.transaction(Context(actor="identify")) as session:
        row = (await session.execute(RESOLVE, {"hash": token_hash(token)})).one()
    return _read(row) if row.link_id is not None else None


async def resolve_link(database: Database, token: str, now: datetime) -> LinkGrant | None:
    """The grant behind a token; None when unknown, revoked or older than seven days."""
    grant = await look_up_link(database, token)
    return grant if grant is not None and grant.expires_at > now else None


async def expired_link(database: Database, token: str, now: datetime) -> LinkGrant | None:
    """A link that was good and is too old: all it may do is ask for a new one."""
    grant = await look_up_link(database, token)
    return grant if grant is not None and grant.expires_at <= now else None


def _read(row: Row[tuple[object, ...]]) -> LinkGrant:
    return LinkGrant(
        link_id=row.link_id,
        organization_id=row.organization_id,
        referral_id=row.referral_id,
        channel_id=row.channel_id,
        purpose=LinkPurpose(row.purpose),
        expires_at=row.expires_at,
        label=row.label,
        language=row.language,
        team_ids=(row.team_id,) if row.team_id is not None else (),
    )


async def _add(session: AsyncSession, facts: dict[str, object]) -> UUID:
    link_id = new_id()
    await session.execute(ADD, {"id": link_id, "hash": token_hash(link_token(link_id)), **facts})
    return link_id
