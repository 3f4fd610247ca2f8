"""Lengths of time, the wall clock, and how people read both."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime

from domain.wording import counted, number

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S
HOUR_MS = 1000 * HOUR_S
DAY_MS = 1000 * DAY_S

UNITS_S = {"day": DAY_S, "hour": HOUR_S, "minute": MINUTE_S, "second": 1}
"""Unit -> its length in seconds, longest first."""


def now_ms() -> int:
    """Return the machine's time in ms since 1970."""
    return time.time_ns() // 1_000_000


def moment_ms(text: str) -> int:
    """Return a moment in ms since 1970, written as RFC 3339 time, as a date (midnight UTC), or as those ms.

    Raises ValueError for another text, and for a time without a zone.
    """
    if text.isascii() and text.isdigit():
        return int(text)
    moment = datetime.fromisoformat(text)
    if "T" not in text.upper() and " " not in text:
        moment = moment.replace(tzinfo=UTC)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return round(moment.timestamp() * 1000)


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
