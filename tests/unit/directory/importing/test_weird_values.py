"""Whatever stands in a field, the gate answers: the row, the value or nothing is kept back."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.hostile import WEIRD
from directory.importing import quality
from directory.importing.checked import Checked
from directory.importing.fields import POLYMORPHIC, TABLES
from directory.importing.records import Feed, Link, Place, Record, Records

KNOWN = quality.Known("Test feed", date(2026, 11, 22))
PLACE = Place("feed.json", 1)
GOOD: dict[str, dict[str, object]] = {
    "organization": {"name": "Harbor Pantry"},
    "service": {"name": "Food", "status": "active"},
    "location": {"name": "Door"},
    "service_at_location": {},
    "contact": {"name": "A. Person"},
}
GOOD_LINKS = {
    "service": {"organization_id": Link("organization", "1")},
    "service_at_location": {
        "service_id": Link("service", "1"),
        "location_id": Link("location", "1"),
    },
    "contact": {"organization_id": Link("organization", "1")},
}


def good() -> list[Record]:
    return [
        Record(table, "1", values, GOOD_LINKS.get(table, {}), PLACE)
        for table, values in GOOD.items()
    ]


def links_of(table: str) -> dict[str, Link]:
    if table in POLYMORPHIC:
        return {POLYMORPHIC[table][0]: Link("service", "1")}
    named = TABLES[table].links.items()
    return {column: Link(target, "1") for column, target in named if target in GOOD}


def check(*records: Record) -> Checked:
    return quality.check(Feed("hsds3", "feed.json", Records([*good(), *records])), KNOWN)


def assert_can_be_written(checked: Checked) -> None:
    for rows in checked.rows.values():
        for row in rows:
            said = json.dumps(row.columns, default=str, ensure_ascii=False)
            assert "\\u0000" not in said
            assert said.encode()  # no half of a pair of letters
            assert row.content_hash()
    for finding in checked.findings:
        assert finding.reason.endswith(".")
        assert len(finding.value or "") <= 60


@pytest.mark.parametrize("table", TABLES)
def test_a_weird_value_in_any_field_is_kept_back_or_harmless(table: str) -> None:
    for name in TABLES[table].fields:
        for number, value in enumerate(WEIRD):
            values = {**GOOD.get(table, {}), name: value}
            checked = check(Record(table, f"w{number}", values, links_of(table), PLACE))
            assert_can_be_written(checked)


@pytest.mark.parametrize("table", TABLES)
def test_a_weird_id_or_link_is_kept_back_or_harmless(table: str) -> None:
    for value in (str(value) for value in WEIRD):
        for links in ({}, {column: Link("service", value) for column in TABLES[table].links}):
            record = Record(table, value, GOOD.get(table, {}), links, PLACE)
            assert_can_be_written(check(record, record))


@pytest.mark.parametrize(
    "parents", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "a"}]
)
def test_parents_in_a_circle_are_cut(parents: dict[str, str]) -> None:
    records = [
        Record(
            "organization",
            child,
            {"name": child},
            {"parent_organization_id": Link("organization", parent)},
            PLACE,
        )
        for child, parent in {**parents, "below": "a"}.items()
    ]
    checked = check(*records)
    kept = {
        row.external_id: row.columns["parent_organization_id"]
        for row in checked.rows["organization"]
    }
    assert all(kept[child] is None for child in parents)
    assert kept["below"] is not None
    assert {finding.reason for finding in checked.findings} == {"Its parents lead back to itself."}


@settings(max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=8,
    ),
    st.sampled_from([(table, name) for table in TABLES for name in TABLES[table].fields]),
)
def test_any_value_in_any_field_is_answered(value: object, field: tuple[str, str]) -> None:
    table, name = field
    values = {**GOOD.get(table, {}), name: value}
    assert_can_be_written(check(Record(table, "w", values, links_of(table), PLACE)))
