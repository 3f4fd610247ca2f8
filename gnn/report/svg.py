"""Matplotlib's figures as SVG inside a page: text as text, colours from the page's CSS variables."""

from __future__ import annotations

import io
import re
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

ONE, TWO, QUIET, LINE = "#0072b2", "#d55e00", "#808081", "#b0b0b1"
"""Colours of the two models, which colour-blind eyes tell apart, of what is beside them, and of the grid."""
_VARIABLES = {ONE: "var(--one)", TWO: "var(--two)", QUIET: "var(--quiet)", LINE: "var(--line)", "#000000": "currentColor"}
_FAMILY = re.compile(r"""font-family:[^;"]*;?\s*""")
_SHORTHAND = re.compile(r"""font:\s*([^;"]*?)(\d+(?:\.\d+)?px)[^;"]*""")


def inline_svg(figure: Figure) -> str:
    """Return the figure as one `<svg>` element; the same figure gives the same bytes."""
    image = io.BytesIO()
    FigureCanvasSVG(figure)
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "ringwatch"}):
        figure.savefig(image, format="svg", transparent=True, metadata=_no_metadata())
    text = image.getvalue().decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1), count=1)
    text = _SHORTHAND.sub(r"font-size: \2", _FAMILY.sub("", text))
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, variable)
    return text.replace("xlink:href", "href").replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "").strip()


def _no_metadata() -> dict[str, Any]:
    """Return what keeps date and version out of the file."""
    return dict.fromkeys(("Creator", "Date", "Format", "Type"))
