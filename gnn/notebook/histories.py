"""Histories of events: made, imported, read, and as tables of features."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from domain.events.event import Event, Rejected
from domain.events.exchange_rates import USUAL_CURRENCY, CurrencySettings
from domain.events.identity import USUAL, IdentitySettings
from domain.events.unreadable import is_blank
from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from domain.wording import counted
from gnn.history.event_labels import EventLabels
from gnn.history.feature_table import FeatureTable, Period, write_features
from gnn.history.first_pass import Progress
from gnn.history.rejections import Rejections
from gnn.history.replay import event_lines
from gnn.history.simulated_files import write_simulation
from gnn.notebook.inputs import Paths, Time, files_of, parser_of, quiet, target_of, time_ms
from gnn.table_import import ImportReport, load_mapping
from gnn.table_import import import_tables as _import_tables


class SimulatedHistory(NamedTuple):
    """The files of a simulation."""

    events: Path
    """Events and labels, JSON lines."""
    truth: Path
    """Parquet: what is fraud, of which ring; some of it never gets a label."""


def simulate(out: str | Path, *, events: int = 20_000, seed: int = 1, days: float | None = None) -> SimulatedHistory:
    """Write a simulated shop's events with fraud rings, and the truth about them.

    Args:
        out: folder; `events.jsonl` and `truth.parquet` are written there.
        events: number of events; labels come on top.
        seed: the same seed gives the same bytes.
        days: span of the traffic; None: it follows from the number of events.

    Returns:
        The two paths, as `(events, truth)`.

    Raises:
        SettingError: a number that cannot be simulated.

    >>> events, truth = gnn.simulate("shop", events=20_000)  # doctest: +SKIP
    """
    folder = Path(out)
    write_simulation(events, seed, folder, days=days)
    return SimulatedHistory(folder / "events.jsonl", folder / "truth.parquet")


def import_tables(mapping: str | Path, tables: Paths, out: str | Path) -> ImportReport:
    """Turn tables (CSV, Parquet) into a file of events and labels in time order.

    Args:
        mapping: YAML file that says which column means what; see docs/mapping.md.
        tables: one table or several.
        out: the file of events to write.

    Returns:
        The counts: rows, events, labels, frauds, and rows left out by reason.

    Raises:
        TableError: a mapping or table that cannot be read; the message names the row and the column.

    >>> gnn.import_tables("cards.yaml", "cards.parquet", "events.jsonl").frauds  # doctest: +SKIP
    """
    files = files_of(tables)
    target = target_of(out, mapping=[Path(mapping)], tables=files)
    return _import_tables(load_mapping(Path(mapping)), files, target)


def read_events(events: Paths, *, graph: GraphSettings | None = None) -> pd.DataFrame:
    """Read event files as a table, one row per valid event, the latest label of the files beside it.

    Args:
        events: files of JSON lines, in time order.
        graph: decides which attributes are checked as numbers; None: the default graph.

    Returns:
        The fields as the events have them: `event_id`, `event_type`, `event_time` (UTC), the raw
            identifiers, `amount`, `currency`, one column `attributes.NAME` per attribute; then `is_fraud`
            and `label_time` (missing without a label). Repeated ids are dropped but for the first.
            `table.attrs["rejected"]` counts the lines that are no events, by field at fault; a warning names
            the first reason of each.

    Raises:
        FileNotFoundError: a file that does not exist.

    >>> gnn.read_events("shop/events.jsonl").groupby("event_type").amount.describe()  # doctest: +SKIP
    """
    files, parser = files_of(events), parser_of(graph or GraphSettings(), None)
    labels, rejections = EventLabels(), Rejections()
    rows: dict[int, tuple[Event, dict[str, Any]]] = {}
    for line in event_lines(files):
        try:
            event = parser.parse(line)
        except Rejected as why:
            if not is_blank(line):
                rejections.take(line, why)
            continue
        if event.is_label:
            labels.take(event)
        else:
            rows.setdefault(event.identity, (event, json.loads(line)))
    table = _event_table(list(rows.values()), labels)
    table.attrs["rejected"] = dict(rejections.fields)
    if rejected := rejections.fields.total():
        warnings.warn(f"{counted(rejected, 'line')} left out as no event: {'; '.join(rejections.words())}", stacklevel=2)
    return table


def _event_table(rows: Sequence[tuple[Event, dict[str, Any]]], labels: EventLabels) -> pd.DataFrame:
    attributes = [row.pop("attributes", None) or {} for _, row in rows]
    table = pd.DataFrame([row for _, row in rows])
    table["event_time"] = _times([event.time_ms for event, _ in rows])
    for name in dict.fromkeys(name for one in attributes for name in one):
        table[f"attributes.{name}"] = [one.get(name) for one in attributes]
    found = [labels.of(event.identity) for event, _ in rows]
    table["is_fraud"] = pd.array([label[0] if label else None for label in found], dtype="boolean")
    table["label_time"] = _times([label[1] if label else None for label in found])
    return table


def _times(times_ms: Sequence[int | None]) -> pd.Series:
    return pd.to_datetime(pd.Series(times_ms, dtype="Int64"), unit="ms", utc=True)


def feature_names(graph: GraphSettings | None = None) -> pd.DataFrame:
    """List the features: what a model reads of an event and of each of its entities.

    Args:
        graph: the graph whose entities and attributes count; None: the default graph.

    Returns:
        One row per feature, F in all, in the order of the columns of `features`: `name`, `group` (what
        `backtest` can leave out), `unit`, `text`.

    >>> gnn.feature_names().query("unit == 'distinct'")  # doctest: +SKIP
    """
    features = FeatureExtractor(graph or GraphSettings()).flat_features
    return pd.DataFrame([{"name": one.name, "group": one.group, "unit": one.unit, "text": one.text} for one in features])


def features(
    events: Paths,
    *,
    out: str | Path | None = None,
    since: Time | None = None,
    until: Time | None = None,
    graph: GraphSettings | None = None,
    key: str | None = None,
    identity: IdentitySettings = USUAL,
    currency: CurrencySettings = USUAL_CURRENCY,
    progress: Progress = quiet,
) -> pd.DataFrame:
    """Compute the table of features: what a model sees of each event, with the label that the event got
    later.

    A row follows from the lines before its event alone, so it may be split by time without a leak. A table
    is held in memory, about 1 kB an event; for a long history give `out`, which takes the memory of one row
    group.

    Args:
        events: files of JSON lines, in time order.
        out: a Parquet file to write in place of returning all rows; the first thousand are returned.
        since, until: rows of events of this time on, and before that time; earlier events fill the state.
        graph: the graph of the model to train; None: the default graph.
        key: key of the pseudonyms; None: the environment's RINGWATCH_PSEUDONYM_KEY.
        identity: which spellings are one entity, as the job's `identity` settings say.
        currency: in which currency amounts are compared, as the job's `currency` settings say.
        progress: called with (phase, done, total).

    Returns:
        N rows: `event_id`, `event_time`, `event_type`, a pseudonym per entity kind, `amount`, `currency`,
            `is_fraud` and `label_time` (missing without a label), then F float32 columns, named as in
            `feature_names`.

    Raises:
        FileNotFoundError: a file that does not exist.
        SettingError: `out` is no name of a Parquet file.

    >>> table = gnn.features("shop/events.jsonl")  # doctest: +SKIP
    >>> inputs, fraud = table[gnn.feature_names().name], table.is_fraud.fillna(False)  # doctest: +SKIP
    """
    graph = graph or GraphSettings()
    files, period = files_of(events), Period(time_ms(since), time_ms(until))
    target = None if out is None else target_of(out, events=files)
    table = FeatureTable(graph, parser_of(graph, key, identity, currency), files, period, progress)
    if target is None:
        return _frame(list(table.batches()), table.schema)
    write_features(table, target)
    return _frame(_first(target), table.schema)


def _first(path: Path) -> Sequence[pa.RecordBatch]:
    import pyarrow.parquet as pq

    return [batch for _, batch in zip(range(1), pq.ParquetFile(path).iter_batches(1000), strict=False)]


def _frame(batches: Sequence[pa.RecordBatch], schema: pa.Schema) -> pd.DataFrame:
    frame: pd.DataFrame = pa.Table.from_batches(batches, schema=schema).to_pandas()
    return frame.astype({"is_fraud": "boolean"})
