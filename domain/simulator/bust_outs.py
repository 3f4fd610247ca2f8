"""Bust-outs: accounts that shop like customers for a while, then order dearly and do not pay.

One account or a crew builds a habit of small purchases, all paid. Nobody disputes those: they are no fraud.
What gives such an account away is its last orders, dear against its own habit, mostly from its own device.
Twice as many customers shop in the same ways and stay, some with a dear order of their own, so that none of
these ways tells anything by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.simulator.crew import RING_CATEGORY_SHARES
from domain.simulator.layout import FOREIGN, LOGIN, ORDER, PAYMENT, TERSE, Floats, Numbers, Rows, blank, stamp, wait
from domain.simulator.places import basket
from domain.simulator.population import DISPOSABLE, DISPOSABLE_EMAILS, Population
from domain.simulator.rhythm import Rhythm
from domain.simulator.traffic import checkout, prices
from domain.times import DAY_MS, HOUR_MS

NAME = "bust_out"
ALONE = 0.5  # of the crews are one account, the others up to MOST_ACCOUNTS
MOST_ACCOUNTS = 12
# Ranges are log-uniform.
PURCHASES = (4.0, 25.0)  # before the dear orders,
GAPS_H = (2.0, 72.0)  # so far apart,
LATER_H = (0.5, 48.0)  # after which they come,
SMALL_EUR = (6.0, 90.0)  # for so much each
LONGEST = 0.8  # of the span, for all of them
DEARER = (10.0, 300.0)  # times the habit: what is not paid,
CUSTOMERS_DEARER, DEAREST = (1.0, 6.0), (6.0, 40.0)  # what customers buy then,
SPLURGE = 0.3  # so many of them the dearest
CUSTOMERS = 2  # for each account of a crew


@dataclass(frozen=True)
class _Way:
    """How the accounts of a crew shop."""

    purchases: int
    gap_h: float
    eur: float
    spread: float  # of the amounts, log-normal
    tops_up: bool  # pays, and orders nothing
    terse: bool  # names neither line nor mail, merchant or address
    aged: bool  # opened long before
    currency: int  # as `EVENT` has it
    dear_currency: int
    signs_in: float


def bust_outs(
    count: int, population: Population, rhythm: Rhythm, rng: np.random.Generator, numbers: Numbers, first: int
) -> tuple[Rows, int]:
    """Return `count` frauds of crews, and how many crews: they have the ring numbers from `first` on.

    The purchases before come on top, and those of customers who shop so.
    """
    parts, missing, ring = [blank(0)], count, first
    while missing > 0:
        way, size = _way(rng, rhythm), 1 if rng.random() < ALONE else round(_between(rng, 2, MOST_ACCOUNTS))
        members, customers = (_open(way, many, population, rhythm, rng, numbers) for many in (size, CUSTOMERS * size))
        _share(members, rng, numbers)
        dear = _within(np.concatenate(_dear(way, _last(way, members, rng), rng, numbers)), rhythm)
        dear = dear[np.argsort(dear["time"], kind="stable")[:missing]]
        dear["ring"] = ring
        parts += [dear, *_habit(way, members, rng), *_habit(way, customers, rng), *_later(way, _last(way, customers, rng), rng)]
        missing, ring = missing - len(dear), ring + 1
    return _within(np.concatenate(parts), rhythm), ring - first


def _way(rng: np.random.Generator, rhythm: Rhythm) -> _Way:
    purchases = round(_between(rng, *PURCHASES))
    longest_h = LONGEST * (rhythm.end - rhythm.start) / HOUR_MS / purchases
    foreign, dear_foreign = rng.integers(1, len(FOREIGN) + 1, 2).tolist()
    currency = foreign if rng.random() < 0.4 else 0
    return _Way(
        purchases,
        gap_h=min(longest_h, _between(rng, *GAPS_H)),
        eur=_between(rng, *SMALL_EUR),
        spread=0.0 if rng.random() < 0.4 else float(rng.uniform(0.05, 0.6)),
        tops_up=bool(rng.random() < 0.4),
        terse=bool(rng.random() < 0.3),
        aged=bool(rng.random() < 0.6),
        currency=currency,
        dear_currency=currency if rng.random() < 0.5 else dear_foreign if rng.random() < 0.3 else 0,
        signs_in=float(rng.uniform(0.0, 0.9)),
    )


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return float(_drawn(rng, (low, high), 1)[0])


def _drawn(rng: np.random.Generator, span: tuple[float, float], count: int) -> Floats:
    low, high = span
    return np.asarray(np.exp(rng.uniform(np.log(low), np.log(high), count)))


def _open(way: _Way, size: int, population: Population, rhythm: Rhythm, rng: np.random.Generator, numbers: Numbers) -> Rows:
    """Return accounts that share nothing, one row each; a row's time is that of the first purchase."""
    members = blank(size)
    for field in ("account", "device", "ip", "payment", "address"):
        members[field] = numbers.take(size)
    members["email"] = 2 * numbers.take(size) + DISPOSABLE * (rng.random(size) < DISPOSABLE_EMAILS)
    takes = way.purchases * way.gap_h * HOUR_MS
    members["time"] = rng.uniform(rhythm.start, rhythm.end - takes, size).astype(np.int64)
    age_ms = (rng.uniform(2, 400, size) * DAY_MS if way.aged else rng.uniform(0.0, 0.1, size) * HOUR_MS).astype(np.int64)
    members["created"] = members["time"] - age_ms
    members["amount"] = way.eur * rng.lognormal(0, 0.2, size)
    members["shows"] = TERSE * way.terse
    basket(rng, members, population.merchants, RING_CATEGORY_SHARES)
    return members


