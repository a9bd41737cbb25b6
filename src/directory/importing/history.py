"""Keeps what an import does to each row, so that it can be shown and taken back.

One temporary table, `was`, holds the rows of the table being merged as they were before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from directory.importing.privacy import TELLS_WHERE
from directory.models import LocationPrivate
from directory.rows import row_json

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Run:
    """One import's constants."""

    source_id: UUID
    source_name: str
    now: datetime
    # whose `location_private` is; None keeps exact places of confidential locations nowhere
    front_door: UUID | None
    # the row of import_run that the history hangs on; None keeps no history (reference data)
    id: UUID | None = None


# A row that a steward hid stays hidden when its feed still has it.
NOT_HIDDEN = (
    "not exists (select from overlay o where o.entity_id = t.id and o.field = 'withdrawn_at'"
    " and o.ended_at is null)"
)
# A row that a steward hid has gone from its feed: both agree.
HIDDEN_AND_GONE = (
    "update overlay o set ended_at = :now, ended_how = 'agreed', conflict_at = null"
    " from {table} t where t.id = o.entity_id and o.source_id = :source"
    " and o.entity = '{table}' and o.field = 'withdrawn_at' and o.ended_at is null"
    " and not exists (select from stage s where s.id = t.id)"
)
# What stewards added themselves ("handback:…") never was in a feed.
GONE = (
    "update {table} t set withdrawn_at = :now where t.source_id = :source"
    " and t.withdrawn_at is null and t.id <> all(:held)"
    " and t.external_id not like 'handback:%'"
    " and not exists (select from stage s where s.id = t.id) returning t.id, t.content_hash"
)
# Additions leave a record each, so that imports of feeds without any need not look for them.
SOME_ADDED = (
    "select exists (select from metadata where source_id = :source and resource_type = :table"
    " and last_action_type = 'create' and external_id like 'handback:%')"
)
AGREED = (
    "update {table} t set withdrawn_at = :now from {table} f where t.source_id = :source"
    " and t.external_id like 'handback:%' and t.withdrawn_at is null"
    " and f.source_id = :source and f.external_id not like 'handback:%'"
    " and f.withdrawn_at is null and {ours} = {theirs} returning t.id, t.content_hash"
)
CHANGES = "import_change"
PRIVATE_CHANGES = "import_change_private"


def differs(new: str) -> str:
    """Whether a row `t` has to be written from `new` (a relation that has content_hash)."""
    return (
        f"(t.content_hash <> {new}.content_hash or (t.withdrawn_at is not null and {NOT_HIDDEN}))"
    )


def history_of(table: str) -> str:
    """Where changes of a table are kept: what is confidential apart, under its owner."""
    return PRIVATE_CHANGES if table == LocationPrivate.__tablename__ else CHANGES


def _into(table: str) -> tuple[str, str]:
    private = history_of(table) == PRIVATE_CHANGES
    columns = "run_id, entity_id, entity, change, fields, content_hash_before, withdrawn_before" + (
        ", organization_id" if private else ""
    )
    return f"insert into {history_of(table)} ({columns})", ", :owner" if private else ""


async def remember(session: AsyncSession, table: str) -> None:
    """Before the merge: the rows that it is going to change."""
    await session.execute(text("drop table if exists was"))
    await session.execute(
        text(
            f"create temporary table was on commit drop as select t.id, {row_json(table)} as row,"
            f" t.content_hash, t.withdrawn_at from {table} t join stage s on s.id = t.id"
            f" where {differs('s')}"
        )
    )


