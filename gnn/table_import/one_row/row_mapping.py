"""Single rows of texts to events, with the same result as an import of the table that they come from.

The import works on whole columns; a row by itself takes it 15 to 30 ms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import pyarrow as pa

from domain.events.currency import HUNDREDTHS
from domain.events.event import MAX_AMOUNT, Rejected
from domain.events.identity import ADDRESS_PARTS
from domain.graph import AMOUNT_TYPES, ENTITY_FIELDS, EVENT_TYPES
from gnn.table_import.errors import TableError
from gnn.table_import.mapping import AmountColumn, TableMapping, TextColumn
from gnn.table_import.one_row.row_texts import attribute, carried, dotted, number, whole, with_word
from gnn.table_import.rows.labels import FRAUD, LEGITIMATE
from gnn.table_import.rows.mapping_values import REFUND
from gnn.table_import.values.columns import whole_number
from gnn.table_import.values.times import read_times

EVENT_ID, EVENT_TIMESTAMP = "EVENT_ID", "EVENT_TIMESTAMP"
"""Columns that each row has: its id, and its time, which is known before the row is read."""
_NO_NUMBER = "it is no number of the form that the mapping names"


class RowMapping:
    """What one mapping makes of rows of texts whose id and time are known."""

    def __init__(self, mapping: TableMapping) -> None:
        """Take a mapping whose id is `EVENT_ID` and whose time is `EVENT_TIMESTAMP`; raise `TableError`."""
        self._mapping, self._missing = mapping, frozenset(mapping.missing)
        if mapping.event_id is not None and mapping.event_id.columns != (EVENT_ID,):
            self._fail("event_id", f"must be {EVENT_ID}, the id that each event has, or be left out")
        time = mapping.event_time
        if time.columns != (EVENT_TIMESTAMP,) or time.format or time.unit or time.hour_column:
            self._fail("event_time", f"must be {EVENT_TIMESTAMP} alone, the time that each event has")
        self._columns = dict(_columns(mapping))

    @property
    def types(self) -> frozenset[str]:
        """Return the event types that a row may become."""
        spec, amount = self._mapping.event_type, self._mapping.amount
        named = {str(spec.constant)} if spec.column is None else {*EVENT_TYPES}
        refunds = amount is not None and amount.negative == REFUND and not named.isdisjoint(AMOUNT_TYPES)
        return frozenset(named | ({REFUND} if refunds else set()))

    @property
    def label_source(self) -> str:
        """Return the source of labels."""
        return self._mapping.label.source if self._mapping.label else "import"

    def column_of(self, field: str) -> str:
        """Return the columns that an event's field is made of, or the name of a field without one."""
        return self._columns.get(field, field)

    def is_fraud(self, word: str) -> bool | None:
        """Return what the value of a label means; None if it is neither fraud nor legitimate."""
        spec, word = self._mapping.label, whole_number(word.strip().lower())
        if word in ((spec and spec.positive) or FRAUD):
            return True
        if spec and spec.negative is None:
            return False
        return False if word in ((spec and spec.negative) or LEGITIMATE) else None

    def event(self, row: Mapping[str, str], time_ms: int) -> dict[str, Any]:
        """Return the event of a row; raise `Rejected` with the column at fault.

        What the event contract checks, such as the form of an IP address, is not checked here.
        """
        kind = self._type(row)
        event = {"event_id": row[EVENT_ID], "event_type": kind, "event_time": time_ms, **self._entities(row)}
        if kind in AMOUNT_TYPES:
            event |= self._money(row)
        event |= {"account_created_at": self._created(row), "attributes": self._attributes(row)}
        return {name: value for name, value in event.items() if value is not None and value != {}}

    def entities(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of an event that a label of it carries, too."""
        return {field: event[field] for field in ENTITY_FIELDS.values() if field in event}

    def _type(self, row: Mapping[str, str]) -> str:
        spec = self._mapping.event_type
        if spec.column is None:
            return str(spec.constant)
        value = self._value(row, spec.column)
        kind = (spec.types or {}).get(value or "", value)
        if kind not in EVENT_TYPES:
            raise Rejected(spec.column, "it is missing" if value is None else "it is no event type; add it to event_type.map")
        return str(kind)

    def _entities(self, row: Mapping[str, str]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for field, spec in self._mapping.entities.items():
            text = self._text(row, spec)
            if text is None and field == "account_id":
                raise Rejected("+".join(spec.columns), "it is missing, and the account is made of it")
            fields[field] = dotted(text, "+".join(spec.columns)) if text and field == "ip" else text
        if self._mapping.address is not None:
            fields["address"] = self._address(row, self._mapping.address)
        return fields

    def _value(self, row: Mapping[str, str], name: str) -> str | None:
        value = row.get(name, "").strip()
        return None if value in self._missing else value

    def _text(self, row: Mapping[str, str], spec: TextColumn) -> str | None:
        if spec.constant is not None:
            return spec.constant
        parts = [self._value(row, name) for name in spec.columns]
        return carried(parts[0] if len(parts) == 1 else whole(parts, spec))

    def _address(self, row: Mapping[str, str], spec: TextColumn | Mapping[str, str]) -> str | dict[str, str] | None:
        if isinstance(spec, TextColumn):
            parts = [value for name in spec.columns if (value := self._value(row, name)) is not None]
            return carried(with_word(spec.constant or spec.separator.join(parts)), lines=True)
        found = {part: value for part in ADDRESS_PARTS if part in spec and (value := self._value(row, spec[part])) is not None}
        text = with_word(" ".join(found.values()))
        short = carried(text, lines=True)
        return found if text is not None and short == text else short

    def _money(self, row: Mapping[str, str]) -> dict[str, Any]:
        mapping = self._mapping
        fields = {} if mapping.amount is None else self._amount(row, mapping.amount)
        if mapping.currency is not None and (code := self._text(row, mapping.currency)) is not None:
            fields["currency"] = code if code in HUNDREDTHS else code.upper()  # GBp is no GBP
        return fields

    def _amount(self, row: Mapping[str, str], spec: AmountColumn) -> dict[str, Any]:
        raw = self._value(row, spec.column)
        amount = None if raw is None else number(raw, spec.style)
        if amount is None:
            raise Rejected(spec.column, "it is missing" if raw is None else _NO_NUMBER)
        amount /= spec.divide_by
        if amount < 0 and spec.negative == "refuse":
            raise Rejected(spec.column, "it is negative; set amount.negative in the mapping, or send it from 0")
        if abs(amount) > MAX_AMOUNT:
            raise Rejected(spec.column, f"it is above {MAX_AMOUNT:g}")
        return {"amount": abs(amount), **({"event_type": REFUND} if amount < 0 and spec.negative == REFUND else {})}

    def _created(self, row: Mapping[str, str]) -> int | None:
        spec = self._mapping.account_created_at
        if spec is None:
            return None
        times = read_times(spec, lambda name: pa.array([self._value(row, name)], pa.string()))
        if times.partial[0].as_py() or (times.raw[0].is_valid and not times.millis[0].is_valid):
            raise Rejected(spec.name, "it is no time of the form that the mapping names")
        created: int | None = times.millis[0].as_py()
        return created

    def _attributes(self, row: Mapping[str, str]) -> dict[str, Any]:
        mapping = self._mapping
        numbers = {name: attribute(raw, style, name) for name, style in mapping.numeric.items() if (raw := self._value(row, name))}
        texts = {name: carried(self._value(row, name), printable=True) for name in mapping.categorical}
        return {name: value for name, value in (numbers | texts).items() if value is not None}

    def _fail(self, key: str, problem: str) -> NoReturn:
        raise TableError(f"{self._mapping.path}: {key} {problem}")


def _columns(mapping: TableMapping) -> Iterator[tuple[str, str]]:
    """Yield each event field with the names of the columns that it is made of."""
    texts = {**mapping.entities, "address": mapping.address, "currency": mapping.currency}
    for field, spec in texts.items():
        columns = spec.columns if isinstance(spec, TextColumn) else tuple((spec or {}).values())
        if columns:
            yield field, "+".join(columns)
    if mapping.amount is not None:
        yield "amount", mapping.amount.column
    if mapping.account_created_at is not None:
        yield "account_created_at", mapping.account_created_at.name
