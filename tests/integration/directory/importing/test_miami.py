"""A vendor's export of HSDS 1.1 with 4,089 services: in, told what is wrong with it, found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from directory.importing.records import Held
from directory.importing.report import as_text, summary

if TYPE_CHECKING:
    from integration.directory.importing.conftest import Bring, Rows


@pytest.fixture
def miami(shared_folder: Path) -> Path:
    """The export's folder, as it was published: datapackage.json and data/."""
    folder = shared_folder / "data" / "miami211"
    if not folder.is_dir():
        pytest.skip("The export of Miami is not in the shared folder.")
    return folder


async def test_miami_arrives_and_only_once(
    bring: Bring, rows: Rows, miami: Path, tmp_path: Path
) -> None:
    first = await bring(miami, source="Miami")
    assert first.feed_format == "hsds1"
    assert first.by_table["organization"] == 1074
    # 447 name an organization that the export has not
    assert first.by_table["service"] == 4089 - 447
    assert first.by_table["location"] == 4089
    assert first.exit_code == 3
    ((read, kept),) = await rows(
        "select count(*) filter (where opens_at is not null),"
        " count(*) filter (where opens_at is null and description is not null) from schedule"
    )
    assert read > 2300
    assert 80 < kept < 200
    ((mended,),) = await rows("select count(*) from service where description like '%GÇ%'")
    assert mended == 0
    # a shelter whose address reads "Confidential" stands nowhere with it
    ((secret, point),) = await rows(
        "select count(*), count(point) from location where confidential"
    )
    assert (secret, point) == (1, 0)
    await _nothing_of_others_is_kept(rows)
    _a_steward_understands(first)
    again = await bring(miami, source="Miami")
    assert (again.written, again.withdrawn) == (0, 0)


async def _nothing_of_others_is_kept(rows: Rows) -> None:
    """Neither people nor the names of a licensed taxonomy; its codes are there."""
    assert await rows("select 1 from contact") == []
    ((terms, named),) = await rows(
        "select count(*), count(*) filter (where t.name <> t.code or description is not null)"
        " from taxonomy_term t join source s on s.id = t.source_id where s.name = 'Miami'"
    )
    assert (terms, named) == (1991, 0)


def _a_steward_understands(result: object) -> None:
    findings = result.findings  # type: ignore[attr-defined]
    assert all(finding.reason.endswith(".") for finding in findings)
    assert all(finding.place.file.endswith(".csv") for finding in findings)
    # a whole table without an owner is one sentence, not 2,244
    assert sum(finding.place.file == "eligibility.csv" for finding in findings) == 1
    assert sum(f.table == "location" and f.held is Held.VALUE for f in findings) < 60
    text = as_text(result)  # type: ignore[arg-type]
    assert len(text.splitlines()) < 300
    headlines = "\n".join(summary(result))  # type: ignore[arg-type]
    assert "447 rows of services.csv (organization_id) were kept back." in headlines
    assert "eligibility.csv" in headlines
