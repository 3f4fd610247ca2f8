"""From a batch of table rows to lines of JSON: events, and the labels that belong to them.

Lines are put together column by column in Arrow; no Python object is made per row.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.events.event import FUTURE_MS
from domain.graph import LABEL
from gnn.table_import.mapping import LabelColumn
from gnn.table_import.rows.batch import RowBatch
from gnn.table_import.rows.labels import Labels, read_labels
from gnn.table_import.rows.losses import Loss, kept, losses
from gnn.table_import.rows.mapping_values import attributes, entities, event_types, money, types_by_sign
from gnn.table_import.rows.repeats import row_hashes
from gnn.table_import.sort import Lines
from gnn.table_import.values.columns import as_text, json_field, json_object, quoted, with_null


@dataclass(frozen=True)
class Encoded:
    """The lines of one batch, bad rows left out, and what was counted on the way."""

    events: Lines
    labels: Lines
    types: Counter[str]
    """Events by type."""
    frauds: int
    left_out: Counter[str]
    """Rows and labels left out although nothing is wrong with them, by reason."""
    losses: dict[str, Loss]
    """Bad rows by reason."""
    kept: Loss
    """The other rows."""


def encode(batch: RowBatch, first_sequence: int) -> Encoded:
    """Return the lines of a batch; its faults are in `batch.faults`. Raises `ColumnError`.

    Row r of the batch has place 2 (first_sequence + r) among lines of the same time, its label the place
    after.
    """
    mapping = batch.mapping
    ids, time, who = batch.event_ids(), batch.time(mapping.event_time, required=True), entities(batch)
    batch.watch.clocks.see(time)
    batch.watch.half_days.see(time)
    types = types_by_sign(batch, event_types(batch))
    events = _event_lines(batch, ids, types, time, who)
    labels = None if mapping.label is None else read_labels(mapping.label, batch.column, time, batch.faults)
    if labels is not None:
        batch.watch.labels(labels.neither, labels.reported, time)
    keep, left_out = ~batch.faults.bad(), Counter[str]()
    is_fraud = None if labels is None else labels.is_fraud
    lost, good = losses(batch, types, is_fraud), kept(batch, types, is_fraud)
    if mapping.label is not None and labels is not None and mapping.label.only_known:
        known = _mask(pc.is_valid(labels.is_fraud))
        left_out["rows without a known label"] = int((keep & ~known).sum())
        keep &= known
    places = 2 * (first_sequence + np.arange(len(keep)))
    _see_totals(batch, ids, keep)
    batch.watch.repeats.see(_hashes(batch, ids, time, who)[keep])
    picked, by_type = _pick(events, time, places, keep), _counted(types.filter(pa.array(keep)))
    if mapping.label is None or labels is None:
        return Encoded(picked, Lines.none(), by_type, 0, +left_out, lost, good)
    due = _mask(pc.less_equal(labels.known_at, batch.now_ms + FUTURE_MS))
    left_out["labels that only become known in the future"] = int((keep & ~due & _mask(pc.is_valid(labels.known_at))).sum())
    due &= keep
    lines = _label_lines(batch, mapping.label, labels, ids, who)
    frauds = int((due & _mask(labels.is_fraud)).sum())
    return Encoded(picked, _pick(lines, labels.known_at, places + 1, due), by_type, frauds, +left_out, lost, good)


def _see_totals(batch: RowBatch, ids: pa.StringArray, keep: np.ndarray) -> None:
    names = [as_text(batch.column(name)) for name in batch.mapping.entities["account_id"].columns]
    names += [] if batch.mapping.event_id is None else [ids]
    batch.watch.totals.see(names, None if batch.mapping.amount is None else batch.amounts()[1], keep, batch.first_row)


def _hashes(batch: RowBatch, ids: pa.StringArray, time: pa.Int64Array, who: list[pa.StringArray]) -> np.ndarray:
    """Return the hash of each row's id, or of its time, entities and amount where its id is its place."""
    if batch.mapping.event_id is not None:
        return row_hashes([ids])
    amount = [] if batch.mapping.amount is None else [batch.amounts()[1].fill_null(0.0).to_numpy()]
    return row_hashes([time.fill_null(0).to_numpy(), *amount, *who])


def _counted(types: pa.StringArray) -> Counter[str]:
    return Counter({pair["values"]: pair["counts"] for pair in pc.value_counts(types).to_pylist()})


def _event_lines(
    batch: RowBatch, ids: pa.StringArray, types: pa.StringArray, time: pa.Int64Array, who: list[pa.StringArray]
) -> pa.StringArray:
    fields = [
        json_field("event_id", quoted(ids)),
        json_field("event_type", quoted(types)),
        json_field("event_time", time.cast(pa.string())),
        *who,
    ]
    fields += money(batch, types)
    if batch.mapping.account_created_at is not None:
        created = batch.time(batch.mapping.account_created_at, required=False)
        batch.watch.clocks.created(created, time)
        fields.append(with_null("account_created_at", created.cast(pa.string())))
    fields += attributes(batch)
    return json_object(fields)


def _label_lines(batch: RowBatch, spec: LabelColumn, labels: Labels, ids: pa.StringArray, who: list[pa.StringArray]) -> pa.StringArray:
    return json_object(
        [
            json_field("event_id", quoted(batch.label_ids(ids))),
            json_field("event_type", quoted(batch.constant(LABEL))),
            json_field("event_time", labels.known_at.cast(pa.string())),
            *who,
            json_field("subject_event_id", quoted(ids)),
            json_field("is_fraud", labels.is_fraud.cast(pa.string())),
            json_field("source", quoted(batch.constant(spec.source))),
        ]
    )


def _mask(array: pa.BooleanArray) -> np.ndarray:
    """Return the array as a mask; null counts as false."""
    return np.array(array.fill_null(False))


def _pick(lines: pa.StringArray, time: pa.Int64Array, places: np.ndarray, keep: np.ndarray) -> Lines:
    chosen = pa.array(keep)
    return Lines(time.filter(chosen).to_numpy(), places[keep], lines.filter(chosen))
