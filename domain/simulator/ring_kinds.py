"""How each kind of ring works: from a crew to the events it leaves.

Every kind ends in the shop through the same `checkout` and `refunds` as the customers' visits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from domain.simulator.crew import Crew
from domain.simulator.layout import (
    ACCOUNT_CHANGE,
    CHANGES,
    LOGIN,
    PAYMENT,
    SIGNUP,
    Floats,
    Ints,
    Rows,
    stamp,
    wait,
)
from domain.simulator.traffic import checkout, prices, refunds


@dataclass(frozen=True)
class RingKind:
    """One way of defrauding a shop; `days` is how long a ring of this kind is at it (shortest, longest)."""

    name: str
    description: str
    days: tuple[float, float]
    act: Callable[[Crew], list[Rows]]


def _signups(members: Rows) -> Rows:
    """Return the sign-ups of the accounts that the ring opens itself."""
    return stamp(members[members["created"] == members["time"]], SIGNUP)


def _repeat(crew: Crew, count: int, mean: float) -> Ints:
    """Return indices of `count` members, each at least once, `mean` times on average."""
    return np.repeat(np.arange(count), 1 + crew.rng.poisson(mean - 1, count))


def _charge(crew: Crew, visits: Rows, factor: Floats | float) -> None:
    visits["amount"] = prices(crew.rng, visits["amount"] * factor * crew.rng.lognormal(0, 0.6, len(visits)))


def _look_around(crew: Crew, members: Rows, ips: Ints, share: float) -> Rows:
    """Return logins that lead to nothing, as customers' do."""
    who = np.flatnonzero(crew.rng.random(len(members)) < share)
    return stamp(crew.visits(members, who, ips), LOGIN)


def device_farm(crew: Crew) -> list[Rows]:
    """Return the events of few devices with many accounts: they sign up, wait, order."""
    members = crew.recruit(crew.size(8, 40))
    count = len(members)
    devices, ips = crew.pool(count / 10), crew.pool(count / 5)
    members["device"], members["ip"] = crew.pick(count, devices), crew.lines(count, ips)
    shared = crew.rng.random(count) < 0.5
    members["address"] = np.where(shared, crew.pick(count, crew.pool(count / 4)), members["address"])
    visits = crew.visits(members, _repeat(crew, count, 1.4), ips)
    _charge(crew, visits, 1.4)
    return [_signups(members), *checkout(crew.rng, visits), _look_around(crew, members, ips, 0.5)]


