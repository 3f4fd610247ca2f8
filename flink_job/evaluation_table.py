"""An evaluation as a table for the terminal."""

from __future__ import annotations

from rich.table import Table

from gnn.evaluation import Detection, Evaluation


def evaluation_table(evaluation: Evaluation, further: dict[str, str] | None = None) -> Table:
    """One figure a row; `further` rows come first."""
    table = Table(title="ringwatch", show_header=False, title_style="bold")
    for name, value in (further or {}).items():
        table.add_row(name, value)
    decisions = ", ".join(f"{count:,} {kind}" for kind, count in evaluation.decisions.items())
    table.add_row("decisions", f"{evaluation.events:,}: {decisions}")
    if evaluation.undecided:
        table.add_row("without a decision", f"{evaluation.undecided:,} events of the truth")
    table.add_row("fraudulent events", f"{evaluation.frauds:,}")
    table.add_row("flagged", _words(evaluation.flagged))
    table.add_row("blocked", _words(evaluation.blocked))
    if evaluation.ranking:
        table.add_row("score", f"average precision {evaluation.ranking.average_precision:.3f}, AUC {evaluation.ranking.auc:.4f}")
    if evaluation.rings:
        caught = f"{evaluation.rings_flagged} of {evaluation.rings} flagged"
        table.add_row("rings", f"{caught}, {evaluation.rings_flagged_by_third_member} by their third member")
    innocents = ", ".join(f"{name} {share:.2%}" for name, share in evaluation.flagged_legitimate_by_segment.items())
    if innocents:
        table.add_row("legitimate flagged", innocents)
    return table


def _words(detection: Detection) -> str:
    if detection.precision is None or detection.recall is None:
        return f"{detection.flagged:,}"
    return f"{detection.flagged:,}: precision {detection.precision:.1%}, recall {detection.recall:.1%}"
