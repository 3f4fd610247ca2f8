"""Times of events: milliseconds since 1970, or RFC 3339 and what of ISO 8601 has one meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.events.event import FUTURE_MS, OLDEST_MS, Rejected
from domain.events.mail_time import mail_time
from domain.events.quoting import kind_of, short
from domain.times import rfc3339

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:[0-5]\d)", re.ASCII)
_ISO_8601 = re.compile(r"(?P<day>\d{4}-?[W\d]\d(?:-?\d){0,2})[Tt ](?P<clock>[\d:]+)(?P<part>[.,]\d+)?(?P<zone>Z|[+-][\d:]+)?", re.ASCII)
_UTC = re.compile(r" ?(?:UTC|GMT|[Zz])$")
_ZONE_NAME = re.compile(r"(?<=[\dZz])\[([A-Za-z0-9_+/-]+)\]$")  # Java's ZonedDateTime writes it after the offset
_WEEK_ALONE = re.compile(r"\d{4}-?W\d\d[T ]")
_OFFSET = re.compile(r"Z|[+-]\d\d(?::?[0-5]\d){0,2}", re.ASCII)
_UNIT_MS = {2: 3_600_000, 4: 60_000}
"""Digits of a clock whose last unit is no second -> length of that unit."""
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_NO_OFFSET, _WIDEST_OFFSET = timedelta(), timedelta(hours=14)
_LEAP_SECOND = re.compile(r"(?<=[T ]\d\d:\d\d:)60|(?<=[T ]\d\d\d\d)60")
_LONGEST = 80  # characters, with the name of a zone
_MILLISECONDS = re.compile(r"-?[0-9]{1,20}(?:\.0+)?")
_DOTNET = re.compile(r"/Date\((-?[0-9]{1,20})(?:[+-][0-9]{4})?\)/")
_DATE_IN_DIGITS = re.compile(
    r"(?:19[789]\d|20\d\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d{3})?)?)?", re.ASCII
)
_UNITS = (("seconds", 1000.0), ("microseconds", 1e-3), ("nanoseconds", 1e-6))
"""Units that producers take for milliseconds, with their length in ms."""


class EventTimes:
    """Reader of times. Pure but for the clock, which bounds times in the future."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._latest_ms = 0
        """No time up to here lies too far in the future; the clock is asked again for a later one."""

    def read(self, doc: Mapping[str, Any], field: str) -> int:
        """Return a field's time in ms since 1970; raise `Rejected`."""
        value = doc.get(field)
        if value.__class__ is not int:
            value = _milliseconds(field, value)
        if not OLDEST_MS <= value <= self._latest_ms:
            self._check(field, value)
        return int(value)

    def _check(self, field: str, value: int) -> None:
        self._latest_ms = max(self._latest_ms, self._now_ms() + FUTURE_MS)
        if OLDEST_MS <= value <= self._latest_ms:
            return
        for unit, length_ms in _UNITS:
            if abs(value) < 1 << 63 and OLDEST_MS <= (meant := value * length_ms) <= self._latest_ms:
                raise Rejected(field, f"{value} is {rfc3339(int(meant))} in {unit}; send milliseconds, not {unit}")
        if 0 < value < 10**17 and _DATE_IN_DIGITS.fullmatch(str(value)):
            raise Rejected(field, f"{value} looks like a date in digits; write it like 2026-01-31T12:00:00Z, or send milliseconds")
        if value < OLDEST_MS:
            raise Rejected(field, f"{short(value)} lies before 1990; send milliseconds since 1970")
        raise Rejected(field, f"{short(value)} lies more than a day in the future; mend the sender's clock")


