"""What only a whole table tells: amounts of two meanings, rounded ids, hubs, labels that say nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from domain.events.event import MAX_TEXT
from domain.times import DAY_MS
from domain.wording import counted, shown
from gnn.table_import.errors import TableError
from gnn.table_import.mapping import LabelColumn, TableMapping, TextColumn
from gnn.table_import.rows.card_numbers import CardNumbers, card_notes
from gnn.table_import.rows.clocks import Clocks
from gnn.table_import.rows.identifiers import Identifiers
from gnn.table_import.rows.repeats import LIMIT, Repeats
from gnn.table_import.rows.spoilt_ids import EXPORT, LongIds
from gnn.table_import.rows.totals import Totals
from gnn.table_import.rows.value_counts import REST, count_value
from gnn.table_import.values.doubtful_numbers import DoubtfulNumbers
from gnn.table_import.values.half_days import HalfDays

_LONG_YEARS = 20
_SHOWN = 5  # values of the label column
_NAMES = {"d": ("step", "hour", "sec", "min"), "h": ("sec", "min"), "min": ("sec",), "s": ("hour",)}
"""Unit to parts of a column's name that speak of another unit."""


class Watch:
    """The eyes of an import on all batches of all tables."""

    def __init__(self, mapping: TableMapping) -> None:
        self._mapping = mapping
        self._ids: dict[str, LongIds] = {}
        self._cards: dict[str, CardNumbers] = {}
        self.identifiers = Identifiers(_identified(mapping))
        self.clocks = Clocks(mapping)
        self.totals = Totals()
        self._table = ""
        self.repeats = Repeats()
        """Of events that have ids of their own those, else of what makes an event."""
        self.half_days = HalfDays(mapping.event_time)
        self._numbers = DoubtfulNumbers(mapping)
        self._symbols: list[str] = []
        self.neither: Counter[str] = Counter()
        """Values of the label column that are neither yes nor no."""
        self.early = 0
        """Labels that were known more than a day before their event."""

    def begin(self, table: Path) -> None:
        """Take note that the batches of another table follow."""
        self._table = str(table)
        self.totals.begin(table.name)

    def ids(self, name: str, text: pa.Array, first_row: int) -> None:
        """Take in the cleaned texts of a column of identifiers."""
        self._ids.setdefault(name, LongIds()).see(text, self._table, first_row)

    def cards(self, name: str, column: pa.Array) -> None:
        """Take in a cleaned column in which card numbers must not be."""
        self._cards.setdefault(name, CardNumbers()).see(column)

    def numbers(self, name: str, raw: pa.Array, table: str, first_row: int) -> None:
        """Take in cleaned amounts, or the numbers of an attribute."""
        self._numbers.see(name, raw, table, first_row)
        amount = self._mapping.amount
        if amount is not None and name == amount.column and pa.types.is_string(raw.type):
            self._look_for_symbols(raw, amount.style.symbols)

    def _look_for_symbols(self, raw: pa.StringArray, symbols: tuple[str, ...]) -> None:
        for symbol in symbols if len(symbols) > 1 else ():
            if symbol not in self._symbols and pc.any(pc.match_substring(raw, symbol, ignore_case=True)).as_py():
                self._symbols.append(symbol)

    def labels(self, neither: pa.Array, known_at: pa.Int64Array, event_time: pa.Int64Array) -> None:
        """Take in the values that give no label, and when the others were known."""
        for pair in pc.value_counts(neither.drop_null()).to_pylist():
            count_value(self.neither, str(pair["values"])[:MAX_TEXT], pair["counts"])
        self.early += pc.sum(pc.less(pc.add(known_at, DAY_MS), event_time)).as_py() or 0

    def repeated(self) -> str:
        """Return how many events repeat another one; empty if none does."""
        count = self.repeats.count()
        if not count:
            return ""
        where = f", in the first {LIMIT:,} rows" if self.repeats.is_full else ""
        if self._mapping.event_id is not None:
            return f"{counted(count, 'event id')} again{where}: the job drops such events"
        said = "with time, identifiers and amount of another"
        return f"{counted(count, 'row')} {said}{where}: events of their own; leave copies out of the table, or map event_id"

    def check(self) -> None:
        """Raise `TableError` where the tables as a whole cannot be read without a guess."""
        self._numbers.check()
        for name, ids in self._ids.items():
            if ids.rounded and ids.first is not None:
                table, row, text = ids.first
                raise TableError(
                    f"{table}: row {row}, column {name!r}: {text!r} is rounded to 15 digits, as all long numbers are there; {EXPORT}"
                )

    def notes(self, first_ms: int, last_ms: int) -> Iterator[str]:
        """Yield what a person should look at, a sentence each, the gravest first.

        The span is that of the events.
        """
        yield from card_notes(self._cards)
        yield from self.totals.notes()
        yield from self.identifiers.notes()
        for name, ids in self._ids.items():
            if ids.dates is not None:
                yield f"column {name!r} holds {ids.dates!r}: a spreadsheet may have made dates of identifiers; export it as text"
        if len(self._symbols) > 1:
            yield f"amounts with {' and '.join(map(repr, self._symbols))} become one kind of money; split the table if they are several"
        yield from self._time_notes((last_ms - first_ms) / DAY_MS)
        yield from self._numbers.notes()
        yield from self.half_days.notes()
        yield from self.clocks.notes()
        if self.early:
            yield f"{counted(self.early, 'label')} known more than a day before the event count from the event on; check label.time_column"

    def _time_notes(self, days: float) -> Iterator[str]:
        spec = self._mapping.event_time
        if spec.origin_ms is None:
            return
        name, unit = spec.columns[0], str(spec.unit)
        other = next((part for part in _NAMES.get(unit, ()) if part in name.lower()), None)
        if other is not None and spec.hour_column is None:
            wanted = {"step": "h", "hour": "h", "sec": "s", "min": "min"}[other]
            mend = f"write {{column: {name}, unit: {wanted}, origin: ...}}"
            yield f"column {name!r} is counted in units of {unit}; if its name means another, {mend}"
        if days > 365 * _LONG_YEARS:
            yield f"the events span {days / 365:.0f} years; is {unit} the unit of column {name!r}?"


def _identified(mapping: TableMapping) -> dict[str, TextColumn]:
    """Return the columns of each field that names an entity."""
    if mapping.address is None:
        return dict(mapping.entities)
    address = mapping.address if isinstance(mapping.address, TextColumn) else TextColumn(tuple(mapping.address.values()), " ")
    return {**mapping.entities, "address": address}


def neither_words(spec: LabelColumn | None, neither: Counter[str]) -> str:
    """Return the commonest values that give no label, and the mend."""
    if spec is None or not neither:
        return ""
    found = [(value, count) for value, count in neither.most_common(_SHOWN + 1) if value != REST]
    values = ", ".join(f"{count:,} {shown(value)}" for value, count in found[:_SHOWN])
    return f"{sum(neither.values()):,} neither yes nor no: {values}; list what they mean in label.positive or label.negative"
