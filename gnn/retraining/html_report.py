"""A trial as one HTML file: what was judged, the figures, plots of both models, and the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gnn.evaluation.comparison import Difference
from gnn.evaluation.verdict import BAD, CAUTION, GOOD, Verdict
from gnn.history.train_settings import Costs
from gnn.report.key_figures import KeyFigure
from gnn.report.model_rows import model_rows, period
from gnn.report.page import Page
from gnn.report.plots import draw_plots
from gnn.retraining.judgement import BETTER, DOUBTFUL, JUDGED, NOT_WORSE, UNSURE, WORSE, Judgement
from gnn.retraining.pages import trial_tables
from gnn.retraining.trial import Trial

_GRADES: Mapping[str, str] = {BETTER: GOOD, NOT_WORSE: GOOD, UNSURE: CAUTION, WORSE: BAD, DOUBTFUL: BAD}


def trial_page(trial: Trial, costs: Costs) -> Page:
    """Return the page; it says what the Markdown report says, and draws it."""
    rows, weeks = trial.models[0].rows, trial.weeks
    _, changed, compared, *others = trial_tables(trial, costs)
    return Page(
        title=f"{trial.candidate.model_id} beside {trial.active.model_id}",
        subtitle=f"{period(weeks.from_ms, weeks.until_ms)}; {len(rows):,} events, {int(rows.fraud.sum()):,} labelled fraud",
        verdict=_verdict(trial.judgement),
        figures=tuple(_figures(trial)),
        model=model_rows(trial.candidate),
        tables=[compared, changed, *others],
        plots=draw_plots(trial.models, costs),
    )


def _verdict(found: Judgement) -> Verdict:
    follows = "By rule it may replace the active model." if found.may_replace else "By rule it does not replace the active model."
    return Verdict(_GRADES[found.word], f"The candidate is {found.word}", (f"{found.why[0].upper()}{found.why[1:]}.", follows), ())


def _figures(trial: Trial) -> Iterator[KeyFigure]:
    """Yield the figures that judge."""
    for one in trial.comparison.differences:
        if one.figure in JUDGED:
            name = f"{one.figure[0].upper()}{one.figure[1:]}"
            yield KeyFigure(name, _number(one, one.first), f"active {_number(one, one.second)}", _interval(one))


def _interval(one: Difference) -> str:
    low, high = (f"{value:+,.0f}" if one.in_money else f"{value:+.3f}" for value in (one.low, one.high))
    return f"difference {low} to {high}"


def _number(one: Difference, value: float) -> str:
    return f"{value:,.0f}" if one.in_money else f"{value:.3f}"
