"""The reference files that ship: whole, in two languages, and pointing at things that are there."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from directory.search.tags import first_of
from support.judged import above

DATA = Path(__file__).resolve().parents[2] / "src" / "directory" / "data"
# The default alphabet of a text message, without the letters that practice.md keeps out of Spanish.
WORD_LETTERS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZÑÉÜ")


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def needs() -> list[dict[str, Any]]:
    return list(json.loads((DATA / "needs.json").read_text(encoding="utf-8")))


def term_ids() -> set[str]:
    return {row["id"] for row in rows("open_eligibility.csv")}


def test_the_taxonomy_holds_289_terms_with_names_in_two_languages_and_real_parents() -> None:
    terms = rows("open_eligibility.csv")
    ids = {term["id"] for term in terms}
    assert len(terms) == len(ids) == 289
    assert all(term["name_en"] and term["name_es"] and term["description_en"] for term in terms)
    assert all(term["parent_id"] in ids | {""} for term in terms)
    assert sum(term["parent_id"] == "" for term in terms) == 11


def test_a_term_that_repeats_a_name_points_at_the_first_of_that_name() -> None:
    by_id = {term["id"]: term for term in rows("open_eligibility.csv")}
    for term in by_id.values():
        if term["same_as_id"]:
            first = by_id[term["same_as_id"]]
            assert first["name_en"] == term["name_en"]
            assert first["same_as_id"] == ""


def test_needs_are_distinct_bilingual_and_eight_stand_on_the_home_page() -> None:
    found = needs()
    codes = [need["code"] for need in found]
    assert len(codes) == len(set(codes))
    assert sum(need["home"] for need in found) == 8
    for need in found:
        assert need["label_en"]
        assert need["label_es"]
        assert need["icon"]
        assert set(need["terms"]) <= term_ids(), need["code"]
        assert set(need.get("home_also", [])) <= set(codes)


def test_need_words_fit_into_a_text_message() -> None:
    for need in needs():
        for word in (need["word_en"], need["word_es"]):
            assert len(word) <= 8, word
            assert set(word) <= WORD_LETTERS, word


def test_the_words_of_sensitive_needs_give_nothing_away() -> None:
    sensitive = [need for need in needs() if need["sensitive"]]
    assert {need["code"] for need in sensitive} == {"safety", "substance_use"}
    assert {need["word_en"] for need in sensitive} == {"SERVICE"}
    assert {need["word_es"] for need in sensitive} == {"SERVICIO"}


def test_the_crosswalk_names_24_categories_and_existing_terms() -> None:
    crosswalk = rows("sdoh_crosswalk.csv")
    codes = {row["sdoh_code"] for row in crosswalk}
    assert len(codes) == 24
    assert {row["term_id"] for row in crosswalk} <= term_ids()
    assert all(row["sdoh_label_en"] and row["sdoh_label_es"] for row in crosswalk)
    assert {code for need in needs() for code in need["sdoh"]} == codes


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_phrase_stands_once_for_a_meaning_and_points_at_something(language: str) -> None:
    found = [row for row in rows("synonyms.csv") if row["language"] == language]
    meanings = [(row["phrase"], row["term_id"], row["need"]) for row in found]
    assert len(meanings) >= 300
    assert len(meanings) == len(set(meanings))
    assert all(row["phrase"] == row["phrase"].strip().lower() for row in found)
    assert all(row["need"] or row["term_id"] for row in found)
    assert {row["need"] for row in found} - {""} <= {need["code"] for need in needs()}
    assert {row["term_id"] for row in found} - {""} <= term_ids()


def test_every_need_can_be_said_in_both_languages() -> None:
    said = {(row["need"], row["language"]) for row in rows("synonyms.csv") if row["need"]}
    assert {(need["code"], language) for need in needs() for language in ("en", "es")} == said


def test_the_term_of_a_phrase_belongs_to_its_need() -> None:
    roots = {need["code"]: {first_of(term) for term in need["terms"]} for need in needs()}
    for row in rows("synonyms.csv"):
        if row["term_id"] and row["need"]:
            assert above(row["term_id"]) & roots[row["need"]], row["phrase"]


def test_the_usual_terms_of_a_need_are_known_and_every_need_has_some() -> None:
    usual = rows("need_terms.csv")
    assert {row["term_id"] for row in usual} <= term_ids()
    assert {row["need"] for row in usual} == {need["code"] for need in needs()}


def test_danger_phrases_cover_every_kind_in_both_languages() -> None:
    found = rows("danger_phrases.csv")
    pairs = [(row["phrase"], row["language"]) for row in found]
    assert len(found) >= 60
    assert len(pairs) == len(set(pairs))
    kinds = {"violence", "overdose", "suicide", "eviction", "child", "elder", "medical"}
    assert {(row["kind"], row["language"]) for row in found} == {
        (kind, language) for kind in kinds for language in ("en", "es")
    }


def test_zip_centroids_are_points_of_the_united_states() -> None:
    with gzip.open(DATA / "zip_centroids.csv.gz", "rt", encoding="utf-8", newline="") as file:
        places = {row["zip"]: row for row in csv.DictReader(file)}
    assert len(places) > 33_000
    assert abs(float(places["21801"]["latitude"]) - 38.3494) < 0.001
    assert abs(float(places["21801"]["longitude"]) + 75.6785) < 0.001
    assert places["21801"]["state"] == "MD"
    for code, place in places.items():
        assert len(code) == 5
        assert code.isdigit()
        assert -15 < float(place["latitude"]) < 72
        assert len(place["state"]) == 2


def test_the_zip_file_is_the_same_whenever_it_is_made() -> None:
    header = (DATA / "zip_centroids.csv.gz").read_bytes()[:10]
    assert header[:3] == b"\x1f\x8b\x08"
    assert header[3] == 0, "no file name inside"
    assert header[4:8] == b"\0\0\0\0", "no time inside"


@pytest.mark.parametrize(
    "name", ["open_eligibility", "sdoh_crosswalk", "synonyms", "zip_centroids"]
)
def test_every_data_file_says_under_which_licence_it_ships(name: str) -> None:
    assert (DATA / f"{name}.LICENSE.md").read_text(encoding="utf-8").startswith("# ")
