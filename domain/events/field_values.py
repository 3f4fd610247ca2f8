"""Amounts, currencies, truth and attributes, as producers write them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from domain.events.currency import CODES, HUNDREDTHS
from domain.events.event import MAX_AMOUNT, MAX_ATTRIBUTES, MAX_TEXT, Rejected
from domain.events.field_texts import is_empty, object_in
from domain.events.identity import is_of_nobody
from domain.events.quoting import kind_of, name_of

_NUMBER = re.compile(r"\s*([+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,4})?)\s*")
_WANTED_AMOUNT = "a number is wanted, not a string; write 1234.5, without a currency's sign, without separators of thousands"
_BASE64 = re.compile(r"(?=.*[A-Z=])(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)")
_DECIMAL_BYTES = (
    "a number is wanted, not a string; if it is Base64, as Debezium writes decimals, let decimal.handling.mode be string or double"
)
_NO_AMOUNT = re.compile(r"\s*[+-]?(?:nan|inf(?:inity)?)\s*", re.IGNORECASE)
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_TRUTH = {**dict.fromkeys(("true", "t", "yes", "y", "1"), True), **dict.fromkeys(("false", "f", "no", "n", "0"), False)}


def amount_of(value: Any) -> float:
    """Return an amount, NaN for an empty text; a decimal number may be in quotes. Raises `Rejected`."""
    if value.__class__ is str:
        if is_empty(value):
            return math.nan
        value = _number_in(value, "amount", "amount", _wanted_amount(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Rejected("amount", f"a number is wanted, not {kind_of(value)}")
    if value != value:
        raise Rejected("amount", f"NaN does not lie between 0 and {MAX_AMOUNT:g}; send null for an unknown amount")
    if not 0 <= value <= MAX_AMOUNT:  # false for infinities, too
        raise Rejected("amount", f"it must lie between 0 and {MAX_AMOUNT:g}")
    return float(value)


def _wanted_amount(text: str) -> str:
    """Return what to send instead of a text that is no number."""
    if _NO_AMOUNT.fullmatch(text) or is_of_nobody(text):
        return "a number is wanted, not a string that says that there is none; send null for an unknown amount"
    return _DECIMAL_BYTES if _BASE64.fullmatch(text) else _WANTED_AMOUNT


def currency_of(value: Any) -> str:
    """Return an ISO 4217 code, sent in any case; "" for an empty text. Raises `Rejected`."""
    if is_empty(value):
        return ""
    if isinstance(value, str) and (part := HUNDREDTHS.get(value.strip())):
        raise Rejected("currency", f"{value.strip()} is {part}, and the amount in them")
    code = value.strip().upper() if isinstance(value, str) and value.isascii() else ""
    if code not in CODES:
        raise Rejected("currency", "an ISO 4217 code such as EUR is wanted")
    return code


def truth_of(value: Any, field: str) -> bool:
    """Return true or false, also sent as 1 or 0, or as text; yes and no count. Raises `Rejected`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    found = _TRUTH.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise Rejected(field, f"true or false is wanted, not {_seen(value)}; 1 and 0, yes and no count as well")
    return found


def attributes_of(value: Any) -> Mapping[str, Any]:
    """Return the checked attributes; raise `Rejected`."""
    if is_empty(value):
        return {}
    if isinstance(value, str):
        found = object_in(value, "attributes")
        value = value if found is None else found
    if not isinstance(value, dict):
        raise Rejected("attributes", f"an object is wanted, not {kind_of(value)}")
    if len(value) > MAX_ATTRIBUTES:
        raise Rejected("attributes", f"{len(value)} entries are too many; at most {MAX_ATTRIBUTES}")
    for name, one in value.items():
        if len(name) > MAX_TEXT or not name.isprintable():
            _check_text(name, "a name")
        if isinstance(one, str):
            if len(one) > MAX_TEXT or not one.isprintable():
                _check_text(one, name_of(name))
        elif isinstance(one, int | float):  # true and false are integers to Python
            if not abs(one) <= 1e300:
                raise Rejected("attributes", f"{name_of(name)} is not a finite number; send null for an unknown value")
        elif one is not None:
            raise Rejected("attributes", f"{name_of(name)} must be a number or a string, not {kind_of(one)}")
    return value


def _check_text(text: str, whose: str) -> None:
    """Reject a name or a value of an attribute that is too long or holds control characters."""
    if len(text) > MAX_TEXT:
        raise Rejected("attributes", f"{whose} has {len(text)} characters, which are too long; at most {MAX_TEXT}")
    if found := _UNPRINTED.search(text):
        raise Rejected("attributes", f"{whose} holds U+{ord(found[0]):04X}, which cannot be printed; send printable text")


def number_of(attributes: Mapping[str, Any], name: str) -> float:
    """Return a numeric attribute, NaN if it is missing; true and false count as 1 and 0."""
    value = attributes.get(name, "")
    if is_empty(value):
        return math.nan
    if value.__class__ is not str:
        return float(value)
    truth = {"true": 1.0, "false": 0.0}.get(value.strip().lower())
    if truth is not None:
        return truth
    return _number_in(value, "attributes", name, f"{name} must be a number: graph.numeric_attributes names it")


def category_of(attributes: Mapping[str, Any], name: str) -> str:
    """Return a categorical attribute as text, "" if it is missing; true and false as JSON writes them."""
    value = attributes.get(name)
    if is_empty(value):
        return ""
    return str(value).lower() if value.__class__ is bool else str(value)


def _number_in(text: str, field: str, name: str, wanted: str) -> float:
    found = _NUMBER.fullmatch(text)
    if not found:
        raise Rejected(field, wanted)
    value = float(found[1])
    if field == "attributes" and not abs(value) <= 1e300:
        raise Rejected(field, f"{name} is not a finite number; send null for an unknown value")
    return value


def _seen(value: Any) -> str:
    return "an empty string" if value.__class__ is str and is_empty(value) else kind_of(value)
