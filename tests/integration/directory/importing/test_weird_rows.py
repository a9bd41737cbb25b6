"""Feeds with bad rows among good ones: the good ones arrive, nothing breaks, all of it or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from builders.feeds import hsds3_location, hsds3_organization, hsds3_service, write_json
from builders.hostile import WEIRD
from builders.tables import write_hsds1, write_hsds3_csv
from directory.importing.report import as_json, as_text

if TYPE_CHECKING:
    from integration.directory.importing.conftest import Bring, Rows

SERVICE_FIELDS = (
    "alternate_name",
    "description",
    "url",
    "email",
    "fees_description",
    "application_process",
    "eligibility_description",
    "minimum_age",
    "assured_date",
    "last_modified",
    "alert",
)
CHILDREN: dict[str, dict[str, Any]] = {
    "phones": {"number": "202-555-0144"},
    "schedules": {"freq": "WEEKLY", "byday": "MO", "opens_at": "9:00", "closes_at": "10:00"},
    "cost_options": {"option": "x", "amount": 3},
    "languages": {"name": "English"},
    "required_documents": {"document": "x"},
    "contacts": {"name": "A"},
    "funding": {"source": "x"},
    "additional_urls": {"url": "https://a.example"},
    "attributes": {"link_type": "x", "value": "y"},
    "service_areas": {"name": "x"},
    "capacities": {"available": 1, "updated": "2026-01-01", "unit": {"id": "u", "name": "Beds"}},
    "metadata": {
        "last_action_date": "2026-01-01",
        "last_action_type": "update",
        "field_name": "x",
        "updated_by": "y",
    },
}


def _spoilt_services() -> list[dict[str, Any]]:
    plain = {"phones": [], "schedules": [], "service_at_locations": []}
    services = [hsds3_service()]
    for number, value in enumerate(WEIRD):
        fields = dict.fromkeys(SERVICE_FIELDS, value)
        services.append(hsds3_service(id=f"all-{number}", **{**plain, **fields}))
        children = {
            key: [{**child, "id": f"{key}-{name}-{number}", name: value} for name in child]
            for key, child in CHILDREN.items()
        }
        services.append(hsds3_service(id=f"children-{number}", **{**plain, **children}))
    return services


async def test_every_weird_value_at_once_spoils_only_its_own_row(bring: Bring, rows: Rows) -> None:
    places = [hsds3_location()] + [
        hsds3_location(id=f"p{n}", addresses=[], name=v, latitude=v, longitude=v, time_zone=v)
        for n, v in enumerate(WEIRD)
    ]
    feed = hsds3_organization(services=_spoilt_services(), locations=places)
    result = await bring(feed)
    assert result.exit_code == 3
    assert result.by_table["service"] == 1 + 2 * len(WEIRD)
    assert result.by_table["location"] == 1 + len(WEIRD)
    assert as_json(result).encode()
    assert as_text(result).encode()
    ((found,),) = await rows("select count(*) from search_doc")
    assert found == result.by_table["service_at_location"]
    again = await bring(feed)
    assert (again.written, again.withdrawn) == (0, 0)


async def test_a_formula_stays_a_text(bring: Bring, rows: Rows) -> None:
    formula = '=HYPERLINK("http://evil.example","Food")'
    await bring(hsds3_organization(services=[hsds3_service(name=formula)]))
    assert await rows("select name from service") == [(formula,)]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
async def test_line_ends_and_a_mark_at_the_start_say_nothing(
    bring: Bring, tmp_path: Path, ending: str, mark: bytes
) -> None:
    folder = write_hsds3_csv(tmp_path / "feed")
    for path in folder.glob("*.csv"):
        lines = path.read_text(encoding="utf-8").replace("\n", ending)
        path.write_bytes(mark + lines.encode())
    result = await bring(folder)
    assert (result.exit_code, result.by_table["service"]) == (0, 1)


async def test_every_table_of_the_standard_arrives_and_only_once(
    bring: Bring, tmp_path: Path
) -> None:
    folder = write_hsds3_csv(tmp_path / "feed")
    first = await bring(folder)
    assert first.exit_code == 0
    assert {table for table, count in first.by_table.items() if count} >= {
        "program",
        "organization_identifier",
        "contact",
        "funding",
        "url",
        "unit",
        "service_capacity",
        "metadata",
        "meta_table_description",
        "cost_option",
        "attribute",
    }
    again = await bring(folder)
    assert (again.written, again.withdrawn) == (0, 0)


async def test_an_older_folder_arrives_and_only_once(bring: Bring, tmp_path: Path) -> None:
    folder = write_hsds1(tmp_path / "feed")
    first = await bring(folder)
    assert first.by_table["schedule"] == 2
    again = await bring(folder)
    assert (again.written, again.withdrawn) == (0, 0)


async def test_named_people_are_not_for_show(bring: Bring, rows: Rows, tmp_path: Path) -> None:
    await bring(write_hsds3_csv(tmp_path / "feed"))
    assert await rows("select name, public from contact") == [("Jane Doe", False)]
    assert await rows("select 1 from search_doc where search_doc::text like '%Jane%'") == []


async def test_a_cut_off_feed_leaves_the_last_one_standing(
    bring: Bring, rows: Rows, tmp_path: Path
) -> None:
    await bring(hsds3_organization())
    path = write_json(tmp_path / "other.json", hsds3_organization(name="New name"))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(Exception, match="not JSON"):
        await bring(path)
    assert await rows("select name from organization") == [("Harbor Pantry",)]
