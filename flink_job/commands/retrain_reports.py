"""The reports of a trial, beside the candidate's folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gnn.history.train_settings import Costs
    from gnn.retraining.trial import Trial


def write_reports(trial: Trial, place: Path, costs: Costs) -> Path:
    """Write the report as Markdown, and as HTML where the packages of reports are there; return the one to
    read.
    """
    from domain.whole_files import whole_file
    from gnn.retraining.pages import trial_text

    text, page = (place.with_name(f"{place.name}.report.{kind}") for kind in ("md", "html"))
    with whole_file(text) as file:
        file.write(trial_text(trial, costs))
    if not _can_draw():
        return text
    from gnn.report.page import write_page
    from gnn.retraining.html_report import trial_page

    write_page(trial_page(trial, costs), page)
    return page


def _can_draw() -> bool:
    from gnn.evaluation import EvaluationError
    from gnn.report.extra import check_extra

    try:
        check_extra()
    except EvaluationError:
        return False
    return True
