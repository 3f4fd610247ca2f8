"""CloudEvents in JSON, structured: of any sender, and of Debezium's converter.

The converter takes operation and table out of a change and makes attributes of them, `iodebeziumop` and
`iodebeziumtable`. `data` holds what is left: the row before and after, with or without a schema.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from domain.events.debezium import check_operation, is_change, payload_of, plain_row, row_after, row_in
from domain.events.decimals import decoded
from domain.events.event import Rejected
from domain.events.json_object import json_object
from domain.events.quoting import kind_of
from domain.events.skipped import DELETE, Skipped

_VERSIONS = ("1.0", "0.3")
_JSON_TYPES = ("application/json", "text/json")
_OPERATION = "iodebeziumop"
_SIDES = frozenset({"before", "after"})


def event_of(doc: dict[str, Any]) -> dict[str, Any]:
    """Return the event in a CloudEvent; raise `Skipped` for a change that leaves no row, `Rejected`."""
    version = doc["specversion"]
    if version not in _VERSIONS:
        raise Rejected("line", f"CloudEvents of another specversion; {' or '.join(_VERSIONS)} is wanted")
    operation = doc.get(_OPERATION)
    if operation is not None:
        check_operation(operation, _OPERATION)
    data = _data(doc)
    if is_change(data):
        return _of_change(data, operation)
    schema = data.get("schema")
    if "payload" in data and "schema" in data:
        data = payload_of(data)
    if not data.keys().isdisjoint(_SIDES) and not data.keys() - _SIDES - {"source", "transaction", "ts_ms"}:
        return _of_sides(data, schema, operation)
    return plain_row(decoded(data, schema)) if operation is not None or schema is not None else data


def _of_change(data: dict[str, Any], operation: Any) -> dict[str, Any]:
    """Return the row of a whole change, whose operation must be that of the attribute."""
    inner = data["payload"] if isinstance(data.get("payload"), dict) else data
    if operation is not None and str(inner.get("op")).lower() != str(operation).strip().lower():
        raise Rejected("line", f"a CloudEvents envelope whose {_OPERATION} is not the op in its data; send one of them")
    return row_in(data)


def _of_sides(sides: dict[str, Any], schema: Any, operation: Any) -> dict[str, Any]:
    """Return the row of a change whose operation is an attribute, or plain where attributes are left out."""
    if operation is None and sides.get("after") is None:
        if isinstance(sides.get("before"), dict):
            raise Skipped(DELETE)
        raise Rejected("line", f"a change without {_OPERATION} and without a row; let extension.attributes.enable be true")
    return row_after({**sides, "op": operation or "u"}, schema)


def _data(doc: dict[str, Any]) -> dict[str, Any]:
    _check_content_type(doc.get("datacontenttype"))
    if doc.get("data") is not None and doc.get("data_base64") is not None:
        raise Rejected("line", "a CloudEvents envelope with data and data_base64; it may have one of them")
    data = _decoded(doc["data_base64"]) if doc.get("data_base64") is not None else doc.get("data")
    if isinstance(data, str) and data.lstrip()[:1] == "{":
        data = json_object(data.encode("utf-8", "surrogatepass"))
    if not isinstance(data, dict):
        raise Rejected("line", f"the data of a CloudEvents envelope must be an object, not {kind_of(data)}")
    return data


def _check_content_type(value: Any) -> None:
    kind = value.partition(";")[0].strip().lower() if isinstance(value, str) else value
    if kind is not None and kind not in _JSON_TYPES and not (isinstance(kind, str) and kind.endswith("+json")):
        raise Rejected("line", "the datacontenttype of a CloudEvents envelope is another one; send application/json")


def _decoded(text: Any) -> dict[str, Any]:
    try:
        return json_object(base64.b64decode(text, validate=True))
    except (binascii.Error, TypeError, ValueError):
        raise Rejected("line", "data_base64 of a CloudEvents envelope is no Base64") from None
