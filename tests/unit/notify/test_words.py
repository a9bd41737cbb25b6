from __future__ import annotations

import pytest

from notify.delivery import MessageState
from notify.outbox import without_links
from notify.words import REASON_WORDS, STATE_WORDS, state_words
from shared.i18n import using_language


@pytest.mark.parametrize("state", list(MessageState))
def test_every_state_has_words_in_both_languages(state: MessageState) -> None:
    english = state_words(state, None, None)
    with using_language("es"):
        spanish = state_words(state, None, None)
    assert english
    assert spanish != english
    assert state.value not in english.split()


@pytest.mark.parametrize("reason", sorted(REASON_WORDS))
def test_every_reason_of_ours_has_words_in_both_languages(reason: str) -> None:
    english = state_words(MessageState.SUPPRESSED, reason, None)
    with using_language("es"):
        assert state_words(MessageState.SUPPRESSED, reason, None) != english


def test_a_foreign_reason_falls_back_to_the_state() -> None:
    words = state_words(MessageState.SUPPRESSED, "consent_ended", "21610")
    assert words == STATE_WORDS[MessageState.SUPPRESSED]


def test_staff_see_the_code_of_a_failure() -> None:
    assert state_words(MessageState.FAILED, None, "30034") == "Could not be sent (30034)"


def test_links_are_cut_out_of_what_is_kept() -> None:
    token = "x" * 43
    kept = without_links(f"See http://a.example/r/{token}/yes or /r/short")
    assert kept == "See http://a.example/r/…/yes or /r/short"
