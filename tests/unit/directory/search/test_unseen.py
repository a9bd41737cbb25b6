"""The unseen set is well formed and stays apart from the set that vocabulary is widened with.

Its recall is measured once per release by hand, never here (tests/judged/README.md).
"""

from __future__ import annotations

from directory.search.tags import first_of
from support.judged import UNSEEN, judged, parents


def test_the_unseen_set_shares_no_query_with_the_first_set() -> None:
    seen = {row.query.casefold() for row in judged()}
    assert sum(row.query.casefold() in seen for row in judged(UNSEEN)) == 0


def test_the_unseen_set_asks_each_query_once_in_english_spanish_and_both() -> None:
    rows = judged(UNSEEN)
    assert len({row.query.casefold() for row in rows}) == len(rows) == 200
    assert {row.language for row in rows} == {"en", "es", "mixed"}


def test_unseen_answers_are_one_to_six_terms_that_are_neither_copies_nor_roots() -> None:
    # Counted, not shown: a failing line must not print what nobody should have read.
    wrong = sum(
        not 1 <= len(row.accepted) <= 6
        or any(first_of(term) != term or term not in parents() for term in row.accepted)
        for row in judged(UNSEEN)
    )
    assert wrong == 0
