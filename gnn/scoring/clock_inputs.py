"""Inputs that tell the time: part of a day has other hours than the training, and a day another weekday."""

from __future__ import annotations

_HOUR = frozenset({"event.hour_cos", "event.hour_sin"})
_WEEKDAY = frozenset({"event.weekday_cos", "event.weekday_sin"})


def moved_by_the_clock(is_whole_day: bool) -> frozenset[str]:
    """Return the inputs whose drift in the events of one day says nothing of the model."""
    return _WEEKDAY if is_whole_day else _WEEKDAY | _HOUR
