"""The HTML page: one file that refers to nothing outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.whole_files import whole_file
from gnn.evaluation.tables import TextTable
from gnn.evaluation.verdict import Verdict
from gnn.report.key_figures import KeyFigure
from gnn.report.plots import Plot


@dataclass(frozen=True)
class Page:
    """Contents of the report."""

    title: str
    subtitle: str
    verdict: Verdict
    figures: Sequence[KeyFigure]
    model: Sequence[tuple[str, str]]
    """(name, value) of the model card; empty where none is at hand."""
    tables: Sequence[TextTable]
    plots: Sequence[Plot]


def write_page(page: Page, out: Path) -> None:
    """Write the page. Every text is escaped; plots are SVG in the page itself, escaped by matplotlib."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    with whole_file(out) as file:
        file.write(environment.get_template("page.html").render(page=page))


def write_plots(plots: Sequence[Plot], folder: Path) -> None:
    """Write one PNG per plot, named after what it shows."""
    folder.mkdir(parents=True, exist_ok=True)
    for plot in plots:
        (folder / f"{plot.name}.png").write_bytes(plot.png)
