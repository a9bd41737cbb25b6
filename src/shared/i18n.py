"""Words in the reader's language. The English text is the message id; Spanish is in locales/es.

One catalogue a slice, read by Babel at start; nothing compiled is committed. Texts to a recipient
take the language as an argument (`using_language`), never the request's.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCALES = Path(__file__).parent / "locales"
SUPPORTED = ("en", "es")
_language: ContextVar[str] = ContextVar("language", default="en")

Catalogue = dict[str, tuple[str, ...]]


@lru_cache(maxsize=4)
def catalogue(language_code: str) -> Catalogue:
    """All slices' messages of a language: msgid → its forms (one, or singular and plural)."""
    found: Catalogue = {}
    for path in sorted((LOCALES / language_code).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language_code):
                forms = message.string
                texts = (forms,) if isinstance(forms, str) else tuple(forms or ())
                key = message.id if isinstance(message.id, str) else message.id[0]
                if key and texts and all(texts):
                    found[key] = texts
    return found


def language() -> str:
    """The language being spoken: 'en' or 'es'."""
    return _language.get()


def set_language(code: str) -> None:
    """Speak this language for the rest of this task (a request's middleware)."""
    _language.set(code if code in SUPPORTED else "en")


@contextmanager
def using_language(code: str) -> Iterator[None]:
    """Speak another language inside the block."""
    token = _language.set(code if code in SUPPORTED else "en")
    try:
        yield
    finally:
        _language.reset(token)


def gettext(message: str, /, **values: object) -> str:
    """The message in the present language, its %(name)s places filled."""
    forms = catalogue(language()).get(message) if language() != "en" else None
    text = forms[0] if forms else message
    return text % values if values else text


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """Singular or plural (English and Spanish agree: only 1 is singular); %(n)s is the number."""
    forms = catalogue(language()).get(one) if language() != "en" else None
    singular, plural = (forms[0], forms[-1]) if forms else (one, many)
    return (singular if number == 1 else plural) % {"n": number, **values}


def gettext_noop(message: str) -> str:
    """Mark a catalogue string that is translated later, where it is shown."""
    return message
