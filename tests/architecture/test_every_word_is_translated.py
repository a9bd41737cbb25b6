"""Every catalogue string in code and templates has its Spanish; none is left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.i18n import LOCALES, catalogue

SRC = Path(__file__).resolve().parents[2] / "src"
AT_THE_TERMINAL = {"cli.py", "doctor.py", "demo.py"}
MARKS = {"_", "N_", "gettext", "gettext_noop", "noop"}
REFUSALS = {"NotFound", "NotAllowed", "Conflict", "InvalidInput", "VersionMismatch"}
# {{ _("…") }}, {% … _('…') %}, ngettext("one", "many", n)
IN_TEMPLATE = re.compile(
    r"""\b(?:_|gettext)\(\s*(?P<q>["'])(?P<text>(?:\\.|(?!(?P=q)).)*)(?P=q)""", re.DOTALL
)
PLURAL_IN_TEMPLATE = re.compile(
    r"""\bngettext\(\s*(?P<q>["'])(?P<text>(?:\\.|(?!(?P=q)).)*)(?P=q)""", re.DOTALL
)


def strings_of(call: ast.Call) -> Iterator[str]:
    """Catalogue strings of one call: gettext's first argument, a refusal's message and remedy."""
    name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
    found: list[ast.expr] = []
    if (name in MARKS or name == "ngettext" or name in REFUSALS) and call.args:
        found.append(call.args[0])
    found += [keyword.value for keyword in call.keywords if keyword.arg == "remedy"]
    for node in found:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            yield node.value


def in_code() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in SRC.rglob("*.py"):
        if path.parts[-2] == "commands" or path.name in AT_THE_TERMINAL:
            continue  # words for operators at a terminal are English
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                for text in strings_of(node):
                    found.setdefault(text, str(path.relative_to(SRC)))
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
        if any(
            set(places.findall(form)) - {"n"} != set(places.findall(text)) - {"n"} for form in forms
        )
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
