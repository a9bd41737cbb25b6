"""Every text, at every level and in both languages: one part, no more named than allowed."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

import directory
from notify.replies import classify, normal_form
from notify.replies.kinds import Digit
from notify.segments import Encoding, Segments, count_segments
from referrals.wording import (
    MissingParameterError,
    NotTextedError,
    Party,
    form_at,
    must_have,
    parameters,
    render,
    template_facts,
    templates,
)
from referrals.wording.samples import longest

LANGUAGES = ("en", "es")
LEVELS = ("plain", "need", "neutral")
CARRIER_WORDS = {
    "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT",
    "START", "YES", "UNSTOP", "HELP", "INFO",
}  # fmt: skip
CASES = [
    (template, language, level)
    for template, language, level in itertools.product(templates(), LANGUAGES, LEVELS)
    if form_at(template, level) is not None
]
NEEDS = json.loads(
    (Path(directory.__file__).parent / "data" / "needs.json").read_text(encoding="utf-8")
)
# Nothing here may show below the level that allows it.
PLACE, ADDRESS, PATIENT = "Zurbaran Pantry", "77 Quimby St", "Philomena"


@pytest.mark.parametrize(("template", "language", "level"), CASES)
def test_the_longest_names_still_make_one_part(template: str, language: str, level: str) -> None:
    for label, worker in (
        ("Lincoln Clinic", "Rosa"),
        ("Lincoln Clinic", "Maximiliano"),
        ("CHC", "Maximiliano"),
        ("Lincoln Community Health Center", "Rosa"),
        ("Unitedneighborhoodclinics", ""),
    ):
        text = render(template, language, level, longest(language, label=label, worker=worker))
        counted = count_segments(text)
        assert (counted.encoding, counted.segments) == (Encoding.GSM7, 1), text


@pytest.mark.parametrize(("template", "language", "level"), CASES)
def test_every_need_word_fits(template: str, language: str, level: str) -> None:
    for need in NEEDS:
        word = need[f"word_{language}"]
        assert len(word) <= 8
        text = render(template, language, level, longest(language, need=word))
        assert count_segments(text).segments == 1, text


@pytest.mark.parametrize(("template", "language", "level"), CASES)
def test_letters_outside_gsm7_in_names_cost_no_more_parts(
    template: str, language: str, level: str
) -> None:
    strange = longest(
        language, name="李明", place="Casa María — “Ángel” ✨", worker="Łucía", label="Clínica Sol"
    )
    counted: Segments = count_segments(render(template, language, level, strange))
    assert (counted.encoding, counted.segments) == (Encoding.GSM7, 1)


@pytest.mark.parametrize(("template", "language", "level"), CASES)
def test_a_text_names_only_what_its_level_and_reader_allow(
    template: str, language: str, level: str
) -> None:
    values = longest(
        language, place=PLACE, address=ADDRESS, name=PATIENT, need="XNEEDX", worker="Rosa"
    )
    text = render(template, language, level, values)
    party = template_facts(template).party
    if party is Party.AGENCY:
        assert "name" not in parameters(template, level)
        assert PATIENT not in text
        assert "birth" not in text.lower()
        return
    if level != "plain":
        assert "Zurbaran" not in text
        assert "Quimby" not in text
    if level == "neutral":
        assert "XNEEDX" not in text
        assert "Rosa" not in text
        assert PATIENT not in text


def test_the_neutral_level_texts_no_news_but_p5n_and_pn() -> None:
    """Besides the hello in the room and answers to what they wrote themselves."""
    news = {"P0b", "P1", "P1n", "P2", "P2u", "P2b", "P3", "P4", "P5", "P6", "P7", "P11", "PO"}
    assert {form_at(template, "neutral") for template in news} == {"P5n", "Pn", None}
    patients = {name for name, found in templates().items() if found.facts.party is Party.PATIENT}
    answers = {"P8", "P9", "P9c", "P10", "P12", "PU", "PH", "PC", "PL"}
    assert patients == news | answers | {"P0", "P5n", "Pn"}


def test_only_plain_names_the_place() -> None:
    named = {
        (template, level)
        for template, level in itertools.product(templates(), LEVELS)
        if form_at(template, level) and template_facts(template).party is Party.PATIENT
        if {"place", "address"} & parameters(template, level)
    }
    assert named == {("P1", "plain"), ("P5", "plain")}


@pytest.mark.parametrize("template", templates())
def test_agencies_are_never_told_who_it_is(template: str) -> None:
    if template_facts(template).party is Party.AGENCY:
        for level in LEVELS:
            assert not {"name", "birth_date", "patient_phone", "address"} & parameters(
                template, level
            )


@pytest.mark.parametrize(("template", "language", "level"), CASES)
def test_no_carrier_word_is_offered_as_an_answer(template: str, language: str, level: str) -> None:
    text = render(template, language, level, longest(language))
    offered = re.sub(
        r"STOP (?:to end(?: texts)?|\.)|send (?:STOP|START)|mande START|STOP to end", "", text
    )
    capitals = set(re.findall(r"\b[A-Z]{3,}\b", offered))
    assert not capitals & CARRIER_WORDS, text
    # "27 1 yes" offers the digit; a bare "reply YES" would be a carrier's keyword.
    assert not re.search(
        r"(?i)\b(?:reply|text|send|responda|mande) (?:yes|cancel|end|quit|info|help)\b", text
    )


@pytest.mark.parametrize("template", templates())
def test_no_product_word_is_a_carrier_word(template: str) -> None:
    """M13: of the words we understand, only YES is also a carrier's, and we never ask for it."""
    for option in template_facts(template).options:
        clashes = {word.upper() for word in option.words} & CARRIER_WORDS
        assert clashes <= {"YES"}


