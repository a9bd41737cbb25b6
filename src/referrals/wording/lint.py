"""Everything a text must be (practice 2.4 and 4), looked at in one go: `handback lint-texts`.

Pure. Each rule takes one form of a text (template, level, language) and says what is wrong with it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

from notify.segments import Encoding, count_segments
from referrals.wording import reading
from referrals.wording.catalogues import LEVELS, further, holes
from referrals.wording.findings import too_hard, values_differ
from referrals.wording.forbidden import forbidden, matches
from referrals.wording.mail_lint import MAIL_RULES, mail_forms
from referrals.wording.samples import SENDERS, longest
from referrals.wording.templates import (
    ENGLISH,
    Party,
    form_at,
    languages,
    pattern_at,
    phrases,
    placeholders,
    template_facts,
    templates,
)
from referrals.wording.texts import MissingParameterError, must_have, worded

_WHEN = Path(__file__).with_name("when.toml")
GRADE = 5.0
# A grade of twenty words says little; these hold each sentence and word by themselves. A sentence
# is counted without its names, numbers and dates.
LONGEST_SENTENCE = 17
MOST_SYLLABLES = {"en": 4, "es": 5}
# What a level may fill in (practice 2.4). Agencies' texts have no level: theirs is its own row.
PLACE, NEED, PERSON = (
    frozenset({"place", "address", "where"}),
    frozenset({"need", "needs", "case", "items"}),
    frozenset({"name", "worker", "hello", "from", "signed", "calls"}),
)
# At which agencies' texts are looked at: they are the same at each.
ANY_LEVEL = "need"
IDENTITY = frozenset({"name", "initial", "birth_date", "patient_phone", "hello"})
NOT_NAMED: dict[str, frozenset[str]] = {
    "plain": frozenset(),
    "need": PLACE,
    "neutral": PLACE | NEED | PERSON,
}
# Digits that are no answers: hotlines, hours, a count of days, a code, "0 undo".
_NO_ANSWER = re.compile(
    r"\b(?:911|988|211|9-5|de 9 a 5|LLENO 14|FULL 14|PIN (?:de )?4|0 undo|0 deshacer|1 text)\b"
)
_NUMBERED = ("phone", "people", "zip", "by", "date", "visit", "when", "until", "address", "place")
# These repeat another text's answers, for whoever forgot them.
REPEATS = {"AU": "A1", "AW": "A1", "AH": "A1", "A4w": "A8"}
# The agreed Spanish of these needs no signature (practice 4).
UNSIGNED = frozenset({("P6", "es", "signed")})


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one form of a text; `where` is "P5 es need" or a catalogue's place."""

    where: str
    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Form:
    """A text at a level, in a language."""

    template: str
    language: str
    level: str
    pattern: str

    def __str__(self) -> str:
        return f"{self.template} {self.language} {self.level}"

    @property
    def party(self) -> Party:
        return template_facts(self.template).party

    @property
    def fixed(self) -> str:
        """Its own words: phrases in full, values left out."""
        whole = self.pattern
        for name in placeholders(self.pattern):
            forms = phrases().get(name, {}).get(self.language)
            if forms:
                whole = whole.replace(f"{{{name}}}", forms[0])
        return " ".join(re.sub(r"\{\w+\}", "", whole).split())

    def with_values(self, values: Mapping[str, str]) -> str:
        """As it would go out."""
        return worded(self.template, self.pattern, self.language, values)


Rule = Callable[[Form], Iterator[str]]


def lint() -> list[Finding]:
    """All that is wrong: holes of further catalogues, each text of each language, each mail."""
    found = [
        Finding(f"{code}: {where}", "catalogue", what)
        for code, raw in further().items()
        for where, what in holes(raw)
    ]
    for form in forms():
        try:
            found += [
                Finding(str(form), name, what)
                for name, rule in RULES.items()
                for what in rule(form)
            ]
        except MissingParameterError as lacking:
            found.append(Finding(str(form), "samples", f"{lacking}: put it into samples.py"))
    return found + [
        Finding(str(form), name, what)
        for form in mail_forms()
        for name, rule in MAIL_RULES.items()
        for what in rule(form)
    ]


def forms() -> list[Form]:
    """Each text once for each language and level at which it has words of its own."""
    found = []
    for name, code, level in product(templates(), languages(), LEVELS):
        if template_facts(name).party is Party.AGENCY and level != ANY_LEVEL:
            continue  # agencies' texts know no levels
        pattern = pattern_at(name, code, level)
        if pattern is not None and form_at(name, level) == name:
            found.append(Form(name, code, level, pattern))
    return found


def when_sent(template: str, language: str) -> str | None:
    """When a text goes out, in words for staff; None when nobody wrote it down."""
    words = _when().get(template, {})
    return words.get(language, words.get("en"))


def explained(form: Form) -> Iterator[str]:
    """Staff can read when it goes out."""
    if not when_sent(form.template, form.language):
        yield "says nowhere when it goes out: write it into when.toml"


def one_part(form: Form) -> Iterator[str]:
    """One part of GSM-7, with the longest values that may come."""
    for label, worker in SENDERS:
        text = form.with_values(longest(form.language, label=label, worker=worker))
        counted = count_segments(text)
        if counted.encoding is not Encoding.GSM7:
            yield f"is not GSM-7: {text}"
        elif counted.segments != 1:
            yield f"has {counted.segments} parts ({counted.units} letters): {text}"


def letters(form: Form) -> Iterator[str]:
    """No letter of its own that GSM-7 lacks: in Spanish á í ó ú."""
    lacking = sorted({each for each in form.fixed if count_segments(each).encoding != "GSM-7"})
    if lacking:
        yield f"has {' '.join(lacking)}, which cost three parts: choose other words"


