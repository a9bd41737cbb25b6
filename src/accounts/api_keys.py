"""API keys of an organization: made once, shown once, listed without the secret, revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Scope, scopes_in
from shared import audit
from shared.crypto import random_token, token_hash
from shared.errors import InvalidInput, NotFound
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id

PREFIX = "hb_"
NAME_LENGTH = 80


@dataclass(frozen=True, slots=True)
class ApiKeyFact:
    """A key without its secret."""

    id: UUID
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None


async def create_api_key(
    session: AsyncSession, name: str, scopes: frozenset[Scope], *, now: datetime
) -> tuple[UUID, str]:
    """(id, key) of a new key of the organization whose context this is; the key is not kept."""
    if not name.strip() or len(name) > NAME_LENGTH:
        raise InvalidInput(
            _("The key needs a name."), field="name", remedy=_("Say which program will use it.")
        )
    if not scopes:
        raise InvalidInput(
            _("The key needs a scope."), field="scopes", remedy=_("Choose what it may do.")
        )
    key_id, key = new_id(), PREFIX + random_token()
    words = sorted(scope.value for scope in scopes)
    await session.execute(
        text("select add_api_key(:id, :hash, :name, :scopes, :now)"),
        {"id": key_id, "hash": token_hash(key), "name": name.strip(), "scopes": words, "now": now},
    )
    await audit.record(
        session,
        "api_key_created",
        subject_kind="api_key",
        subject_id=key_id,
        now=now,
        detail={"scopes": words},
    )
    return key_id, key


async def list_api_keys(session: AsyncSession) -> list[ApiKeyFact]:
    """Every key of the organization whose context this is, oldest first."""
    rows = await session.execute(text("select * from api_keys_here()"))
    return [
        ApiKeyFact(row.id, row.name, scopes_in(row.scopes), row.created_at, row.revoked_at)
        for row in rows
    ]


async def revoke_api_key(session: AsyncSession, key_id: UUID, *, now: datetime) -> None:
    """End a key at once; NotFound when it isn't this organization's."""
    done = await session.execute(
        text("select revoke_api_key(:id, :now)"), {"id": key_id, "now": now}
    )
    if not done.scalar_one():
        raise NotFound(_("There is no such API key."))
    await audit.record(
        session, "api_key_revoked", subject_kind="api_key", subject_id=key_id, now=now
    )
