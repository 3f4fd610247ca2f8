"""What a label column says, and when that became known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from gnn.table_import.batch import unread
from gnn.table_import.columns import as_text
from gnn.table_import.errors import ColumnError
from gnn.table_import.faults import Faults
from gnn.table_import.mapping import LabelColumn, TimeColumn
from gnn.table_import.times import as_millis, is_time

FRAUD = ("1", "true", "t", "yes", "y", "fraud", "fraudulent", "chargeback")
LEGITIMATE = ("0", "false", "f", "no", "n", "legit", "legitimate", "genuine")
UNKNOWN = ("unknown", "unlabelled", "unlabeled", "pending", "?", "-1")
_DATE = r"^\d{4}-\d\d-\d\d"


@dataclass(frozen=True)
class Labels:
    """What the table says of each row, and when that was known."""

    is_fraud: pa.BooleanArray
    """Null where unknown."""
    known_at: pa.Int64Array
    """UTC milliseconds, never before the event; null where `is_fraud` is."""


def read_labels(spec: LabelColumn, column: Callable[[str], pa.Array], event_time: pa.Int64Array, faults: Faults) -> Labels:
    """Return the labels of a batch.

    `column` gives a cleaned column by name, `event_time` is in UTC milliseconds.
    """
    time, name = spec.time, spec.column
    if name is not None and is_time(column(name)):
        time, name = TimeColumn(name, time_zone=None if spec.time is None else spec.time.time_zone), None
    reported = _reported(time, column, faults)
    later = pc.add(event_time, pa.scalar(spec.delay_ms, pa.int64()))
    if name is None:
        if spec.delay_ms is None:
            raise ColumnError(f"column {spec.column!r} holds times; add label.delay, after which no report means no fraud")
        is_fraud = pc.is_valid(reported)
    else:
        is_fraud = _meant(name, column(name), spec.positive, faults)
    known_at = pc.coalesce(reported, later)
    if time is not None and spec.delay_ms is None:
        faults.add(time.column, "is empty in a labelled row; add label.delay for such rows", _undated(is_fraud, known_at))
    known_at = pc.if_else(pc.is_valid(is_fraud), pc.max_element_wise(known_at, event_time), None)
    return Labels(is_fraud, known_at)


def _reported(time: TimeColumn | None, column: Callable[[str], pa.Array], faults: Faults) -> pa.Int64Array:
    """Return the times that the table itself gives, null elsewhere."""
    if time is None:
        return pa.scalar(None, pa.int64())
    raw = column(time.column)
    reported = as_millis(raw, time)
    faults.add(time.column, "is no time; mend it or set label.time_column.format", unread(raw, reported), raw)
    return reported


def _meant(name: str, raw: pa.Array, positive: tuple[str, ...], faults: Faults) -> pa.BooleanArray:
    words = pc.replace_substring_regex(pc.utf8_lower(as_text(raw)), r"^([01])\.0$", r"\1")
    if positive:
        return pc.if_else(pc.is_valid(words), pc.is_in(words, pa.array(positive)), None)
    fraud, legitimate = pc.is_in(words, pa.array(FRAUD)), pc.is_in(words, pa.array(LEGITIMATE))
    strange = pc.invert(pc.or_(pc.or_(fraud, legitimate), pc.is_in(words, pa.array((*UNKNOWN, None), pa.string()))))
    dates = pc.and_(strange, pc.match_substring_regex(words, _DATE))
    faults.add(name, "is a date; name the column as label.time_column, alone, if it says when fraud was reported", dates, raw)
    faults.add(name, "is neither fraud nor legitimate; list the values that mean fraud in label.positive", strange, raw)
    return pc.if_else(pc.or_(fraud, legitimate), fraud, None)


def _undated(is_fraud: pa.BooleanArray, known_at: pa.Int64Array) -> pa.BooleanArray:
    return pc.and_(pc.is_valid(is_fraud), pc.is_null(known_at))
