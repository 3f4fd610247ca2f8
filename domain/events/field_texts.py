"""Texts of fields: identifiers, entities, addresses. An empty text is no text, as null is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from domain.events.event import MAX_ID, MAX_TEXT, Rejected
from domain.events.identity import ADDRESS_PARTS, is_no_street, is_of_nobody, parts_joined
from domain.events.identity.nobody import OF_NOBODY
from domain.events.json_object import json_object
from domain.events.quoting import kind_of, name_of

# digits of an id that is a number: those of 64 bits
_LARGEST_ID = 1 << 64
_NUMBER_FIELDS = frozenset({"account_id", "device_fingerprint", "payment_instrument", "merchant_id"})
"""Fields whose ids may be JSON integers: databases count their rows."""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# an address may have lines and tabs
_NOT_WRITTEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def is_empty(value: Any) -> bool:
    """Return whether a value says nothing: null, or a text without a character that is seen."""
    return value is None or (value.__class__ is str and (not value or value.isspace()))


def identifier(doc: Mapping[str, Any], field: str) -> str:
    """Return the id of an event or of a label's subject; raise `Rejected`."""
    value = doc.get(field)
    if value.__class__ is not str:
        value = _number_text(value, field)
    if not 1 <= len(value) <= MAX_ID:
        raise Rejected(field, f"1 to {MAX_ID} characters are wanted, not {len(value)}")
    if not value.isprintable() or value.isspace():
        raise Rejected(field, "it holds characters that cannot be printed")
    return str(value)


def text_of(value: Any, field: str) -> str:
    """Return the text of a field that is not null and no string; parts of an address are joined."""
    if field == "address":
        return _parts_joined(value)
    return _number_text(value, field) if field in _NUMBER_FIELDS else checked(value, field)


def checked(value: Any, field: str) -> str:
    """Return a text if it can be kept, "" if it is empty; raise `Rejected`."""
    if not isinstance(value, str):
        raise Rejected(field, f"a string is wanted, not {kind_of(value)}")
    if len(value) > MAX_TEXT:
        raise Rejected(field, f"{len(value)} characters are too long; at most {MAX_TEXT}")
    if not value.isprintable():
        if value.isspace():
            return ""
        if (_NOT_WRITTEN if field == "address" else _UNPRINTABLE).search(value):
            raise Rejected(field, "it holds control characters or half a surrogate pair; send printable text")
    return "" if value.isspace() else value


def address_text(text: str) -> str:
    """Return an address that was sent as text; the joined parts of an object that a text holds."""
    inner = object_in(text, "address")
    return text if inner is None else _parts_joined(inner)


def object_in(text: str, field: str) -> dict[str, Any] | None:
    """Return the object of a field that was sent as JSON text; None for a text that does not begin like one.

    Raises `Rejected` for half an object: it is no text either.
    """
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json_object(text.encode("utf-8", "surrogatepass"))
    except Rejected as why:
        raise Rejected(field, f"a text that begins like an object, but is none ({why.reason}); send the object itself") from None


def _number_text(value: Any, field: str) -> str:
    """Return the digits of an id that was sent as an integer."""
    if isinstance(value, float):
        raise Rejected(field, "a string is wanted, not a number with a point or an exponent: ids may have been rounded")
    if isinstance(value, bool) or not isinstance(value, int):
        raise Rejected(field, f"a string is wanted, not {kind_of(value)}")
    if abs(value) >= _LARGEST_ID:
        raise Rejected(field, "a number of more than 64 bits is no id; send it as a string")
    return str(value)


def _parts_joined(value: Any) -> str:
    if not isinstance(value, dict):
        raise Rejected("address", f"a string or an object is wanted, not {kind_of(value)}")
    parts = {}
    for part, text in value.items():
        if part not in ADDRESS_PARTS:
            raise Rejected("address", f"unknown part {name_of(part)}; use {', '.join(ADDRESS_PARTS)}")
        if text.__class__ is str:
            if text and not text.isspace():
                parts[part] = text
        elif text.__class__ is int:
            parts[part] = str(text)
        elif text is not None:
            raise Rejected("address", f"{part} must be a string or an integer, not {kind_of(text)}")
    return _place(parts)


def _place(parts: dict[str, str]) -> str:
    """Return the parts of an address as one text; empty without street and postal code, for a whole town."""
    if "line1" in parts:
        if is_no_street(parts["line1"]):
            return ""
    elif is_of_nobody(parts.get("postal_code", "-")):
        return ""
    return parts_joined({part: text for part, text in parts.items() if text.strip().lower() not in OF_NOBODY})