@pytest.mark.parametrize(("template", "language", "level"), CASES)
def test_the_digits_in_the_words_are_the_digits_that_count(
    template: str, language: str, level: str
) -> None:
    form = form_at(template, level)
    assert form is not None
    unnumbered = ("phone", "people", "zip", "by", "date", "when", "until", "address", "place")
    values = longest(language, code="88", codes="88", **{name: name.upper() for name in unnumbered})
    words = render(template, language, level, values)
    words = re.sub(
        r"\b(?:911|988|211|9-5|9 a 5|14|88|PIN 4|PIN de 4|0 undo|0 deshacer|1 text|27|31)\b",
        "",
        words,
    )
    said = {int(digit) for digit in re.findall(r"\b\d\b", words)}
    helps = {"AU", "AW", "AH", "A4w"}  # these repeat A1's digits
    expected = {1, 2, 3, 5} if form in helps - {"A4w"} else {1} if form == "A4w" else None
    assert said == (expected or set(template_facts(form).digits))


def test_the_digits_of_the_agreed_answers() -> None:
    """Restated by hand from practice 4."""
    digits = {
        "P0": {1, 7}, "P0b": {5}, "P1n": {5}, "P2": {5}, "P2b": {5}, "Pn": {5}, "P3": {4, 5},
        "P5": {1, 2, 3, 4, 5}, "P5n": {1, 2, 3, 4, 5}, "P6": {1, 2, 5}, "P7": {1, 2, 5},
        "P10": {1, 7}, "A0": {1, 3}, "A1": {1, 2, 3, 5}, "A1b": {1, 2, 3, 5}, "A2": {3},
        "A3": {1, 2, 3, 4, 5, 6}, "A5": {1, 2, 3, 4, 5, 6}, "A8": {1},
        "A6": {5, 9}, "A9": {1, 2, 3, 5}, "A9r": {1, 2, 3, 5},
    }  # fmt: skip
    assert {name: set(template_facts(name).digits) for name in digits} == digits


def test_which_texts_are_questions() -> None:
    questions = {name for name, found in templates().items() if found.facts.is_question}
    assert questions == {
        "P0", "P3", "P4", "P5", "P5n", "P6", "P7", "P10", "P11", "A0", "A1", "A1b", "A3", "A5",
        "A6", "A9", "A9r",
    }  # fmt: skip
    coded = {name for name, found in templates().items() if found.facts.needs_code}
    assert coded == {"A1", "A1b", "A2", "A5", "A6", "A8", "A9", "A9r"}


@pytest.mark.parametrize("template", templates())
def test_words_of_options_are_in_normal_form_and_mean_one_answer(template: str) -> None:
    options = template_facts(template).options
    words = [word for option in options for word in option.words]
    assert len(words) == len(set(words)), "a word means two answers"
    for option in options:
        for word in option.words:
            assert normal_form(word) == word
            assert classify(word, options) == Digit(option.digit), word


def test_spanish_does_without_the_letters_that_cost_three_parts() -> None:
    for name, found in templates().items():
        for (_, language), pattern in found.words.items():
            if language == "es":
                assert not set("áíóúÁÍÓÚ") & set(pattern), name


