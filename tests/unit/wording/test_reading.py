"""Syllables and grades, counted by hand."""

from __future__ import annotations

import pytest

from referrals.wording.lint import GRADE, forms
from referrals.wording.reading import read, syllables

ENGLISH = {
    "the": 1, "place": 1, "asked": 1, "needed": 2, "reply": 2, "please": 1, "until": 2, "code": 1,
    "eligible": 4, "numbers": 2, "somebody": 3, "working": 2, "don't": 1, "can't": 1, "people": 2,
    "answering": 3, "requests": 2, "changes": 2, "goes": 1, "undone": 2, "yes": 1, "you": 1,
    "teammate": 2, "unless": 2, "already": 3, "area": 3, "apply": 2, "questions": 2, "visit": 2,
}  # fmt: skip
SPANISH = {
    "ahora": 3, "ayuda": 3, "quiero": 2, "llamen": 2, "lugar": 2, "alguien": 2, "seguimos": 3,
    "requisitos": 4, "hacia": 2, "hoy": 1, "aunque": 2, "igual": 2, "gracias": 2, "lee": 2,
    "teléfono": 4, "quién": 1, "día": 2, "deshecho": 3, "y": 1, "fuera": 2, "diario": 2,
    "abierto": 3, "pendiente": 3, "vaya": 2, "muy": 1, "agüero": 3, "guitarra": 3, "ciudad": 2,
}  # fmt: skip


@pytest.mark.parametrize(("word", "count"), ENGLISH.items())
def test_english_syllables(word: str, count: int) -> None:
    assert syllables(word, "en") == count


@pytest.mark.parametrize(("word", "count"), SPANISH.items())
def test_spanish_syllables(word: str, count: int) -> None:
    assert syllables(word, "es") == count


def test_the_english_grade_is_flesch_and_kincaids() -> None:
    found = read("We asked a place for help. They said yes.", "en")
    assert found is not None
    assert (found.words, found.sentences, found.syllables) == (9, 2, 9)
    assert found.grade == pytest.approx(0.39 * 4.5 + 11.8 * 1 - 15.59)


def test_the_spanish_grade_is_crawfords() -> None:
    found = read("El lugar acepta ayudarle. Por favor conteste.", "es")
    assert found is not None
    assert (found.words, found.sentences, found.syllables) == (7, 2, 16)
    assert found.grade == pytest.approx(-0.205 * 200 / 7 + 0.049 * 1600 / 7 - 3.407)


def test_each_answer_of_a_list_is_a_sentence_of_its_own() -> None:
    found = read("Did you get it? 1 Got it 2 Still waiting 5 Call me", "en")
    assert found is not None
    assert (found.sentences, found.longest_sentence) == (4, 4)


def test_digits_and_empty_texts_are_no_words() -> None:
    found = read("202-555-0100, 9-5", "en")
    assert found is not None
    assert (found.words, found.grade) == (0, 0.0)


def test_a_language_without_a_formula_has_no_grade() -> None:
    assert read("Tanpri rele nou.", "ht") is None


@pytest.mark.parametrize("language", ["en", "es"])
def test_all_texts_of_a_language_together_read_at_grade_five_at_most(language: str) -> None:
    """Hundreds of words: here the formulas mean what they say, lists taken as one sentence."""
    fixed = {form.fixed for form in forms() if form.language == language}
    found = read(". ".join(fixed), language)
    assert found is not None
    assert found.words > 400
    per_word = found.syllables / found.words
    stern = len(fixed) * 2  # two sentences a text, however many answers it lists
    if language == "en":
        assert 0.39 * found.words / stern + 11.8 * per_word - 15.59 <= GRADE
    else:
        assert -0.205 * 100 * stern / found.words + 4.9 * per_word - 3.407 <= GRADE
