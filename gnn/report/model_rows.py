"""The model card as rows of a report: which model, trained on what, deciding where."""

from __future__ import annotations

from datetime import UTC, datetime

from gnn.card.card import ModelCard

_KINDS = {"combined": "graph neural network and boosted trees", "gnn": "graph neural network", "gbt": "gradient boosted trees"}


def model_rows(card: ModelCard) -> tuple[tuple[str, str], ...]:
    """Return (name, value) of what somebody who decides about the model wants to know of it."""
    data, at, metrics = card.data, card.thresholds, card.metrics
    trained = f"{period(data.from_ms, data.mature_ms)}, with the labels known on {day(data.until_ms)}"
    validated = f"{data.validation_events:,} events from {day(data.validation_from_ms)} on, {data.validation_frauds:,} labelled fraud"
    ranking = f"average precision {metrics.average_precision:.3f}, {metrics.recall_at_1pct_fpr:.0%} of the frauds at 1% false alarms"
    return (
        ("model", card.model_id),
        ("kind", _KINDS.get(card.model, card.model.replace("_", " "))),
        ("trained on", trained),
        ("training part", f"{data.train_events:,} events, {data.train_frauds:,} labelled fraud"),
        ("validation part", validated),
        ("on the validation part", ranking),
        ("thresholds", f"investigate from score {at.investigate:.3f}, block from {at.block:.3f}"),
        ("entities", ", ".join(card.graph.entities)),
        ("weights", f"SHA-256 {card.weights_sha256[:16]}"),
    )


def day(time_ms: int) -> str:
    """Return the day (UTC) as people write it: 4 March 2026."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return f"{moment.day} {moment:%B %Y}"


def period(from_ms: int, until_ms: int) -> str:
    """Return both days, or the one."""
    first, last = day(from_ms), day(until_ms)
    return first if first == last else f"{first} to {last}"
