"""One JSON object in, one `Event` out, or `Rejected` with the field and the mend."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache, partial
from typing import Any, NoReturn

from domain.events.currency import CODES
from domain.events.event import (
    FIELDS,
    FUTURE_MS,
    LABEL_FIELDS,
    MAX_AMOUNT,
    MAX_ATTRIBUTES,
    MAX_ID,
    MAX_LINE_BYTES,
    MAX_TEXT,
    OLDEST_MS,
    Event,
    Rejected,
)
from domain.events.identity import ADDRESS_PARTS, MISSING, NoIdentifier, Pseudonyms
from domain.graph import AMOUNT_TYPES, ENTITY_FIELDS, EVENT_TYPES, LABEL, LABEL_CODE, GraphSettings
from domain.times import now_ms

MAX_DEPTH = 4  # the contract nests two deep; the JSON scanner's own recursion must never be reached
KEPT_RAW = 1024  # bytes of a rejected line that are kept

_TYPE_CODES = {name: code for code, name in enumerate((*EVENT_TYPES, LABEL))}
_REMEMBERED = 1 << 15
"""Texts per field and process whose pseudonyms are kept: devices and addresses repeat; to check, normalise
and hash costs 2 to 10 us.
"""
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
# possessive, and matches without its end, too: linear on any input
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_WHITESPACE = " \t\n\r"
_WHERE_KEYS_END = (b'":', *(b'"' + space.encode() for space in _WHITESPACE))
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# an address may have lines and tabs
_NOT_WRITTEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object whose keys differ.

    Of two values nobody knows which one other readers of the line take.
    """
    doc = dict(pairs)
    if len(doc) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in doc if keys.count(key) > 1)
        raise Rejected(twice if twice in FIELDS or twice in LABEL_FIELDS else "line", f"{_short(twice)} appears twice in an object")
    return doc


