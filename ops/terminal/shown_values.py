"""Values of stream documents as text that a terminal takes for nothing but text."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.incidents.money import money_text, to_units
from domain.wording import counted, written

UNKNOWN = "?"
_LARGEST_AMOUNT = 1e15  # shown to the last digit
_CURRENCY = 8  # characters; a code has three
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_MARKS = ("Mn", "Me", "Mc")
_HEAP = 4  # marks on a letter; no language needs more
LINE_CHARS = 160  # of one text in a line: a long reason, not a flood


def plain(value: object, limit: int = LINE_CHARS) -> str:
    """Return `value` as one line of at most `limit` characters, "?" if it is absent.

    Control characters (escape sequences with them), bidirectional overrides and other invisible formatting,
    halves of surrogate pairs, and marks in heaps are dropped; line ends and tabs become spaces.
    """
    if value is None:
        return UNKNOWN
    kept = visible(" ".join(str(value)[: 4 * limit].split()))
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def visible(text: str, also: str = "") -> str:
    """Return a text without what is not seen, but for letters of `also`, and without marks in heaps: hundreds
    on one letter cover what is around it, and no line can be broken there.
    """
    if text.isascii() and text.isprintable():
        return text
    kept, heap = list[str](), 0
    for char in text:
        kind = unicodedata.category(char)
        is_unseen, is_mark = kind in _UNSEEN, kind in _MARKS
        heap = heap + is_mark if is_mark or is_unseen else 0
        if char in also or (not is_unseen and heap <= _HEAP):
            kept.append(char)
    return "".join(kept)


def mapping(value: object) -> Mapping[str, Any]:
    """Return `value` if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: object, most: int) -> list[Any]:
    """Return the first `most` items of a list, none of anything else."""
    return value[:most] if isinstance(value, list) else []


def moment(ms: object, spec: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Return milliseconds since 1970 as date and time in UTC."""
    try:
        return datetime.fromtimestamp((number_of(ms) or float("nan")) / 1000, UTC).strftime(spec)
    except (ValueError, OverflowError, OSError):
        return UNKNOWN


def number_of(value: Any) -> float | None:
    """Return `value` as a number, None if it is none."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def number(value: object, spec: str) -> str:
    """Return `value` formatted by `spec`, a very large one in few letters."""
    found = number_of(value)
    return UNKNOWN if found is None else written(found, spec)


def money(document: Mapping[str, Any]) -> str:
    """Return the document's amount with its currency, nothing if it has none."""
    if document.get("amount") is None:
        return ""
    return amount_text(document["amount"], document.get("currency"))


def amount_text(amount: object, currency: object) -> str:
    """Return an amount as summaries write it: 1,234.50 EUR, 1,500 JPY."""
    found = number_of(amount)
    if found is None or not 0 <= found < _LARGEST_AMOUNT:
        return f"{number(amount, ',.2f')} {plain(currency, _CURRENCY)}"
    return money_text(to_units(found), plain(currency, _CURRENCY))


def alert_count(count: object) -> str:
    """Return e.g. `1 alert`, `7 alerts`, `? alerts`."""
    return counted(count, "alert") if isinstance(count, int) and abs(count) < _LARGEST_AMOUNT else f"{plain(count)} alerts"


def ring_name(ring: object) -> str:
    """Return e.g. `ring 149381c0ffee0123`, whole, as cards and documents name it."""
    return "no ring" if ring is None else f"ring {plain(ring)}"
