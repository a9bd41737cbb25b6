"""One import from a path to the directory: read, check, merge, project; all or nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import Member
from accounts.rules import MemberKind
from directory.importing import quality
from directory.importing.ahead import Ahead, working_ahead
from directory.importing.checked import OPEN_ELIGIBILITY, Checked, spooled
from directory.importing.coordinates import Point
from directory.importing.formats import FeedFormat, read_feed
from directory.importing.garbage import collected_seldom
from directory.importing.hidden import (
    hidden_places,
    note_feed_agrees,
    refuse_hidden_meanwhile,
)
from directory.importing.history import Run
from directory.importing.hsds3 import Progress
from directory.importing.locks import one_import_at_a_time
from directory.importing.records import Feed, Held
from directory.importing.report import ImportResult, for_storage
from directory.importing.sources import (
    NOTHING_TOLD,
    SourceFacts,
    ToldRights,
    ensure_source,
    facts_of,
    refuse_unnamed_twin,
)
from directory.importing.staging import Written, has_rows, merge
from directory.importing.touched import touched_by_run
from directory.importing.vanishing import refuse_vanishing
from directory.models import (
    ImportRun,
    Source,
    TaxonomyTerm,
    ZipCentroid,
)
from directory.search.bulk import project_source
from directory.search.projection import project, renew_words
from shared.database import Context, Database
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id

# The feed's own term and the Open Eligibility term that has the same name, best under a parent of
# the same name; feeds rename and regroup, so it is found anew after each import.
MAP_TERMS = text("""
update taxonomy_term t set maps_to_id = m.id
from (
  select distinct on (f.id) f.id as feed_id, o.id
  from taxonomy_term f
  join taxonomy_term o on lower(o.name) = lower(f.name)
  join source s on s.id = o.source_id and s.name = :canonical
  left join taxonomy_term fp on fp.id = f.parent_id
  left join taxonomy_term op on op.id = o.parent_id
  where f.source_id = :source and f.withdrawn_at is null
  order by f.id, (lower(op.name) = lower(fp.name)) desc nulls last, o.code
) m
where t.id = m.feed_id and t.maps_to_id is distinct from m.id""")
PLANS_NEED_FIGURES = (
    "organization",
    "service",
    "location",
    "service_at_location",
    "address",
    "phone",
    "schedule",
    "language",
    "attribute",
    "translation",
)


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What `handback import` was asked for."""

    path: Path
    feed_format: FeedFormat = FeedFormat.AUTO
    source: str | None = None
    dry_run: bool = False
    rights: ToldRights = NOTHING_TOLD
    confirm_deletes: bool = False
    made_by: str = "import"


@dataclass(frozen=True, slots=True)
class Errand:
    """How an import is to be made, and of what."""

    facts: SourceFacts
    now: datetime
    progress: Progress
    dry_run: bool = False
    confirm_deletes: bool = False
    made_by: str = "import"
    digest: str | None = None


class _TrialOver(Exception):  # noqa: N818 -- unwinds the transaction of a dry run
    pass


def no_progress(step: str, done: int, total: int) -> None:
    """For callers that show nothing."""
    del step, done, total


async def import_feed(
    database: Database, request: ImportRequest, *, now: datetime, progress: Progress = no_progress
) -> ImportResult:
    """Bring a feed in, over the owner's database. InvalidInput means that nothing was written."""
    with collected_seldom():
        return await _import_feed(database, request, now, progress)


async def _import_feed(
    database: Database, request: ImportRequest, now: datetime, progress: Progress
) -> ImportResult:
    facts = facts_of(request.path, request.source, request.rights)
    feed = read_feed(request.path, request.feed_format, progress)
    errand = Errand(
        facts,
        now,
        progress,
        dry_run=request.dry_run,
        confirm_deletes=request.confirm_deletes,
        made_by=request.made_by,
        digest=digest_of(request.path),
    )
    return await import_records(database, feed, errand)


async def import_records(database: Database, feed: Feed, errand: Errand) -> ImportResult:
    """The same for a feed that was read already."""
    async with database.transaction(Context(actor="import")) as session:
        known = await _known(session, errand.facts.name, errand.now)
        first = not await has_rows(session, errand.facts.name)
    errand.progress("check", 0, 1)
    async with working_ahead(*quality.checking(feed, known, spooled)) as ahead:
        if not first:  # nobody who edits the source waits while its feed is being checked
            await _all_checked(feed, ahead, errand)
        return await _written(database, feed, ahead, errand, first=first)


async def _all_checked(feed: Feed, ahead: Ahead, errand: Errand) -> None:
    await ahead.whole()
    _refuse_empty(feed, ahead.checked)
    errand.progress("check", 1, 1)


async def _written(
    database: Database, feed: Feed, ahead: Ahead, errand: Errand, *, first: bool
) -> ImportResult:
    result: ImportResult | None = None
    try:
        async with database.transaction(Context(actor="import")) as session:
            result = await _import(session, feed, ahead, errand, first=first)
            if errand.dry_run:
                raise _TrialOver  # noqa: TRY301 -- only an exception rolls the transaction back
    except _TrialOver:
        pass
    assert result is not None  # noqa: S101 -- set before the only exception that gets here
    return result


