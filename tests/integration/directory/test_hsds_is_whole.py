"""Every table and column of HSDS 3.1 has its place in the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from directory.models import FromSource
from shared.models import Base

# HSDS's name → ours, where they differ and why
SAID_OTHERWISE = {
    ("location", "latitude"): "point",
    ("location", "longitude"): "point",
}
# Only in the nested form: the tabular form has the key beside it.
NESTED_ONLY = {
    ("attribute", "taxonomy_term"),
    ("service", "organization"),
    ("service", "program"),
    ("service_at_location", "location"),
    ("service_capacity", "unit"),
    ("taxonomy_term", "taxonomy_detail"),
}


@pytest.fixture(scope="session")
def schemas(shared_folder: Path) -> dict[str, dict[str, Any]]:
    folder = shared_folder / "standards" / "hsds" / "3.1-dev" / "schema"
    if not folder.is_dir():
        pytest.skip("The schema of HSDS 3.1 is not here.")
    read = [json.loads(path.read_text()) for path in folder.glob("*.json")]
    return {schema["name"]: schema for schema in read if "properties" in schema}


def test_no_table_of_hsds_is_missing(schemas: dict[str, dict[str, Any]]) -> None:
    assert len(schemas) == 24
    assert set(schemas) - set(Base.metadata.tables) == set()


def test_no_column_of_hsds_is_missing(schemas: dict[str, dict[str, Any]]) -> None:
    missing = [
        f"{table}.{column}"
        for table, schema in schemas.items()
        for column, said in schema["properties"].items()
        if said.get("type") != "array" and (table, column) not in NESTED_ONLY
        if SAID_OTHERWISE.get((table, column), column) not in Base.metadata.tables[table].columns
    ]
    assert missing == []


def test_every_nested_list_of_hsds_is_a_table_that_points_to_its_owner(
    schemas: dict[str, dict[str, Any]],
) -> None:
    """Additional websites, capacities and the like: what is nested in JSON has a key here."""
    lost, seen = [], 0
    for table, schema in schemas.items():
        for column, said in schema["properties"].items():
            if said.get("type") != "array":
                continue
            seen += 1
            nested = said["items"]["$ref"].removesuffix(".json")
            keys = set(Base.metadata.tables[nested].columns.keys())
            if not keys & {f"{table}_id", "link_id", "resource_id"}:
                lost.append(f"{table}.{column}")
    assert seen > 60
    assert lost == []


def test_every_table_of_hsds_knows_its_source_and_can_be_withdrawn(
    schemas: dict[str, dict[str, Any]],
) -> None:
    carried = set(FromSource.__annotations__)
    without = [
        table for table in schemas if not carried <= set(Base.metadata.tables[table].columns.keys())
    ]
    assert without == []
