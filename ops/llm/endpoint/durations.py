"""Durations as people and servers write them: `1m0.36s`, `500ms`, `45 seconds`, `2 hours and 5 minutes`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_UNITS = {
    0.001: "milliseconds millisecond ms",
    1.0: "seconds second secs sec s \u79d2",
    60.0: "minutes minute mins min m \u5206\u949f",
    3600.0: "hours hour hrs hr h",
    86_400.0: "days day d",
}
_SECONDS = {name: seconds for seconds, names in _UNITS.items() for name in names.split()}
_NAMES = "|".join(sorted(_SECONDS, key=len, reverse=True))
_PIECE = re.compile(rf"[\s,]{{0,3}}(?:and\s)?(\d{{1,12}}(?:\.\d{{1,12}})?)\s?({_NAMES})(?![A-Za-z])", re.IGNORECASE)
_PIECES = 5
_MOST_S = 1e9  # more is no duration


def duration_in(text: str) -> float | None:
    """Return the seconds of the duration that a text begins with, None if it begins with none."""
    total, at = 0.0, 0
    for _ in range(_PIECES):
        piece = _PIECE.match(text, at)
        if piece is None:
            break
        total, at = total + float(piece[1]) * _SECONDS[piece[2].lower()], piece.end()
    return total if at else None


def seconds_of(value: Any) -> float | None:
    """Return the seconds in a field: a number of them, a duration, or an object of seconds and nanos."""
    if isinstance(value, Mapping):
        whole, rest = seconds_of(value.get("seconds")), seconds_of(value.get("nanos"))
        return None if whole is None else whole + (rest or 0.0) / 1e9
    if isinstance(value, str):
        return duration_in(value) if not _is_number(value) else seconds_of(float(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _MOST_S else None  # NaN is in no range


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
