"""Normalising, correcting, mapping words; numbers of tags; distances. All pure."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.codes import ServiceFlag
from directory.geography import (
    cell_of,
    cell_ranges,
    distance_words,
    metres_between,
)
from directory.needs import DATA, needs
from directory.search.danger import Danger, danger_in, danger_phrases
from directory.search.documents import summary
from directory.search.port import Meaning
from directory.search.query import UnreadableInput, read_point, read_request, zip_of
from directory.search.spelling import Lexicon, distance
from directory.search.synonyms import make_vocabulary, stem
from directory.search.tags import age_tag, age_tags, flag_tag, language_tag, need_tag
from directory.search.text import normalise
from shared.i18n import using_language
from shared.languages import LANGUAGES
from support.judged import the_vocabulary

FOOD = Meaning(1, "food", whole=True)
BILLS = Meaning(2, "bills", whole=True)
LIGHT = Meaning(3, "bills")
VOCABULARY = make_vocabulary(
    [
        ("food", "en", FOOD),
        ("comida", "es", FOOD),
        ("food pantry", "en", FOOD),
        ("light bill", "en", LIGHT),
        ("can't pay my light bill", "en", LIGHT),
        ("bills", "en", BILLS),
        ("¿dónde hay comida?", "es", FOOD),
    ],
    {"harbor": 3, "elm": 2},
)


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("Día de COMIDA, St. Mary’s", "dia de comida st marys"),
        ("can't PAY", "cant pay"),
        ("  ", ""),
        ("niño", "nino"),
        ("a\x00b", "a b"),
    ],
)
def test_words_are_compared_without_accents_case_or_apostrophes(
    given_text: str, expected: str
) -> None:
    assert normalise(given_text) == expected


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("fod", "food"),
        ("comda", "comida"),
        ("pantri", "pantry"),
        ("lite", "light"),
        ("fodo", "food"),
        ("ligth", "light"),
    ],
)
def test_a_mistyped_word_is_corrected(typed: str, meant: str) -> None:
    assert VOCABULARY.lexicon.correct(typed) == meant


@pytest.mark.parametrize("word", ["food", "harbor", "xyzzyq", "12", "fo", "elm"])
def test_a_known_or_unreadable_word_is_left_alone(word: str) -> None:
    assert VOCABULARY.lexicon.correct(word) is None


@given(st.text("abcdef", min_size=1, max_size=8), st.text("abcdef", min_size=1, max_size=8))
def test_distance_is_symmetric_and_zero_only_for_the_same(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)


@given(st.lists(st.text("abcdefgh", min_size=5, max_size=9), min_size=1, max_size=8), st.data())
def test_a_word_with_one_letter_left_out_finds_something_near(
    words: list[str], data: st.DataObject
) -> None:
    lexicon = Lexicon(dict.fromkeys(words, 1))
    word = data.draw(st.sampled_from(words))
    at = data.draw(st.integers(0, len(word) - 1))
    typed = word[:at] + word[at + 1 :]
    found = lexicon.correct(typed)
    assert typed in lexicon or (found is not None and distance(found, typed) <= 2)


def test_the_longest_phrase_wins() -> None:
    reading = VOCABULARY.read("I can't pay my light bill")
    assert reading.meanings == (LIGHT,)
    assert reading.leftover == ()


def test_a_named_term_outranks_its_whole_need() -> None:
    assert VOCABULARY.read("light bill and other bills").meanings == (LIGHT,)
    assert VOCABULARY.read("bills").meanings == (BILLS,)


def test_what_a_longer_phrase_says_is_not_also_looked_for_by_a_part_of_it() -> None:
    def needs_of(words: str) -> set[str | None]:
        return {meaning.need for meaning in the_vocabulary().read(words).meanings}

    assert needs_of("food for my dog") == {"other"}
    assert needs_of("food and a ride to the doctor") == {"food", "rides"}


@pytest.mark.parametrize(
    ("words", "term"),
    [
        ("somewhere safe for my 8 year old after school", 1279),
        ("groceries delivered, I am 80", 1129),
        ("my ex won't pay child support", 1375),
        ("grown man wants to learn how to read", 1350),
        ("no tengo chavos pal pasaje de la guagua", 1173),
        ("se rompieron los espejuelos de mi nena", 1216),
        ("quién me llena la planilla", 1270),
        ("mami me botó de la casa", 1121),
        ("los niños andan de vacaciones", 1283),
        ("a mi cuñado lo agarró la migra", 1346),
        ("me leiofearon", 1297),
        ("ocupo deiquer para el beibi", 1280),
    ],
)
def test_the_term_that_was_understood_is_listed(words: str, term: int) -> None:
    assert term in {meaning.tag for meaning in the_vocabulary().read(words).meanings}


def test_words_that_no_phrase_takes_are_left_over() -> None:
    reading = VOCABULARY.read("harbor food pantry")
    assert reading.meanings == (FOOD,)
    assert reading.leftover == ("harbor",)
    assert reading.words == ("harbor", "food", "pantry")


def test_both_languages_mean_the_same() -> None:
    assert VOCABULARY.read("comida").meanings == VOCABULARY.read("foods").meanings


def test_a_word_that_somebody_knows_is_not_corrected() -> None:
    assert VOCABULARY.read("fod", known={"fod"}).corrected is None
    assert VOCABULARY.unsure_of("fod for elm") == ["fod"]


def test_suggestions_begin_with_what_was_typed() -> None:
    assert VOCABULARY.suggest("Foo", 5) == ["food", "food pantry"]
    assert VOCABULARY.suggest("", 5) == []


@pytest.mark.parametrize(
    ("plural", "singular"),
    [("bills", "bill"), ("clases", "clase"), ("pantries", "pantry"), ("houses", "house")],
)
def test_plurals_are_cut_off_in_both_languages(plural: str, singular: str) -> None:
    assert stem(plural) == stem(singular)


@pytest.mark.parametrize(
    ("words", "danger"),
    [
        ("he hits me", Danger.VIOLENCE),
        ("mi esposo me pega", Danger.VIOLENCE),
        ("I want to die", Danger.SUICIDE),
        ("my son overdosed", Danger.OVERDOSE),
        ("we are getting evicted tomorrow", Danger.EVICTION),
        ("food", None),
        ("hit the gym", None),
        ("", None),
    ],
)
def test_danger_is_recognised(words: str, danger: Danger | None) -> None:
    assert danger_in(words) is danger


def test_every_danger_has_phrases() -> None:
    assert all(danger_phrases().values())


def test_no_two_tags_share_a_number() -> None:
    numbers = (
        [need_tag(need.code) for need in needs()]
        + [flag_tag(flag) for flag in ServiceFlag]
        + [language_tag(code) for code in LANGUAGES]
        + age_tags(None, None)
    )
    assert len(numbers) == len(set(numbers))
    assert all(1 << 30 <= number < 1 << 31 for number in numbers)


@given(st.floats(0, 120), st.floats(0, 120), st.floats(0, 120))
def test_an_age_within_the_limits_is_always_found(age: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    if low <= age <= high:
        assert age_tag(age) in age_tags(low, high)


LATITUDES, LONGITUDES = st.floats(-60, 70), st.floats(-179, 179)


@given(LATITUDES, LONGITUDES, st.floats(10, 160_000), st.floats(-1, 1), st.floats(-1, 1))
def test_a_point_within_the_radius_lies_in_the_cells(
    lat: float, lon: float, radius_m: float, north: float, east: float
) -> None:
    other_lat, other_lon = lat + north * radius_m / 111_195, lon + east * radius_m / 60_000
    if abs(other_lon) >= 180 or metres_between(lat, lon, other_lat, other_lon) > radius_m:
        return
    lows, highs = cell_ranges(lat, lon, radius_m)
    cell = cell_of(other_lat, other_lon)
    assert any(low <= cell <= high for low, high in zip(lows, highs, strict=True))


@pytest.mark.parametrize(
    ("metres", "exact", "words"),
    [
        (500, True, "8-minute walk"),
        (1609, True, "1 mile"),
        (2414, True, "1½ miles"),
        (6437, True, "4 miles, 12 minutes by car"),
        (500, False, "less than a mile"),
        (1700, False, "about 1 mile"),
        (6500, False, "about 4 miles"),
    ],
)
def test_distances_in_words(metres: float, exact: bool, words: str) -> None:  # noqa: FBT001
    assert distance_words(metres, exact=exact) == words


@given(st.floats(0, 160_000))
def test_a_distance_from_a_zip_has_no_tenths(metres: float) -> None:
    for language in ("en", "es"):
        with using_language(language):
            words = distance_words(metres, exact=False)
            assert "." not in words
            assert "½" not in words


def test_points_and_zips_are_read() -> None:
    near = read_point("38.36, -75.59")
    assert near is not None
    assert (near.lat, near.lon) == (38.36, -75.59)
    assert read_point("Salisbury") is None
    assert (zip_of("21801-1234"), zip_of("2180"), zip_of("218011")) == ("21801", None, None)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "q",
                "near",
                "radius_m",
                "need",
                "open_now",
                "language",
                "age",
                "limit",
                "cursor",
                "eligibility",
                "free",
            ]
        ),
        st.lists(st.text(max_size=30), max_size=2),
    )
)
def test_any_parameters_are_read_or_refused_by_name(parameters: dict[str, list[str]]) -> None:
    refused: UnreadableInput | None = None
    try:
        request = read_request(parameters)
    except UnreadableInput as refusal:
        refused = refusal
    else:
        assert 1 <= request.limit <= 100
    if refused is not None:
        assert refused.field in parameters
        assert refused.remedy


def test_a_summary_ends_with_a_sentence_or_a_word() -> None:
    assert summary("Free food. For all.") == "Free food. For all."
    long = "word " * 60
    assert summary(long).endswith("word …")
    assert summary("Short one. " + long) == "Short one."


def test_the_danger_card_shows_no_number_that_nobody_checked() -> None:
    card = (DATA.parent / "templates" / "danger_card.html").read_text(encoding="utf-8")
    note = (DATA / "danger_numbers.md").read_text(encoding="utf-8")
    known = {
        number.replace("-", "") for number in re.findall(r"^\| ([\d-]+) \|", note, re.MULTILINE)
    }
    shown = {number.removeprefix("+") for number in re.findall(r"tel:(\+?\d+)", card)}
    assert shown == known


@pytest.mark.parametrize(
    "words",
    ["food for my kids", "trabajo de noche", "matar cucarachas", "my phone died", "dead battery"],
)
def test_everyday_words_do_not_raise_an_alarm(words: str) -> None:
    assert danger_in(words) is None


def test_words_that_stand_apart_are_still_understood() -> None:
    reading = the_vocabulary().read("my husband came home and again he drinks much too much")
    assert {"1178", "1179"} & {str(meaning.tag) for meaning in reading.terms}
    assert the_vocabulary().read("the colour of the sea").meanings == ()


def test_an_everyday_word_is_never_taken_for_another() -> None:
    vocabulary = make_vocabulary([("money", "en", FOOD), ("bill", "en", FOOD)], {})
    assert vocabulary.read("monday till").corrected is None
    assert vocabulary.read("monye").corrected == "money"
