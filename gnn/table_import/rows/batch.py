"""One batch of rows, seen through the mapping: cleaned columns, identifiers, times, and faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial, reduce

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from domain.events.event import FUTURE_MS, MAX_ID, MAX_TEXT, OLDEST_MS
from gnn.table_import.mapping import TableMapping, TextColumn, TimeColumn
from gnn.table_import.rows.faults import Faults
from gnn.table_import.rows.placeholders import without_nobody
from gnn.table_import.rows.spoilt_ids import check_ids
from gnn.table_import.rows.watch import Watch
from gnn.table_import.values.columns import as_text, clean, joined, shortened, whole
from gnn.table_import.values.numbers import as_numbers
from gnn.table_import.values.time_hints import time_mend, unit_mend
from gnn.table_import.values.times import read_times

EMPTY = "is empty; fill it, or set on_error: skip in the mapping"
PARTIAL = "has not all its parts; fill them, add gaps: true beside columns if the others tell enough, or set on_error: skip"

_ROUNDED = r"^\s*\d([.,]\d{1,5})?[eE]\+\d+\s*$"  # as a spreadsheet shows 13 digits


def unread(raw: pa.Array, read: pa.Array) -> pa.BooleanArray:
    """Return which rows have a value that could not be read."""
    return pc.and_(pc.is_valid(raw), pc.is_null(read))


@dataclass
class RowBatch:
    """Rows of one table, as many as are read at once."""

    mapping: TableMapping
    columns: pa.RecordBatch
    table: str
    """File name: with the row's number it is the event id where the mapping names none."""
    first_row: int
    """Number in the table of the batch's first row; 1 is the first row of data."""
    now_ms: int
    watch: Watch
    faults: Faults = field(init=False)
    renamed: int = 0
    """Texts that became a hash because an event cannot carry them."""
    _cleaned: dict[str, pa.Array] = field(default_factory=dict)
    _checked: set[str] = field(default_factory=set)
    _amounts: tuple[pa.Array, pa.DoubleArray] | None = None

    def __post_init__(self) -> None:
        self.faults = Faults(self.columns.num_rows)

    def column(self, name: str) -> pa.Array:
        """Return the cleaned column."""
        if name not in self._cleaned:
            self._cleaned[name] = clean(self.columns.column(name), name, self.mapping.missing)
        return self._cleaned[name]

    def constant(self, text: str) -> pa.StringArray:
        """Return the same text for every row."""
        return pa.repeat(text, self.columns.num_rows)

    def text(self, spec: TextColumn, limit: int = MAX_TEXT, printable: bool = False, lines: bool = False) -> pa.StringArray:
        """Return the texts of an identifier, those that an event cannot carry as their hash.

        Of several columns, all parts must be there, and name something; but for `lines`, those of an address.
        """
        if spec.constant is not None:
            return self.constant(spec.constant)
        parts = [as_text(self.identifiers(name)) for name in spec.columns]
        if not lines and len(parts) > 1:
            return self.short(whole(list(map(without_nobody, parts)), spec.separator, spec.gaps), limit, printable)
        return self.short(joined(parts, spec.separator), limit, printable, lines)

    def partial(self, spec: TextColumn, text: pa.StringArray) -> pa.BooleanArray:
        """Return the rows without a text although they have some part of it."""
        some = reduce(pc.or_, [pc.is_valid(self.column(name)) for name in spec.columns])
        return pc.and_(pc.is_null(text), some)

    def identifiers(self, name: str) -> pa.Array:
        """Return the cleaned column; what a spreadsheet has spoilt in it is a fault."""
        cleaned = self.column(name)
        if name not in self._checked:
            self._checked.add(name)
            if check_ids(name, self.columns.column(name), cleaned, self.faults):
                self.watch.ids(name, cleaned, self.first_row)
            self.watch.cards(name, cleaned)
        return cleaned

    def short(self, text: pa.StringArray, limit: int = MAX_TEXT, printable: bool = False, lines: bool = False) -> pa.StringArray:
        """Return the texts, those that an event cannot carry as their hash."""
        text, count = shortened(text, limit, printable, lines)
        self.renamed += count
        return text

    def event_ids(self) -> pa.StringArray:
        """Return the mapped ids, or the table's name with the row's number."""
        spec = self.mapping.event_id
        if spec is None:
            rows = pa.array(range(self.first_row, self.first_row + self.columns.num_rows)).cast(pa.string())
            return self.short(pc.binary_join_element_wise(self.table, rows, ":"), MAX_ID, printable=True)
        ids = self.text(spec, MAX_ID, printable=True)
        self.faults.add("+".join(spec.columns), PARTIAL, self.partial(spec, ids))
        self.faults.add("+".join(spec.columns), EMPTY, pc.is_null(ids))
        return ids

    def label_ids(self, event_ids: pa.StringArray) -> pa.StringArray:
        """Return the ids of the label events of these events."""
        return self.short(pc.binary_join_element_wise("label:", event_ids, ""), MAX_ID)

    def amounts(self) -> tuple[pa.Array, pa.DoubleArray]:
        """Return the mapped amounts as written and as read; there must be a column of them."""
        spec = self.mapping.amount
        assert spec is not None
        if self._amounts is None:
            raw = self.column(spec.column)
            self.watch.numbers(spec.column, raw, self.table, self.first_row)
            amount = as_numbers(raw, spec.style)
            self._amounts = raw, amount if spec.divide_by == 1 else pc.divide(amount, spec.divide_by)
        return self._amounts

    def time(self, spec: TimeColumn, required: bool) -> pa.Int64Array:
        """Return UTC milliseconds; a time that cannot be read or that no event may have is a fault."""
        times, name = read_times(spec, self.column), spec.name
        raw, time = times.raw, times.millis
        if required:
            self.faults.add(name, EMPTY, pc.is_null(raw))
        self.faults.add(name, "has not all parts of a time; fill them, or set on_error: skip in the mapping", times.partial, raw)
        self.faults.add(name, "is no time of the expected form", unread(raw, time), raw, partial(time_mend, spec=spec, column=raw))
        if spec.unit is not None and pt.is_string(raw.type):
            problem = "is a rounded number, no time; export the column as text, for a spreadsheet rounds long numbers"
            self.faults.add(name, problem, pc.match_substring_regex(raw, _ROUNDED), raw)
        out = partial(unit_mend, spec=spec)
        self.faults.add(name, "lies before 1990", pc.less(time, OLDEST_MS), raw, out)
        self.faults.add(name, "lies in the future", pc.greater(time, self.now_ms + FUTURE_MS), raw, out)
        return time
