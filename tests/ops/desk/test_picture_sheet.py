"""The colours of pictures: enough contrast on both grounds, and all that a PNG needs is resolved."""

from __future__ import annotations

import re

import pytest

from ops.desk.picture_sheet import SHEET, light_sheet, tokens
from ops.desk.static_files import FOLDER
from tests.support.contrast import Colour, colour, contrast

TEXTS = [("text", "ground"), ("quiet", "ground"), ("on-block", "block"), ("investigate", "investigate-ground"),
         ("unknown", "unknown-ground"), ("text", "investigate-ground"), ("text", "unknown-ground")]  # fmt: skip
SHAPES = ["block", "investigate", "unknown", "new", "focus", "axis", "tone-1", "tone-2", "tone-3", "tone-4", "good", "bad", "neutral"]


def colours(dark: bool) -> dict[str, Colour]:
    """The tokens of pictures, and what the desk has behind them."""
    own = {name: colour(value) for name, value in tokens(dark=dark).items()}
    both = re.split(r"@media \(prefers-color-scheme: dark\)", (FOLDER / "desk.css").read_text("utf-8"))
    behind = dict(re.findall(r"--(ground|raised): (#[0-9a-f]{6});", both[dark]))
    return own | {name: colour(value) for name, value in behind.items()}


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_and_signs_have_the_contrast_of_aa(text: str, ground: str, dark: bool) -> None:
    values = colours(dark)
    assert contrast(values[f"--pic-{text}"], values[f"--pic-{ground}"]) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("ground", ["ground", "raised"])
def test_so_they_have_on_the_grounds_of_the_desk(ground: str, dark: bool) -> None:
    values = colours(dark)
    assert all(contrast(values[f"--pic-{text}"], values[ground]) >= 4.5 for text in ("text", "quiet"))
    assert all(contrast(values[f"--pic-{shape}"], values[ground]) >= 3 for shape in SHAPES)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_have_the_contrast_of_aa(shape: str, dark: bool) -> None:
    values = colours(dark)
    assert contrast(values[f"--pic-{shape}"], values["--pic-ground"]) >= 3


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast(colour("#000000"), colour("#ffffff")) == pytest.approx(21)
    assert contrast(colour("#777777"), colour("#ffffff")) == pytest.approx(4.48, abs=0.01)


def test_both_grounds_have_the_same_tokens() -> None:
    assert set(tokens(dark=False)) == set(tokens(dark=True))
    assert all(tokens(dark=False)[name] != value for name, value in tokens(dark=True).items())


def test_every_token_that_is_used_is_set() -> None:
    assert set(re.findall(r"var\((--[\w-]+)\)", SHEET.read_text("utf-8"))) == set(tokens(dark=False))


def test_the_light_sheet_has_no_variable_and_no_condition() -> None:
    sheet = light_sheet()
    assert "var(" not in sheet and "@" not in sheet and ":hover" not in sheet
    assert ".is-block .ring-shape" in sheet
