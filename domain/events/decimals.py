"""Decimals of Kafka Connect: bytes in Base64, whose scale the schema says."""

from __future__ import annotations

import base64
import binascii
import re
from decimal import Decimal
from typing import Any

from domain.events.event import Rejected

_DECIMAL = "org.apache.kafka.connect.data.Decimal"
_MAX_SCALE = 100
_MAX_BYTES = 64
_MEND = "let decimal.handling.mode be string or double"


def decoded(row: dict[str, Any], schema: Any) -> dict[str, Any]:
    """Return a row whose decimals are numbers: those that the schema names, and those that carry their scale.

    Raises `Rejected` for one that cannot be read.
    """
    scales = _scales(schema)
    return {name: _number(name, value, scales.get(name)) for name, value in row.items()}


def _scales(schema: Any) -> dict[str, Any]:
    """Return column -> scale of the decimals in the schema of a row, or of the change around it."""
    fields = _fields(schema)
    after = next((field for field in fields if field.get("field") == "after"), None)
    found = {}
    for field in fields if after is None else _fields(after):
        if field.get("type") == "bytes" and field.get("name") == _DECIMAL:
            parameters = field.get("parameters")
            found[str(field.get("field"))] = parameters.get("scale") if isinstance(parameters, dict) else None
    return found


def _fields(schema: Any) -> list[dict[str, Any]]:
    fields = schema.get("fields") if isinstance(schema, dict) else None
    return [field for field in fields if isinstance(field, dict)] if isinstance(fields, list) else []


def _number(name: str, value: Any, scale: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"scale", "value"} and name != "attributes":  # io.debezium.data.VariableScaleDecimal
        return _decimal(name, value["value"], value["scale"])
    return value if scale is None or value is None else _decimal(name, value, scale)


def _decimal(name: str, text: Any, scale: Any) -> int | float:
    """Return an integer where no digits follow the point, so that ids stay exact."""
    try:
        digits, places = base64.b64decode(text, validate=True), _places(scale)
    except (binascii.Error, TypeError, ValueError):
        digits, places = b"", 0
    if not 1 <= len(digits) <= _MAX_BYTES or not abs(places) <= _MAX_SCALE:
        raise Rejected(name, f"the schema says that it is a decimal in Base64, and it is not; {_MEND}")
    unscaled = int.from_bytes(digits, "big", signed=True)
    return unscaled * 10**-places if places <= 0 else float(Decimal(unscaled).scaleb(-places))


def _places(scale: Any) -> int:
    """Return a scale, an integer or the text of one; raise ValueError for another value."""
    if scale.__class__ is int:
        return int(scale)
    if isinstance(scale, str) and re.fullmatch(r"-?[0-9]{1,3}", scale):
        return int(scale)
    raise ValueError(scale)