class EventParser:
    """Parser of lines. Pure but for the clock, which bounds times in the future."""

    def __init__(self, graph: GraphSettings, pseudonyms: Pseudonyms, now_ms: Callable[[], int] = now_ms) -> None:
        self._pseudonyms = pseudonyms
        self._entity_kinds = len(graph.entities)
        self._no_keys = [MISSING] * len(graph.stages)
        self._fields = tuple(self._field(kind, graph) for kind in sorted(ENTITY_FIELDS, key=lambda kind: kind == "address"))
        self._numeric = graph.numeric_attributes
        self._categorical = graph.categorical_attributes
        self._now_ms = now_ms
        self._latest_ms = 0
        """No event time up to here lies too far in the future; the clock is asked again for a later one."""
        # NaN and infinities are left to the fields' checks
        self._read: Callable[[str], tuple[Any, int]] = json.JSONDecoder().raw_decode
        self._decode = json.JSONDecoder(object_pairs_hook=_once).decode

    def _field(self, kind: str, graph: GraphSettings) -> tuple[str, int | None, Callable[[str], Any]]:
        """Return (name, its stage or None, what checks a text and returns its pseudonym)."""
        field, form = ENTITY_FIELDS[kind], self._pseudonyms.form(kind)
        if kind not in graph.stages:
            return field, None, partial(_spelling, kind, field, form)
        return field, graph.stages.index(kind), lru_cache(maxsize=_REMEMBERED)(partial(self._pseudonym, kind, field, form))

    def _pseudonym(self, kind: str, field: str, form: Callable[[str], str], text: str) -> int:
        spelling = _spelling(kind, field, form, text)
        return self._pseudonyms.of_text(kind, spelling) if spelling else MISSING

    def parse(self, line: bytes) -> Event:
        """Return the event of one line (UTF-8 JSON without the line break); raise `Rejected`."""
        doc = self._document(line)
        if not FIELDS.issuperset(doc):
            _only_of_labels(doc)
        code = _event_type(doc)
        event_id = _identifier(doc, "event_id")
        attributes = _attributes(doc)
        time_ms, keys = self._time(doc, "event_time"), self._keys(doc)
        event = Event(event_id, code, time_ms, keys[: self._entity_kinds], self._pseudonyms.of_text("event", event_id))
        event.places = keys[self._entity_kinds :]
        if doc.get("account_created_at") is not None:
            event.created_ms = self._time(doc, "account_created_at")
        if code == LABEL_CODE:
            self._label(doc, event)
        self._money(doc, event)
        if self._numeric or self._categorical:
            event.numeric = tuple(_number(attributes, name) for name in self._numeric)
            event.categorical = tuple(self._category(attributes, name) for name in self._categorical)
        return event

    def _document(self, line: bytes) -> dict[str, Any]:
        if len(line) > MAX_LINE_BYTES:
            raise Rejected("line", f"{len(line):,} bytes are too long; an event has at most {MAX_LINE_BYTES:,}")
        if line.count(b"[") + line.count(b"{") > MAX_DEPTH and _depth(line) > MAX_DEPTH:
            raise Rejected("line", f"nested deeper than {MAX_DEPTH} levels; the contract needs two")
        try:
            text = line.decode("utf-8")
            doc = self._plain_object(text, line)
            if doc is None:
                doc = self._decode(text)
        except UnicodeDecodeError as error:
            raise Rejected("line", f"not UTF-8 at byte {error.start}; send UTF-8") from None
        except json.JSONDecodeError as error:
            raise Rejected("line", f"not JSON at character {error.pos}: {error.msg}") from None
        except ValueError:  # Python refuses integers of thousands of digits
            raise Rejected("line", "a number has too many digits") from None
        if not isinstance(doc, dict):
            raise Rejected("line", f"a JSON object is wanted, not {_named(doc)}")
        return doc

    def _plain_object(self, text: str, line: bytes) -> dict[str, Any] | None:
        """Return the object of a line where a glance shows that no key occurs twice in it; else None.

        `_once` looks closely, but takes as long as all the rest of the reading. Every key is followed by a
        colon, at once or after white space: if there are no more of those than keys in the end, none was
        lost.
        """
        if text[:1] != "{":
            return None
        try:
            doc, end = self._read(text)
        except ValueError:
            return None
        if text[end:].strip(_WHITESPACE):
            return None
        keys = len(doc)  # it is an object: the text begins with a brace
        for field in ("address", "attributes"):
            if (inner := doc.get(field)).__class__ is dict:
                keys += len(inner)
        if line.count(b":") > keys and sum(map(line.count, _WHERE_KEYS_END)) > keys:
            return None
        found: dict[str, Any] = doc
        return found

    def _time(self, doc: Mapping[str, Any], field: str) -> int:
        value = doc.get(field)
        if isinstance(value, str):
            value = _rfc3339(field, value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Rejected(field, f"integer milliseconds since 1970 or an RFC 3339 string is wanted, not {_named(value)}")
        if value < OLDEST_MS:
            raise Rejected(field, f"{_short(value)} lies before 1990; send milliseconds, not seconds")
        if value > self._latest_ms:
            self._latest_ms = self._now_ms() + FUTURE_MS
        if value > self._latest_ms:
            raise Rejected(field, f"{_short(value)} lies more than a day in the future; mend the sender's clock")
        return value

    def _keys(self, doc: Mapping[str, Any]) -> tuple[int, ...]:
        if doc.get("account_id") is None:
            raise Rejected("account_id", "it is required")
        keys = self._no_keys.copy()
        for field, stage, of in self._fields:
            value = doc.get(field)
            if value is not None:
                key = of(value if value.__class__ is str else _written_out(value, field))
                if stage is not None:
                    keys[stage] = key
        return tuple(keys)

    def _label(self, doc: Mapping[str, Any], event: Event) -> None:
        event.subject_hash = self._pseudonyms.of_text("event", _identifier(doc, "subject_event_id"))
        is_fraud = doc.get("is_fraud")
        if not isinstance(is_fraud, bool):
            raise Rejected("is_fraud", f"true or false is wanted, not {_named(is_fraud)}")
        if doc.get("source") is not None:
            _text(doc["source"], "source")
        event.is_fraud = is_fraud

    @staticmethod
    def _money(doc: Mapping[str, Any], event: Event) -> None:
        amount, currency = doc.get("amount"), doc.get("currency")
        if amount is None and currency is None:
            return
        if doc["event_type"] not in AMOUNT_TYPES:
            raise Rejected("amount" if amount is not None else "currency", "only order, payment and refund_request carry it")
        if amount is not None:
            if isinstance(amount, bool) or not isinstance(amount, int | float):
                raise Rejected("amount", f"a number is wanted, not {_named(amount)}")
            if not 0 <= amount <= MAX_AMOUNT:  # false for infinities, too
                raise Rejected("amount", f"it must lie between 0 and {MAX_AMOUNT:g}")
            event.amount = float(amount)
        if currency is not None:
            if currency not in CODES if isinstance(currency, str) else True:
                raise Rejected("currency", "an ISO 4217 code such as EUR is wanted")
            event.currency = currency

    def _category(self, attributes: Mapping[str, Any], name: str) -> int:
        value = attributes.get(name)
        return 0 if value is None else self._pseudonyms.of(f"attribute {name}", str(value)) & 0xFFFFFFFF


def rejection(line: bytes, why: Rejected, now_ms: int) -> dict[str, Any]:
    """Return the dead-letter document: reason, field, and the line, cut to `KEPT_RAW` bytes."""
    return {
        "field": why.field,
        "reason": str(why),
        "bytes": len(line),
        "raw": line[:KEPT_RAW].decode("utf-8", errors="backslashreplace"),
        "rejected_at": now_ms,
    }


def _only_of_labels(doc: Mapping[str, Any]) -> None:
    """Reject fields that nobody knows, and those of labels in other events."""
    for field in doc:
        if field in FIELDS:
            continue
        if field not in LABEL_FIELDS:
            _unknown_field(field)
        if doc.get("event_type") != LABEL and doc[field] is not None:
            raise Rejected(field, "only label events carry it")


def _unknown_field(field: str) -> NoReturn:
    shown = field if len(field) <= 64 and field.isprintable() and field.strip() else _short(field)
    near = get_close_matches(field[:64], FIELDS | LABEL_FIELDS, n=1)
    mend = f"did you mean {near[0]}?" if near else "put extra inputs into attributes"
    raise Rejected(shown, f"unknown field; {mend}")


def _event_type(doc: Mapping[str, Any]) -> int:
    value = doc.get("event_type")
    code = _TYPE_CODES.get(value) if isinstance(value, str) else None
    if code is None:
        shown = _short(value) if isinstance(value, str) else _named(value)
        raise Rejected("event_type", f"one of {', '.join(_TYPE_CODES)} is wanted, not {shown}")
    return code


def _identifier(doc: Mapping[str, Any], field: str) -> str:
    value = doc.get(field)
    if not isinstance(value, str):
        raise Rejected(field, f"a string is wanted, not {_named(value)}")
    if not 1 <= len(value) <= MAX_ID:
        raise Rejected(field, f"1 to {MAX_ID} characters are wanted, not {len(value)}")
    if not value.isprintable() or value.isspace():
        raise Rejected(field, "it holds characters that cannot be printed")
    return value


def _text(value: Any, field: str, unwanted: re.Pattern[str] = _UNPRINTABLE) -> str:
    if not isinstance(value, str):
        raise Rejected(field, f"a string is wanted, not {_named(value)}")
    if len(value) > MAX_TEXT:
        raise Rejected(field, f"{len(value)} characters are too long; at most {MAX_TEXT}")
    if not value or value.isspace():
        raise Rejected(field, "it is empty; send null for an unknown value")
    if not value.isprintable() and unwanted.search(value):
        raise Rejected(field, "it holds control characters or half a surrogate pair; send printable text")
    return value


def _written_out(value: Any, field: str) -> str:
    """Return the parts of an address object joined, not yet normalised.

    Nothing else may be an object.
    """
    if field != "address":
        return _text(value, field)
    if not isinstance(value, dict):
        raise Rejected("address", f"a string or an object is wanted, not {_named(value)}")
    for part, text in value.items():
        if part not in ADDRESS_PARTS:
            raise Rejected("address", f"unknown part {_short(part)}; use {', '.join(ADDRESS_PARTS)}")
        if text is not None and not isinstance(text, str):
            raise Rejected("address", f"{part} must be a string, not {_named(text)}")
    return " ".join(value[part] for part in ADDRESS_PARTS if value.get(part))


def _spelling(kind: str, field: str, form: Callable[[str], str], text: str) -> str:
    """Return the canonical form, which is hashed; empty if the text says that the identifier is not known."""
    _text(text, field, _NOT_WRITTEN if kind == "address" else _UNPRINTABLE)
    try:
        spelling = form(text)
    except NoIdentifier as why:
        raise Rejected(field, str(why)) from None
    if kind == "address" and not spelling:
        raise Rejected("address", "it holds no letter and no digit")
    if kind == "account" and not spelling:
        raise Rejected(field, "it holds nothing that can be seen; send the account's id")
    return spelling


def _attributes(doc: Mapping[str, Any]) -> Mapping[str, Any]:
    attributes = doc.get("attributes")
    if attributes is None:
        return {}
    if not isinstance(attributes, dict):
        raise Rejected("attributes", f"an object is wanted, not {_named(attributes)}")
    if len(attributes) > MAX_ATTRIBUTES:
        raise Rejected("attributes", f"{len(attributes)} entries are too many; at most {MAX_ATTRIBUTES}")
    for name, value in attributes.items():
        if len(name) > MAX_TEXT or not name.isprintable():
            raise Rejected("attributes", "a name is too long or cannot be printed")
        if isinstance(value, str):
            if len(value) > MAX_TEXT or not value.isprintable():
                raise Rejected("attributes", f"{name} is too long or cannot be printed")
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise Rejected("attributes", f"{name} must be a number or a string, not {_named(value)}")
        elif not abs(value) <= 1e300:
            raise Rejected("attributes", f"{name} is not a finite number")
    return attributes


def _number(attributes: Mapping[str, Any], name: str) -> float:
    value = attributes.get(name, math.nan)
    if isinstance(value, str):
        raise Rejected("attributes", f"{name} must be a number: graph.numeric_attributes names it")
    return float(value)


def _rfc3339(field: str, value: str) -> int:
    if not _RFC3339.fullmatch(value):
        raise Rejected(field, f"not RFC 3339: {_short(value)}; write it like 2026-01-31T12:00:00Z")
    try:
        return round(datetime.fromisoformat(value.upper()).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Rejected(field, f"no such time: {_short(value)}") from None


def _depth(line: bytes) -> int:
    """Return how deep arrays and objects nest, strings left out; without recursion."""
    depth = deepest = 0
    for char in _STRING.sub(b"", line):
        if char in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in b"]}":
            depth -= 1
    return deepest


def _short(value: str | int) -> str:
    """Return a value as a reason quotes it: ASCII, and never longer than a line of text."""
    return ascii(value if isinstance(value, int) else value[:40])[:64]


def _named(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "true or false", int: "a number", float: "a number"}
    return "nothing" if value is None else names[type(value)]
