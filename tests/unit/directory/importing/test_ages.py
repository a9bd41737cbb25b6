"""Ages out of words: one group plainly named gives bounds; any doubt gives none."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.importing.ages import read_ages

READ: dict[str, tuple[int | None, int | None]] = {
    "60 and older": (60, None),
    "Ages 5-17": (5, 17),
    "Ages: 12 to 18": (12, 18),
    "adultos mayores de 60": (60, None),
    "Adultos mayores de 60 años": (60, None),
    "niños de 5 a 17 años": (5, 17),
    "Jóvenes entre 14 y 24 años": (14, 24),
    "18+": (18, None),
    "Adults 18 years old and over.": (18, None),
    "Must be 18 or older": (18, None),
    "Children under 5 years old": (None, 4),
    "menores de 18 años": (None, 17),
    "Open to older adults 60 years old and older.": (60, None),
    "Children and adolescents 6-17 years old": (6, 17),
    "All people aged 12 and over who live here": (12, None),
    "Adolescents up to 21 years old": (None, 21),
    "mayores de 18": (18, None),
}


@pytest.mark.parametrize("written", READ)
def test_one_group_that_is_plainly_named_gives_its_bounds(written: str) -> None:
    ages = read_ages(written)
    assert ages is not None
    assert (ages.minimum, ages.maximum) == READ[written]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Open to all",
        "Anyone regardless of age, 18 and over preferred",
        "Adults over 60 years old, disabled adults 18-59 years old",
        "Children under 5 or pregnant women",
        "Children in grades 5-8",
        "Children 6 weeks - 12 years old",
        "Income below 200% of the poverty level",
        "Families with children under 18",
        "18 or older, or younger with a guardian",
        "Students 5-12 years old. Youth 22 years old with disabilities.",
        "Taxpayers with low income, seniors 60 years old or older",
        "Screenings:\nWomen 18 years and older\n\nEducation:\nOpen to the public",
        "Volunteers must be 18 years or older",
        "Refugees in the country for no more than 5 years",
        "Must have lived here for at least 2 years",
        "Individuals over 18 years old and in the case of children, with a relative",
        "17-5 years old",
        "Ages 5-500",
        "Adults 18 and seniors",
        "Men and women 21-60 years old; children 5-12 years old",
        "mayores de 60 o con discapacidad, o menores de 5",
    ],
)
def test_any_doubt_gives_no_bounds(written: str) -> None:
    assert read_ages(written) is None


@given(low=st.integers(0, 59), more=st.integers(1, 60))
def test_a_range_comes_back_in_both_languages(low: int, more: int) -> None:
    for written in (f"Ages {low}-{low + more}", f"personas de {low} a {low + more} años"):
        ages = read_ages(written)
        assert ages is not None
        assert (ages.minimum, ages.maximum) == (low, low + more)


@given(st.text(max_size=200))
def test_any_text_is_answered(written: str) -> None:
    ages = read_ages(written)
    assert ages is None or ages.minimum is not None or ages.maximum is not None


def test_a_real_vendors_words_are_read_with_care(shared_folder: Path) -> None:
    path = shared_folder / "data" / "miami211" / "data" / "eligibility.csv"
    if not path.is_file():
        pytest.skip("The export of Miami is not in the shared folder.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        words = [row["eligibility"] for row in csv.DictReader(file)]
    found = [ages for ages in map(read_ages, words) if ages]
    assert 250 < len(found) < 500
    assert all(ages.minimum is None or ages.minimum < 100 for ages in found)
