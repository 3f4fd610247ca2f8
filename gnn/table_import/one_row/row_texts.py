"""Texts and numbers of one row, as the import reads them column by column."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from ipaddress import IPv4Address

import pyarrow as pa

from domain.events.event import MAX_TEXT, Rejected
from domain.events.identity.nobody import OF_NOBODY
from gnn.table_import.mapping import NumberStyle, TextColumn
from gnn.table_import.values.numbers import as_numbers

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_IP_NUMBER = re.compile(r"\d{1,10}(\.\d+)?", re.ASCII)
_BEYOND_IPV4 = 1 << 32
_INFINITE = re.compile(r"[+-]?inf", re.IGNORECASE)
_MAX_NUMBER = 1e300  # of an attribute, as the event contract has it
_NOBODY = OF_NOBODY - {"na"}  # `NA` may be a country


def carried(text: str | None, printable: bool = False, lines: bool = False) -> str | None:
    """Return a text, or its hash if no event can carry it; see `values.columns.shortened`."""
    if text is None:
        return None
    control = (_CONTROL_BUT_LINES if lines else _CONTROL).search(text)
    if len(text) <= MAX_TEXT and not control and (not printable or text.isprintable()):
        return text
    return "blake2b:" + hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def whole(parts: Sequence[str | None], spec: TextColumn) -> str | None:
    """Return the parts joined, None where one is missing; see `values.columns.whole`."""
    found = [part if part is None or part.lower() not in _NOBODY else None for part in parts]
    if all(part is None for part in found) or (None in found and not spec.gaps):
        return None
    texts, separator = [part or "" for part in found], spec.separator
    if any(separator in text for text in texts):
        texts = [text.replace("\\", "\\\\").replace(separator, "\\" + separator) for text in texts]
    return separator.join(texts)


def dotted(text: str, column: str) -> str:
    """Return an IPv4 address that is stored as a number in its usual form."""
    if not _IP_NUMBER.fullmatch(text):
        return text
    number = int(float(text))
    if number >= _BEYOND_IPV4:
        raise Rejected(column, "it is a number beyond IPv4; send the text form")
    return str(IPv4Address(number))


def with_word(text: str) -> str | None:
    """Return an address; None if it holds neither letter nor digit."""
    return text if any(map(str.isalnum, text)) else None


def number(text: str, style: NumberStyle) -> float | None:
    """Return the number that a text is in a style; None if it is none, or infinite."""
    found: float | None = as_numbers(pa.array([text], pa.string()), style)[0].as_py()
    return found


def attribute(text: str, style: NumberStyle, column: str) -> float | None:
    """Return a numeric attribute, None for one without end; raise `Rejected` for what is no number."""
    found = number(text, style)
    if found is None and not _INFINITE.match(text):
        raise Rejected(column, "it is no number of the form that the mapping names")
    return found if found is not None and abs(found) <= _MAX_NUMBER else None
