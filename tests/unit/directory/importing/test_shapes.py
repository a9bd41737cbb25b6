"""JSON of other projects is refused with its field and what to do, never read by mistake."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from builders.feeds import hsds3_organization, write_json
from builders.other_shapes import BY_ID, PLACE
from directory.importing.formats import FeedFormat, read_feed
from directory.importing.run import no_progress
from shared.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path


def refused(path: Path, value: Any) -> InvalidInput:
    path.write_text(json.dumps(value))
    with pytest.raises(InvalidInput) as caught:
        read_feed(path, FeedFormat.AUTO, no_progress)
    return caught.value


@pytest.mark.parametrize("name", ["places.json", "organizations.json", "services.json"])
def test_a_list_with_more_strange_fields_than_known_ones_is_refused(
    tmp_path: Path, name: str
) -> None:
    error = refused(tmp_path / name, [PLACE, PLACE])
    assert error.field == "address"
    assert error.values["file"] == name
    assert error.remedy is not None


@pytest.mark.parametrize("name", ["organizations.json", "locations.json", "all.json"])
def test_a_map_of_ids_to_entries_is_refused(tmp_path: Path, name: str) -> None:
    error = refused(tmp_path / name, BY_ID)
    assert error.field == "k1"
    assert "list" in error.message


def test_strange_fields_in_a_line_of_ndjson_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "places.ndjson", PLACE).field == "address"


def test_a_few_fields_of_ones_own_are_nothing(tmp_path: Path) -> None:
    ours = hsds3_organization(region_code="N", score=3, owner="Rosa")
    feed = read_feed(write_json(tmp_path / "feed.json", ours), FeedFormat.AUTO, no_progress)
    assert "organization" in {record.table for record in feed.records}
