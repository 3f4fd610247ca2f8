"""JSON lines into typed columns, in chunks: only the columns that are read take memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.unpacked import open_unpacked
from gnn.evaluation.errors import EvaluationError

CHUNK = 50_000
CATEGORY = pa.dictionary(pa.int32(), pa.string())
"""Texts that repeat, kept once."""


def json_lines(files: Iterable[Path]) -> Iterator[tuple[Path, int, Any]]:
    """Yield (file, line number, document) of every line.

    Raises `EvaluationError` for a line that is not JSON in UTF-8.
    """
    for file in files:
        with open_unpacked(file) as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield file, number, json.loads(str(line, "utf-8"))
                except UnicodeDecodeError:
                    raise EvaluationError(f"{file}, line {number}: not UTF-8 text; is it a file of JSON lines?") from None
                except ValueError:  # also for integers of thousands of digits
                    raise EvaluationError(f"{file}, line {number}: not JSON; is the file complete?") from None


def table_of(rows: Iterable[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    """Return rows whose values fit the schema as a table; categories are the same in all its chunks."""
    rows, batches = iter(rows), []
    while chunk := list(islice(rows, CHUNK)):
        columns = [pa.array(values, field.type) for values, field in zip(zip(*chunk, strict=True), schema, strict=True)]
        batches.append(pa.RecordBatch.from_arrays(columns, schema=schema))
    return pa.Table.from_batches(batches, schema).unify_dictionaries()


def by_account(events: pa.Table) -> pa.ChunkedArray:
    """Return event ids with the ids of their accounts, for ids that are an account's own."""
    accounts = pc.fill_null(events["account_id"].cast(pa.string()), "")
    return pc.binary_join_element_wise(events["event_id"], accounts, "\0")


def codes(column: pa.ChunkedArray) -> np.ndarray:
    """Return a number from 0 for each distinct text of a column of `CATEGORY`, -1 for null; int32 [N]."""
    return np.array(pc.fill_null(column.unify_dictionaries().combine_chunks().indices, -1))


def has_duplicates(column: pa.ChunkedArray) -> bool:
    """Return whether any value is in the column more than once."""
    return int(pc.count_distinct(column, mode="all").as_py()) < len(column)
