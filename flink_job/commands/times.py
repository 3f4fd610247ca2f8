"""Dates and lengths of time as options of the command line."""

from __future__ import annotations

from domain.errors import SettingError
from domain.times import length_s, moment_ms


def option_ms(text: str | None, option: str) -> int | None:
    """Return the moment of an option in ms since 1970, None for None."""
    if text is None:
        return None
    try:
        return moment_ms(text)
    except ValueError:
        raise SettingError(f"{option} {text}: write a date as 2026-01-31 or a time as 2026-01-31T12:00:00Z") from None


def option_s(text: str | None, option: str) -> float | None:
    """Return the length of time of an option in seconds, None for None."""
    if text is None:
        return None
    try:
        return length_s(text)
    except ValueError:
        raise SettingError(f"{option} {text}: write a length of time such as 7d or 12h") from None
