"""Three steps to begin with, whatever is known of a service."""

from __future__ import annotations

import pytest

from directory.own_phone import MOST_CHARACTERS, directions_href, sms_href
from directory.starting import STEPS_SHOWN, Start, Step, steps_of
from shared.i18n import using_language
from shared.qr import qr_svg

WAYS = [
    "walk_in",
    "agency_calls_patient",
    "patient_calls",
    "apply",
    "through_hotline",
    "no_referrals",
    "unknown",
]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("how", WAYS)
def test_there_are_always_three_steps_each_with_something_to_do(
    how: str, language: str, *, known: bool, private: bool
) -> None:
    facts = {"phone": "202-555-0144", "next_time": "Thu", "papers": ("Letter",)} if known else {}
    start = Start(how, hours_known=known, private=private, **facts)  # type: ignore[arg-type]

    with using_language(language):
        steps = steps_of(start)

    assert len(steps) == 3
    assert all(step.act.endswith(".") and step.more for step in steps)


def test_the_listings_own_steps_come_before_ours() -> None:
    told = "Come on Thursday. You need no appointment.\n\n Say your name "

    assert steps_of(Start("patient_calls", told=told)) == [
        Step("Come on Thursday.", "You need no appointment."),
        Step("Say your name"),
    ]


def test_a_long_recipe_is_cut() -> None:
    assert len(steps_of(Start("walk_in", told="Do.\n" * 20))) == STEPS_SHOWN


def test_without_hours_nobody_is_sent_to_a_closed_door() -> None:
    first = steps_of(Start("walk_in", phone="202-555-0144"))[0]

    assert first.act == "Call 202-555-0144."


def test_without_a_phone_211_is_named() -> None:
    assert steps_of(Start("patient_calls"))[0].act == "Ask 211 how to reach them."


def test_no_id_is_said_where_it_is_known_and_only_there() -> None:
    assert "No ID needed." in str(steps_of(Start("walk_in", no_id=True)))
    assert "No ID" not in str(steps_of(Start("walk_in")))


def test_a_text_opens_on_both_kinds_of_phones_and_stays_short() -> None:
    assert sms_href(["Harbor Pantry", "", "12 Elm St & Oak"]) == (
        "sms:?&body=Harbor%20Pantry%0A12%20Elm%20St%20%26%20Oak"
    )
    assert len(sms_href(["x" * 5000])) == len("sms:?&body=") + MOST_CHARACTERS


def test_directions_take_the_point_alone() -> None:
    href = directions_href("https://map.example/?to={lat},{lon}", 38.3607, -75.5994)

    assert href == "https://map.example/?to=38.360700,-75.599400"


def test_a_qr_code_is_a_drawing_with_a_name_and_nothing_to_fetch() -> None:
    drawn = qr_svg("https://handback.example/services/1", 'A "code" <here>')

    assert drawn.startswith("<svg")
    assert "&lt;here&gt;" in drawn
    assert "href" not in drawn
    assert "style=" not in drawn
