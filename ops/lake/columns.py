"""Columns of the lake's tables: a field of a document each, of one of a few kinds, as an Arrow array."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from domain.json_text import as_json

Values = Sequence[Any]
WRONG = (pa.ArrowException, TypeError, ValueError, OverflowError, AttributeError, RecursionError)
"""What a value raises that a column cannot hold; ValueError is also that of text that is none."""
MOMENT = pa.timestamp("us", "UTC")
_EARLIEST_MS, _LATEST_MS = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999: what readers of tables can show."""


@dataclass(frozen=True)
class Kind:
    """A kind of column: its Arrow type, and what makes an array of values or raises one of `WRONG`."""

    type: pa.DataType
    array: Callable[[Values], pa.Array]


@dataclass(frozen=True)
class Column:
    """A column and the field that it holds; every column may be null."""

    name: str
    kind: Kind

    def taken(self, documents: Sequence[dict[str, Any]]) -> pa.Array:
        """Return the field of all documents, which lose it; what the column cannot hold stays there."""
        values = [document.pop(self.name, None) for document in documents]
        try:
            return self.kind.array(values)
        except WRONG:
            return self.kind.array([self._kept(value, document) for value, document in zip(values, documents, strict=True)])

    def _kept(self, value: Any, document: dict[str, Any]) -> Any:
        try:
            self.kind.array([value])
        except WRONG:
            document[self.name] = value
            return None
        return value


def _plain(kind: pa.DataType) -> Kind:
    return Kind(kind, lambda values: pa.array(values, kind))


def _texts(values: Values) -> pa.Array:
    return pa.array(values, pa.string())


def _moments(values: Values) -> pa.Array:
    """Return ms since 1970 as moments; a number of another kind is refused."""
    numbers = pa.array(values, pa.int64())
    if any(value is not None and not _EARLIEST_MS <= value <= _LATEST_MS for value in values):
        raise ValueError("no time of the calendar")
    return numbers.cast(pa.timestamp("ms", "UTC")).cast(MOMENT)


def _json(values: Values) -> pa.Array:
    """Return values as JSON; one that says nothing, `[]` or `{}`, is null."""
    return pa.array([None if value is None or value == [] or value == {} else as_json(value) for value in values], pa.string())


def _pairs(values: Values) -> pa.Array:
    """Return objects of texts as maps."""
    return pa.array([None if value is None else list(_object(value).items()) for value in values], _MAP)


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("no object")
    return value


_MAP = pa.map_(pa.string(), pa.string())
TEXT, NUMBER, COUNT, FLAG, FEATURE = map(_plain, (pa.string(), pa.float64(), pa.int64(), pa.bool_(), pa.float32()))
MOMENTS, JSON, PAIRS = Kind(MOMENT, _moments), Kind(pa.string(), _json), Kind(_MAP, _pairs)
