"""Languages as people list them."""

from __future__ import annotations

import pytest

from directory.importing.spoken import is_about_interpreters, read_spoken


@pytest.mark.parametrize(
    ("written", "names", "codes"),
    [
        ("English", ["English"], ["en"]),
        ("spanish", ["Spanish"], ["es"]),
        ("English and Spanish", ["English", "Spanish"], ["en", "es"]),
        ("Spanish & Haitian Creole", ["Spanish", "Haitian Creole"], ["es", "ht"]),
        ("Haitian-Creole", ["Haitian Creole"], ["ht"]),
        ("Creole", ["Creole"], [None]),
        ("American Sign Language", ["American Sign Language"], ["ase"]),
        ("* English", ["English"], ["en"]),
        ("and Spanish", ["Spanish"], ["es"]),
        ("Español", ["Español"], ["es"]),
        ("Mandarin, Cantonese", ["Mandarin", "Cantonese"], ["zh", "zh"]),
    ],
)
def test_names_are_read(written: str, names: list[str], codes: list[str | None]) -> None:
    found = read_spoken(written)
    assert found is not None
    assert [each.name for each in found] == names
    assert [each.code for each in found] == codes


def test_what_is_said_about_a_language_stays_as_its_note() -> None:
    (limited,) = read_spoken("Spanish (limited)") or []
    assert (limited.code, limited.note) == ("es", "limited")
    (some,) = read_spoken("some Spanish") or []
    assert (some.code, some.note) == ("es", "limited")


@pytest.mark.parametrize(
    "written",
    ["Languages vary by consulate", "is available.", "", "Applications available in English"],
)
def test_other_words_are_no_language(written: str) -> None:
    assert read_spoken(written) is None


def test_interpreters_are_told_apart() -> None:
    assert is_about_interpreters("Language line available")
    assert is_about_interpreters("other languages available upon request")
    assert not is_about_interpreters("English")