def spelling(form: Form) -> Iterator[str]:
    """Spanish does without accents by its choice of words, not by leaving them out."""
    if form.language != "es":
        return
    words = form.fixed.lower()
    listed = forbidden()["accent_lost"]
    for word in re.findall(r"[^\W\d_]+", words):
        if word in _accent_lost() or word.endswith(("cion", "sion")):
            yield f"“{word}” has lost its accent: choose another word"
    asked = "|".join(listed["asking"])
    for word in re.findall(rf"¿\W*({asked})\b", words):
        yield f"“¿{word}” asks and would carry an accent: choose another word"
    if re.search(r"\bsi(?=[,.;!?]|$|\s*\d)", words):
        yield "“si” stands for a yes, which carries an accent: choose another word"


def named(form: Form) -> Iterator[str]:
    """No value that the level, or the reader, may not be told (practice 2.4)."""
    reader = IDENTITY if form.party is Party.AGENCY else NOT_NAMED[form.level]
    for name in sorted(set(_filled(form)) & reader):
        who = "an agency" if form.party is Party.AGENCY else f"the level “{form.level}”"
        yield f"names {{{name}}}, which {who} may not read"


def words(form: Form) -> Iterator[str]:
    """No diagnosis anywhere, no need at neutral, nothing of a person's identity to an agency."""
    kinds = ["diagnosis"]
    if form.party is Party.AGENCY:
        kinds.append("identity")
    elif form.level == "neutral" and form.template not in _CRISIS:
        kinds.append("need")
    for kind in kinds:
        for word in matches(kind, form.language, form.fixed):
            yield f"holds “{word}” ({kind})"


def carrier(form: Form) -> Iterator[str]:
    """No keyword of the carrier is offered as an answer, or understood as one but YES."""
    keywords = set(forbidden()["carrier"]["words"])
    offered = re.sub(r"(?:STOP to end(?: texts)?|send (?:STOP|START)|mande START)", "", form.fixed)
    for word in sorted(set(re.findall(r"\b[A-Z]{3,}\b", offered)) & keywords):
        yield f"offers {word}, which the carrier keeps for itself"
    asked = "|".join(keywords)
    for word in re.findall(rf"(?i)\b(?:reply|text|responda|conteste) ({asked})\b", form.fixed):
        yield f"asks for the answer {word.upper()}, which the carrier keeps for itself"
    for option in template_facts(form.template).options:
        clash = {word.upper() for word in option.words} & keywords - {"YES"}
        for word in sorted(clash):
            yield f"takes {word} as the answer {option.digit}: the carrier keeps it for itself"


def answers(form: Form) -> Iterator[str]:
    """The digits it says are the digits that count: the same in every language."""
    values = longest(form.language, code="88", codes="88", like="88", items="88")
    values |= {name: name.upper() for name in _NUMBERED}
    said = form.with_values(values)
    digits = {int(each) for each in re.findall(r"\b\d\b", _NO_ANSWER.sub("", said))}
    counted = set(template_facts(REPEATS.get(form.template, form.template)).digits)
    if digits != counted:
        yield f"says the answers {sorted(digits)}, but {sorted(counted)} count"


def same_values(form: Form) -> Iterator[str]:
    """It names the same values as its English, and needs no other."""
    if form.language == ENGLISH:
        return
    english = pattern_at(form.template, ENGLISH, form.level) or ""
    ours, theirs = _values(form.pattern, form.language), _values(english, ENGLISH)
    unsigned = {each for name, code, each in UNSIGNED if (name, code) == _key(form)}
    lacks = theirs - ours - (_values("{signed}", ENGLISH) if unsigned else set())
    yield from values_differ(lacks, ours - theirs - must_have(form.template, form.level))


def grade(form: Form) -> Iterator[str]:
    """Grade 5 at most; short sentences; short words."""
    found = reading.read(form.fixed, form.language)
    if found is None:
        return
    yield from too_hard(found, grade=GRADE, longest=LONGEST_SENTENCE)
    if found.most_syllables > MOST_SYLLABLES[form.language]:
        yield f"has a word of {found.most_syllables} syllables: {found.longest_word}"


RULES: Mapping[str, Rule] = {
    "one part": one_part,
    "letters": letters,
    "spelling": spelling,
    "named": named,
    "words": words,
    "carrier": carrier,
    "answers": answers,
    "same values": same_values,
    "grade": grade,
    "explained": explained,
}
# In danger: names a hotline for a place to sleep, at every level, after words of danger.
_CRISIS = frozenset({"PC"})


def _key(form: Form) -> tuple[str, str]:
    return form.template, form.language


def _filled(form: Form) -> set[str]:
    """Every value and phrase that may show in it."""
    names = set(placeholders(form.pattern))
    inside = {
        each
        for name in names
        for pattern in phrases().get(name, {}).get(form.language, [])
        for each in placeholders(pattern)
    }
    return names | inside


def _values(pattern: str, language: str) -> set[str]:
    """Every value, without the phrases that are made of them."""
    found: set[str] = set()
    for name in placeholders(pattern):
        forms = phrases().get(name, {}).get(language)
        found |= {each for form in forms or [f"{{{name}}}"] for each in placeholders(form)}
    return {"speaks" if name == "speak" else name for name in found}


@cache
def _when() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = tomllib.loads(_WHEN.read_text(encoding="utf-8"))
    return found


@cache
def _accent_lost() -> frozenset[str]:
    return frozenset(forbidden()["accent_lost"]["words"])
