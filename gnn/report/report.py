"""From an evaluation to the page."""

from __future__ import annotations

from collections.abc import Sequence

from gnn.card.card import ModelCard
from gnn.evaluation.calibration_table import calibrated_bins
from gnn.evaluation.evaluate import Evaluation
from gnn.evaluation.folds import ScoreEvaluation
from gnn.evaluation.scored_truth import ScoredTruth
from gnn.evaluation.tables import TextTable, calibration_table, printable, summary_rows
from gnn.evaluation.verdict import Verdict, saving
from gnn.history.train_settings import Costs
from gnn.report.key_figures import key_figures
from gnn.report.model_rows import model_rows, period
from gnn.report.page import Page
from gnn.report.plots import Plot


def report_page(
    models: Sequence[ScoredTruth],
    evaluation: Evaluation | ScoreEvaluation,
    verdict: Verdict,
    tables: Sequence[TextTable],
    plots: Sequence[Plot],
    costs: Costs,
    card: ModelCard | None,
) -> Page:
    """Return the page of one model's evaluation, compared with a second model where there is one."""
    rows, of_decisions = models[0].rows, isinstance(evaluation, Evaluation)
    when = f"{period(int(rows.time_ms.min()), int(rows.time_ms.max()))}; " if "time_ms" in rows else ""
    against = f"; compared with {printable(models[1].model)}" if len(models) > 1 else ""
    summary = [TextTable("All figures", (), summary_rows(evaluation))] if isinstance(evaluation, Evaluation) else []
    groups = calibration_table(calibrated_bins(rows.score.to_numpy(), rows.fraud.to_numpy()))
    return Page(
        title=f"{'Evaluation' if of_decisions else 'Backtest'} of {printable(models[0].model)}",
        subtitle=f"{when}{len(rows):,} events, {int(rows.fraud.sum()):,} of them fraud{against}",
        verdict=verdict,
        figures=key_figures(evaluation, saving(rows, costs), costs) if isinstance(evaluation, Evaluation) else (),
        model=model_rows(card) if card else (),
        tables=[*tables, groups, *summary],
        plots=plots,
    )
