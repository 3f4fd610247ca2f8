"""The content of a mapping file: which column of a table becomes which field of an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MISSING_WORDS = ("", "nan", "NaN", "null", "NULL", "None", "N/A", "#N/A", "<NA>", "NaT", "\\N")
"""Texts read as "no value".

Not `NA`: that is Namibia's country code; tables written by R list it under `missing`.
"""


@dataclass(frozen=True)
class TextColumn:
    """One column, several joined by `separator`, or a constant."""

    columns: tuple[str, ...] = ()
    separator: str = "|"
    constant: str | None = None


@dataclass(frozen=True)
class TimeColumn:
    """A column of times, or of days (and hours) counted from an origin.

    Times without a zone are in `time_zone`, UTC if none is given. In the hour that a clock change repeats,
    the earlier time is meant; a time that the change skips moves to the first one after it.
    """

    column: str
    format: str | None = None
    unit: str | None = None
    time_zone: str | None = None
    hour_column: str | None = None
    origin_ms: int | None = None
    """Naive milliseconds of day 0; set only if `column` counts days."""


@dataclass(frozen=True)
class NumberStyle:
    """How numbers are written in text: 1.531,43 has decimal "," and thousands "."."""

    decimal: str = "."
    thousands: str | None = None

    @property
    def plain(self) -> bool:
        """Return whether programs write numbers so."""
        return self == NumberStyle()


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
    source: str = "import"
    only_known: bool = False
    """Leave out rows whose label is unknown."""


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
    amount: str | None = None
    currency: TextColumn | None = None
    account_created_at: TimeColumn | None = None
    label: LabelColumn | None = None
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    missing: tuple[str, ...] = MISSING_WORDS
    numbers: NumberStyle = NumberStyle()
    """Of amounts and numeric attributes."""
    skip_bad_rows: bool = False
    delimiter: str | None = None
    """Of CSV; None means by the file's name: tab for .tsv, else comma."""
    encoding: str = "utf-8"
