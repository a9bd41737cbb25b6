"""What the row policies alone show each organization, opened with the real keys.

Pages may be careful; this looks past them at every sealed word of every row that a context can
select, so that a query written tomorrow can't show more than the table of practice.md 3.
"""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import select

from builders.tenants import Case, Tenants, some_tenants
from shared.crypto import SealedJson, SealedText
from shared.database import Context
from shared.models import Base

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.database import Database

# The others are everybody's, or read through definer functions only: the catalog test's business.
SOMEBODYS = (
    "select relname from pg_class where relnamespace = 'public'::regnamespace"
    " and obj_description(oid) in ('class: tenant', 'class: shared')"
    " and has_table_privilege('handback_app', oid, 'select')"
)


@dataclass
class Readable:
    """The network, and the tables of it that the app may select."""

    world: Tenants
    tables: set[str]


@pytest.fixture
async def rows(
    database: Database, owner_database: Database, database_urls: dict[str, str]
) -> Readable:
    for slice_name in ("accounts", "notify", "directory", "referrals"):
        importlib.import_module(f"{slice_name}.models")
    with psycopg.connect(database_urls["admin"]) as admin:
        tables = {name for (name,) in admin.execute(SOMEBODYS)}
    return Readable(await some_tenants(database, owner_database), tables)


@pytest.fixture
def world(rows: Readable) -> Tenants:
    return rows.world


async def test_each_organization_can_open_only_what_it_may_read(
    rows: Readable, world: Tenants
) -> None:
    wrong, opened = [], 0
    for member, organization_id in world.members.items():
        words = await words_open_to(rows, Context(organization_id))
        opened += len(words)
        for case in world.cases.values():
            may = case.may_read(organization_id) or frozenset()
            wrong += [
                f"{member}: {table} shows {sorted(found)} of {case.name}"
                for table, text in words.items()
                if (found := case.canaries.in_text(text) - may)
            ]

    assert opened > 10
    assert wrong == []


async def test_without_an_organization_no_row_opens(rows: Readable, world: Tenants) -> None:
    words = await words_open_to(rows, Context())

    assert not any(shows(case, words) for case in world.cases.values())


async def test_the_holder_of_a_link_can_open_its_own_request_only(
    rows: Readable, world: Tenants
) -> None:
    wrong = []
    for own in world.cases.values():
        for organization_id in (own.town.agency, own.town.clinic):
            words = await words_open_to(rows, Context(organization_id, own.referral_id))
            wrong += [
                f"{own.name} for {organization_id}: {found} of {case.name}"
                for case in world.cases.values()
                if case is not own and (found := shows(case, words, SHARED))
            ]

    assert wrong == []


async def test_the_words_are_there_to_be_found(rows: Readable, world: Tenants) -> None:
    words = await words_open_to(rows, Context(world.members["lincoln"]))

    told = world.cases["told"]
    assert {"name", "phone", "internal_note", "shared_note", "patient_words"} <= shows(told, words)


# Tables that a link's context narrows to one request; a patient's other rows belong to the sender.
SHARED = {"referral", "referral_event", "referral_disclosure", "shared_note"}


def shows(case: Case, words: dict[str, str], tables: set[str] | None = None) -> frozenset[str]:
    chosen = [text for table, text in words.items() if tables is None or table in tables]
    return case.canaries.in_text("\n".join(chosen))


async def words_open_to(rows: Readable, context: Context) -> dict[str, str]:
    """Every word of every row that the context can select, by table."""
    found = {}
    for model in models(rows.tables):
        async with rows.world.database.transaction(context) as session:
            every = (await session.scalars(select(model))).all()
            found[model.__tablename__] = "\n".join(words_of(row) for row in every)
    return {table: text for table, text in found.items() if text}


def models(tables: set[str]) -> Iterator[Any]:
    for mapper in Base.registry.mappers:
        if mapper.class_.__tablename__ in tables:
            yield mapper.class_


def words_of(row: Any) -> str:
    """Clear columns as text, sealed ones opened."""
    parts = [
        str(getattr(row, column.key))
        for column in row.__mapper__.columns
        if not column.key.endswith("_sealed")
    ]
    for owner in type(row).__mro__:
        for name, value in vars(owner).items():
            if isinstance(value, SealedText | SealedJson):
                word = getattr(row, name)
                parts.append(word if isinstance(word, str) else json.dumps(word))
    return "\n".join(parts)
