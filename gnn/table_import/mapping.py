"""The content of a mapping file: which column of a table becomes which field of an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MISSING_WORDS = ("", "nan", "NaN", "null", "NULL", "None", "N/A", "#N/A", "#NV", "#N/D", "#N/D!", "#N/B", "#Н/Д", "<NA>", "NaT", "\\N")
"""Texts read as "no value".

`#NV` and the like are `#N/A` of spreadsheets in other languages. Not `NA`: that is Namibia's country code;
tables written by R list it under `missing`.
"""


@dataclass(frozen=True)
class TextColumn:
    """One column, several joined by `separator`, or a constant."""

    columns: tuple[str, ...] = ()
    separator: str = "|"
    gaps: bool = False
    """Whether a missing part is an empty place, where all must be there otherwise."""
    constant: str | None = None


@dataclass(frozen=True)
class TimeColumn:
    """One or several columns of times, or of numbers counted from an origin.

    Times without a zone are in `time_zone`, UTC if none is given. In the hour that a clock change repeats,
    the earlier time is meant; a time that the change skips moves to the first one after it.
    """

    columns: tuple[str, ...]
    """Several are joined with a space: year, month, day."""
    format: str | None = None
    unit: str | None = None
    """Of numbers."""
    time_zone: str | None = None
    hour_column: str | None = None
    origin_ms: int | None = None
    """Naive milliseconds of the moment that numbers are counted from; None means 1970."""
    key: str = "event_time"
    """Key of the mapping, for complaints."""

    @property
    def name(self) -> str:
        """Return the columns as complaints name them."""
        return "+".join(self.columns)


@dataclass(frozen=True)
class NumberStyle:
    """How numbers are written in text: 1.531,43 has decimal "," and thousands "."."""

    decimal: str | None = None
    """None means a point that the mapping does not name, so that 1.234 may be a thousand."""
    thousands: str | None = None
    symbols: tuple[str, ...] = ()
    """Texts before or after the number that are no part of it: $, EUR."""
    minus: tuple[str, ...] = ()
    """What makes a number negative besides a leading minus: parentheses, trailing, or a text such as CR."""


@dataclass(frozen=True)
class AmountColumn:
    """The column of amounts, how they are written, and what a negative one is."""

    column: str
    style: NumberStyle
    negative: str = "refuse"
    """Or `absolute`, or `refund_request`: the row becomes one, with the absolute amount."""
    divide_by: float = 1.0
    """What makes whole units of the column's: 100 of cents."""


@dataclass(frozen=True)
class TypeColumn:
    """The event type: a constant, or a column whose values `types` translates."""

    constant: str | None = None
    column: str | None = None
    types: Mapping[str, str] | None = None


@dataclass(frozen=True)
class LabelColumn:
    """Where the truth is and when it became known.

    With `column` its value says fraud or not, and `time` (else event time + `delay_ms`) when that was known.
    Without `column`, `time` is when fraud was reported, and an empty one means none was.
    """

    column: str | None = None
    time: TimeColumn | None = None
    delay_ms: int | None = None
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] | None = ()
    """Values that mean legitimate; none means the usual words, None all that are not positive."""
    source: str = "import"
    only_known: bool = False
    """Leave out rows whose label is unknown."""

    @property
    def telling(self) -> str:
        """Return the column that tells a fraud: the label's, else that of the time of the report."""
        return self.column or (self.time.columns[0] if self.time else "")


@dataclass(frozen=True)
class CsvDialect:
    """How a CSV file is written, as far as the mapping says."""

    delimiter: str | None = None
    """None means by the file's name (tab for .tsv, else comma), else by its header."""
    is_spaced: bool = False
    """Whether runs of spaces and tabs separate fields; they are read as a tab."""
    encoding: str | None = None
    """None means UTF-8, or what the text is recognised as."""
    quote: str = '"'
    """Empty if nothing quotes."""
    escape: str | None = None
    """Character that takes the next one literally; without it a quote in a field is doubled."""
    columns: tuple[str, ...] = ()
    """Names of the columns of a file without a header line."""
    member: str | None = None
    """File of a zip archive."""


@dataclass(frozen=True)
class TableMapping:
    """A checked mapping file."""

    path: Path
    event_type: TypeColumn
    event_time: TimeColumn
    entities: Mapping[str, TextColumn]
    """Event field (account_id, device_fingerprint, ...) to its columns; account_id always, address never."""
    used: Mapping[str, str]
    """Each column that is read, to the mapping key that names it first."""
    event_id: TextColumn | None = None
    address: TextColumn | Mapping[str, str] | None = None
    """Columns of an address text, or the column of each address part."""
    amount: AmountColumn | None = None
    currency: TextColumn | None = None
    account_created_at: TimeColumn | None = None
    label: LabelColumn | None = None
    numeric: Mapping[str, NumberStyle] = field(default_factory=dict)
    """Column to how its numbers are written."""
    categorical: tuple[str, ...] = ()
    missing: tuple[str, ...] = MISSING_WORDS
    skip: float | None = None
    """Share of rows, frauds and money that bad rows may take; None stops at the first one."""
    csv: CsvDialect = CsvDialect()

    @property
    def skip_bad_rows(self) -> bool:
        """Return whether bad rows are left out."""
        return self.skip is not None
