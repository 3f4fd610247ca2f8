"""The first rows of any table as texts, read without a mapping, and what kind of values a column holds."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gnn.table_import.errors import ColumnError, TableError
from gnn.table_import.mapping import MISSING_WORDS
from gnn.table_import.tables.csv_layout import DELIMITERS, fields, is_data
from gnn.table_import.tables.table import first_line
from gnn.table_import.tables.table_text import NotTextError, TableText
from gnn.table_import.tables.tables import is_parquet
from gnn.table_import.tables.unpack import open_unpacked
from gnn.table_import.values.columns import as_text, clean

SAMPLE_ROWS = 1000
_SAMPLE_BYTES = 1 << 20
_PATTERNS = {
    "time": r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d([.,]\d+)?)?\s*(Z|z|UTC|GMT|utc|gmt|[+-]\d\d(:?\d\d)?)?)?",
    "slashed": r"\d{1,2}([/.-])\d{1,2}\1\d{4}(,?[ T]\d{1,2}:\d\d(:\d\d)?( ?[AaPp][Mm])?)?",
    "integer": r"[+-]?\d+(\.0)?",
    "number": r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?",
    "money": r"[$€£]\s?-?\d[\d,]*(\.\d+)?|-[$€£]\d[\d,]*(\.\d+)?",
    "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
}


@dataclass(frozen=True)
class Column:
    """One column of a sample."""

    name: str
    cells: tuple[str | None, ...]
    """A text for each row, None where it is missing."""

    @cached_property
    def values(self) -> tuple[str, ...]:
        """Return the texts that are not missing."""
        return tuple(cell for cell in self.cells if cell is not None)

    @property
    def rows(self) -> int:
        """Return how many rows the sample has."""
        return len(self.cells)

    @cached_property
    def kind(self) -> str:
        """Return the first kind that all values are of: one of the patterns, ip, text, or empty."""
        if not self.values:
            return "empty"
        for kind, pattern in _PATTERNS.items():
            if all(re.fullmatch(pattern, value) for value in self.values):
                return kind
        return "ip" if all(map(_is_ip, self.values)) else "text"

    @cached_property
    def distinct(self) -> int:
        """Return how many values differ."""
        return len(set(self.values))

    @property
    def key(self) -> str:
        """Return the name in small letters with nothing between words: `Is Fraud?` is isfraud."""
        return re.sub(r"[^a-z0-9]", "", self.name.lower())

    @property
    def numbers(self) -> list[float]:
        """Return the values of a column of numbers."""
        return [float(value) for value in self.values]

    def all(self, test: Callable[[str], bool]) -> bool:
        """Return whether there are values, and all pass the test."""
        return bool(self.values) and all(map(test, self.values))


@dataclass(frozen=True)
class EncodingChoice:
    """An encoding that reads the sample, and others that do, too."""

    name: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class Sample:
    """The first rows of a table, column by column."""

    columns: tuple[Column, ...]
    rows: int
    delimiter: str | None = None
    encoding: EncodingChoice | None = None


def take_sample(path: Path) -> Sample:
    """Return the first rows of a table. Raises `TableError`."""
    return _parquet(path) if is_parquet(path) else _csv(path)


def _parquet(path: Path) -> Sample:
    try:
        with pq.ParquetFile(path) as file:
            batch = next(file.iter_batches(SAMPLE_ROWS), None)
    except (pa.ArrowException, OSError) as error:
        raise TableError(f"{path}: is not a readable Parquet file ({first_line(error)})") from None
    if batch is None:
        raise TableError(f"{path}: holds no rows; give a table with rows")
    columns = []
    for name, raw in zip(batch.schema.names, batch.columns, strict=True):
        try:
            texts = as_text(clean(raw, name, MISSING_WORDS)).to_pylist()
        except ColumnError:
            texts = [None] * batch.num_rows
        columns.append(Column(name, tuple(texts)))
    return Sample(tuple(columns), batch.num_rows)


def _csv(path: Path) -> Sample:
    head, choice = _head(path)
    lines = head.decode("utf-8", "ignore").splitlines()
    if not lines:
        raise TableError(f"{path}: is empty; a table starts with a header line")
    if len(head) >= _SAMPLE_BYTES and len(lines) < 3 and max(map(len, lines)) > _SAMPLE_BYTES // 2:
        raise TableError(f"{path}: has a line longer than {_SAMPLE_BYTES // 2048} KiB, so that no row of it can be read; is it a table?")
    delimiter, start = _layout(lines)
    whole = "\n".join(lines[start:] if len(head) < _SAMPLE_BYTES else lines[start:-1])
    rows = [row for row in csv.reader(io.StringIO(whole), delimiter=delimiter) if row][: SAMPLE_ROWS + 1]
    names, rows = rows[0], rows[1:]
    if is_data(names) or len(names) < 2:
        raise TableError(f"{path}: has no header line that can be told from its rows; write a mapping with csv.columns")
    if not rows:
        raise TableError(f"{path}: holds no rows below its header; give a table with rows")
    if rows and all(len(row) == len(names) + 1 and row[-1].strip() for row in rows):
        raise TableError(
            f"{path}: has one field more in its rows than in its header, as R writes row names; "
            f"put a name and {delimiter!r} before its header, or write it with row.names = FALSE"
        )
    texts = [[row[place].strip() if place < len(row) else "" for row in rows] for place in range(len(names))]
    kept = [tuple(None if value in MISSING_WORDS else value for value in column) for column in texts]
    columns = (Column(name, cells) for name, cells in zip(names, kept, strict=True) if name)
    return Sample(tuple(columns), len(rows), None if delimiter == "," else delimiter, choice)


def _head(path: Path) -> tuple[bytes, EncodingChoice | None]:
    """Return the first megabyte as UTF-8, and the likeliest encoding where it is in doubt."""
    try:
        return _read(path, None), None
    except NotTextError as error:
        for encoding in error.maybe:
            try:
                return _read(path, encoding), EncodingChoice(encoding, tuple(name for name in error.maybe if name != encoding))
            except NotTextError:
                continue
        mend = "mend that line" if error.encoding == "utf-8" else "write a mapping with csv.encoding"
        raise TableError(f"{path}: {error}, though most of it is; {mend}") from None


def _read(path: Path, encoding: str | None) -> bytes:
    stream, _ = open_unpacked(path)
    with closing(TableText(stream, encoding, find_escapes=False)) as text:
        head = text.read(_SAMPLE_BYTES)
    if isinstance(text.error, TableError | NotTextError):
        raise text.error
    if text.error is not None:
        raise TableError(f"{path}: cannot be read ({text.error}); give a whole file")
    return head


def _layout(lines: Sequence[str]) -> tuple[str, int]:
    """Return the delimiter that gives most lines the same number of fields, and the place of the header."""
    best: tuple[int, int, str, int] = (0, 0, ",", 0)
    for delimiter in DELIMITERS:
        counts = [len(fields(line, delimiter)) for line in lines[:50]]
        width, often = Counter(counts).most_common(1)[0]
        if width > 1 and often >= 0.7 * len(counts) and (often, width) > best[:2]:
            best = (often, width, delimiter, counts.index(width))
    _, width, delimiter, start = best
    above = fields(lines[start - 1], delimiter) if start else []
    if len(above) == width - 1 > 1 and not is_data(above) and is_data(fields(lines[start], delimiter)):
        start -= 1  # the rows have row names, or end in a delimiter
    return delimiter, start


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
