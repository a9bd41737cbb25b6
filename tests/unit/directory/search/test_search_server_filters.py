"""Filters escape every value; documents carry a version and never a confidential point."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from directory.geography import Near
from directory.search_server.engine import Words
from directory.search_server.filters import both, either, equal, none_of, one_of, quoted, within
from directory.search_server.index import IndexRow, document_of
from fakes.meilisearch_index import Filter

ROW = IndexRow(
    id=UUID(int=1),
    service_id=UUID(int=2),
    kind="local",
    lat=38.3,
    lon=-75.6,
    tags=[1102, 7],
    area_ids=[0],
    words=["pantri", "harbor"],
    may_send=True,
)


@given(st.text(max_size=30).filter(lambda each: each.isprintable()))
def test_a_value_stays_one_value_whatever_is_in_it(value: str) -> None:
    keep = Filter(equal("kind", value), ["kind"]).parsed()
    assert keep({"kind": value})
    assert not keep({"kind": value + "x"})


def test_quotes_and_backslashes_are_escaped() -> None:
    assert quoted('a" OR kind = "b') == '"a\\" OR kind = \\"b"'
    assert quoted("a\\") == '"a\\\\"'


def test_parts_keep_their_brackets_and_empty_ones_say_nothing() -> None:
    assert both("", equal("tags", 3), "") == "(tags = 3)"
    assert both(either(equal("a", 1), equal("a", 2)), equal("b", "x")) == (
        '((a = 1) OR (a = 2)) AND (b = "x")'
    )
    assert one_of("tags", [1, 2]) == "tags IN [1, 2]"
    assert none_of("id", ["x"]) == 'NOT id IN ["x"]'
    assert both("") == either() == ""


def test_a_radius_is_asked_a_little_wider_than_it_is() -> None:
    assert within(Near(38.36071, -75.5994), 1000.0) == "_geoRadius(38.3607100, -75.5994000, 1011.0)"


def test_a_version_changes_with_the_content_and_not_with_the_order() -> None:
    document = document_of(ROW)
    assert document["version"] == document_of(replace(ROW, tags=[7, 1102]))["version"]
    assert document["version"] != document_of(replace(ROW, tags=[7]))["version"]
    assert document["version"] != document_of(replace(ROW, lat=38.4))["version"]
    assert document["words"] == "harbor pantri"


def test_a_private_document_has_no_point_whatever_its_row_says() -> None:
    assert document_of(ROW)["_geo"] == {"lat": 38.3, "lng": -75.6}
    assert "_geo" not in document_of(replace(ROW, kind="private"))


def test_words_are_asked_for_exactly_and_then_as_the_server_reads_them() -> None:
    words = Words('-free "food" --', (("food", "free"), ("alimento",)))
    assert words.exactly() == ['"food" "free"', '"alimento"']
    assert words.tolerantly() == ["free food"]
