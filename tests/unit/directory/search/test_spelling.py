"""Rightly spelt everyday words stay as they are; mistyped ones are understood all the same."""

from __future__ import annotations

import re

import pytest

from directory.needs import DATA
from directory.search.danger import hurts_to_read
from directory.search.everyday import bases, everyday_words
from directory.search.port import Meaning
from directory.search.spelling import Lexicon, distance, slips
from directory.search.synonyms import make_vocabulary
from directory.search.text import acronyms, tokens
from support.judged import the_vocabulary

FOOD = Meaning(1, "food", whole=True)


@pytest.mark.parametrize(
    "words",
    [
        "mis chiquillos necesitan zapatos",
        "se me descompuso la estufa y no pude comprar otra",
        "quisiera inscribir a mi sobrina",
        "mi suegra se cayó y nadie la cuida",
        "acuéstense, despiértame, llevándolos, quejándome",
        "perdí la cartera en la guagua",
        "their neighbors borrowed our ladder",
        "he stopped driving and hurried toward the station",
        "the quietest, messiest, happier families",
        "my colleague sends several referrals weekly",
        "canasta violeta rasuradora mantel saxofon vivero",
        "rapper sextant viola killer whale",
    ],
)
def test_everyday_words_are_left_alone(words: str) -> None:
    vocabulary = the_vocabulary()
    found = vocabulary.read(words).corrected
    assert found is None or not any(
        hurts_to_read(word) for word in set(found.split()) - set(words.split())
    )


def test_nearly_no_word_of_our_own_spanish_pages_is_taken_for_another() -> None:
    """Written by other hands than the list of words: a fair sample of plain Spanish."""
    texts = " ".join(
        " ".join(re.findall(r'^msgstr "(.*)"$', file.read_text(encoding="utf-8"), re.MULTILINE))
        for file in sorted((DATA.parents[1] / "shared" / "locales" / "es").glob("*.po"))
    )
    texts = re.sub(r"%\(\w+\)s|<[^>]+>|\\n", " ", texts)
    words = [word for word in sorted(set(tokens(texts))) if word.isalpha() and len(word) > 2]
    vocabulary = the_vocabulary()
    assert len(words) > 1000
    assert len([word for word in words if vocabulary.unsure_of(word)]) <= len(words) // 50


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("homless sheltar", "homeless shelter"),
        ("alberge para familas", "albergue para familias"),
        ("docter no insurence", "doctor no insurance"),
        ("travajo urgente", "trabajo urgente"),
        ("ultility bill", "utility bill"),
        ("medisinas baratas", "medicinas baratas"),
        ("dentizta", "dentista"),
    ],
)
def test_mistyped_words_are_still_corrected(typed: str, meant: str) -> None:
    assert the_vocabulary().read(typed).corrected == meant


def test_no_word_is_corrected_into_one_that_hurts_to_read() -> None:
    lexicon = Lexicon({"raped": 9, "violada": 9, "pantry": 1}, never=hurts_to_read)
    assert lexicon.correct("rapeed") is None
    assert lexicon.correct("violadda") is None
    assert lexicon.correct("pantri") == "pantry"
    assert "raped" in lexicon


def test_short_acronyms_are_nobodys_mistake() -> None:
    vocabulary = make_vocabulary([("bred", "en", FOOD), ("snap", "en", FOOD)], {})
    assert acronyms("pt needs DME and a PCA") == {"dme", "pca", "pt"}
    assert acronyms("NECESITO COMDA") == set()
    assert vocabulary.read("needs SNAPE").corrected is None
    assert vocabulary.read("brd").corrected is None


def test_what_was_typed_counts_beside_its_correction() -> None:
    vocabulary = make_vocabulary([("food pantry", "en", FOOD)], {})
    reading = vocabulary.read("food pantri")
    assert reading.corrected == "food pantry"
    assert reading.typed == ("food", "pantri")
    assert reading.meanings == (FOOD,)


def test_forms_are_made_by_the_rules_of_each_language() -> None:
    spanish = "busque recojo piden durmiendo dormirse cuidandolos saquenme perritos luces"
    english = "stopped families happier sadly dying carrying boxes"
    assert set(f"{spanish} {english}".split()) <= everyday_words()
    assert "comda" not in everyday_words()
    assert "send" in set(bases("resend"))
    assert "referral" in set(bases("referrals"))


def test_a_likely_slip_weighs_less_than_another_letter() -> None:
    assert slips("fod", "food") < slips("mod", "food")
    assert slips("baca", "vaca") < slips("faca", "vaca")
    assert slips("same", "same") == distance("same", "same") == 0
