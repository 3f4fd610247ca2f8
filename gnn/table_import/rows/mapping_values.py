"""The fields of an event's JSON object, each as one column of texts `"name":value`.

Null where a row has none.
"""

from __future__ import annotations

import ipaddress
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from domain.events.currency import CODES, HUNDREDTHS
from domain.events.event import MAX_AMOUNT
from domain.graph import AMOUNT_TYPES, EVENT_TYPES
from gnn.table_import.mapping import AmountColumn, NumberStyle, TextColumn
from gnn.table_import.rows.addresses import address
from gnn.table_import.rows.batch import EMPTY, PARTIAL, RowBatch, unread
from gnn.table_import.rows.spoilt_ids import check_errors
from gnn.table_import.values.columns import as_text, json_field, json_object, quoted, with_null
from gnn.table_import.values.number_hints import number_mend
from gnn.table_import.values.numbers import as_numbers

_MAX_NUMBER = 1e300  # of an attribute, as the event contract has it
REFUND = "refund_request"
_PAID = pa.array(sorted(AMOUNT_TYPES))
_IP_NUMBER = r"^\d{1,10}(\.\d+)?$"
_REFUSED = {
    "account_id": "says that the account is not known; map a column that tells guests apart, or set on_error: skip in the mapping",
    "ip": "is no IP address, or several; mend it, or list it under missing",
}
"""Field to what is wrong with a text for which the job would reject the event."""
_HUNDREDTHS = pa.array(sorted(HUNDREDTHS))


def event_types(batch: RowBatch) -> pa.StringArray:
    """Return the type of each row, null where the column's value means none (a fault)."""
    spec = batch.mapping.event_type
    if spec.column is None:
        return batch.constant(str(spec.constant))
    raw = batch.column(spec.column)
    batch.faults.add(spec.column, EMPTY, pc.is_null(raw))
    types = dict(zip(EVENT_TYPES, EVENT_TYPES, strict=True)) | dict(spec.types or {})
    places = pc.index_in(as_text(raw), pa.array(list(types)))
    kinds = pa.array(list(types.values())).take(places)
    batch.faults.add(spec.column, "is no event type; add it to event_type.map", unread(raw, kinds), raw)
    return kinds


def entities(batch: RowBatch) -> list[pa.StringArray]:
    """Return the entities' fields, of events and labels alike; a row without an account is a fault."""
    mapping, fields = batch.mapping, []
    accounts = batch.text(mapping.entities["account_id"])
    for name, spec in mapping.entities.items():
        text = accounts if name == "account_id" else batch.text(spec)
        if len(spec.columns) > 1:
            _check_parts(batch, name, spec, text)
        if name == "account_id":
            batch.faults.add("+".join(spec.columns), EMPTY, pc.is_null(text))
        if name == "ip":
            text = _dotted(batch, spec, text)
        refused = batch.watch.identifiers.see(name, text, accounts)
        if refused:
            batch.faults.add("+".join(spec.columns), _REFUSED[name], pc.is_in(text, pa.array(refused)))
        fields.append(with_null(name, quoted(text)))
    if mapping.address is not None:
        fields.append(with_null("address", address(batch, accounts)))
    return fields


def _check_parts(batch: RowBatch, name: str, spec: TextColumn, text: pa.StringArray) -> None:
    """Note the rows with some parts alone: bad ones for an account, else without that identifier."""
    partial_ = batch.partial(spec, text)
    if name == "account_id":
        batch.faults.add("+".join(spec.columns), PARTIAL, partial_)
    else:
        batch.watch.identifiers.partial(name, pc.sum(partial_).as_py() or 0)


def _dotted(batch: RowBatch, spec: TextColumn, text: pa.StringArray) -> pa.StringArray:
    """Return IPv4 addresses that are stored as a number in their usual form.

    A fraction, which some exports leave, is dropped.
    """
    numbers = pc.match_substring_regex(text, _IP_NUMBER)
    if not pc.any(numbers).as_py():
        return text
    wide = pc.and_(numbers, pc.greater_equal(as_numbers(pc.if_else(numbers, text, None)), 2.0**32))
    batch.faults.add("+".join(spec.columns), "is a number beyond IPv4; mend it or map the text form", wide)
    plain = pc.and_(numbers, pc.invert(pc.coalesce(wide, False)))
    pairs = zip(text.to_pylist(), plain.to_pylist(), strict=True)
    return pa.array([str(ipaddress.IPv4Address(int(float(t)))) if is_number else t for t, is_number in pairs], pa.string())


