"""Figures as tables of text, for the terminal and the report alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.times import rough_duration
from gnn.evaluation.calibration_table import CalibrationGroup
from gnn.evaluation.comparison import Comparison, Difference
from gnn.evaluation.evaluate import Detection, Evaluation
from gnn.evaluation.folds import FoldFigures, ScoreEvaluation
from gnn.evaluation.rings import RingFigures
from gnn.evaluation.slices import MOST_SLICES

NOTHING = "-"


@dataclass(frozen=True)
class TextTable:
    """A table whose cells are texts, with its title and a note below it."""

    title: str
    columns: tuple[str, ...]
    """The first column names the row, the others hold figures; no columns for a list of names and values."""
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def summary_rows(evaluation: Evaluation) -> tuple[tuple[str, ...], ...]:
    """Return (name, value) of the figures of all events together."""
    decisions = ", ".join(f"{count:,} {kind}" for kind, count in evaluation.decisions.items())
    rows = [("decisions", f"{evaluation.events:,}: {decisions}")]
    if evaluation.undecided:
        rows.append(("without a decision", f"{evaluation.undecided:,} events of the truth"))
    rows.append(("fraudulent events", f"{evaluation.frauds:,}"))
    rows += [("flagged", _detection(evaluation.flagged)), ("blocked", _detection(evaluation.blocked))]
    if ranking := evaluation.ranking:
        rows.append(("score", f"average precision {ranking.average_precision:.3f}, AUC {ranking.auc:.4f}"))
        low = share(evaluation.recall_at_01pct_fpr)
        rows.append(("recall at false positives", f"{ranking.recall_at_1pct_fpr:.1%} at 1%, {low} at 0.1%"))
        rows.append(("calibration error", f"{ranking.calibration_error:.4f}"))
    for daily in evaluation.precision_at_k:
        rows.append((f"precision at {daily.k:,} accounts a day", f"{daily.precision:.3f} of {daily.perfect:.3f} possible"))
    cost = evaluation.cost
    rows.append(
        ("cost", f"{cost.decided:,.0f} as decided, {cost.least:,.0f} at the best thresholds, {cost.approve_all:,.0f} approving all")
    )
    if evaluation.ring_detection:
        rows.append(("rings", rings_words(evaluation.ring_detection[0])))
    innocents = ", ".join(f"{name} {value:.2%}" for name, value in evaluation.flagged_legitimate_by_segment.items())
    if innocents:
        rows.append(("legitimate flagged", innocents))
    return _plain(rows)


def detail_tables(evaluation: Evaluation) -> list[TextTable]:
    """Return the tables by scenario, ring kind, segment and event type, where the truth knows them."""
    tables = (_scenarios(evaluation), _ring_kinds(evaluation), _segments(evaluation), _event_types(evaluation))
    return [table for table in tables if table.rows]


def fold_table(scores: ScoreEvaluation) -> TextTable:
    """Return a backtest's figures, a row for each test period and one for their mean."""
    columns = ("fold", "events", "frauds", "AUC", "average precision", "recall at 1%", "recall at 0.1%", "calibration error")
    return TextTable("Folds", columns, _plain(map(_fold, (*scores.folds, scores.mean))), "Recall at a share of false positives.")


def comparison_table(comparison: Comparison) -> TextTable:
    """Return the figures of two models, their differences and intervals."""
    columns = ("figure", "first", "second", "difference", "95% interval", "in words")
    return TextTable(
        f"First ({printable(comparison.first)}) against second ({printable(comparison.second)})",
        columns,
        _plain(map(_difference, comparison.differences)),
        f"Paired bootstrap: {comparison.resamples:,} resamples of {comparison.groups:,} {comparison.resampled}. For costs less is better.",
    )


def calibration_table(groups: Sequence[CalibrationGroup]) -> TextTable:
    """Return how often events of similar scores are fraud."""
    columns = ("scores", "events", "frauds", "mean score", "share of fraud", "95% interval")
    rows = [
        (
            f"{group.from_score:g} to {group.until_score:g}",
            f"{group.events:,}",
            f"{group.frauds:,}",
            f"{group.score:.3f}",
            f"{group.share:.3f}",
            f"{group.interval.low:.3f} to {group.interval.high:.3f}",
        )
        for group in groups
    ]
    note = "A score means what it says where the mean score lies within the interval. Few events make wide intervals."
    return TextTable("Calibration", columns, tuple(rows), note)


