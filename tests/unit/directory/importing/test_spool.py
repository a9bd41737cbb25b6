"""Rows of a feed are the same and in the same order, whether they fit into memory or not."""

from __future__ import annotations

from itertools import islice
from uuid import UUID

import pytest

from directory.importing.checked import Row, spooled
from directory.importing.records import Link, Place, Record, Records
from directory.importing.spool import CHUNK, MANY, Spool


def numbers() -> Spool[int]:
    return Spool(lambda number: number, lambda number: number)


@pytest.mark.parametrize("count", [0, 1, CHUNK, CHUNK * MANY, CHUNK * MANY + 1, CHUNK * MANY * 3])
def test_everything_comes_back_in_order_as_often_as_asked(count: int) -> None:
    spool = numbers()
    spool.extend(range(count))
    assert len(spool) == count
    assert list(spool) == list(spool) == list(range(count))


def test_a_reader_that_stops_half_way_spoils_nothing() -> None:
    spool = numbers()
    spool.extend(range(CHUNK * MANY * 2))
    assert list(islice(spool, 3)) == [0, 1, 2]
    spool.append(-1)
    assert list(spool)[-1] == -1
    assert len(list(spool)) == CHUNK * MANY * 2 + 1


def test_a_checked_row_keeps_its_hash() -> None:
    row = Row("phone", "p", {"service_id": UUID(int=7), "number": "+12025550144"})
    rows = spooled()
    rows.append(row)
    (back,) = rows
    assert back.content_hash() == row.content_hash()


def mention(line: int, **values: object) -> Record:
    link = {"location_id": Link("location", "l")}
    return Record("address", "a", values, link, Place("f.json", line))


def test_a_row_met_three_times_is_one_with_all_that_was_said() -> None:
    records = Records()
    for line, said in enumerate(({"city": None}, {"city": "X"}, {"city": "Y", "region": "N"}), 1):
        records.keep(mention(line, **said))
    records.all_read()
    (only,) = records
    assert (only.values, only.place.line) == ({"city": "X", "region": "N"}, 1)


def test_the_same_mention_again_changes_nothing() -> None:
    records = Records()
    for line in (1, 2):
        records.keep(mention(line, city="X", flags={"a": {"b": 1}}))
    assert list(records) == [mention(1, city="X", flags={"a": {"b": 1}})]
