"""What a label column says, and when that became known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from gnn.table_import.errors import ColumnError
from gnn.table_import.mapping import MISSING_WORDS, LabelColumn, TimeColumn
from gnn.table_import.rows.batch import unread
from gnn.table_import.rows.faults import Faults
from gnn.table_import.rows.spoilt_ids import check_errors
from gnn.table_import.values.columns import as_text, whole_number
from gnn.table_import.values.time_hints import time_mend
from gnn.table_import.values.times import is_time, read_times

FRAUD = ("1", "true", "t", "yes", "y", "fraud", "fraudulent", "chargeback")
LEGITIMATE = ("0", "false", "f", "no", "n", "legit", "legitimate", "genuine", "not fraud", "not_fraud", "non-fraud", "nonfraud", "notfraud")
UNKNOWN = ("unknown", "unlabelled", "unlabeled", "pending", "?", "-1")
_DATE = r"^\d{4}-\d\d-\d\d"


@dataclass(frozen=True)
class Labels:
    """What the table says of each row, and when that was known."""

    is_fraud: pa.BooleanArray
    """Null where unknown."""
    known_at: pa.Int64Array
    """UTC milliseconds, never before the event; null where `is_fraud` is."""
    neither: pa.StringArray
    """The values that are neither yes nor no, null elsewhere."""
    reported: pa.Int64Array
    """When the table itself says that the label was known; it may be before the event."""


def read_labels(spec: LabelColumn, column: Callable[[str], pa.Array], event_time: pa.Int64Array, faults: Faults) -> Labels:
    """Return the labels of a batch.

    `column` gives a cleaned column by name, `event_time` is in UTC milliseconds.
    """
    time, name = spec.time, spec.column
    if name is not None and is_time(column(name)):
        time, name = TimeColumn((name,), time_zone=None if spec.time is None else spec.time.time_zone, key="label.time_column"), None
    reported, neither = _reported(time, column, faults), pa.nulls(len(event_time), pa.string())
    later = pc.add(event_time, pa.scalar(spec.delay_ms, pa.int64()))
    if name is None:
        if spec.delay_ms is None:
            raise ColumnError(f"column {spec.column!r} holds times; add label.delay, after which no report means no fraud")
        is_fraud = pc.is_valid(reported)
    else:
        is_fraud, neither = _meant(name, column(name), spec, faults)
    known_at = pc.coalesce(reported, later)
    if time is not None and spec.delay_ms is None:
        faults.add(time.name, "is empty in a labelled row; add label.delay for such rows", _undated(is_fraud, known_at))
    known_at = pc.if_else(pc.is_valid(is_fraud), pc.max_element_wise(known_at, event_time), None)
    return Labels(is_fraud, known_at, neither, pc.if_else(pc.is_valid(is_fraud), reported, None))


def _reported(time: TimeColumn | None, column: Callable[[str], pa.Array], faults: Faults) -> pa.Int64Array:
    """Return the times that the table itself gives, null elsewhere."""
    if time is None:
        return pa.scalar(None, pa.int64())
    times = read_times(time, column)
    faults.add(time.name, "is no time", unread(times.raw, times.millis), times.raw, partial(time_mend, spec=time, column=times.raw))
    return times.millis


def _meant(name: str, raw: pa.Array, spec: LabelColumn, faults: Faults) -> tuple[pa.BooleanArray, pa.StringArray]:
    """Return what the values say, and those that say neither."""
    error = check_errors(name, raw, faults)
    raw = raw if error is None else pc.if_else(error, None, raw)
    words = pc.replace_substring_regex(pc.utf8_lower(as_text(raw)), r"^([+-]?\d{1,15})\.0+$", r"\1")
    fraud = pc.is_in(words, pa.array(spec.positive or FRAUD))
    if spec.negative is None:
        return pc.if_else(pc.is_valid(words), fraud, None), pa.nulls(len(words), pa.string())
    legitimate = pc.and_(pc.is_in(words, pa.array(spec.negative or LEGITIMATE)), pc.invert(fraud))
    known = pc.or_(fraud, legitimate)
    neither = pc.invert(pc.or_(known, pc.is_in(words, pa.array((*UNKNOWN, None), pa.string()))))
    dates = pc.and_(neither, pc.match_substring_regex(words, _DATE))
    faults.add(name, "is a date; name the column as label.time_column, alone, if it says when fraud was reported", dates, raw)
    return pc.if_else(known, fraud, None), pc.if_else(neither, as_text(raw), None)


def may_be_fraud(fields: Sequence[str], place: int, columns: int, spec: LabelColumn) -> bool:
    """Return whether a row with a wrong number of fields may be a fraud.

    Its label is looked for at its place from either end of the row. Where neither cell says legitimate, or,
    of a time of report, is empty, it may be one. A single field is a remark below the table, no row.
    """
    if len(fields) < 2:
        return False
    places = {place, len(fields) - columns + place}
    words = {whole_number(fields[at].strip().lower()) for at in places if 0 <= at < len(fields)}
    if spec.column is None:
        return words.isdisjoint(map(str.lower, MISSING_WORDS))
    if words & set(spec.positive or FRAUD):
        return True
    return not (words if spec.negative is None else words & {*(spec.negative or LEGITIMATE), *UNKNOWN})


def _undated(is_fraud: pa.BooleanArray, known_at: pa.Int64Array) -> pa.BooleanArray:
    return pc.and_(pc.is_valid(is_fraud), pc.is_null(known_at))
