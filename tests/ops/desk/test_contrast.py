"""The colours of the desk: each text on each ground that it is used on has the contrast of WCAG AA."""

from __future__ import annotations

import re

import pytest

from ops.desk.static_files import FOLDER
from tests.support.contrast import Colour, colour, contrast

CSS = (FOLDER / "desk.css").read_text("utf-8")
TEXTS = ("text", "soft", "faint", "accent", "accent-strong", "critical", "high", "medium", "low", "good", "bad")
GROUNDS = ("ground", "raised", "accent-ground")
PAIRS = [
    *((text, ground) for text in TEXTS for ground in GROUNDS),
    ("on-accent", "accent"), ("on-accent", "accent-strong"), ("text", "bad-ground"), ("bad", "bad-ground"), ("text", "sunken"),
    ("soft", "sunken"), ("good", "good-ground"), ("text", "warn-ground"),
]  # fmt: skip
AA, AA_OF_EDGES = 4.5, 3.0


def tokens(part: str) -> dict[str, Colour]:
    return {name: colour(value) for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)}


LIGHT, DARK = (tokens(part) for part in re.split(r"@media \(prefers-color-scheme: dark\)", CSS)[:2])


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_a_text_is_told_from_its_ground(colours: dict[str, tuple[int, ...]], text: str, ground: str) -> None:
    assert contrast(colours[text], colours[ground]) >= AA


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_edge_of_a_field_is_seen(colours: dict[str, tuple[int, ...]]) -> None:
    assert all(contrast(colours["line-strong"], colours[ground]) >= AA_OF_EDGES for ground in ("raised", "ground"))


def test_both_schemes_have_the_same_names() -> None:
    assert set(LIGHT) == set(DARK) and len(LIGHT) > 20
