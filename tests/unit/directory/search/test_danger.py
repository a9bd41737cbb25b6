"""Many ways of saying that one is in danger raise the card; ordinary needs don't."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from directory.search.danger import Danger, danger_in, hurts_to_read

SAID = Path(__file__).parents[3] / "judged" / "danger.csv"


def said() -> list[tuple[str, str]]:
    with SAID.open(encoding="utf-8", newline="") as file:
        return [(row["words"], row["danger"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("danger", list(Danger))
def test_each_danger_is_heard_however_it_is_said(danger: Danger) -> None:
    unheard = [words for words, kind in said() if kind == danger and danger_in(words) is None]
    assert unheard == []


def test_nearly_every_one_is_heard_as_what_it_is() -> None:
    meant = [(words, kind) for words, kind in said() if kind]
    otherwise = [words for words, kind in meant if danger_in(words) != kind]
    assert len(otherwise) <= len(meant) // 50


def test_at_most_two_of_two_hundred_ordinary_needs_raise_the_card() -> None:
    ordinary = [words for words, kind in said() if not kind]
    assert len(ordinary) >= 200
    assert len([words for words in ordinary if danger_in(words)]) <= 2


@pytest.mark.parametrize(
    ("words", "danger"),
    [
        ("suiside", Danger.SUICIDE),
        ("kiero morirme", Danger.SUICIDE),
        ("domestik vilence", Danger.VIOLENCE),
        ("choaked by my boyfrend", Danger.VIOLENCE),
        ("overdoze", Danger.OVERDOSE),
        ("evicted tommorow", Danger.EVICTION),
    ],
)
def test_a_mistyped_cry_for_help_is_heard(words: str, danger: Danger) -> None:
    assert danger_in(words) is danger


def test_a_clinics_shorthand_is_told_from_the_spanish_si() -> None:
    assert danger_in("pt endorses SI with plan") is Danger.SUICIDE
    assert danger_in("IPV screen positive") is Danger.VIOLENCE
    assert danger_in("si tienen comida") is None
    assert danger_in("SI necesito comida") is None


def test_the_gravest_danger_is_told() -> None:
    assert danger_in("he hits me and I want to die") is Danger.SUICIDE
    assert danger_in("he hits my kids and we are evicted tomorrow") is Danger.CHILD


@pytest.mark.parametrize("word", ["raped", "violada", "suicide", "sexual", "matar", "dead"])
def test_words_of_violence_sex_and_death_are_known_as_such(word: str) -> None:
    assert hurts_to_read(word)


@pytest.mark.parametrize("word", ["diet", "stable", "deadline", "housing", "violin", "moreno"])
def test_harmless_words_that_begin_alike_are_not(word: str) -> None:
    assert not hurts_to_read(word)
