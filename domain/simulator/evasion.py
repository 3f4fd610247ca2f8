"""Rings that know how they are found: they hide what they share, change it, dilute it or age it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from domain.simulator.layout import HIDES, LOGIN, SHIPS, SIGNUP, STRANGER, Ints, Numbers, Rows, stamp
from domain.simulator.population import DISPOSABLE
from domain.times import DAY_MS

FEWEST_STRANGERS, MOST_STRANGERS = 5, 110
"""Accounts that are made to log in from each thing that a ring shares."""
PATIENCE_DAYS = 1.0
"""So long before the ring's first event they begin,"""
AGED = 0.2
"""and so many of them were opened long before."""
AGED_DAYS = 8.0
"""A little more than an event may be late."""


def evade(events: Rows, share: float, rng: np.random.Generator, numbers: Numbers) -> Rows:
    """Return the events of a ring, which with a chance of `share` evades in one of `WAYS`."""
    if not len(events) or rng.random() >= share:
        return events
    return WAYS[int(rng.integers(len(WAYS)))](events.copy(), rng, numbers)


def prepare(events: Rows, diluted: float, luck: np.random.Generator, aged: float, patience: np.random.Generator, numbers: Numbers) -> Rows:
    """Return the events of a ring, diluted with a chance of `diluted`, else aged with one of `aged`.

    Each has draws of its own, `luck` and `patience`: whether rings age changes nothing in who is diluted.
    """
    if not len(events):
        return events
    if luck.random() < diluted:
        return dilute(events, luck, numbers)
    return age(events, patience) if patience.random() < aged else events


def hide(events: Rows, rng: np.random.Generator, numbers: Numbers) -> Rows:
    """Leave device and line out of most events, or of all."""
    shy = rng.random(len(events)) < _most(rng)
    events["shows"] = np.where(shy, events["shows"] | HIDES, events["shows"])
    return events


def device_per_account(events: Rows, rng: np.random.Generator, numbers: Numbers) -> Rows:
    """Give most accounts a device of their own, or all."""
    accounts, of = np.unique(events["account"], return_inverse=True)
    own = numbers.take(len(accounts))
    alone = rng.random(len(accounts)) < _most(rng)
    events["device"] = np.where(alone[of], own[of], events["device"])
    return events


def device_per_event(events: Rows, rng: np.random.Generator, numbers: Numbers) -> Rows:
    """Use a new device for most events, or for all."""
    anew = rng.random(len(events)) < _most(rng)
    events["device"] = np.where(anew, numbers.take(len(events)), events["device"])
    return events


def dilute(events: Rows, rng: np.random.Generator, numbers: Numbers) -> Rows:
    """Let strangers log in from what the ring shares, on the day before or all the time."""
    each = round(float(np.exp(rng.uniform(np.log(FEWEST_STRANGERS), np.log(MOST_STRANGERS)))))
    things = [_things(events, field) for field in ("device", "ip", "address")]
    places = np.repeat(np.arange(max(map(len, things))), each)
    strangers = stamp(events[np.zeros(len(places), np.intp)], LOGIN)
    begin = int(events["time"].min())
    end = begin if rng.random() < 0.5 else int(events["time"].max())
    strangers["time"] = rng.integers(begin - round(PATIENCE_DAYS * DAY_MS), end + 1, len(places))
    for field in ("account", "payment"):
        strangers[field] = numbers.take(len(places))
    strangers["email"] = 2 * numbers.take(len(places)) + DISPOSABLE * (rng.random(len(places)) < 0.5)
    age_ms = rng.uniform(0.0, 3.0, len(places)) * DAY_MS
    aged = rng.random(len(places)) < AGED
    strangers["created"] = strangers["time"] - np.where(aged, 100.0 * age_ms, age_ms).astype(np.int64)
    for field, found in zip(("device", "ip", "address"), things, strict=True):
        given = places < len(found)
        strangers[field] = np.where(given, found[np.minimum(places, len(found) - 1)], numbers.take(len(places)))
    strangers["shows"] = SHIPS | STRANGER
    return np.concatenate([events, strangers])


def age(events: Rows, rng: np.random.Generator) -> Rows:
    """Log in with each device, line and address, up to `AGED_DAYS` before the ring's first event.

    The account that begins does so for all: it is opened then, unless it was there before.
    """
    rows = events.copy()
    used = [np.unique(rows[field], return_index=True)[1] for field in ("device", "ip", "address")]
    early = stamp(rows[np.unique(np.concatenate(used))], LOGIN)
    first = rows[np.argmin(rows["time"])]
    for field in ("account", "email", "payment"):
        early[field] = first[field]
    early["time"] = first["time"] - (rng.uniform(0.0, AGED_DAYS, len(early)) * DAY_MS).astype(np.int64)
    early["shows"] = SHIPS
    its, opened = rows["account"] == first["account"], min(early["time"].min(), first["created"])
    rows["created"][its] = early["created"] = opened
    rows["time"][its & (rows["event_type"] == SIGNUP)] = opened
    return np.concatenate([rows, early])


WAYS: tuple[Callable[[Rows, np.random.Generator, Numbers], Rows], ...] = (hide, device_per_account, device_per_event, dilute)


def _most(rng: np.random.Generator) -> float:
    return 1.0 if rng.random() < 0.6 else float(rng.uniform(0.4, 1.0))


def _things(events: Rows, field: str) -> Ints:
    """Return what several accounts share, or else what is used most."""
    pairs = np.unique(np.stack([events[field], events["account"]]), axis=1)[0]
    things, accounts = np.unique(pairs, return_counts=True)
    shared: Ints = things[accounts > 1]
    return shared if len(shared) else things[[int(np.argmax(accounts))]]
