"""What shapes and fillings mean, of those that a picture has."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from ops.desk.markup import element, joined
from ops.desk.ring_picture.graph import ACCOUNT, Graph
from ops.desk.ring_picture.shapes import shape, sign
from ops.desk.ring_picture.words import DECISION_WORDS, kinds_in, noun_of

_RADIUS = 9.0
_WORD = 6.4
_ROW = 24.0
SIZE_WORDS = "the larger, the more money"


def legend_html(graph: Graph) -> Markup:
    """Return the legend as a list, for a page."""
    glyphs = [
        (element("svg", {"class": "ring-glyph", "viewBox": "-11 -11 22 22", "aria-hidden": "true"}, glyph), word)
        for glyph, word in _items(graph)
    ]
    lines = [element("li", None, *item) for item in (*glyphs, (SIZE_WORDS,))]
    return element("ul", {"class": "ring-legend"}, *lines)


def legend_rows(graph: Graph, width: float) -> tuple[Markup, float]:
    """Return the legend as SVG in rows of at most `width`, and its height."""
    x, y, drawn = 0.0, _ROW / 2, list[Markup]()
    for glyph, word in (*_items(graph), (Markup(), SIZE_WORDS)):
        wide = (2 * _RADIUS + 6 if glyph else 0.0) + _WORD * len(word) + 14
        if x and x + wide > width:
            x, y = 0.0, y + _ROW
        drawn.append(element("g", {"transform": f"translate({x + _RADIUS:.1f} {y:.1f})"}, glyph) if glyph else Markup())
        drawn.append(element("text", {"x": x + (2 * _RADIUS + 6 if glyph else 0.0), "y": y + 4}, word))
        x += wide
    return joined(*drawn), y + _ROW / 2


def _items(graph: Graph) -> Sequence[tuple[Markup, str]]:
    """Return the glyphs with their words: decisions on the shape of an account, then the other kinds."""
    decisions = [
        (_glyph(ACCOUNT, f"is-{decision or 'unknown'}"), word)
        for decision, word in DECISION_WORDS.items()
        if any(node.decision == decision for node in graph.nodes)
    ]
    kinds = [(_glyph(kind, "is-kind"), noun_of(kind)) for kind in kinds_in(graph.nodes) if kind != ACCOUNT]
    return [*decisions, *kinds]


def _glyph(kind: str, css: str) -> Markup:
    return element("g", {"class": f"ring-key {css}"}, shape(kind, _RADIUS), sign(kind, _RADIUS))
