"""When the worker tries a new model again: every so many days, at an hour of the day."""

from __future__ import annotations

from domain.times import DAY_MS, HOUR_MS
from gnn.retraining.ledger import BEGUN, FAILED, TRIED, Ledger
from gnn.retraining.settings import RetrainSettings


def next_trial_ms(settings: RetrainSettings, ledger: Ledger, since_ms: int, now_ms: int) -> int:
    """Return when a trial is next due, ms since 1970.

    That is `every_days` after the last one, whoever began it and however it ended; where there was none, at
    the first such hour after `since_ms`. What is more than a day later than `now_ms` was noted by a clock
    that was wrong: it holds nothing up.
    """
    latest = now_ms + DAY_MS
    begun = [entry.at_ms for entry in ledger.entries if entry.act in (BEGUN, TRIED, FAILED) and entry.at_ms <= latest]
    if not begun:
        return _hour_before(settings, since_ms) + DAY_MS
    return _hour_before(settings, max(begun)) + settings.every_days * DAY_MS


def _hour_before(settings: RetrainSettings, at_ms: int) -> int:
    """Return the last moment up to `at_ms` at which clocks in UTC showed the hour."""
    hour_ms = settings.at_hour * HOUR_MS
    return (at_ms - hour_ms) // DAY_MS * DAY_MS + hour_ms
