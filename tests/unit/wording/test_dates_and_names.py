"""Days as texts say them, and names made shorter where it hurts least."""

from datetime import date, datetime

import pytest

from notify.segments import is_gsm7
from referrals.wording import date_words, day_words, hour_words, moment_words, shorten, soon_words

TUESDAY = date(2023, 5, 2)


@pytest.mark.parametrize(
    ("day", "english", "spanish"),
    [
        (date(2023, 5, 4), "Thu", "jueves"),
        (date(2023, 5, 3), "Wed", "miércoles"),
        # Saturday's Spanish name has a letter that makes three parts of one.
        (date(2023, 5, 6), "Sat", "6 de mayo"),
        (date(2023, 5, 8), "Mon", "lunes"),
        # A week away, a weekday alone would be taken for today.
        (date(2023, 5, 9), "May 9", "9 de mayo"),
        (date(2023, 5, 1), "May 1", "1 de mayo"),
    ],
)
def test_a_day_in_words(day: date, english: str, spanish: str) -> None:
    assert day_words(day, TUESDAY, "en") == english
    assert day_words(day, TUESDAY, "es") == spanish


def test_no_day_of_the_year_costs_more_parts() -> None:
    for number in range(1, 366):
        day = date.fromordinal(date(2022, 12, 31).toordinal() + number)
        for language in ("en", "es"):
            assert is_gsm7(day_words(day, day, language))
            assert is_gsm7(date_words(day, language))


def test_hours_in_words() -> None:
    assert hour_words(datetime(2023, 5, 2, 17, 0)) == "5 pm"  # noqa: DTZ001 -- local time
    assert hour_words(datetime(2023, 5, 2, 10, 30)) == "10:30 am"  # noqa: DTZ001
    assert hour_words(datetime(2023, 5, 2, 0, 0)) == "12 am"  # noqa: DTZ001
    assert hour_words(datetime(2023, 5, 2, 12, 0)) == "12 pm"  # noqa: DTZ001
    assert moment_words(datetime(2023, 5, 4, 17, 0), TUESDAY, "es") == "jueves 5 pm"  # noqa: DTZ001


def test_how_soon() -> None:
    assert soon_words("today", "en") == "today"
    assert soon_words("this_week", "es") == "esta semana"
    assert soon_words("routine", "en") == "soon"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Lincoln Clinic", "Lincoln Clinic"),
        ("Lincoln Community Health Center", "Lincoln"),
        ("Clinic of the Sacred Heart", "Clinic"),
        ("Unitedneighborhoodclinics", "Unitedneighbor"),
        ("CHC", "CHC"),
    ],
)
def test_a_sender_has_at_most_fourteen_letters(name: str, label: str) -> None:
    assert shorten.label(name) == label


def test_a_place_gives_way_word_by_word() -> None:
    name = "Community Kitchen and Food Pantry of St Mary's Parish (East Side), Inc."
    assert list(shorten.place(name)) == [
        "Community Kitchen and Food Pantry of St Mary's Parish",
        "Community Kitchen and Food Pantry of St Mary's",
        "Community Kitchen and Food Pantry",
        "Community Kitchen and Food",
    ]


def test_an_address_is_abbreviated_before_it_loses_anything() -> None:
    line = "1200 North Main Street, Suite 210"
    assert list(shorten.address(line)) == ["1200 N Main St Ste 210", "1200 N Main St"]


def test_papers_give_way_sentence_by_sentence() -> None:
    assert list(shorten.sentences("Bring ID. No proof of income.")) == ["Bring ID.", ""]


def test_codes_give_way_from_the_end() -> None:
    assert list(shorten.listed("27, 31, 34")) == ["27, 31...", "27..."]
