"""The one file of design tokens: both palettes readable (WCAG AA), dark alike wherever chosen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "src" / "web" / "static"
TOKENS = (STATIC / "tokens.css").read_text()
TEXT_AA, SHAPE_AA = 4.5, 3.0
# text on ground
TEXT = [
    ("ink", "ground"),
    ("ink", "paper"),
    ("ink-soft", "ground"),
    ("ink-soft", "paper"),
    ("accent", "paper"),
    ("accent", "ground"),
    ("accent", "accent-soft"),
    ("accent-ink", "accent"),
    ("accent-ink", "accent-deep"),
    ("stop-ink", "stop"),
    ("stop", "paper"),
    *((kind, f"{kind}-soft") for kind in ("ok", "wait", "stop", "info")),
    *(("ink", f"{kind}-soft") for kind in ("ok", "wait", "stop", "info", "accent")),
]
# what has to be seen, not read
SHAPES = [("accent", "ground"), ("stop", "ground"), ("info", "paper"), ("wait", "paper")]


def palette(block: str) -> dict[str, str]:
    return dict(re.findall(r"--hb-([a-z-]+):(#[0-9a-f]{3,6})", block))


def block_after(start: str) -> str:
    return TOKENS.split(start, 1)[1].split("}", 1)[0]


LIGHT = palette(block_after(":root:root{"))
DARK = palette(block_after(':root:root:not([data-theme="light"]){'))
PALETTES = {"light": LIGHT, "dark": {**LIGHT, **DARK}}


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_measure_itself_knows_black_on_white() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)


@pytest.mark.parametrize("name", list(PALETTES))
def test_every_text_can_be_read(name: str) -> None:
    colours = PALETTES[name]
    faint = {
        f"{text} on {ground}": round(contrast(colours[text], colours[ground]), 2)
        for text, ground in TEXT
        if contrast(colours[text], colours[ground]) < TEXT_AA
    }
    assert faint == {}


@pytest.mark.parametrize("name", list(PALETTES))
def test_every_shape_that_tells_something_can_be_seen(name: str) -> None:
    colours = PALETTES[name]
    assert [
        pair for pair in SHAPES if contrast(colours[pair[0]], colours[pair[1]]) < SHAPE_AA
    ] == []


def test_every_colour_has_a_dark_one_and_the_style_guide_shows_the_same() -> None:
    assert set(DARK) == set(LIGHT) - {"accent-ink-deep"}
    assert palette(block_after(':root:root[data-theme="dark"]{')) == DARK


@pytest.mark.parametrize("sheet", ["staff.css", "search.css"])
def test_colours_are_named_in_the_tokens_alone(sheet: str) -> None:
    words = re.sub(r"/\*.*?\*/", "", (STATIC / sheet).read_text(), flags=re.DOTALL)
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[;},!\s])", words) == []
    assert re.findall(r"\b(?:rgb|hsl)a?\(", words) == []
