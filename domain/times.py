"""Lengths of time, the wall clock, and how people read both."""

from __future__ import annotations

import math
import re
import time
from datetime import UTC, datetime

from domain.wording import counted, number

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S
MINUTE_MS = 1000 * MINUTE_S
HOUR_MS = 1000 * HOUR_S
DAY_MS = 1000 * DAY_S

UNITS_S = {"day": DAY_S, "hour": HOUR_S, "minute": MINUTE_S, "second": 1}
"""Unit -> its length in seconds, longest first."""
_LETTERS_S = {"s": 1, "m": MINUTE_S, "h": HOUR_S, "d": DAY_S, "w": 7 * DAY_S}
_LENGTH = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([smhdw])")
_MILLISECONDS = re.compile(r"[0-9]{11,}")  # since 1973: shorter numbers are seconds, or a date without dashes


def now_ms() -> int:
    """Return the machine's time in ms since 1970."""
    return time.time_ns() // 1_000_000


def moment_ms(text: str) -> int:
    """Return a moment in ms since 1970, written as a date, as an ISO 8601 time, or as those ms.

    UTC where no zone is named; a date is its midnight. Raises ValueError for another text.
    """
    if _MILLISECONDS.fullmatch(text):
        return int(text)
    return utc_ms(datetime.fromisoformat(text))


def utc_ms(moment: datetime) -> int:
    """Return a time of the calendar in ms since 1970; UTC where it names no zone."""
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def length_s(text: str) -> float:
    """Return `7d`, `12h`, `1.5 m` in seconds; the units are s, m, h, d and w.

    Raises ValueError for another text.
    """
    found = _LENGTH.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no length of time")
    return float(found[1]) * _LETTERS_S[found[2]]


def rfc3339(time_ms: int) -> str:
    """Return milliseconds since 1970 as RFC 3339 in UTC, with milliseconds only where there are any."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC).replace(microsecond=time_ms % 1000 * 1000)
    return moment.isoformat(timespec="milliseconds" if time_ms % 1000 else "seconds").replace("+00:00", "Z")


def duration_words(seconds: float) -> str:
    """Return a length of time in its two largest units, rounded down: 6 days 4 hours, 12 minutes."""
    left, words = int(seconds), []
    for unit, size in UNITS_S.items():
        count, left = divmod(left, size)
        if count:
            words.append(counted(count, unit))
        if (count == 0 and words) or len(words) == 2:
            break
    return " ".join(words) or "0 seconds"


def holding_duration(seconds: float) -> str:
    """Return the least whole number of one unit that holds a length of time: 7 days for 6 days 4 hours, at
    least 1 second.

    It is the largest unit of which there are at least two: 27 hours, not 2 days.
    """
    unit = next((unit for unit, size in UNITS_S.items() if seconds >= 2 * size), "second")
    return counted(max(1, math.ceil(seconds / UNITS_S[unit])), unit)


def rough_duration(seconds: float) -> str:
    """Return a length of time in one unit, with two digits: 90 seconds, 3.5 hours, 12 days.

    It is the largest unit of which there is at least one and a half, or exactly one.
    """
    fitting = (unit for unit, size in UNITS_S.items() if abs(seconds) >= 1.5 * size or abs(seconds) == size)
    unit = next(fitting, "second")
    shown = number(seconds / UNITS_S[unit])
    return f"{shown} {unit}" if shown == "1" else f"{shown} {unit}s"


def span_name(seconds: float) -> str:
    """Return a length of time as names of columns hold it: 10m, 6h, 1d."""
    unit = next((unit for unit, size in UNITS_S.items() if seconds >= size), "second")
    return f"{seconds / UNITS_S[unit]:g}{unit[0]}"
