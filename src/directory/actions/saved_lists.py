"""Lists of services that staff keep: one's own, or the whole organization's. All under its tenant.

Who sees a list may change it; only its maker may delete it. Audited by id, never by words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, or_, select

from directory.models import SavedList, SavedListItem, ServiceAtLocation
from shared import audit
from shared.errors import InvalidInput, NotAllowed, NotFound
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor

NAME_CHARACTERS, NOTE_CHARACTERS, MOST_ITEMS = 80, 300, 60


class ListNotFound(NotFound):
    """No such list, or one that is somebody's own."""


@dataclass(frozen=True, slots=True)
class ListCard:
    """A list as the list of lists shows it."""

    id: UUID
    name: str
    shared: bool
    own: bool
    count: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One service at a place in a list."""

    id: UUID
    place_id: UUID
    note: str


@dataclass(frozen=True, slots=True)
class OpenedList:
    """A list with what is in it, in order."""

    id: UUID
    name: str
    note: str
    shared: bool
    own: bool
    items: tuple[Item, ...]


async def lists_for(session: AsyncSession, actor: Actor) -> list[ListCard]:
    """One's own and the team's, by name."""
    counts = (
        select(SavedListItem.list_id, func.count().label("number"))
        .group_by(SavedListItem.list_id)
        .subquery()
    )
    rows = await session.execute(
        select(SavedList, func.coalesce(counts.c.number, 0))
        .outerjoin(counts, counts.c.list_id == SavedList.id)
        .where(or_(SavedList.shared, SavedList.made_by == actor.person_id))
    )
    cards = [
        ListCard(
            row.id, row.name or "", row.shared, row.made_by == actor.person_id, n, row.changed_at
        )
        for row, n in rows
    ]
    return sorted(cards, key=lambda card: (card.name.casefold(), card.id))


async def open_list(session: AsyncSession, list_id: UUID, actor: Actor) -> OpenedList:
    """A list with its items. Raises ListNotFound."""
    row = await _list(session, list_id, actor)
    items = await _items(session, list_id)
    return OpenedList(
        id=row.id,
        name=row.name or "",
        note=row.note or "",
        shared=row.shared,
        own=row.made_by == actor.person_id,
        items=tuple(Item(item.id, item.service_at_location_id, item.note or "") for item in items),
    )


async def make_list(
    session: AsyncSession, actor: Actor, name: str, *, shared: bool, now: datetime
) -> UUID:
    """A new, empty list. Raises InvalidInput without a name."""
    assert actor.organization_id is not None  # noqa: S101 -- the guard let a person in
    row = SavedList(
        organization_id=actor.organization_id,
        name=_name(name),
        note=None,
        shared=shared,
        made_by=actor.person_id,
        made_at=now,
        changed_at=now,
    )
    session.add(row)
    await session.flush()
    await _audit(session, "saved_list_made", row.id, now)
    return row.id


async def describe_list(  # noqa: PLR0913 -- the fields of one form
    session: AsyncSession,
    list_id: UUID,
    actor: Actor,
    *,
    name: str,
    note: str,
    shared: bool,
    now: datetime,
) -> None:
    """Its name, note and who sees it. Only the maker may take a list back from the team."""
    row = await _list(session, list_id, actor, lock=True)
    row.name, row.note = _name(name), _text(note, NOTE_CHARACTERS) or None
    if row.made_by == actor.person_id:
        row.shared = shared
    row.changed_at = now
    await _audit(session, "saved_list_changed", list_id, now)


async def delete_list(session: AsyncSession, list_id: UUID, actor: Actor, *, now: datetime) -> None:
    """Gone with its items. Raises NotAllowed for a list that another made."""
    row = await _list(session, list_id, actor, lock=True)
    if row.made_by != actor.person_id:
        raise NotAllowed(_("Only the person who made this list can delete it."))
    await session.delete(row)
    await _audit(session, "saved_list_deleted", list_id, now)


async def add_item(
    session: AsyncSession,
    list_id: UUID,
    place_id: UUID,
    actor: Actor,
    *,
    now: datetime,
) -> None:
    """At the end; what is there already stays where it is."""
    row = await _list(session, list_id, actor, lock=True)
    items = await _items(session, list_id)
    if any(item.service_at_location_id == place_id for item in items):
        return
    if await session.get(ServiceAtLocation, place_id) is None:
        raise NotFound(_("This service is not in the directory."))
    if len(items) >= MOST_ITEMS:
        raise InvalidInput(_("This list is full."), remedy=_("Begin another list."))
    session.add(
        SavedListItem(
            organization_id=row.organization_id,
            list_id=list_id,
            service_at_location_id=place_id,
            position=items[-1].position + 1 if items else 1,
            note=None,
            added_by=actor.person_id,
            added_at=now,
        )
    )
    row.changed_at = now
    await _audit(session, "saved_list_changed", list_id, now)


async def move_item(
    session: AsyncSession, list_id: UUID, item_id: UUID, actor: Actor, *, up: bool, now: datetime
) -> None:
    """One place up or down; at the end of the list nothing happens."""
    row = await _list(session, list_id, actor, lock=True)
    items = await _items(session, list_id)
    at = _place_of(items, item_id)
    other = at - 1 if up else at + 1
    if 0 <= other < len(items):
        items[at], items[other] = items[other], items[at]
    for position, item in enumerate(items, 1):
        item.position = position
    row.changed_at = now
    await _audit(session, "saved_list_changed", list_id, now)


async def note_item(
    session: AsyncSession, list_id: UUID, item_id: UUID, actor: Actor, *, note: str, now: datetime
) -> None:
    """A word for the reader: whom to ask for, which door."""
    row = await _list(session, list_id, actor, lock=True)
    items = await _items(session, list_id)
    items[_place_of(items, item_id)].note = _text(note, NOTE_CHARACTERS) or None
    row.changed_at = now
    await _audit(session, "saved_list_changed", list_id, now)


async def remove_item(
    session: AsyncSession, list_id: UUID, item_id: UUID, actor: Actor, *, now: datetime
) -> None:
    """Out of the list; the directory keeps the service."""
    row = await _list(session, list_id, actor, lock=True)
    items = await _items(session, list_id)
    await session.delete(items[_place_of(items, item_id)])
    row.changed_at = now
    await _audit(session, "saved_list_changed", list_id, now)


async def _list(
    session: AsyncSession, list_id: UUID, actor: Actor, *, lock: bool = False
) -> SavedList:
    row = await session.get(SavedList, list_id, with_for_update=lock)
    if row is None or not (row.shared or row.made_by == actor.person_id):
        raise ListNotFound(_("This list is not here."), remedy=_("See the lists that are."))
    return row


async def _items(session: AsyncSession, list_id: UUID) -> list[SavedListItem]:
    rows = await session.scalars(
        select(SavedListItem)
        .where(SavedListItem.list_id == list_id)
        .order_by(SavedListItem.position, SavedListItem.id)
    )
    return list(rows)


def _place_of(items: list[SavedListItem], item_id: UUID) -> int:
    for at, item in enumerate(items):
        if item.id == item_id:
            return at
    raise NotFound(_("This is not in the list any more."))


def _name(name: str) -> str:
    words = _text(name, NAME_CHARACTERS)
    if not words:
        raise InvalidInput(_("Give the list a name."), field="name")
    return words


def _text(words: str, most: int) -> str:
    return " ".join(words.replace("\x00", "").split())[:most]


async def _audit(session: AsyncSession, action: str, list_id: UUID, now: datetime) -> None:
    await audit.record(session, action, subject_kind="saved_list", subject_id=list_id, now=now)