def reshipper(crew: Crew) -> list[Rows]:
    """Return the events of own and stolen accounts with stolen cards, and one or two addresses for all."""
    size = crew.size(8, 35)
    members = np.concatenate([crew.recruit(size - size // 2), crew.take_over(size // 2)])
    count, ips = len(members), crew.pool(size / 3)
    shared = crew.rng.random(count) < 0.4
    members["device"] = np.where(shared, crew.pick(count, crew.pool(3)), members["device"])
    members["ip"] = crew.lines(count, ips)
    visits = crew.visits(members, _repeat(crew, count, 1.3), ips)
    to_drop = crew.rng.random(len(visits)) < 0.8
    visits["address"] = np.where(to_drop, crew.pick(len(visits), crew.pool(1)), visits["address"])
    visits["payment"] = crew.numbers.take(len(visits))
    _charge(crew, visits, 1.6)
    return [_signups(members), *checkout(crew.rng, visits), _look_around(crew, members, ips, 0.3)]


def account_takeover(crew: Crew) -> list[Rows]:
    """Return the events of customers' accounts in an attacker's hands.

    From the attacker's device: log in, change the account, order above habit to another address.
    """
    victims = crew.take_over(crew.size(6, 25))
    count, ips = len(victims), crew.pool(3)
    victims["device"] = crew.pick(count, crew.pool(2))
    victims["ip"] = crew.lines(count, ips)
    victims["change"] = crew.rng.choice(len(CHANGES), count, p=[0.45, 0.2, 0.25, 0.1])
    emails, drops = 2 * crew.numbers.take(count), crew.pick(count, crew.pool(max(1, count / 6)))
    changes = crew.rng.random(count) < 0.7
    after = victims.copy()
    after["email"] = np.where(changes & (after["change"] == CHANGES.index("email")), emails, after["email"])
    after["address"] = np.where(crew.rng.random(count) < 0.85, drops, after["address"])
    changed = stamp(after[changes], ACCOUNT_CHANGE, wait(crew.rng, int(changes.sum()), 150))
    orders = after[_repeat(crew, count, 1.3)]
    orders["time"] += wait(crew.rng, len(orders), 5 * 3600 * crew.patience, sigma=1.3)
    orders["ip"] = crew.lines(len(orders), ips)
    _charge(crew, orders, 1.8)
    return [stamp(victims, LOGIN), changed, *checkout(crew.rng, orders)]


def card_testing(crew: Crew) -> list[Rows]:
    """Return bursts of small payments, a new card each time, from few accounts on few devices."""
    members = crew.recruit(crew.size(2, 8), within=0.3)
    count, ips = len(members), crew.pool(3)
    members["device"], members["ip"] = crew.pick(count, crew.pool(2)), crew.lines(count, ips)
    bursts = crew.visits(members, crew.rng.integers(0, count, max(2, crew.size(20, 110) // 8)), ips)
    tries = np.repeat(np.arange(len(bursts)), 1 + crew.rng.poisson(7, len(bursts)))
    tests = bursts[tries]
    pause = np.cumsum(wait(crew.rng, len(tests), 120 if crew.slow else 30))
    tests["time"] += pause - pause[np.searchsorted(tries, tries)] + wait(crew.rng, len(tests), 20)
    tests["payment"] = crew.numbers.take(len(tests))
    tests["amount"] = prices(crew.rng, 8 * crew.rng.lognormal(0, 0.8, len(tests)))
    spent = tests[crew.rng.random(len(tests)) < 0.06]
    spent["time"] += wait(crew.rng, len(spent), 1800)
    spent["amount"] = prices(crew.rng, 80 * crew.rng.lognormal(0, 0.6, len(spent)))
    bought = checkout(crew.rng, spent, login=0)
    return [_signups(members), stamp(bursts, LOGIN), stamp(tests, PAYMENT), *bought]


def refund_abuse(crew: Crew) -> list[Rows]:
    """Return the events of throw-away accounts that order, then claim that nothing came.

    They share devices or an address.
    """
    members = crew.recruit(crew.size(6, 22), disposable=0.35)
    count, ips = len(members), crew.pool(4)
    members["ip"] = crew.lines(count, ips)
    members["device"] = np.where(crew.rng.random(count) < 0.7, crew.pick(count, crew.pool(count / 6)), members["device"])
    members["address"] = np.where(crew.rng.random(count) < 0.6, crew.pick(count, crew.pool(count / 6)), members["address"])
    visits = crew.visits(members, _repeat(crew, count, 1.3), ips)
    _charge(crew, visits, 1.3)
    bought = checkout(crew.rng, visits)
    claimed = bought[1][crew.rng.random(len(bought[1])) < 0.85]
    return [_signups(members), *bought, *refunds(crew.rng, claimed, median_days=3 * crew.patience)]


def promo_abuse(crew: Crew) -> list[Rows]:
    """Return one welcome discount after the other: fresh accounts, one small order each.

    They share a device or an address.
    """
    members = crew.recruit(crew.size(10, 40), disposable=0.25, within=1.0)
    count, ips = len(members), crew.pool(2)
    members["ip"] = crew.lines(count, ips)
    by_device = crew.rng.random(count) < (0.5 if crew.slow else 0.8)
    members["device"] = np.where(by_device, crew.pick(count, crew.pool(2)), members["device"])
    members["address"] = np.where(crew.rng.random(count) < 0.7, crew.pick(count, crew.pool(1)), members["address"])
    cards = crew.pick(count, crew.pool(count / 3))
    members["payment"] = np.where(crew.rng.random(count) < 0.5, cards, members["payment"])
    orders = members.copy()
    orders["time"] += wait(crew.rng, count, 500)
    orders["amount"] = prices(crew.rng, 24 * crew.rng.lognormal(0, 0.4, count))
    return [_signups(members), *checkout(crew.rng, orders, login=0.3), _look_around(crew, members, ips, 0.3)]


RING_KINDS = (
    RingKind("device_farm", "Many accounts opened and run from a handful of devices.", (2, 8), device_farm),
    RingKind("reshipper", "Unrelated accounts pay with stolen cards and ship to one drop address.", (3, 10), reshipper),
    RingKind("account_takeover", "Customers' accounts emptied from an attacker's device.", (1, 6), account_takeover),
    RingKind("card_testing", "Bursts of small payments that try out stolen card numbers.", (0.2, 2.5), card_testing),
    RingKind("refund_abuse", "Throw-away accounts order, then demand the money back.", (3, 9), refund_abuse),
    RingKind("promo_abuse", "Fresh accounts in series, each taking the welcome discount once.", (1, 6), promo_abuse),
)
