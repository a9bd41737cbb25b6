"""A reader's line is read whole or not at all."""

from __future__ import annotations

import pytest

from directory.stewards.reported_values import address_in, contact_in, openings_in

WHOLE = {
    "address_1": "9 Oak Street",
    "city": "Salisbury",
    "state_province": "MD",
    "postal_code": "21801",
}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("9 Oak Street, Salisbury, MD 21801", WHOLE),
        ("9 Oak Street, Salisbury, md, 21801.", WHOLE),
        ("9 Oak Street", {"address_1": "9 Oak Street"}),
        ("9 Oak Street, 21801", {"address_1": "9 Oak Street", "postal_code": "21801"}),
        ("9 Oak Street, Salisbury", {"address_1": "9 Oak Street", "city": "Salisbury"}),
        ("Oak Street", {}),
        ("I live at 9 Oak Street", {}),
        ("9 Oak Street, Salisbury, behind the mill", {}),
        ("9 Oak Street, Salisbury, MD 2180", {}),
        ("", {}),
        (f"9 {'Oak ' * 40}Street", {}),
    ],
)
def test_an_address_is_a_street_with_what_may_follow(said: str, found: dict[str, str]) -> None:
    assert address_in(said) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("help@harbor.example", ("email", "help@harbor.example")),
        ("www.harbor.example", ("url", "https://www.harbor.example")),
        ("http://harbor.example/a", ("url", "http://harbor.example/a")),
        ("ask help@harbor.example", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_mailbox_or_a_web_page_stands_alone(said: str, found: tuple[str, str] | None) -> None:
    assert contact_in(said) == found


@pytest.mark.parametrize(
    ("said", "rules"),
    [("Mon-Fri 9am-5pm", 1), ("lunes de 9 a 5", 1), ("sometimes", 0), ("", 0), ("x" * 200, 0)],
)
def test_hours_are_read_whole(said: str, rules: int) -> None:
    assert len(openings_in(said)) == rules
