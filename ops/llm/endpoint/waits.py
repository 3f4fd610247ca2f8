"""How long an answer asks to wait before the next request: in headers, in the body, or in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

from ops.llm.endpoint.durations import duration_in, seconds_of

_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")
_RESET = re.compile(r"(?:x-|anthropic-)?rate-?limit-(?:reset(?:-(?P<after>[a-z-]+))?|(?P<before>[a-z-]+)-reset)")
_DELAYS = ("retrydelay", "retry_delay", "retryafter", "retry_after", "retry_after_seconds", "wait_seconds")
_EPOCH_MS, _EPOCH_S = 10**11, 10**9  # a reset beyond these is a time, not a number of seconds
_ABSURD = 1e15  # later than any time in milliseconds
_DEPTH = 6  # of a body
_MOST_VALUES = 100  # of an object or a list
_WORDS = re.compile(r"(?:again|retry|retrying|wait|resets?|available)\b[^\d.]{0,40}(?=\d)", re.IGNORECASE)
_CHINESE = re.compile(r"(?=\d{1,6}\s?(?:\u79d2|\u5206\u949f)\u540e)")  # "in n seconds", "in n minutes"


def wait_of(headers: Mapping[str, str], value: Any, texts: Sequence[str], now: float) -> float | None:
    """Return the seconds that an answer asks to wait, None if it gives no usable hint.

    `headers` have names in lower case, `value` is the decoded body, `texts` are what its error says, `now` is
    in seconds since the epoch. The most precise hint counts: the header made for it, then the body, then the
    limits that are used up, then words.
    """
    now = _server_time(headers, now)
    hints = (*_from_headers(headers, now), *_from_body(value), *_from_body_headers(value, now))
    for wait in hints:
        if wait is not None:
            return wait
    spent, left = _resets(headers, now)
    words = (_in_words(text) for text in texts)
    return next((wait for wait in (_most(spent), *words, _least(left)) if wait is not None), None)


def _from_headers(headers: Mapping[str, str], now: float) -> Iterator[float | None]:
    for name in _MILLISECONDS:
        milliseconds = _number(headers.get(name))
        yield None if milliseconds is None else milliseconds / 1000
    for name in ("retry-after", "x-retry-after"):
        text = headers.get(name, "")
        yield _first(_number(text.partition(",")[0]), _until(text, now), duration_in(text))


def _from_body(value: Any) -> Iterator[float | None]:
    for fields in _mappings(value):
        for name, inner in fields.items():
            if str(name).lower() in _DELAYS:
                yield seconds_of(inner)
            elif str(name).lower() == "retry_after_ms":
                milliseconds = _number(inner)
                yield None if milliseconds is None else milliseconds / 1000


def _from_body_headers(value: Any, now: float) -> Iterator[float | None]:
    """Yield what headers say that a gateway has put into the body."""
    for fields in _mappings(value):
        inner = fields.get("headers")
        if isinstance(inner, Mapping):
            headers = {str(name).lower(): str(text) for name, text in inner.items()}
            yield from _from_headers(headers, now)
            spent, left = _resets(headers, now)
            yield _most(spent)
            yield _least(left)


def _resets(headers: Mapping[str, str], now: float) -> tuple[list[float], list[float]]:
    """Return the seconds until limits are whole again: of those that are used up, and of the others."""
    spent: list[float] = []
    left: list[float] = []
    for name, text in headers.items():
        reset = _RESET.fullmatch(name)
        wait = _first(_since(_number(text), now), _until(text, now), duration_in(text)) if reset else None
        if wait is not None:
            remaining = _number(headers.get(name.replace("reset", "remaining"), ""))
            (spent if remaining == 0 else left).append(wait)
    return spent, left


def _since(number: float | None, now: float) -> float | None:
    """Return how many seconds a reset is away: it is that number, or a time in seconds or milliseconds."""
    if number is None or number < _EPOCH_S:
        return number
    return _not_negative(number / (1000 if number > _EPOCH_MS else 1) - now)


def _until(text: str, now: float) -> float | None:
    """Return the seconds until a date as of HTTP or of RFC 3339, None if it is past or none."""
    when = _date(text)
    return None if when is None else _not_negative(when - now)


def _server_time(headers: Mapping[str, str], now: float) -> float:
    """Return the time at the server, by which it counts its dates."""
    when = _date(headers.get("date", ""))
    return now if when is None else when


def _date(text: str) -> float | None:
    if not any(sign in text for sign in ":T") or len(text) > 60:
        return None
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            when = read(text.strip())
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError, OSError):
            continue
    return None


def _in_words(text: str) -> float | None:
    """Return what a sentence asks for, as in "try again in 1m0.36s"."""
    for found in (*_WORDS.finditer(text[:4_000]), *_CHINESE.finditer(text[:4_000])):
        wait = duration_in(text[found.end() : found.end() + 80])
        if wait is not None:
            return wait
    return None


def _mappings(value: Any, depth: int = _DEPTH) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
    if depth and isinstance(value, Mapping | list):
        inners = value.values() if isinstance(value, Mapping) else value
        for inner in islice(inners, _MOST_VALUES):
            yield from _mappings(inner, depth - 1)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return _not_negative(float(value))
    except (ValueError, OverflowError):
        return None


def _not_negative(number: float) -> float | None:
    return number if 0 <= number < _ABSURD else None  # NaN is in no range


def _first(*waits: float | None) -> float | None:
    return next((wait for wait in waits if wait is not None), None)


def _most(waits: list[float]) -> float | None:
    return max(waits, default=None)


def _least(waits: list[float]) -> float | None:
    return min(waits, default=None)
