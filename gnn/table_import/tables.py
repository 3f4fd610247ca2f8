"""CSV and Parquet files, read in bounded batches of the columns that a mapping names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from gnn.table_import.checked_text import CheckedText, NotTextError
from gnn.table_import.errors import TableError
from gnn.table_import.mapping import TableMapping

BATCH_ROWS = 1 << 14  # wide enough that the cost per batch is small, narrow enough for rows of several KB
BLOCK_BYTES = 1 << 22  # of CSV text per batch; a row must fit in it
_COMPRESSED = {".gz", ".bz2", ".lz4", ".zst"}
_DELIMITERS = {".csv": ",", ".tsv": "\t", ".txt": ","}


class Table:
    """One table file; `rows` is None where only reading tells (CSV)."""

    rows: int | None = None
    malformed = 0
    """Rows skipped because their number of fields is wrong."""

    def __init__(self, path: Path, mapping: TableMapping) -> None:
        self.path = path
        self._mapping = mapping

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the mapped columns in the order of the file. Raises `TableError`."""
        raise NotImplementedError

    def _check_columns(self, names: list[str]) -> None:
        for column, key in self._mapping.used.items():
            if column not in names:
                near = get_close_matches(column, names, n=1, cutoff=0.5)
                mend = f"did you mean {near[0]}?" if near else f"it has {', '.join(names[:20])}"
                raise TableError(f"{self.path}: has no column {column!r}, which {key} of {self._mapping.path} names; {mend}")
            if names.count(column) > 1:
                raise TableError(f"{self.path}: has {names.count(column)} columns named {column!r}; rename all but one")


class ParquetTable(Table):
    """A Parquet file; its columns keep their types."""

    def __init__(self, path: Path, mapping: TableMapping) -> None:
        super().__init__(path, mapping)
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise TableError(f"{path}: is not a readable Parquet file ({_first_line(error)})") from None
        self.rows = self._file.metadata.num_rows
        self._check_columns(self._file.schema_arrow.names)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the columns that the mapping uses, batch by batch."""
        try:
            yield from self._file.iter_batches(BATCH_ROWS, columns=list(self._mapping.used))
        except (pa.ArrowException, OSError) as error:
            raise TableError(f"{self.path}: is damaged ({_first_line(error)}); write it anew") from None


class CsvTable(Table):
    """A CSV file; all its columns are read as text.

    A type guessed from the first rows would fail on a later one.
    """

    def __init__(self, path: Path, mapping: TableMapping) -> None:
        super().__init__(path, mapping)
        suffix = next((s for s in reversed(path.suffixes) if s.lower() not in _COMPRESSED), "")
        self._delimiter = mapping.delimiter or _DELIMITERS.get(suffix.lower(), ",")
        with self._open(pa_csv.ConvertOptions()) as reader:
            self._check_columns(reader.schema.names)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the columns that the mapping uses, batch by batch, as text."""
        used = list(self._mapping.used)
        options = pa_csv.ConvertOptions(include_columns=used, column_types=dict.fromkeys(used, pa.string()), strings_can_be_null=False)
        with self._open(options) as reader:
            while True:
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    return
                except (pa.ArrowException, OSError, UnicodeError) as error:
                    raise TableError(f"{self.path}: {_csv_problem(error, self._mapping.encoding)}") from None
                yield _integers_plain(batch)

    def _open(self, options: Any) -> Any:
        self.malformed = 0
        encoding = self._mapping.encoding
        # the handler sees rows as text: it must not meet bytes that are none, so they are found before
        source = self.path if encoding != "utf-8" else pa.PythonFile(CheckedText(self.path), "r")
        handler = self._on_malformed if self._mapping.skip_bad_rows else None
        try:
            return pa_csv.open_csv(
                source,
                pa_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, encoding=encoding),
                pa_csv.ParseOptions(delimiter=self._delimiter, newlines_in_values=True, invalid_row_handler=handler),
                options,
            )
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise TableError(f"{self.path}: {_csv_problem(error, encoding)}") from None

    def _on_malformed(self, _: Any) -> str:
        self.malformed += 1
        return "skip"


def open_table(path: Path, mapping: TableMapping) -> Table:
    """Open a table and check its columns against the mapping. Raises `TableError`."""
    if path.is_dir():
        raise TableError(f"{path}: is a folder; name the files in it, such as {path / '*.parquet'}")
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror}); give the path of a CSV or Parquet file") from None
    if head == b"PAR1":
        return ParquetTable(path, mapping)
    if not _DELIMITERS.keys() & {suffix.lower() for suffix in path.suffixes}:
        raise TableError(f"{path}: is neither Parquet nor named .csv, .tsv or .txt; convert or rename it")
    return CsvTable(path, mapping)


def _integers_plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return `12.0` as `12`: programs that keep missing values as NaN write whole numbers so."""
    columns = [pc.replace_substring_regex(column, r"^(-?\d+)\.0$", r"\1") for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _csv_problem(error: Exception, encoding: str) -> str:
    """Return Arrow's complaint as a sentence, without the row's content, which holds identifiers."""
    text = _first_line(error)
    if fields := re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", text):
        line, wanted, found = fields.groups()
        return (
            f"line {line} has {found} fields where the header has {wanted}; "
            "mend it, set csv.delimiter, or set on_error: skip in the mapping"
        )
    if isinstance(error, UnicodeError):
        where = f"line {error.line}: " if isinstance(error, NotTextError) else ""
        return f"{where}is not {encoding.upper()} text; set csv.encoding in the mapping, such as latin-1"
    if "Empty CSV" in text:
        return "is empty; a table starts with a header line"
    if "straddling" in text:
        return f"has a row longer than {BLOCK_BYTES >> 20} MB; look for a quote that is never closed"
    return f"is not readable as CSV ({text[:100]})"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
