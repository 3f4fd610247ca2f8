"""The HTML page: one file that refers to nothing outside."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gnn.evaluation.tables import TextTable
from gnn.report.plots import Plot


@dataclass(frozen=True)
class Page:
    title: str
    subtitle: str
    tables: Sequence[TextTable]
    plots: Sequence[Plot]


def write_page(page: Page, out: Path) -> None:
    """Everything is escaped; images are in the page itself."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    images = [(plot.title, base64.b64encode(plot.png).decode("ascii")) for plot in page.plots]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(environment.get_template("page.html").render(page=page, images=images), encoding="utf-8")


def write_plots(plots: Sequence[Plot], folder: Path) -> None:
    """One PNG per plot, named after what it shows."""
    folder.mkdir(parents=True, exist_ok=True)
    for plot in plots:
        (folder / f"{plot.name}.png").write_bytes(plot.png)
