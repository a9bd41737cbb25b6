"""One import from a path to the directory: read, check, merge, project; all or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import Member
from accounts.rules import MemberKind
from directory.importing import quality
from directory.importing.checked import OPEN_ELIGIBILITY, Checked
from directory.importing.coordinates import Point
from directory.importing.formats import FeedFormat, read_feed
from directory.importing.hsds3 import Progress
from directory.importing.records import Feed
from directory.importing.report import ImportResult, for_storage
from directory.importing.sources import SourceFacts, ensure_source, facts_of
from directory.importing.staging import Run, Written, merge
from directory.models import (
    ImportRun,
    Organization,
    Source,
    TaxonomyTerm,
    ZipCentroid,
)
from directory.search.projection import project, renew_words
from shared.database import Context, Database
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id

ONE_IMPORT_AT_A_TIME = 7_215_420_004  # advisory lock
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


class _TrialOver(Exception):  # noqa: N818 -- unwinds the transaction of a dry run
    pass


def no_progress(step: str, done: int, total: int) -> None:
    """For callers that show nothing."""
    del step, done, total


async def import_feed(
    database: Database, request: ImportRequest, *, now: datetime, progress: Progress = no_progress
) -> ImportResult:
    """Bring a feed in, over the owner's database. InvalidInput means that nothing was written."""
    facts = facts_of(request.path, request.source)
    feed = read_feed(request.path, request.feed_format, progress)
    return await import_records(
        database, feed, facts, now=now, progress=progress, dry_run=request.dry_run
    )


async def import_records(  # noqa: PLR0913 -- one argument a fact of the run, all keyword-only
    database: Database,
    feed: Feed,
    facts: SourceFacts,
    *,
    now: datetime,
    progress: Progress = no_progress,
    dry_run: bool = False,
) -> ImportResult:
    """The same for a feed that was read already."""
    result: ImportResult | None = None
    try:
        async with database.transaction(Context(actor="import")) as session:
            result = await _import(session, feed, facts, now, progress, dry_run=dry_run)
            if dry_run:
                raise _TrialOver  # noqa: TRY301 -- only an exception rolls the transaction back
    except _TrialOver:
        pass
    assert result is not None  # noqa: S101 -- set before the only exception that gets here
    return result


async def _import(  # noqa: PLR0913 -- the same facts
    session: AsyncSession,
    feed: Feed,
    facts: SourceFacts,
    now: datetime,
    progress: Progress,
    *,
    dry_run: bool,
) -> ImportResult:
    await session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ONE_IMPORT_AT_A_TIME})
    progress("check", 0, 1)
    checked = quality.check(feed, await _known(session, facts.name, now))
    _refuse_empty(feed, checked)
    progress("check", 1, 1)
    source = await ensure_source(session, facts, renew=facts.licence is not None)
    run = Run(source, facts.name, now, await _front_door(session))
    counts = await merge(session, run, checked, progress)
    await session.execute(MAP_TERMS, {"source": source, "canonical": OPEN_ELIGIBILITY})
    if counts.written or counts.withdrawn:
        await _project(session, source, now, progress)
    run_id = await _record(session, run, feed, checked, counts)
    return ImportResult(
        source=facts.name,
        feed_format=feed.feed_format,
        dry_run=dry_run,
        written=counts.written,
        unchanged=counts.unchanged,
        withdrawn=counts.withdrawn,
        findings=tuple(checked.findings),
        by_table=counts.by_table,
        run_id=run_id,
    )


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
    )


def _refuse_empty(feed: Feed, checked: Checked) -> None:
    """A feed of which nothing is left is a wrong file; taking it would withdraw everything."""
    if not checked.rows["organization"] or not checked.rows["service"]:
        first = checked.findings[0] if checked.findings else None
        where = f" {first.place.file}, line {first.place.line}: {first.reason}" if first else ""
        raise InvalidInput(
            _("%(feed)s has no organization with a service that can be read.%(where)s"),
            values={"feed": feed.name, "where": where},
            remedy=_("Check that this is the right folder or file."),
        )


async def _front_door(session: AsyncSession) -> UUID | None:
    """The network's own organization; it owns what is confidential about places."""
    found: UUID | None = await session.scalar(
        select(Member.id).where(Member.kind == MemberKind.FRONT_DOOR).order_by(Member.id).limit(1)
    )
    return found


async def _project(session: AsyncSession, source: UUID, now: datetime, progress: Progress) -> None:
    """Search sees the import in the same transaction."""
    progress("search", 0, 1)
    for table in PLANS_NEED_FIGURES:
        await session.execute(text(f"analyze {table}"))
    organizations = await session.scalars(
        select(Organization.id).where(Organization.source_id == source)
    )
    await project(session, organizations.all(), now)
    await renew_words(session)
    progress("search", 1, 1)


async def _record(
    session: AsyncSession, run: Run, feed: Feed, checked: Checked, counts: Written
) -> UUID:
    made = ImportRun(
        id=new_id(),
        source_id=run.source_id,
        feed_format=feed.feed_format,
        feed_name=feed.name,
        started_at=run.now,
        written=counts.written,
        unchanged=counts.unchanged,
        withdrawn=counts.withdrawn,
        quarantined=len(checked.findings),
        report=for_storage(checked.findings),
    )
    session.add(made)
    await session.flush()
    return made.id
