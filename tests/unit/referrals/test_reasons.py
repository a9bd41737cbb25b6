"""Reasons: every code has words, fits an ending, and the six digits of A3 mean what they say."""

from __future__ import annotations

import pytest

from referrals.lifecycle import NEEDS_REASON, BusinessStatus
from referrals.reasons import BY_DIGIT, REASONS, Reason, label_of, reason_for, reasons_for
from shared.errors import InvalidInput

S = BusinessStatus


def test_every_reason_has_words_and_belongs_to_somebody() -> None:
    assert set(REASONS) == set(Reason)
    assert all(label_of(reason) for reason in Reason)
    assert {facts.whose for facts in REASONS.values()} == {"agency", "patient", "sender", "system"}


def test_the_six_digits_of_the_reason_text_are_the_six_it_names() -> None:
    assert BY_DIGIT == {
        1: Reason.NO_CAPACITY,
        2: Reason.NOT_ELIGIBLE,
        3: Reason.OUTSIDE_SERVICE_AREA,
        4: Reason.SERVICE_NOT_OFFERED,
        5: Reason.MISSING_DOCUMENTS,
        6: Reason.OTHER,
    }


def test_a_no_and_a_stop_need_a_reason_and_the_clock_has_its_own() -> None:
    for status in (S.DECLINED, S.UNABLE, S.WITHDRAWN):
        with pytest.raises(InvalidInput):
            reason_for(status, None)
    assert reason_for(S.EXPIRED, None) is Reason.NO_RESPONSE_EXPIRED
    assert reason_for(S.ACCEPTED, None) is None
    assert all(reasons_for(status) for status in NEEDS_REASON)


def test_a_reason_of_the_wrong_party_does_not_fit() -> None:
    with pytest.raises(InvalidInput):
        reason_for(S.DECLINED, Reason.CHILDCARE)
    assert reason_for(S.UNABLE, Reason.NO_SHOW) is Reason.NO_SHOW
