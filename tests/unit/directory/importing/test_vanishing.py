"""How much a feed may lose before somebody is asked."""

from __future__ import annotations

import pytest

from directory.importing.vanishing import refuse_vanishing
from shared.errors import InvalidInput


def refused(live: dict[str, int], gone: dict[str, int]) -> str | None:
    """What is too much, or None."""
    try:
        refuse_vanishing(live, gone, "Test feed")
    except InvalidInput as refusal:
        return refusal.values["what"]
    return None


@pytest.mark.parametrize(("before", "lost"), [(10, 1), (100, 10), (1000, 100), (0, 0), (5, 0)])
def test_a_tenth_is_not_too_much(before: int, lost: int) -> None:
    assert refused({"phone": before}, {"phone": lost}) is None


@pytest.mark.parametrize(("before", "lost"), [(10, 2), (100, 11), (1, 1), (1000, 101)])
def test_one_more_is_too_much(before: int, lost: int) -> None:
    assert refused({"phone": before}, {"phone": lost}) == "all"


@pytest.mark.parametrize("table", ["organization", "service", "location", "service_at_location"])
def test_what_people_look_for_counts_by_itself(table: str) -> None:
    """Many rows that stay must not hide that a third of the services have gone."""
    assert refused({table: 30, "schedule": 5000}, {table: 10}) == table


def test_a_table_of_which_nothing_is_left_is_too_much() -> None:
    assert refused({"phone": 10, "schedule": 5000}, {"phone": 10}) == "phone"
    assert refused({"phone": 9, "schedule": 5000}, {"phone": 9}) is None


def test_the_refusal_names_numbers_source_and_the_way_on() -> None:
    with pytest.raises(InvalidInput) as refusal:
        refuse_vanishing({"service": 20}, {"service": 3}, "Shore 211")
    assert refusal.value.values == {
        "lost": "3",
        "before": "20",
        "what": "service",
        "source": "Shore 211",
    }
    assert "--confirm-deletes" in (refusal.value.remedy or "")