def test_spanish_does_not_leave_accents_out() -> None:
    """Words that would need á í ó ú are avoided, not misspelt."""
    misspelt = re.compile(
        r"\b(?:si,|mas|telefono|numero|dia|dias|tambien|aqui|alla|ahi|despues|podria|estan?|asi|"
        r"sabado|proximo|ultimo|aviso a|donde|cuando llegan\?|cual|quien llama|cuanto|como fue|"
        r"direccion|razon|atencion|informacion|llamenos|llamenme|pagina|rapido|busquedas?|ningun|"
        r"algun|segun|publico|clinica|medico|facil|codigo|tramite|llamada perdida|aca)\b"
    )
    for name, found in templates().items():
        for (_, language), pattern in found.words.items():
            if language == "es":
                assert not misspelt.search(pattern), (name, pattern)


@pytest.mark.parametrize("template", templates())
def test_every_text_exists_in_both_languages(template: str) -> None:
    words = templates()[template].words
    levels = {level for level, _ in words}
    assert set(words) == {(level, language) for level in levels for language in LANGUAGES}


@pytest.mark.parametrize(("template", "language", "level"), CASES)
def test_a_missing_value_is_refused(template: str, language: str, level: str) -> None:
    if (template, language) == ("P6", "es"):
        return  # its Spanish is unsigned: it needs nothing
    whole = longest(language)
    for name in parameters(template, level):
        without = {key: value for key, value in whole.items() if key != name}
        with pytest.raises(MissingParameterError, match=name):
            render(template, language, level, without)
        if name in must_have(template, level):
            with pytest.raises(MissingParameterError, match=name):
                render(template, language, level, {**whole, name: " "})


@pytest.mark.parametrize(("template", "language", "level"), CASES)
def test_values_that_nobody_knows_leave_no_holes(template: str, language: str, level: str) -> None:
    known = longest(language, name="李明")
    unknown = {name: "" for name in known if name not in must_have(template, level)}
    text = render(template, language, level, {**known, **unknown})
    assert "  " not in text
    assert not re.search(r" [,.:]|\(\)|, ,|\bNone\b|[{}]|:\s*\.", text), text


def test_a_level_that_texts_nothing_refuses_to_render() -> None:
    with pytest.raises(NotTextedError):
        render("P6", "en", "neutral", longest("en"))


def test_a_language_we_do_not_write_falls_back_to_english() -> None:
    assert render("P12", "ht", "need", {}) == render("P12", "en", "need", {})


@pytest.mark.parametrize(
    ("label", "worker", "begins"),
    [
        ("Lincoln Clinic", "Rosa", "Rosa at Lincoln Clinic:"),
        ("Lincoln Clinic", "Rosa Diaz", "Rosa at Lincoln Clinic:"),
        # 22 letters for worker, " at " and label: a longer name is left out, not cut.
        ("Lincoln Clinic", "Guadalupe", "Lincoln Clinic:"),
        ("Sol Clinic", "Guadalupe", "Sol Clinic:"),
        ("Sol", "Guadalupe", "Guadalupe at Sol:"),
        ("Lincoln Community Health Center", "Rosa", "Rosa at Lincoln:"),
    ],
)
def test_worker_and_label_share_twenty_two_letters(label: str, worker: str, begins: str) -> None:
    text = render("P2", "en", "need", longest("en", label=label, worker=worker))
    assert text.startswith(begins)


def test_what_gives_way_first_when_a_place_has_a_long_name() -> None:
    text = render("P1", "en", "plain", longest("en", worker="Rosa"))
    assert text == (
        "Lincoln Clinic: for CHILDREN go to Community Kitchen and Food, 12345 N Martin Luther King "
        "Junior Blvd, Mon-Fri 10:30-12:30. Questions: 202-555-0100"
    )


def test_a_patient_whose_name_we_cannot_write_is_still_addressed() -> None:
    hello = render("P0", "en", "need", longest("en", worker="Rosa", name="李明"))
    assert "Reply 1 if this is you, 7 if not." in hello
    assert "¿Es usted quien la pide?" in render("P0", "es", "need", longest("es", name="李明"))


def test_one_person_is_not_people() -> None:
    text = render("A1", "en", "need", longest("en", people="1", speaks="Spanish"))
    assert "1 person, speaks Spanish, ZIP 20010." in text
    assert "1 persona, español" in render(
        "A1", "es", "need", longest("es", people="1", speaks="español")
    )


def test_unknown_household_and_language_are_not_guessed() -> None:
    text = render("A1", "en", "need", longest("en", people="", speaks="", need="FOOD"))
    assert text.startswith("Lincoln Clinic 27: can you help with FOOD this week? ZIP 20010. Reply")
