"""Addresses and words of the pages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from notify.channels import simulator as package
from notify.channels.simulator.desk import View
from notify.channels.simulator.words import clock_words, next_morning
from shared.i18n import LOCALES, using_language

NEW_YORK = "America/New_York"
FOLDER = Path(package.__file__ or "").parent


def test_a_view_has_one_address_that_keeps_what_was_chosen() -> None:
    view = View(phone="+12025550144", mailbox="denise@harbor.example", look="smart", lang="es")
    assert view.url() == (
        "/simulator/phones/+12025550144?lang=es&look=smart&mailbox=denise@harbor.example"
    )
    assert view.url(phone=None) == "/simulator/mailboxes/denise@harbor.example?lang=es"
    assert View().url() == "/simulator"
    assert View().url(mailbox="a/b?c@x.example") == "/simulator/mailboxes/a%2Fb%3Fc@x.example"


@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        (datetime(2026, 5, 4, 12, 30, tzinfo=UTC), 30 * 60),  # 8:30 there
        (datetime(2026, 5, 4, 13, 0, tzinfo=UTC), 24 * 3600),  # 9:00 sharp
        (datetime(2026, 3, 7, 15, 0, tzinfo=UTC), 22 * 3600),  # the night that loses an hour
    ],
)
def test_the_next_morning_is_nine_on_the_wall(now: datetime, seconds: int) -> None:
    assert (next_morning(now, NEW_YORK) - now).total_seconds() == seconds


def test_times_are_said_in_the_readers_language() -> None:
    at = datetime(2026, 5, 6, 14, 12, tzinfo=UTC)
    assert clock_words(at, NEW_YORK) == "Wed May 6, 10:12 am"
    with using_language("es"):
        assert clock_words(at, NEW_YORK).startswith("mié 6 de may")


def test_every_word_of_the_pages_is_also_in_spanish() -> None:
    with (LOCALES / "es" / "simulator.po").open("rb") as file:
        translated = {message.id for message in read_po(file) if message.id and message.string}
    used: set[str] = set()
    for path in FOLDER.rglob("*.py"):
        found = extract_from_file("python", path, keywords={"gettext": None, "gettext_noop": None})
        used |= {str(message) for _, message, _, _ in found}
    for path in FOLDER.rglob("*.html"):
        with path.open("rb") as file:
            found = babel_extract(file, ("_",), (), {"trimmed": "true"})
            used |= {m if isinstance(m, str) else m[0] for _, _, m, _ in found}
    assert used - translated == set()
    assert translated - used == set()