def types_by_sign(batch: RowBatch, types: pa.StringArray) -> pa.StringArray:
    """Return the types, `refund_request` where the mapping says that a negative amount is one."""
    spec = batch.mapping.amount
    if spec is None or spec.negative != REFUND:
        return types
    paid_back = pc.and_(pc.is_in(types, _PAID), pc.less(batch.amounts()[1], 0.0))
    return pc.if_else(pc.coalesce(paid_back, False), REFUND, types)


def money(batch: RowBatch, types: pa.StringArray) -> list[pa.StringArray]:
    """Return amount and currency of the types that carry them."""
    mapping, paid, fields = batch.mapping, pc.is_in(types, _PAID), []
    if mapping.amount is not None:
        fields.append(json_field("amount", pc.if_else(paid, _amount(batch, mapping.amount, paid).cast(pa.string()), None)))
    if mapping.currency is not None:
        sent = batch.text(mapping.currency)
        code = pc.if_else(pc.is_in(sent, _HUNDREDTHS), sent, pc.utf8_upper(sent))  # GBp is no GBP
        strange = pc.and_(paid, pc.invert(pc.is_in(code, pa.array([*sorted(CODES), None]))))
        name = "+".join(mapping.currency.columns) or "currency"
        batch.faults.add(name, "is no ISO 4217 code; mend it, or leave currency out of the mapping", strange, code)
        fields.append(pc.if_else(paid, with_null("currency", quoted(code)), None))
    return fields


def _amount(batch: RowBatch, spec: AmountColumn, paid: pa.BooleanArray) -> pa.DoubleArray:
    """Return the amounts from 0; those that no event can carry are faults."""
    raw, amount = batch.amounts()
    if spec.negative != "refuse":
        amount = pc.abs(amount)
    faults, mend = batch.faults, partial(number_mend, style=spec.style, key="amount")
    faults.add(spec.column, EMPTY, pc.and_(paid, pc.is_null(raw)))
    faults.add(spec.column, "is no finite number", pc.and_(paid, unread(raw, amount)), raw, mend)
    negative = "is negative; set amount.negative: refund_request or absolute, or mend it"
    faults.add(spec.column, negative, _less(paid, amount, 0.0), raw)
    faults.add(spec.column, f"is above {MAX_AMOUNT:g}; mend it", _less(paid, pc.negate(amount), -MAX_AMOUNT), raw)
    return amount


def _less(paid: pa.BooleanArray, amount: pa.DoubleArray, bound: float) -> pa.BooleanArray:
    return pc.and_(paid, pc.less(amount, bound))


def attributes(batch: RowBatch) -> list[pa.StringArray]:
    """Return the extra inputs.

    A missing or infinite one is left out, a text that should be a number is a fault.
    """
    mapping, fields = batch.mapping, []
    for name, style in mapping.numeric.items():
        raw = batch.column(name)
        batch.watch.cards(name, raw)
        batch.watch.numbers(name, raw, batch.table, batch.first_row)
        number = as_numbers(raw, style)
        if pa.types.is_string(raw.type):
            infinite = pc.match_substring_regex(raw, r"(?i)^[+-]?inf")
            mend = partial(_attribute_mend, style=style)
            batch.faults.add(name, "is no number", pc.and_(unread(raw, number), pc.invert(infinite)), raw, mend)
        number = pc.if_else(pc.less_equal(pc.abs(number), _MAX_NUMBER), number, None)
        fields.append(json_field(name, number.cast(pa.string())))
    for name in mapping.categorical:
        raw = batch.column(name)
        batch.watch.cards(name, raw)
        check_errors(name, raw, batch.faults)
        fields.append(json_field(name, quoted(batch.short(as_text(raw), printable=True))))
    return [json_field("attributes", json_object(fields))] if fields else []


def _attribute_mend(text: str, style: NumberStyle) -> str:
    return f"{number_mend(text, style, 'numbers')}, or list the column under attributes.categorical"
