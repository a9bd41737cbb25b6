"""Disaster mode: many places closed, one opened for a while, a banner; one undo (practice 5.10).

Closures are our own rows, so no feed opens a place again before the last day. The undo takes back
what was made and leaves alone what somebody has edited since.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, text

from directory.codes import ClosureReason
from directory.models import Closure, Emergency, EmergencyChange
from directory.search.projection import project
from directory.stewards.calls import steward_of
from directory.stewards.sites import chosen_sites
from directory.stewards.temporary import NewSite, open_site
from shared import audit
from shared.errors import Conflict, InvalidInput, NotFound
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor

LONGEST = timedelta(days=366)
WORDS, BANNER, NAME = 200, 300, 120
# Tables whose rows an emergency makes; a name from here stands in SQL, never one from outside.
MADE = frozenset(
    {
        "closure",
        "organization",
        "service",
        "location",
        "address",
        "service_at_location",
        "phone",
        "schedule",
        "attribute",
        "translation",
    }
)
DIGEST = "select md5(to_jsonb(t)::text) from {entity} t where t.id = :id"
WITHDRAW = "update {entity} set withdrawn_at = :now where id = :id"


@dataclass(frozen=True, slots=True)
class NewEmergency:
    """What the steward's form says."""

    name: str
    ends_on: date | None
    reason: ClosureReason
    words_en: str
    words_es: str
    banner_en: str = ""
    banner_es: str = ""
    sites: Collection[UUID] = ()
    opens: NewSite | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """What the undo took back, and what somebody had edited since."""

    taken_back: int
    kept: int


async def start_emergency(
    session: AsyncSession, new: NewEmergency, *, actor: Actor, now: datetime, today: date
) -> Emergency:
    """All of it in one transaction; search and pages show it with the commit."""
    _front_door, person = await steward_of(session, actor)
    ends_on = _check(new, today)
    sites = await chosen_sites(session, new.sites, today)
    if not sites and new.opens is None and not new.banner_en:
        raise InvalidInput(_("Choose places to close, a place to add, or a banner."), field="name")
    row = Emergency(
        name=new.name.strip(),
        words_en=new.words_en.strip(),
        words_es=new.words_es.strip(),
        banner_en=new.banner_en.strip(),
        banner_es=new.banner_es.strip(),
        starts_on=today,
        ends_on=ends_on,
        made_by=person,
        made_at=now,
    )
    session.add(row)
    await session.flush()
    made = [await _close(session, row, new.reason, site.id, now) for site in sites]
    if new.opens is not None:
        made += await open_site(session, new.opens, row, now)
    await session.flush()
    for entity, entity_id in made:
        digest = await _digest(session, entity, entity_id)
        session.add(
            EmergencyChange(
                emergency_id=row.id, entity_id=entity_id, entity=entity, digest=digest or ""
            )
        )
    await session.flush()
    await project(session, [entity_id for _entity, entity_id in made], now)
    await audit.record(
        session,
        "emergency_started",
        subject_kind="emergency",
        subject_id=row.id,
        now=now,
        detail={"closed": len(sites), "opened": int(new.opens is not None)},
    )
    return row


async def undo_emergency(
    session: AsyncSession, emergency_id: UUID, *, actor: Actor, now: datetime
) -> Undone:
    """Put back exactly what it changed; rows edited since stay as they are."""
    _front_door, person = await steward_of(session, actor)
    row = await session.get(Emergency, emergency_id, with_for_update=True)
    if row is None:
        raise NotFound(_("There is no such emergency."))
    if row.undone_at is not None:
        raise Conflict(_("This has been undone already."))
    changes = list(
        await session.scalars(
            select(EmergencyChange).where(EmergencyChange.emergency_id == emergency_id)
        )
    )
    edited = {
        each.entity_id
        for each in changes
        if await _digest(session, each.entity, each.entity_id) != each.digest
    }
    # A place that was added is one thing: edited in part, it stays whole.
    site = [each for each in changes if each.entity != "closure"]
    if any(each.entity_id in edited for each in site):
        edited |= {each.entity_id for each in site}
    for each in changes:
        each.kept = each.entity_id in edited
        if not each.kept:
            await session.execute(
                text(WITHDRAW.format(entity=_known(each.entity))),
                {"id": each.entity_id, "now": now},
            )
    row.undone_at, row.undone_by = now, person
    await session.flush()
    await project(session, [each.entity_id for each in changes], now)
    await audit.record(
        session, "emergency_undone", subject_kind="emergency", subject_id=row.id, now=now
    )
    return Undone(len(changes) - len(edited), len(edited))


async def open_again(
    session: AsyncSession, closure_id: UUID, *, actor: Actor, now: datetime
) -> None:
    """One place of an emergency is open again before the others."""
    await steward_of(session, actor)
    row = await session.get(Closure, closure_id, with_for_update=True)
    if row is None or row.batch_id is None:
        raise NotFound(_("There is no such closure."))
    if row.withdrawn_at is None:
        row.withdrawn_at = now
        await session.flush()
        await project(session, [closure_id], now)
        await audit.record(
            session, "closure_ended", subject_kind="closure", subject_id=row.id, now=now
        )


async def _close(
    session: AsyncSession, row: Emergency, reason: ClosureReason, location_id: UUID, now: datetime
) -> tuple[str, UUID]:
    closure = Closure(
        location_id=location_id,
        batch_id=row.id,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        reason=reason,
        words_en=row.words_en,
        words_es=row.words_es,
        created_at=now,
    )
    session.add(closure)
    await session.flush()
    return "closure", closure.id


async def _digest(session: AsyncSession, entity: str, entity_id: UUID) -> str | None:
    found: str | None = await session.scalar(
        text(DIGEST.format(entity=_known(entity))), {"id": entity_id}
    )
    return found


def _known(entity: str) -> str:
    if entity not in MADE:
        raise LookupError(entity)
    return entity


def _check(new: NewEmergency, today: date) -> date:
    if not new.name.strip():
        raise InvalidInput(_("Write what happened."), field="name")
    if new.ends_on is None:
        raise InvalidInput(_("Choose the last day."), field="ends")
    if new.ends_on < today:
        raise InvalidInput(_("These days are over."), field="ends")
    if new.ends_on - today > LONGEST:
        raise InvalidInput(_("An emergency lasts a year at most."), field="ends")
    if not new.words_en.strip():
        raise InvalidInput(_("Write why, in English."), field="words_en")
    if not new.words_es.strip():
        raise InvalidInput(_("Write why, in Spanish."), field="words_es")
    if bool(new.banner_en.strip()) != bool(new.banner_es.strip()):
        empty = "banner_es" if new.banner_en.strip() else "banner_en"
        raise InvalidInput(_("A banner needs both languages."), field=empty)
    return new.ends_on
