"""Every catalogue string in code and templates has its Spanish; none is left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from shared.i18n import LOCALES, catalogue

SRC = Path(__file__).resolve().parents[2] / "src"
PYTHON_KEYWORDS = {
    "_": None, "gettext": None, "gettext_noop": None, "ngettext": (1, 2), "noop": None,
}
# {{ _("…") }}, {% … _('…') %}, ngettext("one", "many", n)
IN_TEMPLATE = re.compile(
    r"""\b(?:_|gettext)\(\s*(?P<q>["'])(?P<text>(?:\\.|(?!(?P=q)).)*)(?P=q)""", re.DOTALL
)
PLURAL_IN_TEMPLATE = re.compile(
    r"""\bngettext\(\s*(?P<q>["'])(?P<text>(?:\\.|(?!(?P=q)).)*)(?P=q)""", re.DOTALL
)


def in_code() -> dict[str, str]:
    found: dict[str, str] = {}
    for filename, _line, message, _comments, _context in extract_from_dir(
        SRC, method_map=[("**.py", "python")], keywords=PYTHON_KEYWORDS
    ):
        text = message[0] if isinstance(message, tuple) else message
        if text:
            found.setdefault(text, filename)
    return found


def in_templates() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in SRC.rglob("templates/**/*.html"):
        content = path.read_text()
        for pattern in (IN_TEMPLATE, PLURAL_IN_TEMPLATE):
            for match in pattern.finditer(content):
                text = match["text"].replace("\\'", "'").replace('\\"', '"')
                found.setdefault(text, str(path.relative_to(SRC)))
    return found


@pytest.fixture(scope="module")
def used() -> dict[str, str]:
    return in_code() | in_templates()


def test_every_string_has_its_spanish(used: dict[str, str]) -> None:
    assert len(used) > 200, "the extraction itself must work"
    spanish = catalogue("es")
    missing = {text: where for text, where in used.items() if text not in spanish}
    assert missing == {}


def test_both_languages_fill_the_same_places() -> None:
    places = re.compile(r"%\((\w+)\)s")
    wrong = {
        text: forms
        for text, forms in catalogue("es").items()
        if any(set(places.findall(form)) - {"n"} != set(places.findall(text)) - {"n"}
               for form in forms)
    }
    assert wrong == {}


def test_no_translation_is_left_over(used: dict[str, str]) -> None:
    assert [text for text in catalogue("es") if text not in used] == []


def test_no_message_is_translated_twice_in_two_ways() -> None:
    from babel.messages.pofile import read_po

    seen: dict[str, tuple[str, object]] = {}
    clashes = []
    for path in sorted((LOCALES / "es").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="es"):
                key = message.id if isinstance(message.id, str) else message.id[0]
                if key and key in seen and seen[key][1] != message.string:
                    clashes.append((key, seen[key][0], path.name))
                seen.setdefault(key, (path.name, message.string))
    assert clashes == []
