"""Every text as staff read it: languages side by side, parts, when it goes out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from notify.segments import GSM7_SINGLE, count_segments
from referrals.wording.lint import Form, forms, when_sent
from referrals.wording.samples import longest, usual
from referrals.wording.templates import Party, template_facts


@dataclass(frozen=True, slots=True)
class Said:
    """A text in one language with invented values."""

    language: str
    text: str
    segments: int
    left: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One text at one level, in every language."""

    template: str
    level: str
    party: Party
    is_question: bool
    when: str
    said: tuple[Said, ...]


def previews(language: str, *, with_longest: bool = False) -> list[Shown]:
    """All texts; the words about them are in this language."""
    grouped: dict[tuple[str, str], list[Form]] = {}
    for form in forms():
        grouped.setdefault((form.template, form.level), []).append(form)
    return [_shown(together, language, with_longest) for together in grouped.values()]


def _shown(together: list[Form], language: str, with_longest: bool) -> Shown:  # noqa: FBT001
    first = together[0]
    return Shown(
        template=first.template,
        level="any" if first.party is Party.AGENCY else first.level,
        party=first.party,
        is_question=template_facts(first.template).is_question,
        when=when_sent(first.template, language) or "",
        said=tuple(_said(form, with_longest) for form in together),
    )


def _said(form: Form, with_longest: bool) -> Said:  # noqa: FBT001
    values = longest if with_longest else usual
    text = form.with_values(values(form.language))
    counted = count_segments(text)
    return Said(form.language, text, counted.segments, GSM7_SINGLE - counted.units)
