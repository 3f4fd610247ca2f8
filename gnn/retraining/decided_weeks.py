"""The decisions of several models on the same weeks, held against the labels that have come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from domain.decisions.decision import APPROVE, BLOCK, Decision
from domain.events.event import Event
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.times import now_ms
from gnn.evaluation.scored_truth import ScoredTruth
from gnn.history.event_labels import EventLabels
from gnn.history.first_pass import Progress
from gnn.history.replay import Replay, count_lines
from gnn.history.unseen import Acted
from gnn.retraining.weeks import Weeks
from gnn.scoring.offline_score import Decides

BATCH = 512
Decided = tuple[Event, tuple[Decision, ...]]
"""An event with a decision of each model."""


def decided_weeks(
    models: Mapping[str, Decides],
    graph: GraphSettings,
    parser: EventParser,
    files: Sequence[Path],
    weeks: Weeks,
    acted: Acted,
    progress: Progress,
) -> list[ScoredTruth]:
    """Return one `ScoredTruth` per model, of the same events in the same order.

    Events without a label count as legitimate, but for those whose outcome is unseen, which are left out.
    Those that represent them have their weight.
    """
    labels = EventLabels.read(files, parser, progress)
    seen = [
        (event, decisions)
        for event, decisions in _decided(list(models.values()), graph, parser, files, weeks, progress)
        if event.identity not in acted.unseen or labels.of(event.identity) is not None
    ]
    events, known = [event for event, _ in seen], [labels.of(event.identity) for event, _ in seen]
    shared = _known_columns(events, known, acted)
    keys = pa.chunked_array([pa.array([f"{event.identity:016x}" for event in events], pa.string())])
    decided = [[decisions[number] for _, decisions in seen] for number in range(len(models))]
    return [
        ScoredTruth(pd.DataFrame(shared | _decided_columns(of_one)), keys, 0, name) for name, of_one in zip(models, decided, strict=True)
    ]


def _decided(
    models: Sequence[Decides], graph: GraphSettings, parser: EventParser, files: Sequence[Path], weeks: Weeks, progress: Progress
) -> Iterator[Decided]:
    """Replay the files from their beginning, for the state, and decide the events of the weeks."""
    replay, lines = Replay(graph, parser), count_lines(files)
    scored = _of_weeks(replay.run(files), weeks)
    while batch := list(islice(scored, BATCH)):
        trails = [trail for _, trail in batch]
        each = [[decision for decision, _ in model.decide_and_join(trails, now_ms)] for model in models]
        progress("comparing", replay.counts.lines, lines)
        yield from zip([event for event, _ in batch], zip(*each, strict=True), strict=True)


def _of_weeks(scored: Iterable[tuple[Event, bytes]], weeks: Weeks) -> Iterator[tuple[Event, bytes]]:
    return ((event, trail) for event, trail in scored if weeks.holds(event.time_ms))


def _known_columns(events: Sequence[Event], known: Sequence[tuple[bool, int] | None], acted: Acted) -> dict[str, object]:
    accounts = np.array([event.entities[0] for event in events], np.uint64)
    return {
        "fraud": np.array([bool(label and label[0]) for label in known], np.bool_),
        "labelled": np.array([label is not None for label in known], np.bool_),
        "time_ms": np.array([event.time_ms for event in events], np.int64),
        "account": np.unique(accounts, return_inverse=True)[1].astype(np.int64),
        "amount": np.array([event.comparable for event in events], np.float64),
        "weight": np.array([acted.weights.get(event.identity, 1.0) for event in events], np.float64),
    }


def _decided_columns(decisions: Sequence[Decision]) -> dict[str, object]:
    return {
        "score": np.array([decision.score for decision in decisions], np.float64),
        "flagged": np.array([decision.outcome != APPROVE for decision in decisions], np.bool_),
        "blocked": np.array([decision.outcome == BLOCK for decision in decisions], np.bool_),
        "event_type": pd.Categorical([decision.event_type for decision in decisions]),
    }
