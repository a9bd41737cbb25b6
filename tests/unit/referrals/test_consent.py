"""Four ticks, three levels, one term."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from referrals.consent import (
    ConsentTerms,
    NamingLevel,
    Reach,
    check_may_share,
    default_level,
    is_in_force,
    level_allowed,
    may_text,
)
from shared.errors import InvalidInput

NOW = datetime(2023, 5, 9, 18, tzinfo=UTC)
ALL_FOUR = ConsentTerms(
    share=True,
    hear_back=True,
    text=True,
    next_places=True,
    heard_by="Rosa",
    given_at=NOW,
    ends_at=NOW + timedelta(days=365),
)


@pytest.mark.parametrize(
    ("consent", "field"),
    [
        (None, "share"),
        (replace(ALL_FOUR, share=False), "share"),
        (replace(ALL_FOUR, heard_by=" "), "heard_by"),
        (replace(ALL_FOUR, revoked_at=NOW), "share"),
        (replace(ALL_FOUR, ends_at=NOW), "share"),
    ],
)
def test_nothing_is_shared_without_the_first_tick_in_force(
    consent: ConsentTerms | None, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_may_share(consent, NOW)
    assert refused.value.field == field
    assert refused.value.code == "consent_missing"


def test_all_four_may_be_shared_and_texted() -> None:
    check_may_share(ALL_FOUR, NOW)
    assert may_text(ALL_FOUR, Reach.OWN_PHONE, NOW, phone_may_text=True)


def test_no_text_without_its_own_tick_or_against_the_phones_flag() -> None:
    assert not may_text(replace(ALL_FOUR, text=False), Reach.OWN_PHONE, NOW, phone_may_text=True)
    assert not may_text(ALL_FOUR, Reach.OWN_PHONE, NOW, phone_may_text=False)
    assert not may_text(ALL_FOUR, Reach.THROUGH_SOMEBODY, NOW, phone_may_text=True)


def test_consent_ends_by_itself() -> None:
    assert is_in_force(ALL_FOUR, NOW + timedelta(days=364))
    assert not is_in_force(ALL_FOUR, NOW + timedelta(days=365))


def test_a_shared_phone_and_a_sensitive_programme_begin_neutral() -> None:
    assert default_level(Reach.OWN_PHONE, sensitive=False) is NamingLevel.NEED
    assert default_level(Reach.SHARED_PHONE, sensitive=False) is NamingLevel.NEUTRAL
    assert default_level(Reach.OWN_PHONE, sensitive=True) is NamingLevel.NEUTRAL
    assert not level_allowed(NamingLevel.PLAIN, sensitive=True)
