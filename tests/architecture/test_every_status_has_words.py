"""What a person may come to see has words in both languages; what code names as a text exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from referrals.lifecycle import BusinessStatus, is_bad_ending, people_see
from referrals.reasons import REASONS, Reason, label_of, reasons_for
from referrals.tasks import TASKS, TaskKind
from referrals.wording.templates import Party, templates
from shared.i18n import catalogue, gettext, using_language

if TYPE_CHECKING:
    from collections.abc import Iterator

SRC = Path(__file__).resolve().parents[2] / "src"
# "A1", "P2b", "PC": how ids of texts look; catalogue strings and data have no such constants.
LOOKS_LIKE_A_TEXT = re.compile(r"^(?:[PA]\d{1,2}[a-z]?|P[A-Z]|A[A-Z]0?|Pn)$")
# What a member of staff writes has an id for its row, and no words of ours.
OWN_WORDS = {"PR"}
# practice.md 2.14: the only words for where a request stands, "They say done…" among them.
PLAIN_WORDS = {
    "Not sent yet",
    "Waiting for their answer",
    "They ask us something",
    "They said yes",
    "They said no",
    "Accounts differ",
    "On a wait list",
    "Visit set",
    "They say done, asking the patient",
    "Got help (both say)",
    "Got help (patient says)",
    "Agency says done, no word from patient",
    "Did not get help",
    "No longer needed",
    "Nobody answered",
    "Stopped by us",
    # Endings that practice.md leaves without words.
    "Nobody answered after a yes",
    "Asking another place",
    "Entered in error",
}
NEVER_SAID = re.compile(r"disputed|rejected|failed", re.IGNORECASE)


def test_every_status_is_said_in_the_few_plain_words() -> None:
    assert {people_see(status) for status in BusinessStatus} - PLAIN_WORDS == set()


def test_every_status_has_its_spanish() -> None:
    assert {people_see(status) for status in BusinessStatus if not spanish(people_see(status))} == (
        set()
    )


def test_every_reason_has_its_words_in_both_languages() -> None:
    assert set(REASONS) == set(Reason)
    assert {reason for reason in Reason if not spanish(label_of(reason))} == set()


def test_every_task_says_what_to_do_and_why_in_both_languages() -> None:
    assert set(TASKS) == set(TaskKind)
    silent = {
        kind for kind, facts in TASKS.items() if not spanish(facts.what) or not spanish(facts.why)
    }

    assert silent == set()


def test_every_reason_can_be_given_somewhere() -> None:
    offered = {reason for status in BusinessStatus for reason in reasons_for(status)}

    assert set(Reason) - offered == set()


def test_every_bad_ending_can_say_why() -> None:
    assert [
        status
        for status in BusinessStatus
        if is_bad_ending(status, None) and not reasons_for(status)
    ] == []


def test_no_screen_says_disputed_rejected_or_failed() -> None:
    assert {text for text in catalogue("es") if NEVER_SAID.search(text)} == set()


def test_every_text_that_code_names_exists() -> None:
    named = {(value, where) for value, where in constants() if LOOKS_LIKE_A_TEXT.fullmatch(value)}
    assert len(named) > 20, "the extraction itself must work"

    known = set(templates()) | OWN_WORDS
    assert {(value, where) for value, where in named if value not in known} == set()


def test_every_text_is_named_somewhere() -> None:
    """A text that no code sends is a promise that nobody keeps."""
    named = {value for value, _ in constants()} | {
        form for template in templates().values() for form in template.other.values()
    }

    assert set(templates()) - named == set()


def test_every_text_stands_in_both_languages_at_each_of_its_levels() -> None:
    halves = {
        (name, level)
        for name, template in templates().items()
        for level, _ in template.words
        if {language for at, language in template.words if at == level} != {"en", "es"}
    }

    assert halves == set()


def test_no_text_to_an_agency_has_a_place_for_who_the_patient_is() -> None:
    """practice.md 2.4: need, household size, language, ZIP, code; never name, birth date, phone."""
    personal = {"patient", "name", "first_name", "initial", "birth_date", "born", "patient_phone"}
    naming = {
        (name, placeholder)
        for name, template in templates().items()
        if template.facts.party is Party.AGENCY
        for pattern in template.words.values()
        for placeholder in re.findall(r"\{(\w+)\}", pattern)
        if placeholder in personal
    }

    assert naming == set()


def spanish(words: str) -> str | None:
    """The Spanish of an English message id, or None when it would be said in English."""
    with using_language("es"):
        said = gettext(words)
    return said if words in catalogue("es") and said != words else None


def constants() -> Iterator[tuple[str, str]]:
    """Every string constant of the slice that names texts, with its file."""
    for path in (SRC / "referrals").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value, str(path.relative_to(SRC))
