"""The training set: ego-graphs from a replay, their labels as training knows them, split by time."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.events.event import Event
from domain.events.parser import EventParser
from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from gnn.history.ego_graphs import EgoGraphStore, Store
from gnn.history.first_pass import PROGRESS_LINES, FirstPass, HistoryError, Progress
from gnn.history.replay import Replay, ReplayCounts, event_lines
from gnn.history.train_settings import TrainSettings

EXTRACT_ROWS = 1024  # trails turned into matrices at once: below that numpy's overhead per call shows
_HASHES = 2.0**64


@dataclass(frozen=True)
class Dataset:
    """N events old enough to train on, in the order of the replay.

    Of a long history `train` and `validation` are a sample. `weight` f8[N] is how many events of the history
    each one represents, so that weighted means are those of the whole history.
    """

    graphs: Store
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
        """Return the training and validation rows."""
        return np.concatenate([self.train, self.validation])

    def loss_weights(self, class_weight: float) -> NDArray[np.float32]:
        """Return f4[N]: the events' weights, those of frauds times (legitimate / fraud) ** class_weight.

        The mean over the training rows is 1.
        """
        fraud, weight, train = self.fraud, self.weight, self.train
        ratio = weight[train][~fraud[train]].sum() / weight[train][fraud[train]].sum()
        raised = np.where(fraud, weight * ratio**class_weight, weight)
        weights: NDArray[np.float32] = (raised / raised[train].mean()).astype(np.float32)
        return weights


class EventColumns:
    """What is kept of each event besides its features."""

    def __init__(self) -> None:
        self.times, self.hashes, self.identities, self.amounts = array("q"), array("Q"), array("Q"), array("d")
        self.weights = array("d")

    def add(self, event: Event, weight: float = 1.0) -> None:
        """Append what is kept of an event that counts for `weight` events."""
        self.times.append(event.time_ms)
        self.hashes.append(event.id_hash)
        self.identities.append(event.identity)
        self.amounts.append(event.comparable)
        self.weights.append(weight)


@contextmanager
def open_dataset(
    graph: GraphSettings, parser: EventParser, files: Sequence[Path], found: FirstPass, progress: Progress, settings: TrainSettings
) -> Iterator[Dataset]:
    """Replay the files up to the last event to train on. The temporary files last as long as the context."""
    extractor = FeatureExtractor(graph)
    with EgoGraphStore(extractor) as graphs:
        columns, replay, trails = EventColumns(), Replay(graph, parser), []
        kept = _sample(settings, len(found.frauds), found.candidates)
        for event, trail in _replay(replay, files, found.lines, progress):
            chosen = found.from_ms <= event.time_ms <= found.mature_ms
            if not chosen or event.identity in found.unknown or not kept.takes(event.id_hash, event.identity in found.frauds):
                continue
            columns.add(event, found.weights.get(event.identity, 1.0))
            trails.append(trail)
            if len(trails) == EXTRACT_ROWS:
                graphs.append(extractor.extract(trails))
                trails.clear()
        if trails:
            graphs.append(extractor.extract(trails))
        fraud = np.fromiter((value in found.frauds for value in columns.identities), np.bool_, len(columns.identities))
        yield _split(graphs, columns, fraud, kept, settings.validation_part, replay.counts)


def dataset_of(
    graphs: Store,
    columns: EventColumns,
    fraud: NDArray[np.bool_],
    settings: TrainSettings,
    counts: ReplayCounts,
    known: NDArray[np.bool_] | None = None,
) -> Dataset:
    """Return the training set of events that are in a store already, of those whose outcome is `known`."""
    sample = _sample(settings, int(fraud.sum()), len(fraud) if known is None else int(known.sum()))
    return _split(graphs, columns, fraud, sample, settings.validation_part, counts, known)


@dataclass(frozen=True)
class _Sample:
    """Shares of the frauds and of the other events that are kept."""

    fraud: float
    legitimate: float

    def takes(self, id_hash: int, fraud: bool) -> bool:
        # a keyed hash is uniform, and the sample repeatable
        return id_hash / _HASHES < (self.fraud if fraud else self.legitimate)

    def keeps(self, hashes: NDArray[np.uint64], fraud: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return bool[N]: `takes` of N events."""
        kept: NDArray[np.bool_] = hashes / _HASHES < np.where(fraud, self.fraud, self.legitimate)
        return kept

    def weights(self, fraud: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.where(fraud, 1.0 / self.fraud, 1.0 / self.legitimate)


def _sample(settings: TrainSettings, frauds: int, events: int) -> _Sample:
    return _Sample(min(1.0, settings.max_fraud / max(frauds, 1)), min(1.0, settings.max_legitimate / max(events - frauds, 1)))


def _replay(replay: Replay, files: Sequence[Path], lines: int, progress: Progress) -> Iterator[tuple[Event, bytes]]:
    for number, line in enumerate(islice(event_lines(files), lines), 1):
        if number % PROGRESS_LINES == 0 or number == lines:
            progress("replaying", number, lines)
        scored = replay.take(line)
        if scored is not None:
            yield scored


def _split(
    graphs: Store,
    columns: EventColumns,
    fraud: NDArray[np.bool_],
    sample: _Sample,
    validation_share: float,
    counts: ReplayCounts,
    known: NDArray[np.bool_] | None = None,
) -> Dataset:
    times, hashes = np.array(columns.times, np.int64), np.array(columns.hashes, np.uint64)
    weights = sample.weights(fraud) * np.array(columns.weights)
    kept = sample.keeps(hashes, fraud)
    if known is not None:
        kept &= known
    validation_from_ms = _time_at(times[kept], weights[kept], 1.0 - validation_share)
    later = times >= validation_from_ms
    for part, name, mend in (
        (kept & ~later, "training", "a longer history or an earlier --from"),
        (kept & later, f"validation (the last {validation_share:.0%})", "a longer history, a later --to, or a shorter --label-delay"),
    ):
        frauds = int(fraud[part].sum())
        if frauds == 0 or frauds == int(part.sum()):
            missing = "fraud" if frauds == 0 else "legitimate event"
            raise HistoryError(f"the {name} part of the history has no known {missing} among {int(part.sum())} events: give {mend}")
    return Dataset(
        graphs,
        times,
        fraud,
        np.array(columns.amounts, np.float64),
        weights,
        np.flatnonzero(kept & ~later),
        np.flatnonzero(kept & later),
        validation_from_ms,
        counts,
    )


def _time_at(times: NDArray[np.int64], weights: NDArray[np.float64], share: float) -> int:
    """Return the time before which `share` of the events lies."""
    order = np.argsort(times, kind="stable")
    passed = np.cumsum(weights[order])
    return int(times[order[np.searchsorted(passed, share * passed[-1])]])
