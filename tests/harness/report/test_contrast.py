"""Colours: text at least 4.5 : 1 and marks at least 3 : 1 against what they stand on, in both themes (WCAG 2.2)."""

import re
from itertools import product

import pytest

from harness.plots.style import PALETTE
from harness.report.rendering import FOLDER

STYLE = (FOLDER / "style.css").read_text()
TEXT = ("ink", "muted", "link", "good", "bad", "unsure")
MARKS = ("method", "baseline", "control", "plug-in", "c4", "c5", "c6", "c7", "muted", "focus")
GROUNDS = ("paper", "raised")


def declared() -> dict[str, tuple[str, str]]:
    """Return colour name -> (light, dark)."""
    found = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", STYLE)
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    """Return the relative luminance of an sRGB colour (WCAG 2.2, relative luminance)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_gives_the_known_extremes():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("name", "ground", "theme"), list(product(TEXT, GROUNDS, (0, 1))))
def test_text_can_be_read(name: str, ground: str, theme: int):
    colours = declared()
    assert contrast(colours[name][theme], colours[ground][theme]) >= 4.5


@pytest.mark.parametrize(("name", "theme"), list(product(MARKS, (0, 1))))
def test_marks_can_be_seen(name: str, theme: int):
    colours = declared()
    assert contrast(colours[name][theme], colours["paper"][theme]) >= 3.0


def test_pictures_and_drawings_have_the_pages_colours():
    light = {name: colours[0] for name, colours in declared().items()}
    assert {role: light[role] for role in PALETTE} == dict(PALETTE)
    assert len(set(PALETTE.values())) == len(PALETTE), "a drawing's colours are told apart by their value"


def test_the_tooltip_can_be_read():
    colours = declared()
    assert all(contrast(colours["ink"][theme], colours["paper"][theme]) >= 7 for theme in (0, 1))


def test_every_colour_that_is_used_is_declared():
    used = set(re.findall(r"var\(--([\w-]+)\)", STYLE)) - {"mono"}
    assert used <= set(re.findall(r"^ +--([\w-]+):", STYLE, re.MULTILINE))
    outside = STYLE[STYLE.index("}") :]
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", outside)
