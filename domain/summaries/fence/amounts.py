"""Numbers as they are written: digits, number words, lengths of time, moments, sums."""

from __future__ import annotations

import re
from collections.abc import Mapping

from domain.summaries.fence.book import Book, Fact
from domain.summaries.fence.tokens import month_of
from domain.times import UNITS_S, holding_duration

NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ],
        start=1,
    )
}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
UNITS: Mapping[str, int] = {
    **{name: size for unit, size in UNITS_S.items() for name in (unit, f"{unit}s")},
    "week": 7 * UNITS_S["day"], "weeks": 7 * UNITS_S["day"],
    "sec": 1, "secs": 1, "min": 60, "mins": 60, "hr": 3600, "hrs": 3600,
}  # fmt: skip
CURRENCIES = {"euro": "EUR", "euros": "EUR", "dollars": "USD", "dollar": "USD", "pounds": "GBP", "pound": "GBP", "yen": "JPY"}
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?", re.ASCII)
_LONG = re.compile(
    r"(?:(\d{1,2})[a-z ]*?([A-Za-z]{3,9})|([A-Za-z]{3,9})\.? (\d{1,2}))"
    r"(?:st|nd|rd|th)?\.?(?:,? (\d{4}))?(?:,? (?:at )?(\d{1,2}:\d\d(?::\d\d)?))?",
    re.ASCII,
)


def whole(text: str) -> int | None:
    """Return the value of a number word such as twelve or twenty-seven, None for another word."""
    low = text.lower()
    if low in NUMBER_WORDS:
        return NUMBER_WORDS[low]
    tens, _, ones = low.partition("-")
    if tens in _TENS and (not ones or NUMBER_WORDS.get(ones, 99) < 10):
        return _TENS[tens] + (NUMBER_WORDS[ones] if ones else 0)
    return None


def is_duration(count: float, unit: str, fact: Fact) -> bool:
    """Return whether so many units are the length of time of a fact, as its text rounds it."""
    seconds = count * UNITS[unit]
    held_count, held_unit = holding_duration(fact["value"]).split(" ")
    held = (int(held_count) if held_count.isdigit() else 1) * UNITS[held_unit]
    return seconds in (held, fact["value"])


def times_named(text: str, book: Book) -> list[Fact]:
    """Return the facts of first and last time that a written moment is."""
    date, clock = _moment(text)
    found = []
    for name in ("first_time", "last_time"):
        fact = book.by_name.get(name)
        if fact and date in (None, str(fact["value"])[:10], str(fact["value"])[4:10]) and (not clock or f"T{clock}" in str(fact["value"])):
            found.append(fact)
    return found


def _moment(text: str) -> tuple[str | None, str]:
    """Return date (with or without the year) and clock of a written moment."""
    if iso := _ISO.match(text):
        return iso[1], iso[2] or ""
    if text[:1].isdigit() and ":" in text[:3]:
        hour, rest = re.split(r":", re.sub(r"[^\d:]", "", text), maxsplit=1)
        return None, f"{int(hour):02d}:{rest}"
    long = _LONG.match(text.replace(" of ", " "))
    if not long:
        return "no date", ""
    day, month = (long[1], long[2]) if long[1] else (long[4], long[3])
    hour, _, rest = (long[6] or "").partition(":")
    return f"{long[5] or ''}-{month_of(month):02d}-{int(day):02d}", f"{int(hour):02d}:{rest}" if hour else ""


def is_sum(number: str, currency: str, fact: Fact) -> bool:
    """Return whether a written sum is that of a fact."""
    if fact["unit"] != currency:
        return False
    return abs(float(number) - float(fact["value"])) < 0.005


def is_score(number: str, fact: Fact) -> bool:
    """Return whether a written score is that of a fact, perhaps rounded."""
    decimals = len(number.partition(".")[2])
    return decimals > 1 and abs(float(number) - float(fact["value"])) <= 0.5 * 10**-decimals + 1e-9