async def keep_added(session: AsyncSession, run: Run, table: str) -> int:
    """Before the merge: the staged rows that are new. Returns how many."""
    into, extra = _into(table)
    result = await session.execute(
        text(
            f"{into} select :run, s.id, '{table}', 'add', '{{}}', null, null{extra}"
            f" from stage s where not exists (select from {table} t where t.id = s.id)"
            " order by s.id"  # in the order of both indexes: half the work
        ),
        _values(run, extra),
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


async def keep_changed(session: AsyncSession, run: Run, table: str) -> None:
    """After the merge: [before, after] of each column of each row that was changed."""
    into, extra = _into(table)
    await session.execute(
        text(
            f"{into} select :run, w.id, '{table}',"
            " case when w.withdrawn_at is not null and t.withdrawn_at is null"
            "  then 'bring_back' else 'update' end,"
            " coalesce((select jsonb_object_agg(b.key, jsonb_build_array(b.value, a.value))"
            f"  from jsonb_each(w.row) b join jsonb_each({row_json(table)}) a on a.key = b.key"
            "  where a.value is distinct from b.value), '{}'),"
            f" w.content_hash, w.withdrawn_at{extra} from was w join {table} t on t.id = w.id"
        ),
        _values(run, extra),
    )


async def drop_additions(session: AsyncSession, run: Run, table: str) -> int:
    """Rows that stewards added, and that the feed now brings word for word, drop away."""
    values = {"source": run.source_id, "table": table}
    if run.id is None or not await session.scalar(text(SOME_ADDED), values):
        return 0
    into, _extra = _into(table)
    agreed = AGREED.format(table=table, ours=row_json(table), theirs=row_json(table, "f"))
    result = await session.execute(
        text(
            f"with gone as ({agreed})"
            f" {into} select distinct cast(:run as uuid), id, '{table}', 'withdraw',"
            " '{}'::jsonb, content_hash, null::timestamptz from gone"
        ),
        {"source": run.source_id, "now": run.now, "run": run.id},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


async def withdraw_gone(session: AsyncSession, run: Run, table: str, held: list[UUID]) -> int:
    """Mark rows that the feed no longer has; rows kept back stay, they are only not in order."""
    into, extra = _into(table)
    values: dict[str, object] = {"now": run.now, "source": run.source_id}
    await session.execute(text(HIDDEN_AND_GONE.format(table=table)), values)
    gone = GONE.format(table=table)
    if run.id is None:
        result = await session.execute(text(gone), values | {"held": held})
        return len(result.all())
    result = await session.execute(
        text(
            f"with gone as ({gone}) {into} select :run, gone.id, '{table}', 'withdraw', '{{}}',"
            f" gone.content_hash, null{extra} from gone"
        ),
        values | {"held": held} | _values(run, extra),
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def _values(run: Run, extra: str) -> dict[str, object]:
    values: dict[str, object] = {"run": run.id}
    return values | ({"owner": run.front_door} if extra else {})


# A place that became confidential must not be found in any public table: not in a withdrawn
# address, not in the history of imports, not in a correction or its record.
PRIVATE_PLACES = "select l.id from location l where l.confidential and l.source_id = :source"
PRIVATE_ADDRESSES = f"select a.id from address a where a.location_id in ({PRIVATE_PLACES})"
SECRET_FIELDS = ",".join(("point", *TELLS_WHERE))
PRIVATE_FIELDS = f"'{{{SECRET_FIELDS}}}'::text[]"
TOLD_FIELDS = f"'{{{SECRET_FIELDS},#overlays}}'::text[]"
FORGET = (
    (
        f"update import_change set fields = fields - {TOLD_FIELDS}"
        f" where entity = 'location' and entity_id in ({PRIVATE_PLACES})"
        f" and jsonb_exists_any(fields, {TOLD_FIELDS})"
    ),
    f"update import_change set fields = '{{}}' where entity_id in ({PRIVATE_ADDRESSES})",
    (
        f"delete from overlay where entity_id in ({PRIVATE_ADDRESSES})"
        f" or (entity_id in ({PRIVATE_PLACES}) and field = any({PRIVATE_FIELDS}))"
    ),
    (
        f"delete from metadata where resource_id in ({PRIVATE_ADDRESSES})"
        f" or (resource_id in ({PRIVATE_PLACES}) and field_name = any({PRIVATE_FIELDS}))"
    ),
    (
        f"update location set {', '.join(f'{name} = null' for name in ('point', *TELLS_WHERE))}"
        f" where id in ({PRIVATE_PLACES}) and num_nonnulls({SECRET_FIELDS}) > 0"
    ),
    f"delete from address where id in ({PRIVATE_ADDRESSES})",
)


async def forget_secret_places(session: AsyncSession, source: UUID) -> None:
    """Take every trace of where a confidential place is out of the public tables."""
    if not await session.scalar(text(f"select exists ({PRIVATE_PLACES})"), {"source": source}):
        return
    for statement in FORGET:
        await session.execute(text(statement), {"source": source})
