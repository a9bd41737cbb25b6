"""Renders a text in one part of GSM-7: chooses phrases, shortens names, refuses missing values.

Pure. Templates stand in texts.toml; `_SHORTENING` says what gives way, the most dispensable first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from notify.segments import GSM7_SINGLE, to_gsm7
from referrals.wording import shorten
from referrals.wording.catalogues import OURS, value_in
from referrals.wording.templates import languages, pattern_at, phrases, placeholders

Values = dict[str, str]

# Whole sentences that may be absent.
_SENTENCES = frozenset({"papers"})
# Who is not written in our letters (李明) is still somebody: words that fit the place of a name.
_NAMELESS = {"en": "you", "es": "quien la pide"}
_NO_INITIAL = {"en": "our contact", "es": "nuestro contacto"}
_PEOPLE = {"en": ("person", "people"), "es": ("persona", "personas")}


class MissingParameterError(LookupError):
    """A text was to be rendered without a value that its words need."""


class NotTextedError(LookupError):
    """At this naming level the template is never texted; ask `form_at` before queueing."""


def render(template_id: str, language: str, level: str, params: Mapping[str, str]) -> str:
    """The text as it goes out: one part of GSM-7, naming no more than the level allows.

    `language` is the reader's; one we do not write falls back to English. Values beyond those
    that the words need are ignored. `people` is a number, `by` and `date` are words (see `dates`).
    """
    language = language if language in languages() else "en"
    pattern = pattern_at(template_id, language, level)
    if pattern is None:
        raise NotTextedError(f"{template_id} at level {level}")
    return worded(template_id, pattern, language, params)


def worded(template_id: str, pattern: str, language: str, params: Mapping[str, str]) -> str:
    """The pattern with its values, as short as it has to be (the linter's door)."""
    _require(template_id, pattern, language, params)
    text = ""
    for values in _ever_shorter(_prepared(params, language)):
        text = _fill(pattern, language, values)
        if len(text) <= GSM7_SINGLE:
            break
    return text


def parameters(template_id: str, level: str) -> frozenset[str]:
    """The values to give to `render`, in any language; those outside `must_have` may be ""."""
    return _in_any_language(template_id, level, _needed)


def must_have(template_id: str, level: str) -> frozenset[str]:
    """The values without which the text can't be said at all."""
    return _in_any_language(template_id, level, _indispensable)


def people_words(count: str, language: str) -> str:
    """From "4" to "4 people"; words are taken as they are."""
    if not count.isdecimal():
        return count
    one, many = _PEOPLE.get(language) or (value_in(language, word) for word in _PEOPLE["en"])
    return f"{count} {one if int(count) == 1 else many}"


def _require(template_id: str, pattern: str, language: str, params: Mapping[str, str]) -> None:
    absent = _needed(pattern, language) - set(params)
    empty = {name for name in _indispensable(pattern, language) if not params.get(name, "").strip()}
    missing = sorted(absent | empty)
    if missing:
        raise MissingParameterError(f"{template_id} lacks {', '.join(missing)}")


def _in_any_language(
    template_id: str, level: str, names_in: Callable[[str, str], set[str]]
) -> frozenset[str]:
    patterns = ((pattern_at(template_id, code, level), code) for code in languages())
    return frozenset(
        name
        for pattern, code in patterns
        if pattern is not None
        for name in names_in(pattern, code)
    )


def _needed(pattern: str, language: str) -> set[str]:
    """Every value that the pattern and its phrases name."""
    return _given(
        inner
        for name in placeholders(pattern)
        for phrase in _alternatives(name, language)
        for inner in placeholders(phrase)
    )


def _indispensable(pattern: str, language: str) -> set[str]:
    """The values that even the shortest phrases name."""
    return _given(
        inner
        for name in placeholders(pattern)
        for inner in placeholders(_alternatives(name, language)[-1])
        if inner not in _SENTENCES
    )


def _alternatives(name: str, language: str) -> list[str]:
    return phrases().get(name, {}).get(language, [f"{{{name}}}"])


def _given(names: Iterable[str]) -> set[str]:
    derived = {"initial": {"name"}, "speak": {"speaks", "people"}}
    return {given for name in names for given in derived.get(name, {name})}


def _prepared(params: Mapping[str, str], language: str) -> Values:
    values = {name: to_gsm7(value) for name, value in params.items()}
    if "people" in values:
        values["people"] = people_words(values["people"], language)
    if "label" in values:
        values["label"] = shorten.label(values["label"])
    if "worker" in values:
        values["worker"] = shorten.first_name(values["worker"])
    if "name" in params:
        name = values["name"]
        values["name"] = name or _ours(_NAMELESS, language, "you")
        values["initial"] = name[:1].upper() or _ours(_NO_INITIAL, language, "our contact")
    return values


def _ours(words: dict[str, str], language: str, english: str) -> str:
    return words[language] if language in OURS else value_in(language, english)


def _ever_shorter(values: Values) -> Iterator[Values]:
    """The values as given, then with one more of them shorter at each step."""
    yield values
    for name, shorter in _SHORTENING:
        for candidate in shorter(values.get(name, ""), values):
            if candidate != values.get(name):
                values = {**values, name: candidate}
                yield values


def _abbreviated(line: str, _: Values) -> Iterator[str]:
    yield next(shorten.address(line))


def _without_room(line: str, _: Values) -> Iterator[str]:
    yield from shorten.address(line)


def _nothing(_: str, __: Values) -> Iterator[str]:
    yield ""


def _sentences(text: str, _: Values) -> Iterator[str]:
    yield from shorten.sentences(text)


def _place(name: str, _: Values) -> Iterator[str]:
    yield from shorten.place(name)


def _short_place(name: str, _: Values) -> Iterator[str]:
    yield from shorten.place(name, shorten.PLACE_MIN)
    yield name[: shorten.PLACE_MIN].strip()


def _spoken(name: str, _: Values) -> Iterator[str]:
    yield from shorten.spoken(name)


def _day_only(moment: str, _: Values) -> Iterator[str]:
    yield from shorten.day_only(moment)


def _codes(codes: str, _: Values) -> Iterator[str]:
    yield from shorten.listed(codes)


def _initial(_: str, values: Values) -> Iterator[str]:
    if len(values.get("initial", "")) == 1:
        yield f"{values['initial']}."


# The most dispensable first: a street is as clear when abbreviated, and the clinic's label tells
# who writes even without the worker's name; papers and address matter to whoever stands at a door.
_SHORTENING = (
    ("address", _abbreviated),
    ("by", _day_only),
    ("worker", _nothing),
    ("name", _initial),
    ("address", _without_room),
    ("speaks", _spoken),
    ("codes", _codes),
    ("needs", _codes),
    ("place", _place),
    ("papers", _sentences),
    ("place", _short_place),
    ("address", _nothing),
)


def _fill(pattern: str, language: str, values: Values) -> str:
    written = dict(values)
    written["speak"] = _speak_words(values)
    for name in placeholders(pattern):
        if name in phrases():
            written[name] = _phrase(phrases()[name][language], written)
    return " ".join(pattern.format_map(written).split())


def _phrase(alternatives: list[str], values: Values) -> str:
    for phrase in alternatives[:-1]:
        names = placeholders(phrase)
        if all(values.get(name) for name in names) and _sender_fits(names, values):
            return phrase.format_map(values)
    return alternatives[-1].format_map(values)


def _sender_fits(names: tuple[str, ...], values: Values) -> bool:
    if "worker" not in names or "label" not in names:
        return True
    return len(f"{values['worker']} at {values['label']}") <= shorten.SENDER_MAX


def _speak_words(values: Values) -> str:
    """Such as "speak Spanish"; empty when the language is not told. Spanish needs no verb here."""
    spoken = values.get("speaks")
    if not spoken:
        return ""
    return f"{'speaks' if values.get('people', '').startswith('1 ') else 'speak'} {spoken}"
