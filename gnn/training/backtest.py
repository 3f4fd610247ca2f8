"""The prequential test: the history is replayed once; as a fold's test begins, its models are trained, then
score it.

Nothing can leak by construction: at the moment of training the replay has read neither a later event nor,
unless a candidate asks for final labels, a later label.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from domain.events.event import Event
from domain.events.parser import EventParser
from domain.features.extractor import FeatureBatch, FeatureExtractor
from domain.graph import GraphSettings
from domain.whole_files import unfinished
from gnn.card.calibration import Calibration, calibrate
from gnn.card.card import FeatureNames
from gnn.history.column_moments import column_moments
from gnn.history.dataset import EXTRACT_ROWS, EventColumns, dataset_of
from gnn.history.ego_graphs import Blank, BlankedStore, EgoGraphs, EgoGraphStore, columns_of
from gnn.history.event_labels import EventLabels
from gnn.history.first_pass import PROGRESS_LINES, HistoryError, Progress
from gnn.history.replay import Replay, ReplayCounts, count_lines
from gnn.history.train_settings import FINAL, TrainSettings
from gnn.history.unseen import NOT_ACTED, Acted
from gnn.network.repeatable import repeatable
from gnn.scoring.model import Fitted, Model
from gnn.training.needed import check_needed
from gnn.training.training import fit

_SCORED = pa.schema([
    ("fold", pa.string()), ("event_id", pa.string()), ("event_time", pa.int64()), ("score", pa.float64()), ("label", pa.int8()),
])  # fmt: skip


@dataclass(frozen=True)
class Fold:
    """Half-open periods in ms since 1970: one to learn from, one to score. Training happens when the second
    begins.
    """

    name: str
    train_from_ms: int
    train_to_ms: int
    test_from_ms: int
    test_to_ms: int

    @classmethod
    def of(cls, name: str, start_ms: int, train_s: float, delay_s: float, test_s: float) -> Fold:
        """Make a fold whose training begins at `start_ms`.

        Its test period begins `delay_s` after the end of the training.
        """
        train_to_ms = start_ms + round(train_s * 1000)
        test_from_ms = train_to_ms + round(delay_s * 1000)
        return cls(name, start_ms, train_to_ms, test_from_ms, test_from_ms + round(test_s * 1000))


@dataclass(frozen=True)
class Candidate:
    """A model to train once per fold, and the table for its scores.

    The period and the split of `settings` are not used: the folds say both. With `labels: final` it learns
    from the labels that the end of the files knows, otherwise from those that have come when the test
    begins.
    """

    settings: TrainSettings
    out: Path
    without: tuple[str, ...] = ()
    """Feature groups (`Feature.group`) that it does not see."""


@dataclass(frozen=True)
class BacktestReport:
    """Events scored per fold, and what the replay counted."""

    scored: dict[str, int]
    counts: ReplayCounts
    unknown: int = 0
    """Of the scored ones left out of the tables: they were kept from happening, and no label tells."""


def backtest(
    candidates: Sequence[Candidate],
    graph: GraphSettings,
    events: Sequence[Path],
    folds: Sequence[Fold],
    parser: EventParser,
    progress: Progress,
    acted: Acted = NOT_ACTED,
) -> BacktestReport:
    """Write a table per candidate, Parquet: fold, event_id, event_time (ms), score, label (0 or 1, as known
    at the end of the files).

    Events whose outcome `acted` hides, and no label tells, are neither learnt nor in the tables.

    All see the same replay. Raises `HistoryError` when a fold has nothing to learn from or to score. Memory
    holds the living entities and the labelled frauds; the training periods and the scores lie in temporary
    files.
    """
    for one in candidates:
        check_needed(one.settings.model)
    labels, lines = EventLabels(), count_lines(events)
    final = EventLabels.read(events, parser, progress) if any(one.settings.labels == FINAL for one in candidates) else labels
    replay = Replay(graph, parser, on_label=labels.take)
    extractor = FeatureExtractor(graph)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        runs = [
            _FoldRun(fold, [folder / f"{number}-{place}.parquet" for place in range(len(candidates))], extractor, acted)
            for number, fold in enumerate(folds)
        ]
        for run in runs:
            stack.callback(run.close)
        waiting: list[tuple[Event, bytes]] = []
        for event, trail in _counted(replay, events, lines, progress):
            due = [run for run in runs if not run.trained and event.time_ms >= run.fold.test_from_ms]
            if due or len(waiting) == EXTRACT_ROWS:
                _deal(waiting, runs, extractor)
                for run in due:  # before the labels that come after this event
                    run.train(candidates, extractor, (labels, final), progress)
            if any(run.wants(event.time_ms) for run in runs):
                waiting.append((event, trail))
        _deal(waiting, runs, extractor)
        scored = {run.fold.name: run.finish() for run in runs}
        unknown = [_join(one.out, (run.paths[place] for run in runs), labels, acted) for place, one in enumerate(candidates)]
    return BacktestReport(scored, replay.counts, unknown[0])


@dataclass(frozen=True)
class _Trained:
    model: Model
    calibration: Calibration
    blank: Blank | None

    def score(self, graphs: EgoGraphs) -> NDArray[np.float64]:
        return self.calibration.probability(self.model.margins(graphs if self.blank is None else graphs.without(self.blank)))


class _FoldRun:
    """One fold in progress: gathers its training period, trains, then scores its test period, a file per
    candidate.
    """

    def __init__(self, fold: Fold, paths: Sequence[Path], extractor: FeatureExtractor, acted: Acted) -> None:
        self.fold, self.paths, self._acted = fold, paths, acted
        self.trained: list[_Trained] = []
        self._graphs, self._columns = EgoGraphStore(extractor), EventColumns()
        schema = _SCORED.append(pa.field("subject", pa.uint64()))
        self._writers = [pq.ParquetWriter(path, schema) for path in paths]
        self._scored = 0

    def wants(self, time_ms: int) -> bool:
        return self._learns(time_ms) or self._scores(time_ms)

    def _learns(self, time_ms: int) -> bool:
        return not self.trained and self.fold.train_from_ms <= time_ms < self.fold.train_to_ms

    def _scores(self, time_ms: int) -> bool:
        return bool(self.trained) and self.fold.test_from_ms <= time_ms < self.fold.test_to_ms

    def take(self, events: Sequence[Event], batch: FeatureBatch) -> None:
        learnt = np.flatnonzero([self._learns(event.time_ms) for event in events])
        if len(learnt):
            self._graphs.append(batch[learnt])
            for row in learnt:
                self._columns.add(events[row], self._acted.weights.get(events[row].identity, 1.0))
        rows = np.flatnonzero([self._scores(event.time_ms) for event in events])
        if len(rows):
            self._score([events[row] for row in rows], batch[rows])

    def train(
        self, candidates: Sequence[Candidate], extractor: FeatureExtractor, labels: tuple[EventLabels, EventLabels], progress: Progress
    ) -> None:
        """Train all candidates. `labels` are those known now, and those that the end of the files knows."""
        if not len(self._graphs):
            raise HistoryError(f"fold {self.fold.name}: no event lies in its training period; give another --fold or a longer --train")
        named = self._named(progress)
        known, final = ((of.frauds(self._columns.identities), of.tells(self._acted, self._columns.identities)) for of in labels)
        names = FeatureNames.of(extractor)
        done: dict[tuple[str, ...], dict[TrainSettings, Fitted]] = {}
        for candidate in candidates:
            fraud, told = final if candidate.settings.labels == FINAL else known
            blank = columns_of(extractor, candidate.without) if candidate.without else None
            graphs = self._graphs if blank is None else BlankedStore(self._graphs, blank)
            try:
                dataset = dataset_of(graphs, self._columns, fraud, candidate.settings, ReplayCounts(), told)
            except HistoryError as why:
                raise HistoryError(f"fold {self.fold.name}: {why}") from None
            named("measuring the inputs", 0, 0)
            with repeatable(candidate.settings.threads):
                fitted = fit(dataset, names, column_moments(dataset), candidate.settings, named, done.setdefault(candidate.without, {}))
                rows = dataset.validation
                calibration = calibrate(fitted.margins, dataset.fraud[rows], dataset.weight[rows])
            self.trained.append(_Trained(fitted.model, calibration, blank))
        self._graphs.close()

    def _named(self, progress: Progress) -> Progress:
        def named(phase: str, steps: int, total: int) -> None:
            progress(f"fold {self.fold.name}: {phase}", steps, total)

        return named

    def _score(self, events: Sequence[Event], batch: FeatureBatch) -> None:
        graphs = EgoGraphs.of(batch)
        ids, times = [event.event_id for event in events], [event.time_ms for event in events]
        rest = [np.zeros(len(events), np.int8), [event.identity for event in events]]
        for trained, writer in zip(self.trained, self._writers, strict=True):
            columns = [[self.fold.name] * len(events), ids, times, trained.score(graphs), *rest]
            writer.write_batch(pa.record_batch(columns, schema=writer.schema))
        self._scored += len(events)

    def finish(self) -> int:
        """Close the files and return the number of scored events."""
        if not self._scored:
            raise HistoryError(f"fold {self.fold.name}: no event lies in its test period; give an earlier --fold or a longer history")
        self._close_writers()
        return self._scored

    def close(self) -> None:
        self._close_writers()
        self._graphs.close()

    def _close_writers(self) -> None:
        for writer in self._writers:
            writer.close()


def _counted(replay: Replay, files: Sequence[Path], lines: int, progress: Progress) -> Iterator[tuple[Event, bytes]]:
    for number, pair in enumerate(replay.run(files)):
        if number % PROGRESS_LINES == 0:
            progress("replaying", replay.counts.lines, lines)
        yield pair


def _deal(waiting: list[tuple[Event, bytes]], runs: Sequence[_FoldRun], extractor: FeatureExtractor) -> None:
    """Turn the waiting trails into matrices, once for all folds that want them."""
    if waiting:
        batch = extractor.extract([trail for _, trail in waiting])
        for run in runs:
            run.take([event for event, _ in waiting], batch)
        waiting.clear()


def _join(out: Path, parts: Iterable[Path], labels: EventLabels, acted: Acted) -> int:
    """Write the scores of all folds with their labels into one file, whole or not at all; return how many are
    left out as unknown.
    """
    unknown = 0
    with unfinished(out) as (made,), pq.ParquetWriter(made, _SCORED) as writer:
        for batch in chain.from_iterable(pq.ParquetFile(part).iter_batches() for part in parts):
            told = labels.tells(acted, batch["subject"].to_pylist())
            unknown += int((~told).sum())
            batch = batch.filter(pa.array(told))
            label = labels.frauds(batch["subject"].to_pylist()).astype(np.int8)
            columns = [*(batch[name] for name in _SCORED.names[:-1]), pa.array(label)]
            writer.write_batch(pa.record_batch(columns, schema=_SCORED))
    return unknown
