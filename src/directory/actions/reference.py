"""Loads what ships with the product: terms, crosswalk, synonyms, ZIP centroids; and the seed.

Loading again changes nothing. Formats: data/README and seeds/README.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from directory.importing.checked import OPEN_ELIGIBILITY, Checked, Row, row_id, term_id
from directory.importing.formats import FeedFormat, read_feed
from directory.importing.history import Run
from directory.importing.report import ImportResult
from directory.importing.run import Errand, import_records, no_progress
from directory.importing.sources import SourceFacts, ensure_source
from directory.importing.staging import merge
from directory.models import SdohCrosswalk, Synonym, ZipCentroid
from shared import clock
from shared.database import Database
from shared.identifiers import source_id
from shared.models import Base

DATA = Path(__file__).parents[1] / "data"
TERMS_SOURCE = SourceFacts(
    name=OPEN_ELIGIBILITY,
    licence="CC BY-SA 3.0",
    licence_url="https://creativecommons.org/licenses/by-sa/3.0/",
    attribution="Open Eligibility, Human Services Taxonomy by Aunt Bertha, Inc.; Spanish: Handback",
    may_republish=True,
    may_send_to_search_server=True,
)
SEED_NAME = "Handback demo seed"
SEED_SOURCE = SourceFacts(
    name=SEED_NAME,
    licence="CC0-1.0",
    licence_url="https://creativecommons.org/publicdomain/zero/1.0/",
    attribution="Handback, invented data",
    may_republish=True,
    may_send_to_search_server=True,
)
TAXONOMY = "open-eligibility"
BATCH = 5000
TABLES = Base.metadata.tables


async def load_reference_data(session: AsyncSession) -> None:
    """Open Eligibility with Spanish labels, SDOH crosswalk, people's own words, ZIP centroids."""
    source = await ensure_source(session, TERMS_SOURCE)
    run = Run(source.id, OPEN_ELIGIBILITY, clock.now(), None)
    await merge(session, run, _terms(), no_progress)
    await _load(session, TABLES[SdohCrosswalk.__tablename__], list(_crosswalk()))
    await _load(session, TABLES[Synonym.__tablename__], list(_synonyms()))
    await _load_zips(session)


async def load_seeds(owner_database: Database, folder: Path) -> ImportResult:
    """The invented organizations of `seeds/organizations`, by the same way as every feed."""
    feed = read_feed(folder / "organizations", FeedFormat.HSDS3, no_progress)
    errand = Errand(
        SEED_SOURCE, clock.now(), no_progress, confirm_deletes=True, made_by="handback demo"
    )
    return await import_records(owner_database, feed, errand)


def _terms() -> Checked:
    taxonomy: dict[str, object] = {
        "name": OPEN_ELIGIBILITY,
        "description": "Open Eligibility services, CC BY-SA 3.0",
        "uri": "https://github.com/openreferral/openeligibility",
        "version": None,
    }
    rows = {
        "taxonomy": [Row("taxonomy", TAXONOMY, taxonomy)],
        "taxonomy_term": [_term(line) for line in _read("open_eligibility.csv")],
        "translation": [row for line in _read("open_eligibility.csv") for row in _labels(line)],
    }
    return Checked(rows)


def _term(line: dict[str, str]) -> Row:
    columns: dict[str, object] = {
        "taxonomy_id": row_id(OPEN_ELIGIBILITY, "taxonomy", TAXONOMY),
        "parent_id": term_id(line["parent_id"]) if line["parent_id"] else None,
        "code": line["id"],
        "name": line["name_en"],
        # HSDS requires a description; some terms have none upstream.
        "description": line["description_en"] or line["name_en"],
        "taxonomy": TAXONOMY,
        "language": "en",
        "term_uri": None,
    }
    return Row("taxonomy_term", line["id"], columns)


def _labels(line: dict[str, str]) -> Iterator[Row]:
    if line["name_es"]:
        columns: dict[str, object] = {
            "entity": "taxonomy_term",
            "entity_id": term_id(line["id"]),
            "field": "name",
            "language": "es",
            "text": line["name_es"],
        }
        yield Row("translation", f"taxonomy_term:{line['id']}:name:es", columns)


def _crosswalk() -> Iterator[dict[str, object]]:
    for line in _read("sdoh_crosswalk.csv"):
        yield {"code": line["sdoh_code"], "term_id": term_id(line["term_id"])}


def _synonyms() -> Iterator[dict[str, object]]:
    for line in _read("synonyms.csv"):
        term, need = line["term_id"] or None, line["need"] or None
        said = f"{line['language']}:{line['phrase']}:{term}:{need}"
        yield {
            "id": source_id("Handback synonyms", said),
            "phrase": line["phrase"],
            "language": line["language"],
            "term_id": term_id(term) if term else None,
            "need": need,
        }


async def _load(session: AsyncSession, table: Table, rows: list[dict[str, object]]) -> None:
    """Make the table hold these rows; rows that are there already are not touched."""
    keys = [column.name for column in table.primary_key]
    wanted = {tuple(row[key] for key in keys): row for row in rows}
    there = {tuple(row) for row in await session.execute(select(*table.primary_key))}
    for gone in there - wanted.keys():
        await session.execute(
            delete(table).where(*(table.c[k] == v for k, v in zip(keys, gone, strict=True)))
        )
    new = [row for key, row in wanted.items() if key not in there]
    for start in range(0, len(new), BATCH):
        await session.execute(insert(table), new[start : start + BATCH])


async def _load_zips(session: AsyncSession) -> None:
    there = set(await session.scalars(select(ZipCentroid.zip)))
    with gzip.open(DATA / "zip_centroids.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = [
            {"zip": line["zip"], "lat": float(line["latitude"]), "lon": float(line["longitude"])}
            for line in csv.DictReader(file)
            if line["zip"] not in there
        ]
    for start in range(0, len(rows), BATCH):
        await session.execute(insert(ZipCentroid), rows[start : start + BATCH])


def _read(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def seed_id(table: str, external_id: str) -> UUID:
    """The id of a row of the seed, such as the organization "harbor-pantry"."""
    return row_id(SEED_NAME, table, external_id)
