"""The time that a question is about: whole UTC days, named in one of a few ways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from domain.times import DAY_MS
from ops.cases.errors import Invalid

MOST_DAYS = 400
"""Longest time of one question."""
NAMED: Mapping[str, str] = {
    "today": "today",
    "yesterday": "yesterday",
    "7d": "the last 7 days",
    "30d": "the last 30 days",
    "90d": "the last 90 days",
}
"""What a time may be called, and how it is said; besides a day, a month, and `DAY..DAY`."""
USUAL = "30d"
_HOW = f"use {', '.join(NAMED)}, a day as 2026-11-03, a month as 2026-11, or two days as 2026-11-03..2026-11-09"
_DAY, _MONTH = r"\d{4}-\d\d-\d\d", r"\d{4}-\d\d"
_EPOCH = date(1970, 1, 1)
_IN_TEXT = re.compile(
    rf"(?<![\w-])(?:({_DAY}) ?(?:\.\.|to|until) ?({_DAY})|({_DAY})|({_MONTH})|last (\d{{1,3}}) days|(last week)|(today|yesterday))"
    r"(?![\w-])",
    re.ASCII,
)


@dataclass(frozen=True)
class Window:
    """Whole days, the last one included."""

    first: date
    last: date

    @property
    def start_ms(self) -> int:
        """Return the first millisecond."""
        return (self.first - _EPOCH).days * DAY_MS

    @property
    def before_ms(self) -> int:
        """Return the millisecond after the last one."""
        return ((self.last - _EPOCH).days + 1) * DAY_MS

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.last - self.first).days + 1

    @property
    def words(self) -> str:
        """Return it as a sentence says it."""
        return f"on {self.first}" if self.days == 1 else f"from {self.first} to {self.last}"

    def earlier(self) -> Window:
        """Return the time of the same length that ends just before."""
        return Window(self.first - timedelta(self.days), self.first - timedelta(1))


def window_of(text: str, now: int) -> Window:
    """Return the time of a name. Raises `Invalid` for another text, and for more than `MOST_DAYS`."""
    found = _named(text, datetime.fromtimestamp(now / 1000, UTC).date())
    if not found.first <= found.last:
        raise Invalid("window", f"{text} ends before it begins")
    if found.days > MOST_DAYS:
        raise Invalid("window", f"{text} has {found.days:,} days, at most {MOST_DAYS} are counted at once")
    return found


def name_in(text: str) -> str | None:
    """Return the name of the time that a question names in words, None where it names none."""
    found = _IN_TEXT.search(text.lower())
    if found is None:
        return None
    first, last, day, month, days, week, word = found.groups()
    if days and int(days):
        return f"{int(days)}d"
    return f"{first}..{last}" if first else day or month or ("7d" if week else word)


def _named(text: str, today: date) -> Window:
    if text == "today":
        return Window(today, today)
    if text == "yesterday":
        return Window(today - timedelta(1), today - timedelta(1))
    if re.fullmatch(r"[1-9]\d{0,2}d", text, re.ASCII):
        return Window(today - timedelta(int(text[:-1]) - 1), today)
    try:
        if re.fullmatch(_MONTH, text, re.ASCII):
            first = date.fromisoformat(f"{text}-01")
            return Window(first, (first + timedelta(31)).replace(day=1) - timedelta(1))
        ends = text.split("..")
        if len(ends) <= 2 and all(re.fullmatch(_DAY, end, re.ASCII) for end in ends):
            return Window(date.fromisoformat(ends[0]), date.fromisoformat(ends[-1]))
    except (ValueError, OverflowError):
        pass
    raise Invalid("window", f"{text[:40]!r} is no time: {_HOW}")
