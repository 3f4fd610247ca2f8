"""Times of day as settings write them, and spans between two of them, over midnight or not."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

from domain.errors import SettingError

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)


def minute_of_day(path: str, text: str) -> int:
    """Return the minute of `07:30`, 0 to 1,440; raise `SettingError` that names the setting `path`."""
    if not _TIME.fullmatch(text):
        raise SettingError(f"{path} is {text!r}: write a time of day in quotes, such as '07:30'")
    hour, _, minute = text.partition(":")
    return 60 * int(hour) + int(minute)


def is_within(begin: int, end: int, minute: int) -> bool:
    """Return whether a minute of the day lies in a span; one that begins where it ends is empty."""
    return begin <= minute < end if begin <= end else minute >= begin or minute < end


def local(at_ms: int, zone: tzinfo) -> datetime:
    """Return a moment as the clocks of a zone show it."""
    return datetime.fromtimestamp(at_ms / 1000, zone)


def minute_at(moment: datetime) -> int:
    """Return the minute of the day."""
    return 60 * moment.hour + moment.minute


def next_ms(at_ms: int, minute: int, zone: tzinfo) -> int:
    """Return when the clocks of a zone next show a minute of the day, ms since 1970."""
    now = local(at_ms, zone)
    for days in (0, 1):
        day = (now + timedelta(days=days)).date()
        found = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minute)
        if (ms := round(found.timestamp() * 1000)) > at_ms:
            return ms
    return at_ms
