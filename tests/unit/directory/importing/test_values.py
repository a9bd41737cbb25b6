"""Values of feeds are read when they are sure and refused when they are not."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.codes import ServiceStatus
from directory.importing import values
from directory.importing.byday import day_numbers, read_byday
from directory.importing.fields import TABLES, delivery, flags, language_code
from directory.importing.phones import read_extension, read_number, read_phone_type, split_extension
from directory.importing.records import Unreadable


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("  Food &amp; more ", "Food & more"),
        ("they&rsquo;re", "they’re"),
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("a <b>bold</b> word", "a bold word"),
        ("less < more", "less < more"),
        ("peopleâ€™s", "people’s"),
        ("First\\nSecond", "First\nSecond"),
        ("null", None),
        ("", None),
        (None, None),
        ("a\x00b\ud800", "ab"),
        (12, "12"),
    ],
)
def test_text_loses_markup_and_keeps_words(written: object, read: str | None) -> None:
    assert values.text(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("9:00AM", time(9)),
        ("9 pm", time(21)),
        ("12:00am", time(0)),
        ("12:30 p.m.", time(12, 30)),
        ("09:00", time(9)),
        ("17:30:00Z", time(17, 30)),
        ("17:30+02:00", time(17, 30)),
        ("24:00", time(23, 59)),
    ],
)
def test_times_are_read_as_wall_clock_times(written: str, read: time) -> None:
    assert values.clock_time(written) == read


@pytest.mark.parametrize("written", ["570", "25:00", "13:00 PM", "Mornings", "9:75", "24:30"])
def test_a_time_that_is_not_sure_is_refused(written: str) -> None:
    with pytest.raises(Unreadable):
        values.clock_time(written)


def test_dates_and_moments_are_iso() -> None:
    assert values.day("2026-03-31T09:00:00") == date(2026, 3, 31)
    assert values.moment("2023-03-15T10:30:45.123Z") == datetime(
        2023, 3, 15, 10, 30, 45, 123000, tzinfo=UTC
    )
    for bad in ("31/03/2026", "2026-02-30", "soon"):
        with pytest.raises(Unreadable):
            values.day(bad)
    for bad in ("0001-01-01T00:00:00+05:00", "yesterday"):
        with pytest.raises(Unreadable):
            values.moment(bad)


def test_numbers_that_no_column_holds_are_refused() -> None:
    assert values.decimal("1,250.5") == Decimal("1250.5")
    assert values.whole_number(12.0) == 12
    for bad in ("1e400", 2**40, "12.5", "many", float("inf")):
        with pytest.raises(Unreadable):
            values.whole_number(bad)
    for bad in (-1, 151):
        with pytest.raises(Unreadable):
            values.age(bad)
    with pytest.raises(Unreadable):
        values.positive(0)


def test_addresses_of_the_web_and_of_mail_are_checked() -> None:
    assert values.web_address("www.harbor.example/food") == "https://www.harbor.example/food"
    assert values.mail_address("hello@harbor.example") == "hello@harbor.example"
    for bad in ("javascript://x.example", "call us", "ftp://harbor.example"):
        with pytest.raises(Unreadable):
            values.web_address(bad)
    with pytest.raises(Unreadable):
        values.mail_address("a@harbor.example, b@harbor.example")


def test_a_closed_list_takes_any_capitals_and_no_other_word() -> None:
    read = values.one_of(ServiceStatus)
    assert read("Temporarily Closed") == "temporarily closed"
    with pytest.raises(Unreadable, match="one of"):
        read("verified")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("(202) 555-0144", "+12025550144"),
        ("1-800-555-0199", "+18005550199"),
        ('"+44 1234 234567"', "+441234234567"),
        ("Phone No: (202) 555-0106 Ext: 1041", "+12025550106"),
        ("211", "211"),
        ("988", "988"),
    ],
)
def test_phones_become_e164_or_stay_short_codes(written: str, read: str) -> None:
    assert read_number(written) == read


@pytest.mark.parametrize("written", ["08200594004", "987", "9877987", "TEXT FOOD", "call us"])
def test_what_is_no_phone_is_refused(written: str) -> None:
    with pytest.raises(Unreadable):
        read_number(written)


def test_extensions_come_out_of_the_number_and_types_only_as_known_words() -> None:
    assert split_extension("(202) 555-0106 ext 1311") == ("(202) 555-0106", "1311")
    assert read_extension(100) == "100"
    assert read_extension("100.0") == "100"
    assert read_phone_type("Fax") == "fax"
    assert read_phone_type("10") is None


def test_days_are_checked_and_not_guessed() -> None:
    assert read_byday("mo, th") == "MO,TH"
    assert read_byday("+2SA,-1FR") == "2SA,-1FR"
    assert day_numbers("1, 15,-1") == "1,15,-1"
    for bad in ("Monday", "XX", "6MO"):
        with pytest.raises(Unreadable):
            read_byday(bad)
    with pytest.raises(Unreadable):
        day_numbers("first")


def test_flags_are_known_names_with_true_or_false() -> None:
    assert flags({"no_id": True, "free": False}) == {"free": False, "no_id": True}
    assert delivery("phone online") == ["online", "phone"]
    for bad in ({"no_id": "yes"}, {"parking": True}, ["no_id"]):
        with pytest.raises(Unreadable):
            flags(bad)


def test_languages_are_iso_codes() -> None:
    assert language_code("es-MX") == "es"
    assert language_code("spa") == "es"
    assert language_code("mam") == "mam"
    with pytest.raises(Unreadable):
        language_code("Klingonish")


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(JSON_LIKE)
def test_no_value_of_a_feed_breaks_a_reader(raw: object) -> None:
    for table in TABLES.values():
        for read in table.fields.values():
            with suppress(Unreadable):
                read(raw)
