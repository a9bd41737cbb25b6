"""Signing in and out, and recognising a session or a key.

The cookie holds a random token, the database its hash. Idle 30 minutes, never older than 12 hours;
a new token at every sign-in. At most 10 tries per account in 15 minutes, counted before the
password is looked at, so that parallel guesses count too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import Person
from accounts.passwords import password_matches
from accounts.people import login_hash
from accounts.rules import (
    LAST_SEEN_EVERY,
    SESSION_ABSOLUTE,
    SESSION_IDLE,
    SIGN_IN_TRIES,
    SIGN_IN_WINDOW,
    Actor,
    ActorKind,
    Role,
    normal_email,
    roles_in,
    scopes_in,
)
from shared import audit
from shared.crypto import random_token, routing_hash, token_hash
from shared.database import Context, Database
from shared.errors import NotAllowed
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id


class SignInRefused(NotAllowed):
    """Wrong e-mail or password (never which), or too many tries."""

    default_code = "sign_in_refused"


class TooManyTries(SignInRefused):
    """The account is closed to guesses for a while."""

    default_code = "too_many_tries"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; `token` goes into the cookie and is kept nowhere."""

    token: str
    session_id: UUID
    person_id: UUID
    organization_id: UUID
    roles: frozenset[Role]
    language: str


@dataclass(frozen=True, slots=True)
class _Known:
    person_id: UUID
    organization_id: UUID
    password_hash: str


async def sign_in(database: Database, email: str, password: str, *, now: datetime) -> SignedIn:
    """Check a password and start a session; SignInRefused says no more than that.

    Opens its own transactions, because a counted try must survive the refusal.
    """
    bucket = login_hash(normal_email(email) or email[:200].strip().lower())
    allowed, known = await _take_try(database, bucket, now)
    if not allowed:
        await _refuse(database, known, "sign_in_throttled", now)
        raise TooManyTries(
            _("Too many tries. For your safety this account is closed for 15 minutes."),
            remedy=_("Wait 15 minutes, or ask your coordinator for help."),
        )
    if not await password_matches(known.password_hash if known else None, password):
        await _refuse(database, known, "sign_in_failed", now)
        raise SignInRefused(
            _("The e-mail address or the password is not right."),
            remedy=_("Check both and try again. Capital letters matter in the password."),
        )
    assert known is not None  # noqa: S101 -- an unknown account has no password that matches
    return await _start(database, known, bucket, now)


async def sign_out(session: AsyncSession, session_id: UUID, *, now: datetime) -> None:
    """End one session."""
    await session.execute(
        text("select end_session(:session, :now)"), {"session": session_id, "now": now}
    )
    await audit.record(
        session, "signed_out", subject_kind="session", subject_id=session_id, now=now
    )


async def resolve_session(
    session: AsyncSession, token: str, *, now: datetime, extends: bool = True
) -> Actor | None:
    """The person behind a cookie; `extends` is False for a page's own polling."""
    found = await session.execute(
        text("select * from resolve_session(:hash, :seen_after, :started_after)"),
        {
            "hash": token_hash(token),
            "seen_after": now - SESSION_IDLE,
            "started_after": now - SESSION_ABSOLUTE,
        },
    )
    row = found.one_or_none()
    if row is None:
        return None
    if extends and now - row.last_seen_at >= LAST_SEEN_EVERY:
        await session.execute(
            text("select touch_session(:session, :now)"), {"session": row.session_id, "now": now}
        )
    person = Person(
        id=row.person_id, organization_id=row.organization_id, name_sealed=row.name_sealed
    )
    return Actor(
        kind=ActorKind.PERSON,
        organization_id=row.organization_id,
        person_id=row.person_id,
        roles=roles_in(row.roles),
        label=person.name or "",
        language=row.language,
        credential_id=row.session_id,
        team_ids=tuple(row.team_ids),
    )


async def resolve_api_key(session: AsyncSession, key: str) -> Actor | None:
    """The organization's program behind a key."""
    found = await session.execute(
        text("select * from resolve_api_key(:hash)"), {"hash": token_hash(key)}
    )
    row = found.one_or_none()
    if row is None:
        return None
    return Actor(
        kind=ActorKind.API_KEY,
        organization_id=row.organization_id,
        label=row.name,
        language=row.language,
        credential_id=row.key_id,
        scopes=scopes_in(row.scopes),
    )


def form_token(session_id: UUID) -> str:
    """The secret that a session's own forms carry (CSRF)."""
    return routing_hash("csrf", str(session_id)).hex()


async def _take_try(database: Database, bucket: bytes, now: datetime) -> tuple[bool, _Known | None]:
    async with database.transaction(Context(actor="identify")) as session:
        taken = await session.execute(
            text("select take_attempt(:bucket, :now, :since, :limit)"),
            {
                "bucket": bucket,
                "now": now,
                "since": now - SIGN_IN_WINDOW,
                "limit": SIGN_IN_TRIES,
            },
        )
        allowed = bool(taken.scalar_one())
        found = await session.execute(text("select * from resolve_login(:hash)"), {"hash": bucket})
        row = found.one_or_none()
    known = _Known(row.person_id, row.organization_id, row.password_hash) if row else None
    return allowed, known


async def _refuse(database: Database, known: _Known | None, action: str, now: datetime) -> None:
    context = Context(organization_id=known.organization_id if known else None, actor="anonymous")
    await audit.record_refusal(
        database,
        context,
        action,
        subject_kind="person",
        subject_id=known.person_id if known else None,
        now=now,
    )


async def _start(database: Database, known: _Known, bucket: bytes, now: datetime) -> SignedIn:
    context = Context(
        organization_id=known.organization_id, actor=f"{ActorKind.PERSON.value}:{known.person_id}"
    )
    session_id, token = new_id(), random_token()
    async with database.transaction(context) as session:
        await session.execute(
            text("select start_session(:id, :hash, :person, :now), forget_attempts(:bucket)"),
            {
                "id": session_id,
                "hash": token_hash(token),
                "person": known.person_id,
                "now": now,
                "bucket": bucket,
            },
        )
        person = await session.get_one(Person, known.person_id)
        await audit.record(
            session, "signed_in", subject_kind="session", subject_id=session_id, now=now
        )
        return SignedIn(
            token=token,
            session_id=session_id,
            person_id=known.person_id,
            organization_id=known.organization_id,
            roles=roles_in(person.roles),
            language=person.language,
        )
