"""The model card as a page for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from gnn.card.blocked_bound import blocked_bound
from gnn.card.card import ModelCard

_KINDS = {
    "combined": "graph neural network and boosted trees",
    "gnn": "graph neural network",
    "gbt": "gradient boosted trees",
    "isolation_forest": "isolation forest",
}


def card_text(card: ModelCard) -> str:
    """Return the card as Markdown; programs read the same from `card.json`."""
    lines = [f"# Model {card.model_id}", "", f"Scores events for fraud: {_KINDS.get(card.model, card.model.replace('_', ' '))}."]
    for title, rows in card_sections(card):
        lines += ["", f"## {title}", "", "| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
    return "\n".join(lines) + "\n"


def card_sections(card: ModelCard) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what the card says: titles, and rows of a name and what it is."""
    sections = (("Data", _data), ("Quality on the validation part", _quality), ("Decisions", _decisions), ("Made with", _made_with))
    return [(title, list(rows(card))) for title, rows in sections]


def _data(card: ModelCard) -> Iterator[tuple[str, str]]:
    data = card.data
    yield "events from", f"{_day(data.from_ms)} to {_day(data.mature_ms)}, labels until {_day(data.labels_until_ms or data.until_ms)}"
    yield "validation from", _day(data.validation_from_ms)
    yield "training", f"{data.train_events:,} events, {data.train_frauds:,} labelled fraud"
    yield "validation", f"{data.validation_events:,} events, {data.validation_frauds:,} labelled fraud"
    if data.unknown_events:
        yield "left out", f"{data.unknown_events:,} events that were kept from happening and have no label"
    if data.explored_events:
        yield "weighed", f"{data.explored_events:,} events that were reviewed in place of a block, for those that were not"
    yield "read", f"{data.lines:,} lines: {data.labels:,} labels, {data.duplicates:,} duplicates, {data.rejected:,} rejected"
    yield "SHA-256 of the event files", f"`{data.digest}`"
    yield "entities", ", ".join(card.graph.entities)
    columns = len(card.features.event) + sum(map(len, card.features.node)), sum(map(len, card.features.link))
    yield "features", f"version {card.feature_version}: {columns[0]} of the event and its entities, {columns[1]} of their links"


def _quality(card: ModelCard) -> Iterator[tuple[str, str]]:
    metrics = card.metrics
    yield "average precision", f"{metrics.average_precision:.3f}"
    yield "AUC", f"{metrics.auc:.4f}"
    yield "recall at 1% false positives", f"{metrics.recall_at_1pct_fpr:.1%}"
    yield "recall at 0.1% false positives", f"{metrics.recall_at_01pct_fpr:.1%}"
    yield "calibration error", f"{metrics.calibration_error:.4f}"
    yield "measured against", "the labels known at the end of training, by a model that had not seen these events"


def _decisions(card: ModelCard) -> Iterator[tuple[str, str]]:
    at, expected = card.thresholds, card.expected
    yield "investigate from score", f"{at.investigate:.4f}"
    yield "block from score", f"{at.block:.4f}"
    yield "fraud", f"{expected.fraud_share:.2%} of events, of which {expected.labelled_share:.1%} have a label yet"
    yield "flagged", f"{expected.flagged:.2%} of events, {expected.flagged_fraud:.1%} of the fraud"
    yield "blocked", f"{expected.blocked:.2%} of events, {expected.blocked_fraud:.1%} of the fraud"
    blocked = blocked_bound(card)
    yield "blocked legitimate events", f"{blocked.share:.3%} of {blocked.events:,} here; of new ones up to {blocked.at_most:.2%} (95%)"
    if blocked.warning:
        yield "**few events**", blocked.warning
    yield "cost of 1,000 events", f"{expected.cost_per_1000:,.0f}; approving all {expected.cost_per_1000_approving_all:,.0f}"


def _made_with(card: ModelCard) -> Iterator[tuple[str, str]]:
    yield "seed", str(card.seed)
    yield "settings", ", ".join(f"{name} {value:g}" for name, value in card.hyperparameters.items())
    yield "libraries", ", ".join(f"{name} {version}" for name, version in card.libraries.items())
    yield "SHA-256 of the weights", f"`{card.weights_sha256}`"


def _day(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
