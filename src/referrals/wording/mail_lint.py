"""What every e-mail must be; part of `handback lint-texts`, beside the rules for texts. Pure.

A mail is longer than a text, is read at a desk or on a phone, and is stored on servers that nobody
here looks after: its subject names no need and nobody, and its one link stands on its button.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from referrals.wording import reading
from referrals.wording.catalogues import OURS, placeholders
from referrals.wording.findings import too_hard, values_differ
from referrals.wording.forbidden import matches
from referrals.wording.mails import mail_wordings
from referrals.wording.templates import ENGLISH, Party

GRADE, LONGEST_SENTENCE = 5.0, 20
# Values that say what is needed, where, and who it is. Agencies read the need inside the mail.
NEED = frozenset({"need_label", "next_step", "good_to_know"})
PLACE = frozenset({"place", "address", "place_phone", "when", "papers"})
PERSON = frozenset({"name", "initial", "birth_date", "patient_phone", "hello"})
HOUSEHOLD = frozenset({"people", "speaks", "zip"})
NOT_IN_SUBJECT = NEED | PLACE | PERSON | HOUSEHOLD
NOT_NAMED: dict[str, frozenset[str]] = {
    "plain": frozenset(),
    "need": PLACE,
    "neutral": PLACE | NEED | PERSON,
}
_ADDRESS = re.compile(r"https?:|www\.|\{link\}|<\w")


@dataclass(frozen=True, slots=True)
class MailForm:
    """A mail at a level ("any": an agency's), in a language."""

    template: str
    language: str
    level: str
    party: Party
    wording: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.template} {self.language} {self.level}"

    @property
    def phrases(self) -> list[str]:
        """Each of its sentences and labels, every alternative."""
        return [each for part in self.wording.values() for each in _flat(part)]

    @property
    def fixed(self) -> str:
        """Its own words, values left out; a break between what stands on lines of its own."""
        return " ".join(re.sub(r"\{\w+\}", "", " . ".join(self.phrases)).split())

    @property
    def values(self) -> frozenset[str]:
        return frozenset(name for each in self.phrases for name in placeholders(each))


Rule = Callable[[MailForm], Iterator[str]]


def mail_forms() -> list[MailForm]:
    """Every mail, level and language."""
    return [MailForm(*each) for each in mail_wordings()]


def subject(form: MailForm) -> Iterator[str]:
    """It is read on locked screens and in lists: no need, no place, nobody."""
    for each in _flat(form.wording["subject"]):
        for name in sorted(set(placeholders(each)) & NOT_IN_SUBJECT):
            yield f"names {{{name}}} in its subject"


def named(form: MailForm) -> Iterator[str]:
    """No value that the level, or an agency before its yes, may not be told."""
    forbidden = PERSON if form.party is Party.AGENCY else NOT_NAMED[form.level]
    for name in sorted(form.values & forbidden):
        yield f"names {{{name}}}, which its reader may not be sent"


def words(form: MailForm) -> Iterator[str]:
    """No diagnosis anywhere, no need at neutral, nothing of identity to an agency."""
    kinds = ["diagnosis"]
    if form.party is Party.AGENCY:
        kinds.append("identity")
    elif form.level == "neutral":
        kinds.append("need")
    for kind in kinds:
        for word in matches(kind, form.language, form.fixed):
            yield f"holds “{word}” ({kind})"


def links(form: MailForm) -> Iterator[str]:
    """One link, on the button; and it says that opening it answers nothing."""
    for each in form.phrases:
        if _ADDRESS.search(each):
            yield f"holds an address or a tag of its own: {each}"
    says = re.search(r"Opening the link|Abrir el enlace", form.fixed)
    if "action" in form.wording and not says:
        yield "has a button, but does not say that opening the link answers nothing"


def same_values(form: MailForm) -> Iterator[str]:
    """Every language names the same values and has the same parts."""
    if form.language == ENGLISH:
        return
    english = next(
        each
        for each in mail_forms()
        if (each.template, each.level, each.language) == (form.template, form.level, ENGLISH)
    )
    yield from values_differ(english.values - form.values, form.values - english.values)
    for part in sorted(set(english.wording) ^ set(form.wording)):
        yield f"and its English differ in having “{part}”"


def grade(form: MailForm) -> Iterator[str]:
    """Grade 5 at most, each of its sentences short."""
    found = reading.read(form.fixed, form.language)
    if found is not None:
        yield from too_hard(found, grade=GRADE, longest=LONGEST_SENTENCE)


def in_every_language(form: MailForm) -> Iterator[str]:
    """English and Spanish both."""
    has = {
        each.language
        for each in mail_forms()
        if (each.template, each.level) == (form.template, form.level)
    }
    for code in sorted(set(OURS) - has):
        yield f"lacks its words in {code}"


MAIL_RULES: Mapping[str, Rule] = {
    "subject": subject,
    "named": named,
    "words": words,
    "links": links,
    "same values": same_values,
    "grade": grade,
    "languages": in_every_language,
}


def _flat(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for each in part:
            yield from _flat(each)
