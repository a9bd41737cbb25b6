"""The linter of texts (M18): ours pass, and each rule catches what it is there for."""

from __future__ import annotations

from itertools import product

import pytest
from typer.testing import CliRunner

from referrals.wording import Party, templates
from referrals.wording.lint import RULES, Finding, Form, forms, lint
from referrals.wording.mail_lint import mail_forms
from web.cli import app


def found(rule: str, pattern: str, template: str = "P2", language: str = "en") -> list[str]:
    """What one rule says of invented words at the level "need"."""
    return list(RULES[rule](Form(template, language, "need", pattern)))


def test_every_text_passes_every_rule() -> None:
    assert [str(finding) for finding in lint()] == []


def test_every_text_is_looked_at_in_both_languages() -> None:
    looked_at = {(form.template, form.language) for form in forms()}
    assert looked_at == set(product(templates(), ("en", "es")))
    levels = {(form.template, form.level) for form in forms() if form.party is Party.PATIENT}
    assert {("P5", "plain"), ("P5", "need"), ("P5n", "neutral"), ("P0", "neutral")} <= levels


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("{from}: your HIV test is ready.", "hiv"),
        ("{from}: about your therapy.", "therapy"),
        ("{from}: help with depression.", "depression"),
        ("{from}: after your eviction.", "eviction"),
    ],
)
def test_a_diagnosis_is_found_at_any_level(pattern: str, word: str) -> None:
    assert [said for said in found("words", pattern) if word in said]
    neutral = Form("P5n", "en", "neutral", pattern)
    assert [said for said in RULES["words"](neutral) if word in said]


def test_a_need_is_found_at_the_neutral_level_only() -> None:
    neutral = Form("Pn", "en", "neutral", "{label}: news about food. Reply 5.")
    assert list(RULES["words"](neutral)) == ["holds “food” (need)"]
    assert found("words", "{from}: news about food.") == []


def test_agencies_read_no_birth_date() -> None:
    assert found("words", "{label} {code}: born in 1980.", template="A1")
    assert found("words", "{label} {code}: fecha de nacimiento", "A1", "es")


@pytest.mark.parametrize(
    ("template", "level", "pattern"),
    [
        ("P5", "need", "{from}: did {place} help?"),
        ("P2", "need", "{from}: go to {where}"),
        ("P5n", "neutral", "{label}: about {need}."),
        ("P5n", "neutral", "{from}: news."),
        ("A1", "need", "{label} {code}: can you help {name}?"),
    ],
)
def test_a_value_above_its_level_is_found(template: str, level: str, pattern: str) -> None:
    assert list(RULES["named"](Form(template, "en", level, pattern)))


def test_letters_that_cost_three_parts_are_found() -> None:
    assert found("letters", "{from}: ¿cómo está?", language="es") == [
        "has á ó, which cost three parts: choose other words"
    ]
    assert found("letters", "{from}: niño, ¿qué? ¡Sí!", language="es") == [
        "has í, which cost three parts: choose other words"
    ]
    assert found("letters", "{from}: niño, ¿qué? ¡Ya!", language="es") == []


@pytest.mark.parametrize(
    "words", ["su numero", "un dia mas", "la direccion", "¿como le fue?", "responda 1 si, 3 no"]
)
def test_a_spanish_word_that_lost_its_accent_is_found(words: str) -> None:
    assert found("spelling", f"{{from}}: {words}", language="es")


@pytest.mark.parametrize("words", ["si no pueden ir", "esta semana", "como siempre", "su canción"])
def test_spanish_words_that_are_right_are_left_alone(words: str) -> None:
    assert found("spelling", f"{{from}}: {words}", language="es") == []


def test_a_carriers_keyword_as_an_answer_is_found() -> None:
    assert found("carrier", "{from}: can you go? Reply YES or 3 no.")
    assert found("carrier", "{from}: reply cancel to change it.")
    assert found("carrier", "{from}: INFO about your visit.")
    assert found("carrier", "{from}: the place said yes. STOP to end texts.") == []


def test_digits_that_do_not_count_and_digits_left_out_are_found() -> None:
    assert found("answers", "{from}: did you get it? 1 Got it 2 Waiting", template="P5") == [
        "says the answers [1, 2], but [1, 2, 3, 4, 5] count"
    ]
    assert found("answers", "{from}: no code {zip}. Reply 5 or 6. Call 911.") == [
        "says the answers [5, 6], but [5] count"
    ]
    assert found("answers", "{from}: by {by}. Reply 5. Call 911 or 988.") == []


def test_values_that_the_two_languages_do_not_share_are_found() -> None:
    assert found("same values", "{from}: el lugar acepta.", language="es")
    own = next(form.pattern for form in forms() if str(form) == "P2 es need")
    assert found("same values", own, language="es") == []
    assert found("same values", own + " {zip}", language="es")


def test_hard_words_and_long_sentences_are_found() -> None:
    hard = "{from}: your organization's administrator reconsidered eligibility documentation."
    assert any("grade" in said for said in found("grade", hard))
    assert any("syllables" in said for said in found("grade", hard))
    long = "{from}: we will go and see if they can help you and then we will come back to you soon"
    assert any("sentence" in said for said in found("grade", long))
    spanish = "{from}: la documentación administrativa correspondiente será considerada."
    assert any("grade" in said for said in found("grade", spanish, language="es"))


def test_the_command_says_what_it_looked_at_and_ends_with_0() -> None:
    ran = CliRunner().invoke(app, ["lint-texts"])
    assert ran.exit_code == 0
    assert (
        f"{len(forms())} forms of texts in en, es, {len(mail_forms())} of mails: 0 to mend."
        in ran.stdout
    )


def test_a_finding_reads_as_a_sentence() -> None:
    said = str(Finding("P5 es need", "grade", "reads at grade 7.0, more than 5"))
    assert said == "P5 es need: reads at grade 7.0, more than 5 [grade]"
