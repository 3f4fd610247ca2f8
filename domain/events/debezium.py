"""Debezium's records: changes of rows, rows that it has unwrapped, and what it sends beside them."""

from __future__ import annotations

import base64
import json
from typing import Any

from domain.events.decimals import decoded
from domain.events.event import Rejected
from domain.events.field_texts import is_empty
from domain.events.field_values import truth_of
from domain.events.json_object import json_object
from domain.events.quoting import kind_of
from domain.events.skipped import DELETE, HEARTBEAT, MESSAGE, SCHEMA_CHANGE, TOMBSTONE, TRANSACTION, TRUNCATE, Skipped

_UNAVAILABLE = "__debezium_unavailable_value"
_UNAVAILABLE_TEXTS = frozenset(
    {
        _UNAVAILABLE,
        base64.b64encode(_UNAVAILABLE.encode()).decode(),
        _UNAVAILABLE.encode().hex(),
        json.dumps({_UNAVAILABLE: _UNAVAILABLE}, separators=(",", ":")),  # of a column of the type hstore
    }
)
"""What Debezium sends for a column that is unchanged and that the database did not write to its log."""
_WITHOUT_ROW = {"d": DELETE, "t": TRUNCATE, "m": MESSAGE}
_WITH_ROW = frozenset("cru")


def is_change(doc: dict[str, Any]) -> bool:
    """Return whether an object is a change of a row, with its operation, also inside `payload`."""
    payload = doc.get("payload")
    inner = payload if isinstance(payload, dict) else doc
    return "op" in inner and not inner.keys().isdisjoint({"before", "after", "source"})


def kind_beside_rows(doc: dict[str, Any]) -> str:
    """Return the kind of a record that is no row's by design; empty for any other."""
    if "ddl" in doc or "tableChanges" in doc:
        return SCHEMA_CHANGE
    if doc.get("status") in ("BEGIN", "END") and "event_id" not in doc:
        return TRANSACTION
    return HEARTBEAT if doc.keys() == {"ts_ms"} else ""


def row_in(doc: dict[str, Any]) -> dict[str, Any]:
    """Return the event in a change or an unwrapped row, with or without its schema.

    Raises `Skipped`, `Rejected`.
    """
    schema = doc.get("schema")
    if "payload" in doc:
        doc = payload_of(doc)
    if is_change(doc):
        return row_after(doc, schema)
    if kind := kind_beside_rows(doc):
        raise Skipped(kind)
    return plain_row(decoded(doc, schema))


def payload_of(doc: dict[str, Any]) -> dict[str, Any]:
    """Return the payload beside a schema; raise `Skipped` if there is none, `Rejected`."""
    payload = doc["payload"]
    if payload is None:
        raise Skipped(TOMBSTONE)
    if not isinstance(payload, dict):
        raise Rejected("line", f"payload must be an object, not {kind_of(payload)}")
    return payload


def row_after(change: dict[str, Any], schema: Any) -> dict[str, Any]:
    """Return the row after a change. The row before one is never read: it is no longer true."""
    check_operation(change.get("op"), "op")
    after = change.get("after")
    if isinstance(after, str):  # MongoDB's connector writes the document as text
        after = json_object(after.encode("utf-8", "surrogatepass"))
    if not isinstance(after, dict):
        raise Rejected("line", f"Debezium's after must be an object, not {kind_of(after)}")
    return plain_row(decoded(after, schema))


def check_operation(op: Any, name: str) -> None:
    """Raise `Skipped` for an operation that leaves no row, `Rejected` for an unknown one."""
    letter = op.strip().lower() if isinstance(op, str) else ""
    if letter in _WITHOUT_ROW:
        raise Skipped(_WITHOUT_ROW[letter])
    if letter not in _WITH_ROW:
        shown = "another text" if isinstance(op, str) else kind_of(op)
        raise Rejected("line", f"Debezium's {name} is {shown}; c, r, u, d, t and m are known")


def plain_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as an event: without Debezium's own fields and unknown values."""
    if not is_empty(deleted := row.get("__deleted")) and truth_of(deleted, "__deleted"):
        raise Skipped(DELETE)
    if not is_empty(op := row.get("__op")):
        check_operation(op, "__op")
    return {name: value for name, value in row.items() if not name.startswith("__") and not _is_unavailable(value)}


def _is_unavailable(value: Any) -> bool:
    """Return whether a column's value is Debezium's for an unknown one: text, or a map or array of it."""
    if isinstance(value, dict | list) and len(value) == 1:
        value = next(iter(value))
    return isinstance(value, str) and value in _UNAVAILABLE_TEXTS
