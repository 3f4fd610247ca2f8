"""A trial in words: tables of both models, for the report and the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from domain.times import rfc3339
from gnn.card.card import ModelCard
from gnn.evaluation.calibration_table import calibrated_bins
from gnn.evaluation.evaluate import evaluate_rows
from gnn.evaluation.scored_truth import ScoredTruth
from gnn.evaluation.tables import TextTable, calibration_table, comparison_table, detail_tables
from gnn.history.train_settings import Costs
from gnn.retraining.trial import Trial


def trial_tables(trial: Trial, costs: Costs) -> list[TextTable]:
    """Return what was judged, what changed, both models' figures, parts of the events and calibration."""
    tables = [_judged(trial), _changed(trial.candidate, trial.active), comparison_table(trial.comparison)]
    for scored in trial.models:
        tables += [replace(table, title=f"{table.title}: {scored.model}") for table in _of_model(scored, costs)]
    return tables


def trial_text(trial: Trial, costs: Costs) -> str:
    """Return the report as Markdown."""
    lines = [f"# {trial.candidate.model_id} beside {trial.active.model_id}"]
    for table in trial_tables(trial, costs):
        lines += ["", f"## {table.title}", "", *_markdown(table)]
        lines += ["", table.note] if table.note else []
    return "\n".join(lines) + "\n"


def _judged(trial: Trial) -> TextTable:
    rows = trial.models[0].rows
    found = (
        ("the candidate is", f"{trial.judgement.word}: {trial.judgement.why}"),
        ("compared from", rfc3339(trial.weeks.from_ms)),
        ("until", rfc3339(trial.weeks.until_ms)),
        ("on", f"{len(rows):,} events, {int(rows.fraud.sum()):,} labelled fraud"),
    )
    return TextTable("Judgement", (), found)


def _changed(candidate: ModelCard, active: ModelCard) -> TextTable:
    of_both = [dict(_card_figures(card)) for card in (candidate, active)]
    rows = [(name, of_both[0][name], of_both[1][name]) for name in of_both[0]]
    return TextTable("What changed", ("of the card", "candidate", "active"), tuple(rows))


def _card_figures(card: ModelCard) -> Iterator[tuple[str, str]]:
    data, at = card.data, card.thresholds
    yield "model", card.model_id
    yield "trained until", rfc3339(data.until_ms)
    yield "events", f"{data.train_events + data.validation_events:,}"
    yield "frauds", f"{data.train_frauds + data.validation_frauds:,}"
    yield "left out as unknown", f"{data.unknown_events:,}"
    yield "reviewed in place of a block", f"{data.explored_events:,}"
    yield "investigate from", f"{at.investigate:.4f}"
    yield "block from", f"{at.block:.4f}"
    yield "average precision on its validation part", f"{card.metrics.average_precision:.3f}"


def _of_model(scored: ScoredTruth, costs: Costs) -> list[TextTable]:
    rows = scored.rows
    bins = calibration_table(calibrated_bins(rows.score.to_numpy(), rows.fraud.to_numpy()))
    return [*detail_tables(evaluate_rows(scored, costs)), bins]


def _markdown(table: TextTable) -> Iterator[str]:
    width = len(table.columns) or len(table.rows[0])
    yield f"| {' | '.join(map(_cell, table.columns or [''] * width))} |"
    yield "|" + "---|" * width
    for row in table.rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _cell(text: str) -> str:
    """Return a text that cannot end its cell, nor begin markup of HTML."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
