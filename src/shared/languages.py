"""Languages people speak (ISO 639-1, with names in EN and ES from CLDR through Babel)."""

from __future__ import annotations

from babel import Locale

# The languages offered in forms, most spoken in the US first (American Community Survey order).
LANGUAGES = (
    "en",
    "es",
    "zh",
    "tl",
    "vi",
    "ar",
    "fr",
    "ko",
    "ru",
    "ht",
    "hi",
    "pt",
    "am",
    "so",
    "sw",
    "ur",
    "fa",
    "ne",
    "uk",
    "pl",
    "de",
)


def name_of(code: str, in_language: str) -> str:
    """'es' → 'Spanish' / 'español'; an unknown code is given back as it came."""
    names = Locale.parse(in_language).languages
    return str(names.get(code[:2].lower(), code))


def code_of(text: str) -> str | None:
    """The ISO 639-1 code of 'Spanish', 'español', 'es' or 'spa'; None when unknown."""
    wanted = text.strip().casefold()
    three_letters = {"eng": "en", "spa": "es", "zho": "zh", "vie": "vi", "amh": "am", "fra": "fr"}
    if wanted in three_letters:
        return three_letters[wanted]
    for in_language in ("en", "es"):
        for code, name in Locale.parse(in_language).languages.items():
            if len(code) == 2 and wanted in {code, name.casefold()}:  # noqa: PLR2004
                return str(code)
    return None
