"""The texts as the people who do this work wrote them (design: practice 4), word for word."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from referrals.wording import render

COMMON = {
    "label": "Lincoln Clinic",
    "worker": "Rosa",
    "name": "Ana",
    "code": "27",
    "people": "4",
    "zip": "20010",
    "phone": "202-555-0100",
    "place": "St Mary's Kitchen",
    "address": "12 Elm St",
}
ENGLISH = {
    **COMMON,
    "need": "FOOD",
    "soon": "this week",
    "speaks": "Spanish",
    "by": "Thu",
    "date": "May 3",
    "visit": "Tue May 9, 10:30 am",
    "when": "Thu 10-12",
    "papers": "Bring proof of address. No ID needed.",
}
SPANISH = {
    **COMMON,
    "need": "COMIDA",
    "soon": "esta semana",
    "speaks": "español",
    "by": "jueves",
    "date": "3 de mayo",
    "when": "jueves 10-12",
    "papers": "Lleve prueba de domicilio. No piden ID.",
}
TEXTS = tomllib.loads(Path(__file__).with_name("practice_texts.toml").read_text(encoding="utf-8"))[
    "text"
]


@pytest.mark.parametrize(
    "text", TEXTS, ids=[f"{text['template']}-{text['level']}-{text['language']}" for text in TEXTS]
)
def test_the_text_is_the_one_that_was_agreed(text: dict[str, Any]) -> None:
    language = text["language"]
    given = {**(SPANISH if language == "es" else ENGLISH), **text.get("values", {})}
    assert render(text["template"], language, text["level"], given) == text["words"]
