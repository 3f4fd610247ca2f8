"""Fields of records and conditions, checked: texts, names, versions, numbers, moments; `Rejected` names the
mend.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

from domain.events.event import Rejected
from domain.events.quoting import kind_of, name_of, short
from domain.rules.names import nearest
from domain.times import moment_ms

MAX_ID, MAX_TEXT = 64, 200
"""Longest id, and longest text, author and reason, in characters."""
MAX_VERSION = 2**53 - 1  # beyond it JSON readers round
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_LIST = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)
_EARLIEST_MS, _LATEST_MS = 10**11, 253_402_300_800_000  # 1973, below which it is seconds; the year 10000


def id_of(document: Mapping[str, Any]) -> str:
    """Return the id of a record."""
    value = document.get("id")
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Rejected("id", f"1 to {MAX_ID} letters, digits, dots, hyphens or underscores are wanted{_instead(value)}")
    return value


def version_of(document: Mapping[str, Any]) -> int:
    """Return the version of a record."""
    value = document.get("version")
    if not isinstance(value, int) or isinstance(value, bool):
        mend = "; write it without quotes" if isinstance(value, str) else "; write it without a point" if isinstance(value, float) else ""
        what = "; it is missing" if value is None else f", not {'a fraction' if isinstance(value, float) else kind_of(value)}{mend}"
        raise Rejected("version", f"a whole number from 1 on is wanted, higher than all before{what}")
    if not 1 <= value <= MAX_VERSION:
        raise Rejected("version", f"a whole number from 1 to {MAX_VERSION} is wanted, higher than all before; {short(value)} is not")
    return value


def text_of(document: Mapping[str, Any], field: str, wanted: str) -> str:
    """Return a text of 1 to `MAX_TEXT` printable characters; `wanted` says what belongs there."""
    value = document.get(field)
    if not isinstance(value, str) or not value.strip():
        raise Rejected(field, f"{wanted} is wanted, a text of 1 to {MAX_TEXT} characters{_instead(value)}")
    if len(value) > MAX_TEXT:
        raise Rejected(field, f"{len(value):,} characters are too many; at most {MAX_TEXT} are kept")
    if not value.isprintable():
        raise Rejected(field, "it holds a character that cannot be printed, such as a line break; leave it out")
    return value


def choice_of(value: Any, path: str, known: Collection[str]) -> str:
    """Return a text that is one of `known`."""
    if isinstance(value, str) and value in known:
        return value
    near = nearest(value, known) if isinstance(value, str) else None
    wanted = f"one of {', '.join(known)} is wanted" if len(known) > 1 else f"only {', '.join(known)} is possible"
    raise Rejected(path, f"{wanted}{f'; did you mean {near}?' if near else _instead(value)}")


def list_name_of(value: Any, path: str) -> str:
    """Return the name of a list."""
    if not isinstance(value, str) or not _LIST.fullmatch(value):
        raise Rejected(path, "the name of a list is wanted, 1 to 32 small letters, digits, _ or -, a letter first, such as mules")
    return value


def number_of(value: Any, path: str) -> float:
    """Return a finite JSON number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        mend = "; write it without quotes" if isinstance(value, str) else ""
        raise Rejected(path, f"a number is wanted, not {kind_of(value)}{mend}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Rejected(path, "a finite number is wanted")
    return number


def expiry_of(document: Mapping[str, Any]) -> int | None:
    """Return when a record ends to hold, in ms since 1970; None if it stays."""
    value = document.get("expires_at")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        _no_moment()
    try:
        moment = moment_ms(value.strip()) if isinstance(value, str) else value
    except (ValueError, OverflowError):
        _no_moment()
    if moment < _EARLIEST_MS:
        raise Rejected("expires_at", "it lies before 1973; milliseconds since 1970 are wanted, so seconds are multiplied by 1000")
    if moment >= _LATEST_MS:
        mend = "milliseconds since 1970 are wanted, so nanoseconds are divided by 1,000,000, or null if it stays"
        raise Rejected("expires_at", f"it lies after the year 9999; {mend}")
    return moment


def _no_moment() -> NoReturn:
    raise Rejected("expires_at", 'a time such as "2026-12-31T00:00:00Z" or milliseconds since 1970 is wanted, or null')


def refuse_others(document: Mapping[str, Any], known: Collection[str], path: str = "") -> None:
    """Raise `Rejected` for the first field that is none of the known ones."""
    for field in document:
        if field in known:
            continue
        near = nearest(field, known) if isinstance(field, str) else None
        mend = f"did you mean {near}?" if near else f"known are {', '.join(known)}"
        shown = name_of(field) if isinstance(field, str) else "a field"
        raise Rejected(f"{path}.{shown}" if path else shown, f"unknown field; {mend}")


def _instead(value: Any) -> str:
    """Return what a field holds instead, in words; a text is not shown, it may be personal."""
    return "; it is missing" if value is None else ", not another text" if isinstance(value, str) else f", not {kind_of(value)}"
