"""A steward changes what may be done with a source's records; the change holds everywhere at once.

What a steward set stays through imports, unless the command line insists (importing.sources).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, text

from directory.importing.locks import lock_for_edit
from directory.models import Service, Source, SourceChange
from directory.search.projection import project, renew_words
from directory.search.renewal import tell_every_process
from shared import audit
from shared.errors import InvalidInput, NotFound
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from directory.actions.edited import Editor

SHOWN = text("""
select count(distinct d.service_id) from search_doc d join service s on s.id = d.service_id
where s.source_id = :id""")


@dataclass(frozen=True, slots=True)
class SourceRights:
    """All that a source's page says."""

    licence: str | None
    licence_url: str | None
    attribution: str | None
    may_show_public: bool
    may_republish: bool
    may_send_to_search_server: bool
    ends_on: date | None
    steward: str | None

    def show_to_public(self, today: date) -> bool:
        """Whether everybody may see its records on this day."""
        return self.may_show_public and (self.ends_on is None or self.ends_on >= today)


async def would_vanish(
    session: AsyncSession, source_id: UUID, rights: SourceRights, today: date
) -> int:
    """How many services the public finds now and would find no more."""
    if rights.show_to_public(today):
        return 0
    return int(await session.scalar(SHOWN, {"id": source_id}) or 0)


async def change_rights(
    session: AsyncSession, source_id: UUID, rights: SourceRights, by: Editor, now: datetime
) -> None:
    """Write it down, with who and when. InvalidInput when nothing is another."""
    if rights.licence_url and not rights.licence_url.startswith(("https://", "http://")):
        raise InvalidInput(_("A web address begins with https://."), field="licence_url")
    await lock_for_edit(session, source_id)
    source = await session.get(Source, source_id, with_for_update=True)
    if source is None:
        raise NotFound(_("There is no such source."))
    fields = {
        name: [_json(getattr(source, name)), _json(value)]
        for name, value in asdict(rights).items()
        if getattr(source, name) != value
    }
    if not fields:
        raise InvalidInput(_("That is what it says already."), field="licence")
    for name in fields:
        setattr(source, name, getattr(rights, name))
    change = SourceChange(
        source_id=source_id, fields=fields, made_by=by.name, made_by_id=by.id, made_at=now
    )
    session.add(change)
    await session.flush()
    services = await session.scalars(select(Service.id).where(Service.source_id == source_id))
    await project(session, services.all(), now)
    await renew_words(session)
    await tell_every_process(session)
    await audit.record(
        session,
        "source_rights_changed",
        subject_kind="source",
        subject_id=source_id,
        now=now,
        detail={"fields": sorted(fields)},
    )


def _json(value: object) -> object:
    return value if value is None or isinstance(value, bool | str) else str(value)
