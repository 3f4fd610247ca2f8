"""Attacks on clocks: times that are not those of what happens."""

from __future__ import annotations

from random import Random

from domain.simulator.adversary.crafted_attack import Budget
from domain.simulator.adversary.documents import SHARED, crafted, moments, new_device, new_id
from domain.simulator.adversary.history import Arrival, History, values
from domain.times import DAY_MS, HOUR_MS

AHEAD_MS = round(23.9 * HOUR_MS)
BACK_DAYS = 300


def clock_ahead(history: History, budget: Budget, dice: Random) -> History:
    """Log in now and then with a clock that is most of a day ahead.

    Anybody with a browser: one account, one event a day, no money.
    """
    account, device = new_id(dice), new_device(dice)
    times = moments(history, budget.events)
    return history.with_crafted(crafted(dice, at, "login", account, at + AHEAD_MS, device_fingerprint=device) for at in times)


def back_dated(history: History, budget: Budget, dice: Random) -> History:
    """Log in once on each device, line and address of the rings with a time long past, before they are used.

    The rings themselves: a login for each of them, no account but their own, no money.
    """
    wanted = [one for frauds in history.rings.values() for one in _aged(frauds, dice)]
    return history.with_crafted(dice.sample(wanted, min(budget.events, len(wanted))))


def _aged(frauds: tuple[Arrival, ...], dice: Random) -> list[Arrival]:
    """Return a login for each thing that a ring uses, an hour before its first fraud."""
    at, account = frauds[0].at_ms - HOUR_MS, frauds[0].account
    used = [{name: value} for name in SHARED for value in values(frauds, name)]
    return [crafted(dice, at, "login", account, at - BACK_DAYS * DAY_MS, **thing) for thing in used]
