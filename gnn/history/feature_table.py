"""The table of features: what a model sees of each event, with the label that the event got later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from domain.errors import SettingError
from domain.events.event import Event
from domain.events.identity import MISSING, as_text
from domain.events.parser import EventParser
from domain.features.extractor import FEATURE_VERSION, FeatureExtractor
from domain.graph import EVENT_TYPES, GraphSettings
from domain.whole_files import unfinished
from gnn.history.event_labels import EventLabels
from gnn.history.first_pass import Progress
from gnn.history.rejections import Rejections
from gnn.history.replay import Replay, ReplayCounts

BATCH_ROWS = 1024  # trails turned into columns at once: below that numpy's overhead per call shows
GROUP_ROWS = 16 * BATCH_ROWS  # rows of a row group: some 15 MB of features before compression
_TIME = pa.timestamp("ms", tz="UTC")
_TYPES = pa.dictionary(pa.int32(), pa.string())  # as Parquet gives it back
_TYPE_NAMES = pa.array(EVENT_TYPES)


@dataclass(frozen=True)
class Period:
    """A half-open period in ms since 1970; None is an open end."""

    from_ms: int | None = None
    to_ms: int | None = None

    def holds(self, time_ms: int) -> bool:
        """Return whether a time lies in the period."""
        return (self.from_ms is None or time_ms >= self.from_ms) and (self.to_ms is None or time_ms < self.to_ms)


class FeatureTable:
    """One row per scored event, in the order of the files; read once, batch by batch.

    Columns: `event_id`, `event_time` (UTC), `event_type`, the pseudonym of each entity kind of the graph's
    stages (null where the event has none), `amount`, `currency`; then `is_fraud` and `label_time`, which the
    end of the files knows (null without a label); then the model's inputs by name (float32), as `ringwatch
    check --features` lists them.

    The inputs of a row follow from the lines before it alone. Labels are read first; memory holds them, the
    living entities and one batch.
    """

    def __init__(self, graph: GraphSettings, parser: EventParser, files: Sequence[Path], period: Period, progress: Progress) -> None:
        """Take what the table is made of.

        Raise SettingError if two features would have one name, OSError for a file that cannot be read.
        """
        self.rejections = Rejections()
        self.rows = self.frauds = self.legitimate = 0
        """Rows so far, and how many of them have a label of each kind."""
        self.first_ms = self.last_ms = 0
        """Earliest and latest event of the rows so far."""
        self._extractor, self._graph, self._period, self._progress = FeatureExtractor(graph), graph, period, progress
        self.schema = _schema(graph, self._extractor)
        self._replay = Replay(graph, parser, on_rejected=self.rejections.take)
        self._labels = EventLabels.read(files, parser, progress)
        self._files = files

    @property
    def counts(self) -> ReplayCounts:
        """What became of the lines read so far."""
        return self._replay.counts

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows, at most `BATCH_ROWS` at once. May be called once."""
        chosen = (pair for pair in self._replay.run(self._files) if self._period.holds(pair[0].time_ms))
        while pairs := list(islice(chosen, BATCH_ROWS)):
            yield self._batch([event for event, _ in pairs], [trail for _, trail in pairs])
            self._progress("computing features", self.counts.lines, self._labels.lines)

    def _batch(self, events: Sequence[Event], trails: Sequence[bytes]) -> pa.RecordBatch:
        inputs = np.ascontiguousarray(self._extractor.extract(trails).flat().T)
        columns = [*self._described(events), *self._labelled(events), *map(pa.array, inputs)]
        self._count(events)
        return pa.record_batch(columns, schema=self.schema)

    def _described(self, events: Sequence[Event]) -> Iterator[pa.Array]:
        yield pa.array([event.event_id for event in events])
        yield pa.array([event.time_ms for event in events], _TIME)
        yield pa.DictionaryArray.from_arrays(pa.array([event.type_code for event in events], pa.int32()), _TYPE_NAMES)
        for stage in range(len(self._graph.stages)):
            keys = (event.key(stage) for event in events)
            yield pa.array([None if key == MISSING else as_text(key) for key in keys], pa.string())
        yield pa.array([event.amount for event in events], pa.float64(), from_pandas=True)  # NaN: no amount
        yield pa.array([event.currency or None for event in events], pa.string())

    def _labelled(self, events: Sequence[Event]) -> Iterator[pa.Array]:
        labels = [self._labels.of(event.identity) for event in events]
        known = [label[0] for label in labels if label]
        self.frauds += sum(known)
        self.legitimate += len(known) - sum(known)
        yield pa.array([label[0] if label else None for label in labels], pa.bool_())
        yield pa.array([label[1] if label else None for label in labels], _TIME)

    def _count(self, events: Sequence[Event]) -> None:
        times = [event.time_ms for event in events]
        self.first_ms = min(times) if not self.rows else min(self.first_ms, *times)
        self.last_ms = max(self.last_ms, *times)
        self.rows += len(events)


def write_features(table: FeatureTable, out: Path) -> None:
    """Write the table as Parquet, whole or not at all, in row groups of `GROUP_ROWS`.

    Each feature's field carries its unit and its meaning as metadata. Raises SettingError unless `out` ends
    in `.parquet`.
    """
    check_target(out)
    with unfinished(out) as (made,), pq.ParquetWriter(made, table.schema, compression="zstd") as writer:
        batches = table.batches()
        while group := list(islice(batches, GROUP_ROWS // BATCH_ROWS)):
            writer.write_table(pa.Table.from_batches(group), row_group_size=GROUP_ROWS)


def check_target(out: Path) -> None:
    """Raise SettingError unless the name ends in `.parquet`."""
    if out.suffix != ".parquet":
        raise SettingError(
            f"--out {out}: features are written as Parquet, which keeps types and missing values; give a name that ends in .parquet"
        )


def _schema(graph: GraphSettings, extractor: FeatureExtractor) -> pa.Schema:
    described = [("event_id", pa.string()), ("event_time", _TIME), ("event_type", _TYPES)]
    described += [(kind, pa.string()) for kind in graph.stages]
    described += [("amount", pa.float64()), ("currency", pa.string()), ("is_fraud", pa.bool_()), ("label_time", _TIME)]
    features = [
        pa.field(feature.name, pa.float32(), metadata={"unit": feature.unit, "text": feature.text}) for feature in extractor.flat_features
    ]
    return pa.schema([*map(pa.field, *zip(*described, strict=True)), *features], metadata={"feature_version": str(FEATURE_VERSION)})
