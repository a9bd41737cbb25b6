"""Who gave a feed and what may be done with it: source.json beside it, else the careful way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.importing.json_lines import read_json
from directory.models import Source
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _
from shared.identifiers import source_id


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A source with its rights. Without a known licence: shown here, never handed on."""

    name: str
    licence: str | None = None
    licence_url: str | None = None
    attribution: str | None = None
    may_show_public: bool = True
    may_republish: bool = False
    may_send_to_search_server: bool = False
    ends_on: date | None = None


class _SourceFile(BaseModel):
    """source.json beside a feed."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    licence: str | None = None
    licence_url: str | None = None
    attribution: str | None = None
    may_show_public: bool = True
    may_republish: bool = False
    may_send_to_search_server: bool = False
    ends_on: date | None = None


def facts_of(path: Path, name: str | None) -> SourceFacts:
    """The source of a feed: the caller's name, else source.json's, else the file's or folder's."""
    beside = (path if path.is_dir() else path.parent) / "source.json"
    given = _SourceFile()
    if beside.is_file():
        try:
            given = _SourceFile.model_validate(read_json(beside))
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidInput(
                _("source.json: %(field)s: %(why)s."),
                values={"field": ".".join(map(str, first["loc"])), "why": first["msg"]},
            ) from None
    chosen = (name or given.name or path.stem).strip()
    if not chosen:
        raise InvalidInput(_("The source needs a name."), field="source")
    return SourceFacts(**{**given.model_dump(), "name": chosen})


async def ensure_source(session: AsyncSession, facts: SourceFacts, *, renew: bool) -> UUID:
    """The source's row; `renew` writes the given rights over those on record."""
    source = await session.scalar(select(Source).where(Source.name == facts.name))
    if source is None:
        source = Source(id=source_id(facts.name, "source"))
        session.add(source)
        renew = True
    if renew:
        for column in SourceFacts.__dataclass_fields__:
            setattr(source, column, getattr(facts, column))
    await session.flush()
    return source.id
