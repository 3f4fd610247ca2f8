"""Times as people read them: the moment in UTC, and how long ago or ahead it is."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.times import DAY_S, HOUR_S, MINUTE_S, rfc3339

_SHORT = (("d", DAY_S), ("h", HOUR_S), ("min", MINUTE_S))


def utc(time_ms: int) -> str:
    """Return a moment as 2026-11-29 08:12, in UTC."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def iso(time_ms: int) -> str:
    """Return a moment as a machine reads it, for `<time datetime>`."""
    return rfc3339(time_ms)


def length(ms: int) -> str:
    """Return a length of time in its largest unit, rounded down: 3 d, 5 h, 12 min; under a minute: <1 min."""
    seconds = abs(ms) // 1000
    return next((f"{seconds // size} {unit}" for unit, size in _SHORT if seconds >= size), "<1 min")


def ago(time_ms: int, now: int) -> str:
    """Return how long ago a moment was: 5 h ago, just now; a moment to come: in 3 d."""
    if time_ms > now:
        return f"in {length(time_ms - now)}"
    return "just now" if now - time_ms < MINUTE_S * 1000 else f"{length(now - time_ms)} ago"


def due(time_ms: int, now: int) -> str:
    """Return how long is left until a moment, or how long it is over: 2 h left, 40 min late."""
    return f"{length(now - time_ms)} late" if time_ms < now else f"{length(time_ms - now)} left"


def wait(minutes: float) -> str:
    """Return a short time that one waits: 10 s, 10 min."""
    return f"{minutes:,.0f} min" if minutes >= 1 else f"{60 * minutes:,.0f} s"
