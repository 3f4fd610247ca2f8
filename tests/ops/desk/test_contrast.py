"""The colours of the desk: each text on each ground that it is used on has the contrast of WCAG AA."""

from __future__ import annotations

import re

import pytest

from ops.desk.static_files import FOLDER

CSS = (FOLDER / "desk.css").read_text("utf-8")
TEXTS = ("text", "soft", "faint", "accent", "accent-strong", "critical", "high", "medium", "low", "good", "bad")
GROUNDS = ("ground", "raised", "accent-ground")
PAIRS = [
    *((text, ground) for text in TEXTS for ground in GROUNDS),
    ("on-accent", "accent"), ("on-accent", "accent-strong"), ("text", "bad-ground"), ("bad", "bad-ground"), ("text", "sunken"),
    ("soft", "sunken"), ("good", "good-ground"), ("text", "warn-ground"),
]  # fmt: skip
AA, AA_OF_EDGES = 4.5, 3.0


def tokens(part: str) -> dict[str, tuple[int, ...]]:
    found = re.findall(r"--([\w-]+): #([0-9a-f]{6});", part)
    return {name: tuple(int(value[at : at + 2], 16) for at in (0, 2, 4)) for name, value in found}


LIGHT, DARK = (tokens(part) for part in re.split(r"@media \(prefers-color-scheme: dark\)", CSS)[:2])


def luminance(colour: tuple[int, ...]) -> float:
    red, green, blue = ((one / 255 / 12.92) if one <= 10 else ((one / 255 + 0.055) / 1.055) ** 2.4 for one in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_a_text_is_told_from_its_ground(colours: dict[str, tuple[int, ...]], text: str, ground: str) -> None:
    assert contrast(colours[text], colours[ground]) >= AA


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_edge_of_a_field_is_seen(colours: dict[str, tuple[int, ...]]) -> None:
    assert all(contrast(colours["line-strong"], colours[ground]) >= AA_OF_EDGES for ground in ("raised", "ground"))


def test_both_schemes_have_the_same_names() -> None:
    assert set(LIGHT) == set(DARK) and len(LIGHT) > 20
