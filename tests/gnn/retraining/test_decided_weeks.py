"""Decisions of two models on the same weeks, with the labels that have come."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from domain.decisions.decision import Decision
from domain.decisions.effects import Effects
from domain.memory.trail import TrailCodec
from gnn.history.unseen import Acted
from gnn.retraining.decided_weeks import decided_weeks
from gnn.retraining.weeks import Weeks
from tests.support.gnn_history import DAY_MS, GRAPH, START_MS, documents, ignore, label, parser, write


class ByAmount:
    """A decider that blocks from an amount on."""

    def __init__(self, least: float) -> None:
        self._least, self._codec = least, TrailCodec(GRAPH)

    def decide_and_join(
        self, trails: Sequence[bytes], clock: Callable[[], int], effects: Sequence[Effects | None] | None = None
    ) -> list[tuple[Decision, list[str]]]:
        return [(self._decision(self._codec.decode(trail).event.amount), []) for trail in trails]

    def _decision(self, amount: float) -> Decision:
        outcome = "block" if amount >= self._least else "approve"
        return Decision("e", 0, "order", outcome, min(1.0, amount / 1e4), (), None, {"account": "0" * 16}, amount, None, "m", "p", 0)


def test_both_models_are_held_against_the_labels_that_have_come(tmp_path: Path) -> None:
    lines = list(documents())
    weeks = Weeks(START_MS + 10 * DAY_MS, START_MS + 20 * DAY_MS)
    inside = [line for line in lines if line["event_type"] != "label" and weeks.holds(line["event_time"])]
    subjects = {line["subject_event_id"] for line in lines if line["event_type"] == "label"}
    honest = [line for line in inside if line["event_id"] not in subjects]
    lines.append(label("cleared", honest[0], lines[-1]["event_time"], is_fraud=False))
    path = write(tmp_path / "events.jsonl", iter(lines))
    unseen = {parser().parse(json.dumps(line).encode()).identity for line in honest[:3]}
    drawn = parser().parse(json.dumps(honest[5]).encode()).identity
    acted = Acted(unseen, {drawn: 20.0})
    first, second = decided_weeks({"a": ByAmount(200.0), "b": ByAmount(1e9)}, GRAPH, parser(), [path], weeks, acted, ignore)
    assert len(first.rows) == len(inside) - 2, "of three that were kept from happening one was cleared"
    assert sorted(first.rows.weight)[-2:] == [1.0, 20.0]
    assert first.keys.equals(second.keys) and (first.model, second.model) == ("a", "b")
    assert int(first.rows.fraud.sum()) == len(inside) - len(honest) and int(first.rows.labelled.sum()) == len(inside) - len(honest) + 1
    assert first.rows.blocked[first.rows.fraud].mean() > 0.9 and not second.rows.flagged.any()