def _share(members: Rows, rng: np.random.Generator, numbers: Numbers) -> None:
    """Let some crews share devices and lines, all the time."""
    if rng.random() < 0.3:
        for field in ("device", "ip"):
            members[field] = rng.choice(numbers.take(max(1, len(members) // 4)), len(members))


def _habit(way: _Way, members: Rows, rng: np.random.Generator) -> list[Rows]:
    """Return the small purchases of each account."""
    number = np.tile(np.arange(way.purchases), len(members))
    visits = np.repeat(members, way.purchases)
    visits["time"] += ((number + rng.uniform(0.0, 0.7, len(number))) * way.gap_h * HOUR_MS).astype(np.int64)
    _charge(visits, rng, rng.lognormal(0, way.spread, len(visits)), way.currency)
    return _bought(way, visits, rng)


def _bought(way: _Way, visits: Rows, rng: np.random.Generator) -> list[Rows]:
    if not way.tops_up:
        return checkout(rng, visits, login=way.signs_in)
    return [stamp(visits[rng.random(len(visits)) < way.signs_in], LOGIN), stamp(visits, PAYMENT, wait(rng, len(visits), median_s=90))]


def _last(way: _Way, members: Rows, rng: np.random.Generator) -> Rows:
    """Return a visit of each account some time after its habit."""
    visits = members.copy()
    later_h = way.purchases * way.gap_h + _drawn(rng, LATER_H, len(members))
    visits["time"] += (later_h * HOUR_MS).astype(np.int64)
    return visits


def _dear(way: _Way, visits: Rows, rng: np.random.Generator, numbers: Numbers) -> list[Rows]:
    """Return the dear orders: one or some of each account, seldom paid, some to another address."""
    if rng.random() < 0.4:
        visits["address"] = rng.choice(numbers.take(max(1, len(visits) // 3)), len(visits))
    moves = rng.random(len(visits)) < 0.15
    visits["device"] = np.where(moves, numbers.take(len(visits)), visits["device"])
    orders = np.repeat(visits, 1 + rng.poisson(0.5, len(visits)))
    orders["time"] += wait(rng, len(orders), 1200)
    _charge(orders, rng, _drawn(rng, DEARER, len(orders)), way.dear_currency)
    pays = rng.random(len(orders)) < 0.4
    only_pays = pays & way.tops_up
    paid = stamp(orders[pays], PAYMENT, wait(rng, int(pays.sum()), median_s=40))
    return [stamp(visits[rng.random(len(visits)) < way.signs_in], LOGIN), stamp(orders[~only_pays], ORDER), paid]


def _later(way: _Way, visits: Rows, rng: np.random.Generator) -> list[Rows]:
    """Return what customers buy after the same habit."""
    count = len(visits)
    splurges = rng.random(count) < SPLURGE
    dearest, dearer = _drawn(rng, DEAREST, count), _drawn(rng, CUSTOMERS_DEARER, count)
    _charge(visits, rng, np.where(splurges, dearest, dearer), way.dear_currency)
    return checkout(rng, visits, login=way.signs_in)


def _charge(visits: Rows, rng: np.random.Generator, factor: Floats, currency: int) -> None:
    """Charge so many times the habit, in a currency; one of small units has no cents."""
    visits["amount"] = prices(rng, visits["amount"] * factor)
    visits["currency"] = currency
    if currency:
        rate = tuple(FOREIGN.values())[currency - 1]
        visits["amount"] = np.round(visits["amount"] / rate, 0 if rate < 0.01 else 2)


def _within(rows: Rows, rhythm: Rhythm) -> Rows:
    kept: Rows = rows[(rows["time"] >= rhythm.start) & (rows["time"] < rhythm.end)]
    return kept
