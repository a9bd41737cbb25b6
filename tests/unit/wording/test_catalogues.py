"""A further language is one more file: what it lacks is said, and texts go out in it once whole."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from directory.api import needs
from notify.replies import classify
from notify.replies.kinds import Digit
from notify.segments import count_segments
from referrals.need_words import need_word
from referrals.wording import date_words, languages, render, soon_words, template_facts
from referrals.wording.catalogues import BASE, SLOTS, VALUES, catalogues_in
from referrals.wording.lint import lint
from referrals.wording.samples import usual
from web.cli import app

Catalogue = dict[str, Any]


def invented() -> Catalogue:
    """Every text and phrase with an invented word in front: whole, and told apart from English."""
    base = tomllib.loads(BASE.read_text(encoding="utf-8"))
    found: Catalogue = {
        "phrases": {name: forms["en"] for name, forms in base["phrases"].items()},
        "values": {word: f"x{word}" for word in VALUES} | {"FOOD": "NYAM"},
        "calendar": {
            "days": ["da", "db", "dc", "dd", "de", "df", "dg"],
            "months": [f"m{number}" for number in range(12)],
            "date": "{day} {month}",
        },
    }
    for name, raw in base.items():
        texts = {slot: raw[slot]["en"] for slot in SLOTS if "en" in raw.get(slot, {})}
        if "party" in raw and texts:
            found[name] = {slot: f"Zu {words}" for slot, words in texts.items()}
    found["P5"]["answers"] = {"1": ["zuzu"]}
    return found


def written(raw: Catalogue) -> str:
    """As TOML; JSON's strings are TOML's."""
    lines: list[str] = []
    for name, table in raw.items():
        lines.append(f"[{name}]")
        for key, value in table.items():
            inline = (
                ", ".join(f"{k!s} = {_value(v)}" for k, v in value.items()) if _is(value) else ""
            )
            lines.append(f'"{key}" = ' + (f"{{ {inline} }}" if inline else _value(value)))
    return "\n".join(lines)


def _is(value: object) -> bool:
    return isinstance(value, dict)


def _value(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def whole(folder: Path) -> Iterator[Path]:
    (folder / "zu.toml").write_text(written(invented()), encoding="utf-8")
    with catalogues_in(folder):
        yield folder


def test_without_a_further_file_there_are_two_languages() -> None:
    assert languages() == ("en", "es")


@pytest.mark.usefixtures("whole")
def test_a_whole_catalogue_is_a_language_that_texts_go_out_in() -> None:
    assert languages() == ("en", "es", "zu")
    text = render("P2", "zu", "need", usual("zu"))
    assert text.startswith("Zu Rosa at Lincoln Clinic: the place we asked said yes.")
    assert count_segments(text).segments == 1


@pytest.mark.usefixtures("whole")
def test_words_that_the_program_fills_in_come_from_the_catalogue() -> None:
    assert date_words(date(2026, 5, 3), "zu") == "3 m4"
    assert soon_words("this_week", "zu") == "xthis week"
    assert need_word("food", "zu") == "NYAM"
    assert "4 xpeople" in render("A1", "zu", "need", usual("zu"))


@pytest.mark.usefixtures("whole")
def test_a_need_that_a_catalogue_has_no_word_for_is_said_in_english() -> None:
    for need in needs():
        if need.code != "food":
            assert need_word(need.code, "zu") == need.word_en


def test_needs_are_said_in_english_where_there_is_no_catalogue_at_all() -> None:
    assert {need_word(need.code, "zu") for need in needs()} == {need.word_en for need in needs()}
    assert {need_word(need.code, "es") for need in needs()} == {need.word_es for need in needs()}
    assert need_word("unheard-of", "zu") == "UNHEARD-OF"


@pytest.mark.usefixtures("whole")
def test_its_answers_are_understood_beside_ours() -> None:
    options = template_facts("P5").options
    assert classify("zuzu", options) == Digit(1)
    assert classify("sigo esperando", options) == Digit(2)


@pytest.mark.usefixtures("whole")
def test_english_and_spanish_stay_as_they_are() -> None:
    with_it = {code: render("P5", code, "need", usual(code)) for code in ("en", "es")}
    with catalogues_in(Path("nowhere")):
        assert {code: render("P5", code, "need", usual(code)) for code in ("en", "es")} == with_it


def test_the_linter_says_what_a_catalogue_lacks_and_nobody_is_texted_in_it(folder: Path) -> None:
    raw = invented()
    del raw["P5"], raw["values"]["soon"], raw["phrases"]["from"]
    raw["P2"]["need"] = "Zu {from}: the place said yes, {zip}."
    raw["calendar"]["months"] = ["one"]
    raw["P99"] = {"need": "Zu"}
    (folder / "zu.toml").write_text(written(raw), encoding="utf-8")

    with catalogues_in(folder):
        said = {str(finding) for finding in lint()}
        assert languages() == ("en", "es")
        assert render("P2", "zu", "need", usual("en")).startswith("Rosa at Lincoln Clinic:")

    assert {
        "zu: P5.need: is missing [catalogue]",
        "zu: P5.plain: is missing [catalogue]",
        'zu: values."soon": is missing [catalogue]',
        "zu: phrases.from: is missing [catalogue]",
        "zu: P2.need: names what English does not: zip [catalogue]",
        "zu: P2.need: leaves out {by} [catalogue]",
        "zu: calendar.months: needs 12 words [catalogue]",
        "zu: P99: is no text of ours [catalogue]",
    } <= said


def test_the_linter_holds_a_whole_catalogue_to_the_same_rules(folder: Path) -> None:
    raw = invented()
    raw["P12"]["any"] = "Ж" * 100
    raw["P6"]["need"] = "Zu. 1 Yes, enough 2 I need more. {signed}"
    (folder / "zu.toml").write_text(written(raw), encoding="utf-8")

    with catalogues_in(folder):
        said = [str(finding) for finding in lint()]

    assert any(words.startswith("P12 zu") and "not GSM-7" in words for words in said)
    assert "P6 zu need: says the answers [1, 2], but [1, 2, 5] count [answers]" in said


def test_the_command_takes_a_folder_and_fails_on_holes(folder: Path) -> None:
    raw = invented()
    del raw["P5"]
    (folder / "zu.toml").write_text(written(raw), encoding="utf-8")
    ran = CliRunner().invoke(app, ["lint-texts", "--catalogues", str(folder)])
    assert ran.exit_code == 1
    assert "zu: P5.need: is missing" in ran.stdout
    assert CliRunner().invoke(app, ["lint-texts", "--catalogues", "no/such"]).exit_code == 2
