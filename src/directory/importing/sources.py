"""Who gave a feed and what may be done with it: told with the import, or in source.json beside it.

What nobody told is the careful way: shown here, never handed on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from directory.importing.json_lines import read_json
from directory.models import Source
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _
from shared.identifiers import source_id


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A source with its rights. Without a known licence: shown here, never handed on.

    `given` names the rights that somebody told; None means all of them. A source on record keeps
    the others. `named` is False when the name is only that of a file or folder.
    """

    name: str
    licence: str | None = None
    licence_url: str | None = None
    attribution: str | None = None
    may_show_public: bool = True
    may_republish: bool = False
    may_send_to_search_server: bool = False
    ends_on: date | None = None
    steward: str | None = None
    given: frozenset[str] | None = None
    named: bool = True
    # told on the command line by a person: even what a steward set gives way
    insisted: frozenset[str] = frozenset()


RIGHTS = tuple(
    each.name
    for each in fields(SourceFacts)
    if each.name not in {"name", "given", "named", "insisted"}
)


@dataclass(frozen=True, slots=True)
class ToldRights:
    """What `handback import` was told; None is not told."""

    licence: str | None = None
    licence_url: str | None = None
    attribution: str | None = None
    may_show_public: bool | None = None
    may_republish: bool | None = None
    may_send_to_search_server: bool | None = None
    ends_on: date | None = None
    steward: str | None = None


NOTHING_TOLD = ToldRights()


@dataclass(frozen=True, slots=True)
class KnownSource:
    """The source's row; `rights_changed` when what may be done with it is now another thing."""

    id: UUID
    rights_changed: bool


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
    steward: str | None = None


def facts_of(path: Path, name: str | None, told: ToldRights = NOTHING_TOLD) -> SourceFacts:
    """The source of a feed: the caller's word, else source.json's, else the file's name."""
    beside = (path if path.is_dir() else path.parent) / "source.json"
    written = _read(beside) if beside.is_file() else _SourceFile()
    chosen = (name or written.name or path.stem).strip()
    if not chosen:
        raise InvalidInput(_("The source needs a name."), field="source")
    values: dict[str, Any] = {
        field: getattr(written, field) for field in written.model_fields_set if field != "name"
    }
    insisted = {field: getattr(told, field) for field in RIGHTS if getattr(told, field) is not None}
    values |= insisted
    return SourceFacts(
        name=chosen,
        given=frozenset(values),
        named=bool(name or written.name),
        insisted=frozenset(insisted),
        **values,
    )


def _read(beside: Path) -> _SourceFile:
    try:
        return _SourceFile.model_validate(read_json(beside))
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(
            _("source.json: %(field)s: %(why)s."),
            values={"field": ".".join(map(str, first["loc"])), "why": first["msg"]},
        ) from None


async def ensure_source(session: AsyncSession, facts: SourceFacts) -> KnownSource:
    """The source's row, with what was told about its rights written down."""
    source = await session.scalar(select(Source).where(Source.name == facts.name))
    new = source is None
    if source is None:
        source = Source(id=source_id(facts.name, "source"), name=facts.name)
        session.add(source)
    before = None if new else [getattr(source, right) for right in RIGHTS]
    by_hand: set[str] = set()
    if not new:
        by_hand = set(await session.scalars(BY_HAND, {"id": source.id})) - facts.insisted
    for right in RIGHTS:
        told = new or facts.given is None or right in facts.given
        if told and right not in by_hand:
            setattr(source, right, getattr(facts, right))
    await session.flush()
    after = [getattr(source, right) for right in RIGHTS]
    return KnownSource(source.id, rights_changed=not new and before != after)


# What a steward set on the page of sources: a feed never takes it back.
BY_HAND = text("select distinct jsonb_object_keys(fields) from source_change where source_id = :id")
# Ids and names of organizations are the same: it is the same feed from another folder.
TWINS = text("""
select s.name, count(*) as same from organization o join source s on s.id = o.source_id
join unnest(cast(:ids as text[]), cast(:names as text[])) as f(id, name)
  on f.id = o.external_id and f.name = o.name
where o.withdrawn_at is null group by s.name order by same desc, s.name limit 1""")
SAME_FEED = 0.5


async def refuse_unnamed_twin(
    session: AsyncSession, facts: SourceFacts, organizations: Iterable[tuple[str, str]]
) -> None:
    """A known feed in a folder of another name must not come in a second time beside itself."""
    if facts.named:
        return
    known = await session.scalar(select(Source.id).where(Source.name == facts.name))
    pairs = list(organizations)
    if known is not None or not pairs:
        return
    ids, names = zip(*pairs, strict=True)
    twin = (await session.execute(TWINS, {"ids": list(ids), "names": list(names)})).first()
    if twin is None or twin.same < SAME_FEED * len(pairs):
        return
    raise InvalidInput(
        _("Which source is this? %(same)s of its %(all)s organizations are those of “%(source)s”."),
        values={"same": str(twin.same), "all": str(len(pairs)), "source": twin.name},
        remedy=_("Give --source with that name to renew it, or with a new name to have both."),
        field="source",
    )
