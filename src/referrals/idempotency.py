"""`Idempotency-Key`: written first, in the request's transaction, so that a twin waits for it.

It keeps the request's hash and what came of it; the same key for something else is a 422.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.requests import AnyRequest
from referrals.models import Referral
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

KEY_AT_MOST = 100


def idempotency_key(request: AnyRequest) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= KEY_AT_MOST or not key.isascii() or not key.isprintable():
        raise InvalidInput(
            _("An Idempotency-Key has 1 to 100 plain characters."), field="Idempotency-Key"
        )
    return key


async def take_key(
    session: AsyncSession, request: AnyRequest, tenant: UUID, key: str | None, now: datetime
) -> UUID | None:
    """Write the key, or give what it made the first time; a twin waits here."""
    if key is None:
        return None
    body = await request.body()
    place = f"{request.method} {request.url.path}\n".encode()
    digest = hashlib.sha256(place + body).digest()
    facts = {"organization": tenant, "key": key, "hash": digest, "now": now}
    added = await session.execute(
        text(
            "insert into idempotency_key (organization_id, key, request_hash, created_at)"
            " values (:organization, :key, :hash, :now) on conflict do nothing returning key"
        ),
        facts,
    )
    if added.first() is not None:
        return None
    row = (
        await session.execute(
            text(
                "select request_hash, subject_id from idempotency_key"
                " where organization_id = :organization and key = :key"
            ),
            {"organization": facts["organization"], "key": key},
        )
    ).one()
    if bytes(row.request_hash) != digest:
        raise InvalidInput(
            _("This Idempotency-Key was used for something else."),
            field="Idempotency-Key",
            remedy=_("Use a new key for a new request."),
            code="idempotency_key_reused",
        )
    subject: UUID = row.subject_id
    return subject


async def fill_key(
    session: AsyncSession, tenant: UUID, key: str | None, referral: Referral
) -> None:
    if key is None:
        return
    await session.execute(
        text(
            "update idempotency_key set status = 200, subject_id = :subject, version = :version"
            " where organization_id = :organization and key = :key"
        ),
        {
            "subject": referral.id,
            "version": referral.version,
            "organization": tenant,
            "key": key,
        },
    )
