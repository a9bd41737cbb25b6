"""People's own words, judged by somebody who wrote no synonyms, find the term they mean."""

from __future__ import annotations

import csv

import pytest

from directory.needs import DATA
from support.judged import Recall, above, judged, recall


def test_nine_of_ten_needs_find_their_term_among_the_first_five() -> None:
    assert len(judged()) >= 150
    assert recall(judged()).share >= 0.90


def test_the_half_that_nobody_looked_at_does_about_as_well() -> None:
    unseen = recall([row for row in judged() if not row.looked_at])
    assert unseen.asked >= 100
    assert unseen.share >= 0.85


@pytest.mark.parametrize("language", ["en", "es"])
def test_neither_language_is_left_behind(language: str) -> None:
    assert recall([row for row in judged() if row.language == language]).share >= 0.85


def test_a_term_stands_under_its_parent_and_under_the_parents_of_its_copies() -> None:
    assert {"1157", "1155", "1104"} <= above("1157")
    assert {"1133", "1114", "1113", "1101"} <= above("1133")


def test_the_interval_is_wilsons() -> None:
    low, high = Recall(9, 10).interval
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)


def test_there_are_hundreds_of_phrases_of_our_own_in_each_language() -> None:
    with (DATA / "synonyms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for language in ("en", "es"):
        assert len({row["phrase"] for row in rows if row["language"] == language}) >= 700
