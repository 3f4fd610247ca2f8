"""Dates and spans of time as the command line writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from domain.errors import SettingError

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}


def day_ms(text: str | None, option: str) -> int | None:
    """Return `2026-01-31` (midnight UTC) or an RFC 3339 time as ms since 1970."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingError(f"{option} {text}: write a date as 2026-01-31 or a time as 2026-01-31T12:00:00Z") from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def duration_s(text: str | None, option: str) -> float | None:
    """Return `7d`, `12h`, `30m` in seconds."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", text)
    if not found:
        raise SettingError(f"{option} {text}: write a span such as 7d or 12h")
    return float(found[1]) * _SECONDS[found[2]]
