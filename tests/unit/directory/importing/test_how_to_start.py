"""How help is reached is read where the words say it, in both languages; else unknown."""

from __future__ import annotations

import pytest

from directory.codes import HowToStart
from directory.how_to_start import read_how_to_start


@pytest.mark.parametrize(
    ("words", "how"),
    [
        ("Walk in.", HowToStart.WALK_IN),
        ("Call or walk-in for services.", HowToStart.WALK_IN),
        ("Just come when we are open. You need no appointment.", HowToStart.WALK_IN),
        ("Venga cuando esté abierto. No hace falta cita.", HowToStart.WALK_IN),
        ("Call for more information.", HowToStart.PATIENT_CALLS),
        ("No walk-ins. Call to make an appointment.", HowToStart.PATIENT_CALLS),
        ("We do not accept walk-ins; please call.", HowToStart.PATIENT_CALLS),
        ("Llámenos primero. Le decimos qué sigue.", HowToStart.PATIENT_CALLS),
        ("Apply online.", HowToStart.APPLY),
        ("Complete an intake form on the website.", HowToStart.APPLY),
        ("Placement through the Shelter Hotline.", HowToStart.THROUGH_HOTLINE),
        ("Coordinated entry only.", HowToStart.THROUGH_HOTLINE),
        ("Call 211 for intake.", HowToStart.THROUGH_HOTLINE),
        ("Ask for help here. We call you back.", HowToStart.AGENCY_CALLS_PATIENT),
        ("Referral required from a social worker.", HowToStart.AGENCY_CALLS_PATIENT),
    ],
)
def test_plain_words_are_understood(words: str, how: HowToStart) -> None:
    assert read_how_to_start(words) == (how, True)


@pytest.mark.parametrize("words", [None, "", "Varies by program."])
def test_what_is_not_said_is_not_guessed(words: str | None) -> None:
    assert read_how_to_start(words) == (HowToStart.PATIENT_CALLS, False)
