"""Tables of organizations, their people, and every way to be recognised.

`member` is the tenant. Sessions, keys, links and log-ins are routing tables: hashes and ids only,
reached by the app through the definer functions of migration 0002.
"""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from accounts.rules import ChannelKind, LinkPurpose, MemberKind, VerifiedHow
from shared.crypto import SealedText
from shared.models import Base, UtcDateTime, WithId, enum_column


class Member(WithId, Base):
    """An organization that takes part. Unclaimed until somebody of it has been confirmed."""

    __tablename__ = "member"

    organization_id: Mapped[UUID] = mapped_column()
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[MemberKind] = mapped_column(enum_column(MemberKind, "kind"))
    sender_label: Mapped[str] = mapped_column(String(40))
    voice_phone: Mapped[str | None] = mapped_column(String(16))
    time_zone: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(5))
    # Local time until which people answer on Monday to Friday; texts promise it ("by 5 pm").
    answers_from: Mapped[time] = mapped_column()
    answers_until: Mapped[time] = mapped_column()
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Person(WithId, Base):
    """Somebody who signs in for one organization."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("organization_id", "email_index"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name = SealedText()
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email = SealedText()
    email_index: Mapped[bytes] = mapped_column(LargeBinary)
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    language: Mapped[str] = mapped_column(String(5))
    password_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Login(WithId, Base):
    """Which person an e-mail address belongs to, network-wide, by hash. `id` is the person's."""

    __tablename__ = "login"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    email_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)


class Session(WithId, Base):
    """A signed-in browser; only the hash of its cookie is stored."""

    __tablename__ = "session"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApiKey(WithId, Base):
    """A program's credential for one organization."""

    __tablename__ = "api_key"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), index=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    name: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Link(WithId, Base):
    """A link to one referral, or to the confirmation of a mailbox.

    `organization_id` is the tenant that its holder acts in. The token is HMAC(key, id).
    """

    __tablename__ = "link"
    __table_args__ = (Index(None, "referral_id", "purpose"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    purpose: Mapped[LinkPurpose] = mapped_column(enum_column(LinkPurpose, "purpose"))
    referral_id: Mapped[UUID | None] = mapped_column()
    channel_id: Mapped[UUID | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MemberListing(WithId, Base):
    """Ties a member to a listed organization of the directory; sources repeat, so many to one.

    `id` is the directory's organization id.
    """

    __tablename__ = "member_listing"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AnsweringChannel(WithId, Base):
    """A phone or mailbox at which an organization answers requests. Unverified: never used."""

    __tablename__ = "answering_channel"
    __table_args__ = (
        UniqueConstraint("organization_id", "kind", "address_hash"),
        Index(None, "address_hash"),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[ChannelKind] = mapped_column(enum_column(ChannelKind, "kind"))
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address = SealedText()
    address_hash: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(5))
    all_hours: Mapped[bool] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verified_how: Mapped[VerifiedHow | None] = mapped_column(
        enum_column(VerifiedHow, "verified_how")
    )
    verified_by_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    verified_by = SealedText()
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # No new requests until then; those it has stay with it.
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # At what hour the day's list comes; None: when their people start to answer.
    digest_at: Mapped[time | None] = mapped_column()


class Team(WithId, Base):
    """People of an organization who alone see the requests restricted to them."""

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TeamPerson(WithId, Base):
    """Somebody's place in a team."""

    __tablename__ = "team_person"
    __table_args__ = (UniqueConstraint("organization_id", "team_id", "person_id"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    team_id: Mapped[UUID] = mapped_column(ForeignKey("team.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)


class Agreement(WithId, Base):
    """What an agency told a sender it needs with a request, and by when it answers."""

    __tablename__ = "agreement"
    __table_args__ = (Index(None, "organization_id", "member_id"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    member_id: Mapped[UUID] = mapped_column()
    needs: Mapped[str] = mapped_column(Text)
    # Answering days until they answer; None: nothing was agreed.
    answer_days: Mapped[int | None] = mapped_column()
    agreed_with: Mapped[str] = mapped_column(String(120))
    agreed_on: Mapped[date] = mapped_column()
    review_on: Mapped[date] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Claim(WithId, Base):
    """Somebody says they are of a listed organization; the network's office finds out."""

    __tablename__ = "claim"
    __table_args__ = (Index(None, "organization_id", "decided_at"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    listing_id: Mapped[UUID] = mapped_column()
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name = SealedText()
    job_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    job = SealedText()
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email = SealedText()
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone = SealedText()
    language: Mapped[str] = mapped_column(String(5))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    agreed: Mapped[bool | None] = mapped_column()