async def _import(
    session: AsyncSession, feed: Feed, ahead: Ahead, errand: Errand, *, first: bool
) -> ImportResult:
    facts, progress, checked = errand.facts, errand.progress, ahead.checked
    await one_import_at_a_time(session)
    await ahead.passed("organization")
    await refuse_unnamed_twin(
        session,
        facts,
        ((row.external_id, str(row.columns["name"])) for row in checked.rows["organization"]),
    )
    source = await ensure_source(session, facts)
    await note_feed_agrees(session, facts.name, checked.private_places)
    record = await _open_record(session, source.id, feed, errand)
    run = Run(source.id, facts.name, errand.now, await front_door(session), record.id)
    counts = await merge(session, run, checked, progress, ahead.passed if first else None)
    await _all_checked(feed, ahead, errand)
    await refuse_hidden_meanwhile(session, facts.name, checked.hidden_places)
    if not errand.confirm_deletes:
        await _refuse_vanishing(session, run, counts)
    await session.execute(MAP_TERMS, {"source": source.id, "canonical": OPEN_ELIGIBILITY})
    if counts.written or counts.withdrawn or source.rights_changed:
        await _project(session, run, whole=source.rights_changed, progress=progress)
    _close_record(record, checked, counts)
    await session.flush()
    return _result(feed, errand, checked, counts, record)


async def _known(session: AsyncSession, source_name: str, now: datetime) -> quality.Known:
    centroids = await session.execute(select(ZipCentroid.zip, ZipCentroid.lat, ZipCentroid.lon))
    codes = await session.scalars(
        select(TaxonomyTerm.code)
        .join(Source, Source.id == TaxonomyTerm.source_id)
        .where(Source.name == OPEN_ELIGIBILITY, TaxonomyTerm.withdrawn_at.is_(None))
    )
    return quality.Known(
        source_name=source_name,
        today=now.date(),
        centroids={code: Point(lat, lon) for code, lat, lon in centroids},
        term_codes=frozenset(code for code in codes if code is not None),
        hidden_places=await hidden_places(session, source_name),
    )


def _refuse_empty(feed: Feed, checked: Checked) -> None:
    """A feed of which nothing is left is a wrong file; taking it would withdraw everything."""
    if not len(checked.rows["organization"]) or not len(checked.rows["service"]):  # noqa: PLC1802
        first = checked.findings[0] if checked.findings else None
        where = f" {first.place.file}, line {first.place.line}: {first.reason}" if first else ""
        raise InvalidInput(
            _("%(feed)s has no organization with a service that can be read.%(where)s"),
            values={"feed": feed.name, "where": where},
            remedy=_("Check that this is the right folder or file."),
        )


async def front_door(session: AsyncSession) -> UUID | None:
    """The network's own organization; it owns what is confidential about places."""
    found: UUID | None = await session.scalar(
        select(Member.id).where(Member.kind == MemberKind.FRONT_DOOR).order_by(Member.id).limit(1)
    )
    return found


async def _refuse_vanishing(session: AsyncSession, run: Run, counts: Written) -> None:
    if not counts.withdrawn:
        return
    live: dict[str, int] = {}
    for table, gone in counts.withdrawn_by_table.items():
        left = await session.scalar(
            text(
                f"select count(*) from {table} t where t.source_id = :source"
                " and t.withdrawn_at is null and not exists (select from import_change c"
                "  where c.run_id = :run and c.entity_id = t.id"
                "  and c.change in ('add', 'bring_back'))"
            ),
            {"source": run.source_id, "run": run.id},
        )
        live[table] = gone + (left or 0)
    refuse_vanishing(live, counts.withdrawn_by_table, run.source_name)


async def _project(session: AsyncSession, run: Run, *, whole: bool, progress: Progress) -> None:
    """Search sees the import in the same transaction."""
    progress("search", 0, 1)
    assert run.id is not None  # noqa: S101 -- every import has its record
    touched = None if whole else await touched_by_run(session, run.id, run.source_id)
    if touched is None:
        for table in PLANS_NEED_FIGURES:
            await session.execute(text(f"analyze {table}"))
        await project_source(
            session, run.source_id, run.now, lambda done, all_: progress("search", done, all_)
        )
    else:
        await project(session, touched, run.now)
    await renew_words(session)
    progress("search", 1, 1)


async def _open_record(
    session: AsyncSession, source: UUID, feed: Feed, errand: Errand
) -> ImportRun:
    """The run's own row comes first: the history hangs on it."""
    last = await session.scalar(select(func.max(ImportRun.number)))
    record = ImportRun(
        id=new_id(),
        number=(last or 0) + 1,
        source_id=source,
        made_by=errand.made_by,
        feed_format=feed.feed_format,
        feed_name=feed.name,
        feed_digest=errand.digest,
        started_at=errand.now,
        written=0,
        added=0,
        unchanged=0,
        withdrawn=0,
        agreed=0,
        conflicts=0,
        quarantined=0,
        deletes_confirmed=errand.confirm_deletes,
        report=[],
    )
    session.add(record)
    await session.flush()
    return record


def _close_record(record: ImportRun, checked: Checked, counts: Written) -> None:
    for name in ("written", "added", "unchanged", "withdrawn", "agreed", "conflicts"):
        setattr(record, name, getattr(counts, name))
    record.quarantined = sum(each.held is not Held.NOTED for each in checked.findings)
    record.report = for_storage(checked.findings)


def _result(
    feed: Feed, errand: Errand, checked: Checked, counts: Written, record: ImportRun
) -> ImportResult:
    return ImportResult(
        source=errand.facts.name,
        feed_format=feed.feed_format,
        dry_run=errand.dry_run,
        written=counts.written,
        unchanged=counts.unchanged,
        withdrawn=counts.withdrawn,
        findings=tuple(checked.findings),
        by_table=counts.by_table,
        run_id=record.id,
        number=record.number,
        added=counts.added,
        agreed=counts.agreed,
        conflicts=counts.conflicts,
    )


def digest_of(path: Path) -> str:
    """SHA-256 over the feed's files, by name and content: the same feed has the same digest."""
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode())
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()