def share(value: float | None) -> str:
    """Return a share in percent, a dash where there is none."""
    return NOTHING if value is None else f"{value:.1%}"


def duration(seconds: float | None) -> str:
    """Return a length of time in one unit, a dash where there is none."""
    return NOTHING if seconds is None else rough_duration(seconds)


def _detection(detection: Detection) -> str:
    return f"{detection.flagged:,}: precision {share(detection.precision)}, recall {share(detection.recall)}"


def rings_words(rings: RingFigures) -> str:
    """Return how many rings were flagged, how early, and how fast."""
    words = f"{rings.flagged} of {rings.rings} flagged, {rings.by_third_member} by their third member"
    if rings.before_fourth_member is not None:
        words += f", {rings.before_fourth_member} before a fourth acted"
    return words + (f"; first flag after {duration(rings.median_s)} (median)" if rings.median_s is not None else "")


def _scenarios(evaluation: Evaluation) -> TextTable:
    columns = ("kind", "frauds", "flagged", "blocked", "average precision")
    rows = [
        (row.kind, f"{row.frauds:,}", share(row.flagged), share(row.blocked), _number(row.average_precision))
        for row in evaluation.scenarios
    ]
    return TextTable("Scenarios", columns, _plain(rows), f"The frauds of one kind against all legitimate events.{_cut(rows)}")


def _ring_kinds(evaluation: Evaluation) -> TextTable:
    columns = ("kind", "rings", "flagged", "by third", "early", "median", "90% within")
    rows = [
        (
            row.kind,
            f"{row.rings:,}",
            f"{row.flagged:,}",
            f"{row.by_third_member:,}",
            NOTHING if row.before_fourth_member is None else f"{row.before_fourth_member:,}",
            duration(row.median_s),
            duration(row.p90_s),
        )
        for row in evaluation.ring_detection
    ]
    note = (
        "By third: a member up to the third was flagged; early: before a fourth did anything. "
        "Median: time from a ring's first event to its first flagged one; 90% of the flagged rings take at most the last column."
    )
    return TextTable("Rings", columns, _plain(rows), note)


def _segments(evaluation: Evaluation) -> TextTable:
    columns = ("segment", "legitimate", "flagged", "blocked", "flagged to others")
    rows = [
        (row.name, f"{row.legitimate:,}", f"{row.flagged:.2%}", f"{row.blocked:.3%}", _number(row.flagged_to_others, 2))
        for row in evaluation.segments
    ]
    note = f"Legitimate events only; the last column is the share flagged over that of all other legitimate events.{_cut(rows)}"
    return TextTable("Segments", columns, _plain(rows), note)


def _event_types(evaluation: Evaluation) -> TextTable:
    columns = ("event type", "events", "frauds", "precision", "recall", "false alarm", "AP")
    rows = [
        (
            row.event_type,
            f"{row.events:,}",
            f"{row.frauds:,}",
            share(row.precision),
            share(row.recall),
            NOTHING if row.flagged_legitimate is None else f"{row.flagged_legitimate:.2%}",
            _number(row.average_precision),
        )
        for row in evaluation.event_types
    ]
    return TextTable(
        "Event types",
        columns,
        _plain(rows),
        f"Of flagged events; false alarm: share of the legitimate ones; AP: average precision.{_cut(rows)}",
    )


def _fold(fold: FoldFigures) -> tuple[str, ...]:
    ranking = fold.ranking
    figures = (ranking.auc, ranking.average_precision, ranking.recall_at_1pct_fpr, fold.recall_at_01pct_fpr, ranking.calibration_error)
    return (fold.fold, f"{fold.events:,}", f"{fold.frauds:,}", *(f"{figure:.4f}" for figure in figures))


def _difference(row: Difference) -> tuple[str, ...]:
    form = ",.0f" if row.in_money else ".4f"
    interval = f"{row.low:+{form}} to {row.high:+{form}}"
    return (row.figure, f"{row.first:{form}}", f"{row.second:{form}}", f"{row.difference:+{form}}", interval, row.verdict)


def _number(value: float | None, digits: int = 3) -> str:
    return NOTHING if value is None else f"{value:.{digits}f}"


def _cut(rows: Sequence[object]) -> str:
    return f" The {MOST_SLICES} largest." if len(rows) == MOST_SLICES else ""


def _plain(rows: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(printable(cell) for cell in row) for row in rows)


def printable(text: str) -> str:
    """Return the text without control characters: names come from files, and end up on a terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)
