"""What is known of the events: a Parquet or CSV table, or the events themselves with their labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.dataset as ds

from domain.file_order import natural_key
from domain.graph import LABEL
from gnn.evaluation.columns import CATEGORY, by_account, has_duplicates, json_lines, table_of
from gnn.evaluation.errors import EvaluationError

_REQUIRED = ("event_id", "is_fraud")
_TEXTS = ("event_id", "event_type", "account_id", "ring_id", "ring_kind", "segment")
_CATEGORIES = _TEXTS[1:]
_COLUMNS = (*_TEXTS, "is_fraud", "event_time", "member")
_LINES = pa.schema(
    [("event_id", pa.string()), ("is_fraud", pa.bool_()), *((name, CATEGORY) for name in _CATEGORIES[:2]), ("source", CATEGORY)]
)


def read_truth(path: Path) -> pa.Table:
    """Return one row per event: no two have one account_id and one event_id. Raises `EvaluationError`.

    Columns: event_id (text), is_fraud (bool), and of these what there is: event_time (ms since 1970),
    event_type, account_id, ring_id, ring_kind, segment (texts), member (number), labelled (bool).

    A file ending in .jsonl (or a folder of them) holds events and label events: an event is fraud if the
    last label about it in the file says so that its source has not withdrawn. Otherwise it is Parquet, a
    folder of Parquet files, or a .csv file.
    """
    if path.suffix == ".jsonl" or (path.is_dir() and any(path.glob("*.jsonl"))):
        return _labelled_events(path)
    if not path.exists():
        raise EvaluationError(f"{path} does not exist: name a Parquet or .csv table of the truth, or the .jsonl file of the events")
    known = _columns(path)
    if has_duplicates(by_account(known) if "account_id" in known.column_names else known["event_id"]):
        raise EvaluationError(f"{path} names an event twice: which of the two is true? Events are told apart by account_id and event_id")
    return known


def _columns(path: Path) -> pa.Table:
    kind = "CSV" if path.suffix == ".csv" else "Parquet"
    try:
        found = ds.dataset(str(path), format=_csv() if kind == "CSV" else _parquet())
        for name in _REQUIRED:
            if name not in found.schema.names:
                raise EvaluationError(f"{path} has no column {name}")
        table = found.to_table(columns=[name for name in _COLUMNS if name in found.schema.names])
    except EvaluationError:
        raise
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path} is not a readable {kind} file: {error}") from None
    return pa.table({name: _typed(name, table[name], path) for name in table.column_names})


def _parquet() -> ds.ParquetFileFormat:
    return ds.ParquetFileFormat(read_options=ds.ParquetReadOptions(dictionary_columns=set(_CATEGORIES)))


def _csv() -> ds.CsvFileFormat:
    """Return the format in which names stay texts, also where they look like numbers.

    An empty field is no value.
    """
    texts = {"event_id": pa.string(), **dict.fromkeys(_CATEGORIES, CATEGORY)}
    return ds.CsvFileFormat(convert_options=pa.csv.ConvertOptions(column_types=texts, strings_can_be_null=True))


def _typed(name: str, column: pa.ChunkedArray, path: Path) -> pa.ChunkedArray:
    if name == "is_fraud":
        return _flags(column, path)
    try:
        if name == "event_time":
            return _time_ms(column)
        if name in _CATEGORIES:
            return column if column.type == CATEGORY else column.cast(pa.string()).dictionary_encode()
        return column.cast(pa.string() if name == "event_id" else pa.float64())
    except (ValueError, NotImplementedError):
        wanted = "times (ms since 1970 or RFC 3339)" if name == "event_time" else "texts" if name in _TEXTS else "numbers"
        raise EvaluationError(f"{path}: column {name} must hold {wanted}, not {column.type}") from None


def _flags(column: pa.ChunkedArray, path: Path) -> pa.ChunkedArray:
    plain = pa.types.is_boolean(column.type) or pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    values = column.to_numpy() if plain and not column.null_count else np.array([None])
    if not np.isin(values, (0, 1)).all():
        raise EvaluationError(f"{path}: column is_fraud must hold true or false in every row")
    return pa.chunked_array([pa.array(values.astype(bool))])


def _time_ms(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return times as ms since 1970; those without a zone are UTC."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = pa.chunked_array([pa.array(pd.to_datetime(column.to_pandas(), utc=True, format="ISO8601"))])
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ms", column.type.tz), safe=False)
    return column.cast(pa.int64(), safe=False)


def _labelled_events(path: Path) -> pa.Table:
    files = sorted(path.glob("*.jsonl"), key=natural_key) if path.is_dir() else [path]
    if not files[0].exists():
        raise EvaluationError(f"{path} does not exist: name the file of the events and their labels")
    lines = table_of(_lines(files), _LINES)
    is_label = pc.equal(lines["event_type"].cast(pa.string()), LABEL)
    events, verdicts = lines.filter(pc.invert(is_label)), lines.filter(is_label)
    if not len(events):
        raise EvaluationError(f"{path} holds no events, only labels or nothing: name the events that were scored")
    # an account's repeated id is a duplicate, which the job drops
    ids = by_account(events)
    events = events.filter(pc.equal(pc.index_in(ids, value_set=ids), pa.array(np.arange(len(events)))))
    # where no two accounts share an id, a label may name its account by a pseudonym
    key = by_account if has_duplicates(events["event_id"]) else _by_id
    standing = _standing(verdicts, key)
    fraud = standing["is_fraud"].take(pc.index_in(key(events), value_set=key(standing)))
    events = events.drop_columns(["source"])
    return events.set_column(1, "is_fraud", pc.fill_null(fraud, False)).append_column("labelled", pc.is_valid(fraud))


def _by_id(events: pa.Table) -> pa.ChunkedArray:
    return events["event_id"]


def _standing(verdicts: pa.Table, key: Callable[[pa.Table], pa.ChunkedArray]) -> pa.Table:
    """Return the last label of each event, without those that their source withdrew."""
    last: dict[str, int] = {}
    said, sources = verdicts["is_fraud"].to_pylist(), verdicts["source"].to_pylist()
    for row, subject in enumerate(key(verdicts).to_pylist()):
        if said[row] is not None:
            last[subject] = row
        elif subject in last and sources[last[subject]] in (None, sources[row]):
            del last[subject]
    return verdicts.take(pa.array(list(last.values()), pa.int64()))


def _lines(files: list[Path]) -> Iterator[tuple[Any, ...]]:
    """Yield (event id, or that of a label's subject; the label; type; account; source) of every line.

    A label of null withdraws. An account that is given by its pseudonym counts by that.
    """
    for file, number, document in json_lines(files):
        document = document if isinstance(document, dict) else {}
        is_label = document.get("event_type") == LABEL
        if document.get("account_id") is None and isinstance(document.get("pseudonyms"), dict):
            document["account_id"] = document["pseudonyms"].get("account")
        names = ("subject_event_id" if is_label else "event_id", "event_type", "account_id")
        missing = [name for name in names if not isinstance(document.get(name), str)]
        if is_label and not isinstance(document.get("is_fraud", ""), bool | None):
            missing.append("is_fraud")
        if missing:
            raise EvaluationError(f"{file}, line {number}: no event, {missing[0]} is missing; ringwatch import makes events of tables")
        event_id, event_type, account = (document[name] for name in names)
        source = document.get("source") if is_label else None
        yield (
            event_id,
            document["is_fraud"] if is_label else None,
            event_type,
            account,
            source if isinstance(source, str) and source else None,
        )
