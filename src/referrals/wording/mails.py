"""Renders the e-mails of mails.toml as plain text and plain HTML with the same content.

Pure. No subject names a patient or a need, and opening a mail's link never answers anything.
"""

from __future__ import annotations

import html
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from referrals.wording.catalogues import OURS, placeholders
from referrals.wording.templates import Party, UnknownTemplateError
from referrals.wording.texts import MissingParameterError

_FILE = Path(__file__).with_name("mails.toml")
LINK = "link"

Wording = str | list[str]

# System fonts, 16 px, one column, nothing that needs images or style sheets. Text has the reader's
# own colours, light or dark; only the button brings a pair of its own (contrast 7:1 and more).
_PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{subject}</title></head>
<body style="margin:0;padding:1rem;font:16px/1.5 system-ui,sans-serif">
<main style="max-width:36rem;margin:0 auto">
<h1 style="font-size:1.25rem;line-height:1.3;margin:0 0 1rem">{subject}</h1>
{content}
</main></body></html>
"""
_BUTTON = (
    "display:inline-block;padding:.75rem 1.25rem;border-radius:.4rem;"
    "background:#0b5a6f;color:#ffffff;font-weight:600"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail ready to go, without its addresses."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Content:
    subject: str
    hello: str
    lines: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    action: str | None
    after: tuple[str, ...]
    small: str


def render_mail(template_id: str, language: str, level: str, params: Mapping[str, str]) -> Mail:
    """The mail at this naming level (agencies' mails are the same at each).

    Every value of `mail_parameters` must be given; an empty one leaves its line out. `link` is the
    whole address of the page.
    """
    language = language if language in OURS else "en"
    wording = _wording(template_id, language, level)
    missing = sorted(_names(wording) - set(params))
    if missing:
        raise MissingParameterError(f"{template_id} lacks {', '.join(missing)}")
    content = _content(wording, {name: " ".join(value.split()) for name, value in params.items()})
    link = params[LINK] if content.action else ""
    return Mail(content.subject, _text(content, link), _html(content, link, language))


def mail_parameters(template_id: str, level: str) -> frozenset[str]:
    """The values to give to `render_mail`, in any language."""
    return frozenset[str]().union(
        *(_names(_wording(template_id, language, level)) for language in OURS)
    )


def mail_templates() -> dict[str, Party]:
    """Every mail's id and who reads it."""
    return {name: Party(raw["party"]) for name, raw in _raw().items()}


def mail_wordings() -> Iterator[tuple[str, str, str, Party, dict[str, Any]]]:
    """(template, language, level, who reads it, its words) of every mail."""
    for name, raw in _raw().items():
        for level, spoken in raw.items():
            if level != "party":
                for language, wording in spoken.items():
                    yield name, language, level, Party(raw["party"]), wording


@cache
def _raw() -> dict[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)


def _wording(template_id: str, language: str, level: str) -> dict[str, Any]:
    try:
        levels = _raw()[template_id]
        found: dict[str, Any] = levels["any" if "any" in levels else level][language]
    except KeyError:
        raise UnknownTemplateError(f"{template_id} at {level}") from None
    return found


def _names(wording: dict[str, Any]) -> set[str]:
    def inside(part: object) -> set[str]:
        if isinstance(part, str):
            return set(placeholders(part))
        return set().union(*map(inside, part)) if isinstance(part, list) else set()

    names = set().union(*map(inside, wording.values()))
    return names | {LINK} if "action" in wording else names


def _content(wording: dict[str, Any], values: Mapping[str, str]) -> _Content:
    facts = ((label, _said(value, values)) for label, value in wording.get("facts", []))
    return _Content(
        subject=_said(wording["subject"], values) or "",
        hello=_said(wording["hello"], values) or "",
        lines=_paragraphs(wording["lines"], values),
        facts=tuple((label, value) for label, value in facts if value),
        action=_said(wording["action"], values) if "action" in wording else None,
        after=_paragraphs(wording["after"], values),
        small=_said(wording["small"], values) or "",
    )


def _paragraphs(lines: list[Wording], values: Mapping[str, str]) -> tuple[str, ...]:
    said = (_said(line, values) for line in lines)
    return tuple(line for line in said if line)


def _said(wording: Wording, values: Mapping[str, str]) -> str | None:
    """The first alternative that has all its values."""
    alternatives = [wording] if isinstance(wording, str) else wording
    for alternative in alternatives:
        if all(values.get(name) for name in placeholders(alternative)):
            return alternative.format_map(values)
    return None


def _text(content: _Content, link: str) -> str:
    facts = "\n".join(f"{label}: {value}" for label, value in content.facts)
    action = f"{content.action}:\n{link}" if content.action else ""
    parts = (content.hello, *content.lines, facts, action, *content.after, content.small)
    return "\n\n".join(part for part in parts if part) + "\n"


def _html(content: _Content, link: str, language: str) -> str:
    parts = [f"<p>{html.escape(line)}</p>" for line in (content.hello, *content.lines)]
    if content.facts:
        rows = "\n".join(
            f'<tr><th scope="row" style="text-align:left;padding:.3rem 1rem .3rem 0;'
            f'vertical-align:top">{html.escape(label)}</th>'
            f'<td style="padding:.3rem 0">{html.escape(value)}</td></tr>'
            for label, value in content.facts
        )
        parts.append(f'<table style="border-collapse:collapse">\n{rows}\n</table>')
    if content.action:
        words = html.escape(content.action)
        parts.append(f'<p><a href="{html.escape(link)}" style="{_BUTTON}">{words}</a></p>')
    parts += [f"<p>{html.escape(line)}</p>" for line in content.after]
    parts.append(f'<p style="font-size:.9375rem">{html.escape(content.small)}</p>')
    return _PAGE.format(
        language=language, subject=html.escape(content.subject), content="\n".join(parts)
    )