def _milliseconds(field: str, value: Any) -> int:
    """Return a value that is no integer in ms since 1970, not yet bounded."""
    if isinstance(value, str) and value and not value.isspace():
        value = value.strip() if value[0].isspace() or value[-1].isspace() else value
        if value[0] == "/" and (dotnet := _DOTNET.fullmatch(value)):
            return int(dotnet[1])
        return int(value.partition(".")[0]) if _MILLISECONDS.fullmatch(value) else _of_text(field, value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    shown = "an empty string" if isinstance(value, str) else "a fraction" if isinstance(value, float) else kind_of(value)
    mend = ""
    if isinstance(value, float) and OLDEST_MS <= value * 1000 < 10 * OLDEST_MS:
        mend = f"; {value:.6f} is {rfc3339(int(value * 1000))} in seconds"
    raise Rejected(field, f"integer milliseconds since 1970 or an RFC 3339 string is wanted, not {shown}{mend}")


def _of_text(field: str, text: str) -> int:
    """Return a moment in ms since 1970; what is less than a millisecond is cut off."""
    is_usual = _RFC3339.fullmatch(text)
    plain, more_ms = (text.upper(), 0) if is_usual else _with_zone(field, text)
    leap = _LEAP_SECOND.search(plain)
    if leap:
        plain = f"{plain[: leap.start()]}59{plain[leap.end() :]}"
    try:
        moment = datetime.fromisoformat(plain)
        since = moment - _1970
    except (ValueError, OverflowError):
        raise Rejected(field, "no such time; write it like 2026-01-31T12:00:00Z") from None
    if plain[-1] != "Z" and abs(moment.utcoffset() or _NO_OFFSET) > _WIDEST_OFFSET:
        raise Rejected(field, "no such time: no place is more than 14 hours off UTC")
    if not is_usual and "[" in text:
        _check_zone(field, text, moment)
    milliseconds = (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
    if leap:
        milliseconds = _after_leap_second(field, milliseconds)
    return milliseconds + more_ms


def _check_zone(field: str, text: str, moment: datetime) -> None:
    """Reject a time whose zone, named after the offset, has another offset at that time."""
    name = text[text.rindex("[") + 1 :].rstrip("] \t\r\n")
    try:
        there = moment.astimezone(ZoneInfo(name)).utcoffset()
    except (ValueError, OverflowError, OSError, LookupError):  # not found is a LookupError
        raise Rejected(field, "the name of its time zone is not known; send it with the offset alone") from None
    if there != moment.utcoffset():
        raise Rejected(field, "its offset is not that of its time zone at that time; send the right one of them")


def _after_leap_second(field: str, milliseconds: int) -> int:
    """Return the time of a leap second, one after the 59th: clocks that count from 1970 have no other."""
    if milliseconds // 1000 % 86_400 != 86_400 - 1:
        raise Rejected(field, "no such time; only the last minute of a day in UTC has a leap second")
    return milliseconds + 1000


def _with_zone(field: str, text: str) -> tuple[str, int]:
    """Return a time that is no RFC 3339, but says one moment, as `datetime.fromisoformat` reads it.

    With it come the ms to add: those of a fraction of an hour or of a minute.
    """
    plain = text.strip()
    if len(plain) > _LONGEST:
        raise Rejected(field, "not RFC 3339; write it like 2026-01-31T12:00:00Z")
    if mail := mail_time(plain):
        _check_offset(field, mail[-5:] if mail[-1] != "Z" else "Z")
        return mail, 0
    plain = re.sub(r" (?=[+-]\d)", "", _UTC.sub("Z", _ZONE_NAME.sub("", plain)), flags=re.ASCII)
    found = _ISO_8601.fullmatch(plain)
    if found and _WEEK_ALONE.match(plain):
        raise Rejected(field, "it names a week and no day; write it like 2026-01-31T12:00:00Z")
    if found and found["zone"]:
        _check_offset(field, found["zone"])
        return _without_fraction(plain.upper(), found)
    if found:
        raise Rejected(field, "it names no time zone; write 2026-01-31T12:00:00Z for UTC, or an offset such as +01:00")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", plain):
        raise Rejected(field, "not RFC 3339: it is a day; add the time, like 2026-01-31T12:00:00Z")
    raise Rejected(field, "not RFC 3339; write it like 2026-01-31T12:00:00Z")


def _check_offset(field: str, offset: str) -> None:
    if not _OFFSET.fullmatch(offset):
        raise Rejected(field, "no such time: an offset has hours and minutes, and at most 59 minutes; write it like +01:00")


def _without_fraction(text: str, found: re.Match[str]) -> tuple[str, int]:
    """Return the text without its fraction and the ms of that, if it is one of an hour or of a minute.

    In ISO 8601 a fraction belongs to the last unit that is named.
    """
    unit_ms = _UNIT_MS.get(len(found["clock"].replace(":", "")))
    if not found["part"] or unit_ms is None:
        return text, 0
    digits = found["part"][1:]
    return text[: found.start("part")] + text[found.end("part") :], int(digits) * unit_ms // 10 ** len(digits)
