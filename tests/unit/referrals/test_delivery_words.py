"""How the delivery page speaks of a number's pace and of how long its queue takes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from notify.api import Health, SenderKind, SenderNumberFacts
from referrals.pages.delivery_view import Wall, health_facts
from shared.i18n import using_language

WALL = Wall(datetime(2023, 5, 9, 18, tzinfo=UTC), ZoneInfo("America/New_York"))


def facts(waiting: int, pace: float, language: str = "en") -> dict[str, str]:
    health = Health(waiting, None, 0, 0, 0, texts_waiting=waiting)
    number = SenderNumberFacts("+12025550100", SenderKind.LONG_CODE, pace, None)
    with using_language(language):
        return dict(health_facts(health, number, WALL))


@pytest.mark.parametrize(
    ("pace", "words"),
    [
        (1, "One part of a text (160 letters) a second"),
        (3, "3 parts of texts (160 letters each) a second"),
        (0.5, "0.5 parts of texts (160 letters each) a second"),
    ],
)
def test_a_pace_counts_parts_not_texts(pace: float, words: str) -> None:
    assert facts(0, pace)["Its pace"] == words


@pytest.mark.parametrize(
    ("waiting", "words"),
    [
        (0, "no time: none is waiting"),
        (1, "less than a minute"),
        (60, "one minute"),
        (5000, "83 minutes"),
    ],
)
def test_the_queues_time_is_told_as_it_is(waiting: int, words: str) -> None:
    assert facts(waiting, 1)["Texts that wait take"] == words


def test_in_spanish_as_well() -> None:
    assert "nada: no hay ninguno en espera" in facts(0, 3, "es").values()
