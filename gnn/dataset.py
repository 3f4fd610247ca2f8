"""The training set: ego-graphs from a replay with what was known of their labels, split by time."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.event import Event, EventParser
from domain.features import FeatureExtractor
from domain.graph import GraphSettings
from gnn.ego_graphs import EgoGraphStore
from gnn.replay import Replay, ReplayCounts, event_lines
from gnn.survey import PROGRESS_LINES, HistoryError, Progress, Survey

EXTRACT_ROWS = 1024  # trails turned into matrices at once: below that numpy's overhead per call shows
_HASHES = 2.0**64


@dataclass(frozen=True)
class Dataset:
    """N events old enough to train on, in the order of the replay.

    All frauds are kept and a sample of the others; `weight` f8[N] is how many events each stands for, so that weighted
    means are those of the whole history.
    """

    graphs: EgoGraphStore
    time_ms: NDArray[np.int64]
    fraud: NDArray[np.bool_]
    amount: NDArray[np.float64]
    """NaN where the event has none."""
    weight: NDArray[np.float64]
    train: NDArray[np.intp]
    """Rows before `validation_from_ms`."""
    validation: NDArray[np.intp]
    validation_from_ms: int
    counts: ReplayCounts

    @property
    def every(self) -> NDArray[np.intp]:
        """Training and validation rows."""
        return np.arange(len(self.fraud))

    def loss_weights(self, class_weight: float) -> NDArray[np.float32]:
        """f4[N]: what each event stands for, frauds raised by (legitimate / fraud) ** class_weight; the training mean is 1."""
        fraud, weight, train = self.fraud, self.weight, self.train
        ratio = weight[train][~fraud[train]].sum() / weight[train][fraud[train]].sum()
        raised = np.where(fraud, weight * ratio**class_weight, weight)
        weights: NDArray[np.float32] = (raised / raised[train].mean()).astype(np.float32)
        return weights


@contextmanager
def open_dataset(
    graph: GraphSettings,
    parser: EventParser,
    files: Sequence[Path],
    survey: Survey,
    progress: Progress,
    *,
    max_legitimate: int,
    validation_share: float,
) -> Iterator[Dataset]:
    """Replay the files up to the last event to train on. The temporary files live as long as the context."""
    extractor = FeatureExtractor(graph)
    with EgoGraphStore(extractor) as graphs:
        selection = _Selection(survey, min(1.0, max_legitimate / survey.candidates))
        replay = Replay(graph, parser)
        trails: list[bytes] = []
        for event, trail in _replay(replay, files, survey.lines, progress):
            if not selection.takes(event):
                continue
            trails.append(trail)
            if len(trails) == EXTRACT_ROWS:
                graphs.append(extractor.extract(trails))
                trails.clear()
        if trails:
            graphs.append(extractor.extract(trails))
        yield _split(selection, graphs, replay.counts, validation_share)


class _Selection:
    """Decides event by event what is kept, and keeps the columns that are not features."""

    def __init__(self, survey: Survey, rate: float) -> None:
        self._survey, self._rate = survey, rate
        self.times, self.fraud, self.amounts, self.weights = array("q"), array("b"), array("d"), array("d")

    def takes(self, event: Event) -> bool:
        if not self._survey.from_ms <= event.time_ms <= self._survey.mature_ms:
            return False
        fraud = event.id_hash in self._survey.frauds
        if not fraud and event.id_hash / _HASHES >= self._rate:  # a keyed hash is uniform, and the sample repeatable
            return False
        self.times.append(event.time_ms)
        self.fraud.append(fraud)
        self.amounts.append(event.amount)
        self.weights.append(1.0 if fraud else 1.0 / self._rate)
        return True


def _replay(replay: Replay, files: Sequence[Path], lines: int, progress: Progress) -> Iterator[tuple[Event, bytes]]:
    for number, line in enumerate(islice(event_lines(files), lines), 1):
        if number % PROGRESS_LINES == 0 or number == lines:
            progress("replaying", number, lines)
        scored = replay.take(line)
        if scored is not None:
            yield scored


def _split(selection: _Selection, graphs: EgoGraphStore, counts: ReplayCounts, validation_share: float) -> Dataset:
    times = np.array(selection.times, np.int64)
    fraud = np.array(selection.fraud, np.bool_)
    weights = np.array(selection.weights, np.float64)
    validation_from_ms = _time_at(times, weights, 1.0 - validation_share)
    later = times >= validation_from_ms
    for part, name, mend in (
        (~later, "training", "a longer history or an earlier --from"),
        (later, f"validation (the last {validation_share:.0%})", "a longer history, a later --to, or a shorter --label-delay"),
    ):
        known = int(fraud[part].sum())
        if known == 0 or known == int(part.sum()):
            missing = "fraud" if known == 0 else "legitimate event"
            raise HistoryError(f"the {name} part of the history has no known {missing} among {int(part.sum())} events: give {mend}")
    return Dataset(
        graphs,
        times,
        fraud,
        np.array(selection.amounts, np.float64),
        weights,
        np.flatnonzero(~later),
        np.flatnonzero(later),
        validation_from_ms,
        counts,
    )


def _time_at(times: NDArray[np.int64], weights: NDArray[np.float64], share: float) -> int:
    """The time before which `share` of the events lies."""
    order = np.argsort(times, kind="stable")
    passed = np.cumsum(weights[order])
    return int(times[order[np.searchsorted(passed, share * passed[-1])]])
