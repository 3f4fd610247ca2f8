"""The picture as PNG for mails, with its words above it and its legend below: light colours, and a font that
comes with a package, since a server has none.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from ops.desk.markup import element, joined, shortened
from ops.desk.picture_sheet import light_sheet, tokens
from ops.desk.ring_picture.graph import Graph
from ops.desk.ring_picture.layout import Layout
from ops.desk.ring_picture.legend import legend_rows
from ops.desk.ring_picture.picture import LARGEST, ring_svg

WIDTH = 640
"""Of a mail's picture in CSS pixels."""
_TALLEST = 560.0
"""Of the ring alone."""
_ZOOM = 2.0
"""Dots for a CSS pixel: screens of phones have two or more."""
_PAD = 20.0
_TITLE, _SAID = 22.0, 18.0
_TITLE_LETTERS, _SAID_LETTERS = 70, 96
_FAMILY = "Source Sans Pro"


def ring_png(graph: Graph, layout: Layout, words: Sequence[str], at: int | None = None, title: str = "The ring") -> bytes:
    """Return the picture in revision `at`, the newest if None, below its title and its words."""
    return png_of(mail_svg(graph, layout, words, at, title))


def mail_svg(graph: Graph, layout: Layout, words: Sequence[str], at: int | None, title: str) -> Markup:
    """Return the SVG that the PNG is drawn from."""
    said, below = _text(words, title)
    scale = min((WIDTH - 2 * _PAD) / layout.width, _TALLEST / layout.height, 1.6)
    wide, high = layout.width * scale, layout.height * scale
    ring = element(
        "svg",
        {"x": (WIDTH - wide) / 2, "y": below, "width": wide, "height": high, "viewBox": _box(layout)},
        ring_svg(graph, layout, at, title),
    )
    legend, tall = legend_rows(graph, WIDTH - 2 * _PAD)
    low = below + high + 12
    key = element("g", {"transform": f"translate({_PAD:.1f} {low:.1f})"}, legend)
    height = low + tall + _PAD / 2
    frame: dict[str, object] = {"xmlns": "http://www.w3.org/2000/svg", "class": "ring-picture", "width": WIDTH, "height": height}
    return element("svg", {**frame, "viewBox": f"0 0 {WIDTH} {height:.1f}"}, said, ring, key)


def png_of(svg: Markup) -> bytes:
    """Return an SVG as PNG on the light ground, with the rules and tokens of the pictures' sheet."""
    import resvg_py  # of the extra `service`

    return resvg_py.svg_to_bytes(
        svg_string=svg,
        style_sheet=light_sheet(),
        background=tokens(dark=False)["--pic-ground"],
        zoom=_ZOOM,
        skip_system_fonts=True,
        font_files=list(_fonts()),
        font_family=_FAMILY,
        sans_serif_family=_FAMILY,
    )


@cache
def _fonts() -> tuple[str, ...]:
    folder = files("font_source_sans_pro") / "files"
    return tuple(str(folder / f"SourceSansPro-{face}.ttf") for face in ("Regular", "Semibold"))


def _box(layout: Layout) -> str:
    return f"0 0 {LARGEST * layout.width:.1f} {LARGEST * layout.height:.1f}"


def _text(words: Sequence[str], title: str) -> tuple[Markup, float]:
    """Return title and words in lines, and where they end."""
    y, drawn = _PAD + 4, list[Markup]()
    for css, line, step in (
        *(("ring-caption", line, _TITLE) for line in textwrap.wrap(shortened(title, 160), _TITLE_LETTERS)),
        *(("ring-said", line, _SAID) for line in textwrap.wrap(" ".join(words), _SAID_LETTERS)),
    ):
        drawn.append(element("text", {"class": css, "x": _PAD, "y": y + step / 2}, line))
        y += step
    return joined(*drawn), y + 6
