"""The figures at the end of the demo, in words that need no handbook; `ringwatch evaluate` has the others."""

from __future__ import annotations

from gnn.evaluation import Evaluation
from gnn.evaluation.evaluate import Detection
from gnn.evaluation.tables import rings_words, share


def figure_rows(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Return (name, words) of what was decided, beside the simulator's truth."""
    decisions = ", ".join(f"{count:,} {kind}" for kind, count in evaluation.decisions.items())
    rows = [("decisions", f"{evaluation.events:,}: {decisions}")]
    if evaluation.undecided:
        rows.append(("without a decision", f"{evaluation.undecided:,} events"))
    rows.append(("fraudulent events", f"{evaluation.frauds:,}"))
    rows.append(("flagged", f"{_detection(evaluation.flagged)} (investigate or block)"))
    rows.append(("blocked", _detection(evaluation.blocked)))
    if evaluation.ring_detection:
        rows.append(("rings", rings_words(evaluation.ring_detection[0])))
    if evaluation.flagged_legitimate is not None:
        rows.append(("honest events flagged", f"{evaluation.flagged_legitimate:.2%} of {evaluation.events - evaluation.frauds:,}"))
    return rows


def _detection(detection: Detection) -> str:
    """Return how many events, and what shares of them and of all fraud; no share where there is nothing."""
    shares = ((detection.precision, "of them fraud"), (detection.recall, "of all fraud"))
    said = ", ".join(f"{share(part)} {words}" for part, words in shares if part is not None)
    return f"{detection.flagged:,}: {said}" if said else f"{detection.flagged:,}"
