"""A CSV file, read in bounded batches of the columns that a mapping names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from domain.wording import counted
from gnn.table_import.errors import TableError
from gnn.table_import.mapping import TableMapping
from gnn.table_import.rows.labels import may_be_fraud
from gnn.table_import.tables.csv_layout import CsvLayout, fields, find_layout, is_data
from gnn.table_import.tables.open_quotes import OpenQuoteError, OpenQuotes, QuoteStyle
from gnn.table_import.tables.table import Table, first_line
from gnn.table_import.tables.table_text import EscapedQuoteError, NotTextError, TableText
from gnn.table_import.tables.unpack import open_unpacked

BLOCK_BYTES = 1 << 22  # of CSV text per batch; a row of twice as many cannot be read
HEAD_BYTES = 1 << 16
"""Of text, in which the header is looked for."""
_USUAL = {".tsv": "\t", ".tab": "\t", ".psv": "|"}
_PROBLEMS = (pa.ArrowException, OSError, UnicodeError, EscapedQuoteError, OpenQuoteError)


class CsvTable(Table):
    """A CSV file; all its columns are read as text.

    A type guessed from the first rows would fail on a later one.
    """

    def __init__(self, path: Path, mapping: TableMapping) -> None:
        super().__init__(path, mapping)
        self._names: list[str] = []
        self._swallowed: list[bytes] = []
        self._text, self._how = self._opened()
        self._usual = mapping.csv.delimiter or next((_USUAL[s.lower()] for s in reversed(path.suffixes) if s.lower() in _USUAL), ",")
        try:
            self._layout = self._found()
            with self._open(pa_csv.ConvertOptions()) as reader:
                names = reader.schema.names
            self._names = list(names)
        finally:
            self._text.close()
        mend = "if its first line is a row already, name its columns in csv.columns" if is_data(names) else ""
        self._check_columns(names, mend)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the columns that the mapping uses, batch by batch, as text."""
        used = list(self._mapping.used)
        options = pa_csv.ConvertOptions(include_columns=used, column_types=dict.fromkeys(used, pa.string()), strings_can_be_null=False)
        try:
            with self._open(options) as reader:
                for batch in reader:
                    self._check_text()
                    yield _integers_plain(batch)
            self._check_text()
        except _PROBLEMS as error:
            self._fail(error)
        finally:
            self._text.close()
            for line in self._swallowed:
                self._count_malformed(line.decode("utf-8", "replace"), "")
            self._swallowed.clear()

    def notes(self) -> list[str]:
        """Return how the text was packed and written, where the name and the mapping do not say."""
        layout, notes = self._layout, []
        if self._how is not None and not self.path.name.lower().endswith((".gz", ".bz2", ".xz", ".zst", ".lz4")):
            notes.append(f"unpacked from {self._how}")
        if self._mapping.csv.encoding is None and self._text.encoding != "utf-8":
            letters = f", letters such as {self._text.letters}; if these are wrong, set csv.encoding" if self._text.letters else ""
            notes.append(f"is {self._text.encoding} text{letters}")
        if layout.delimiter != self._usual:
            notes.append(f"has {layout.delimiter!r} between fields")
        if layout.skipped:
            notes.append(f"has its header in line {layout.skipped + 1}")
        return notes

    def _opened(self, quotes: OpenQuotes | None = None) -> tuple[TableText, str | None]:
        csv = self._mapping.csv
        stream, how = open_unpacked(self.path, csv.member)
        return TableText(stream, csv.encoding, csv.escape is None and csv.quote == '"', csv.is_spaced, quotes), how

    def _quotes(self) -> OpenQuotes | None:
        """Return the check for quotes that are never closed; rows that they swallow are bad ones."""
        csv, layout = self._mapping.csv, self._layout
        if not csv.quote:
            return None
        style = QuoteStyle(layout.delimiter.encode(), csv.quote.encode(), (csv.escape or "").encode(), layout.skipped)
        return OpenQuotes(style, self._swallowed.extend if self._mapping.skip_bad_rows else None)

    def _check_text(self) -> None:
        """Raise what is wrong with the text; rows before it may have been read."""
        if self._text.error is not None:
            raise self._text.error

    def _found(self) -> CsvLayout:
        csv = self._mapping.csv
        head = self._text.read(HEAD_BYTES)
        lines = head.decode("utf-8", "ignore").splitlines()[:100]
        if csv.columns:
            if lines and [name.strip() for name in fields(lines[0], self._usual, csv.quote)] == list(csv.columns):
                raise TableError(
                    f"{self.path}: its first line holds the names of csv.columns already; leave csv.columns out of {self._mapping.path}"
                )
            return CsvLayout(self._usual, 0, csv.columns)
        return find_layout(lines, self._mapping.used, self._usual, csv.delimiter is not None, csv.quote)

    def _open(self, options: Any) -> Any:
        self.malformed = self.malformed_frauds = 0
        self._swallowed.clear()
        csv, layout = self._mapping.csv, self._layout
        self._text.close()
        # the handler sees rows as text: it must not meet bytes that are none, so they are found before
        self._text, _ = self._opened(self._quotes())
        handler = self._on_malformed if self._mapping.skip_bad_rows else None
        header = layout.names is not None and not csv.columns
        read = pa_csv.ReadOptions(
            use_threads=False, block_size=BLOCK_BYTES, skip_rows=layout.skipped + header, column_names=list(layout.names or ()) or None
        )
        parse = pa_csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char=csv.quote or False,
            escape_char=csv.escape or False,
            newlines_in_values=True,
            invalid_row_handler=handler,
        )
        try:
            return pa_csv.open_csv(pa.PythonFile(self._text, "r"), read, parse, options)
        except _PROBLEMS as error:
            self._fail(error)

    def _fail(self, error: Exception) -> NoReturn:
        """Raise `TableError` for what is wrong with the text, else for what Arrow complains of."""
        error = self._text.error or error
        if isinstance(error, TableError):
            raise error from None
        raise TableError(f"{self.path}: {self._problem(error)}") from None

    def _on_malformed(self, row: Any) -> str:
        self._count_malformed(row.text or "", self._mapping.csv.quote)
        return "skip"

    def _count_malformed(self, row: str, quote: str) -> None:
        self.malformed += 1
        label = self._mapping.label
        if label is not None and (telling := label.telling) in self._names:
            found = fields(row, self._layout.delimiter, quote)
            self.malformed_frauds += may_be_fraud(found, self._names.index(telling), len(self._names), label)

    def _named(self) -> str:
        return "csv.columns names" if self._mapping.csv.columns else "the header has"

    def _problem(self, error: Exception) -> str:
        """Return Arrow's complaint as a sentence, without the row's content, which holds identifiers."""
        text = first_line(error)
        if counts := re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", text):
            line, wanted, found = counts.groups()
            return (
                f"line {line} has {found} fields where {self._named()} {wanted}; "
                "mend it, set csv.delimiter, or set on_error: skip in the mapping"
            )
        if isinstance(error, NotTextError):
            if not error.maybe and self._mapping.csv.encoding is None:
                return f"line {error.line}: is not {error.encoding.upper()} text, though text before it is; mend it, or set csv.encoding"
            maybe = f", such as {' or '.join(dict.fromkeys(error.maybe))}" if error.maybe else ""
            return f"line {error.line}: is not {error.encoding.upper()} text; set csv.encoding in the mapping{maybe}"
        if isinstance(error, EscapedQuoteError):
            return f"line {error.line}: has a quote after a backslash in a field in quotes; set csv.escape to a backslash in the mapping"
        if isinstance(error, OpenQuoteError):
            return _open_quote(error)
        if "Empty CSV" in text:
            return "is empty; a table starts with a header line"
        if "straddling" in text:
            return f"has a row longer than {BLOCK_BYTES >> 20} MB; look for a quote that is never closed"
        return f"is not readable as CSV ({text[:100]})"


def _open_quote(error: OpenQuoteError) -> str:
    rows = f"is only closed {counted(error.rows, 'line')} below, as if these rows were one text"
    what = rows if error.rows else "is never closed"
    return (
        f"line {error.line}: has a quote that {what}; close it, set csv.quote: none if quotes mean nothing in this table, "
        "csv.escape if a mark before them does, or on_error: skip"
    )


def _integers_plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return `12.0` as `12`: programs that keep missing values as NaN write whole numbers so.

    Numbers of more digits stay as they are: a float has rounded them, and as identifiers they are refused.
    """
    return pa.RecordBatch.from_arrays([_plain(column) for column in batch.columns], names=batch.schema.names)


def _plain(column: pa.Array) -> pa.Array:
    if not pc.any(pc.ends_with(column, ".0")).as_py():  # most columns: the pattern costs four times as much
        return column
    return pc.replace_substring_regex(column, r"^(-?\d{1,15})\.0$", r"\1")
