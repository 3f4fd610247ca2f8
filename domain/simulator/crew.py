"""One fraud ring at work: whom it acts as, with which devices, lines and addresses, and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.simulator.layout import Ints, Numbers, Rows, blank, wait
from domain.simulator.places import basket
from domain.simulator.population import DISPOSABLE, DISPOSABLE_EMAILS, Population
from domain.simulator.rhythm import Rhythm
from domain.times import DAY_MS

# Sold on easily, so rings like them a little more than customers do.
RING_CATEGORY_SHARES = (0.16, 0.2, 0.12, 0.07, 0.12, 0.08, 0.18, 0.07)
AGED = 0.2  # of a ring's own accounts were opened long before they are used


@dataclass(frozen=True)
class Crew:
    """A ring's number, its draw of luck, the shop it preys on and its active time [start, end) in ms."""

    ring: int
    rng: np.random.Generator
    numbers: Numbers
    population: Population
    rhythm: Rhythm
    start: int
    end: int
    scale: float  # below 1 in simulations too short for rings of full size
    slow: bool  # spread over a longer time, more devices and more lines
    patience: float = 1.0  # factor on the hours and days that it waits between two acts of one account

    def size(self, low: int, high: int) -> int:
        """Return how many members (or attempts): log-uniform, so that small rings are the rule."""
        drawn = np.exp(self.rng.uniform(np.log(low), np.log(high))) * self.scale
        return max(min(low, 4), round(float(drawn)))

    def pool(self, size: float) -> Ints:
        """Return new numbers for things that the ring shares: more if it is a careful, slow one."""
        return self.numbers.take(max(1, round(size * (2 if self.slow else 1))))

    def pick(self, count: int, pool: Ints) -> Ints:
        """Return `count` draws from what the ring shares."""
        return self.rng.choice(pool, count)

    def times(self, low: Ints, high: int | None = None) -> Ints:
        """Return busy times between each `low` and `high` (default: the ring's end)."""
        return self.rhythm.times(self.rng, low, np.full(len(low), self.end if high is None else high))

    def recruit(self, count: int, disposable: float = 0.1, within: float = 0.6) -> Rows:
        """Return accounts of the ring's own, one row each; a row's time is when the ring first uses the
        account.

        Most are opened just then (`created` equals `time`), in the first `within` of the ring's time.
        """
        members = self._members(count)
        rng = self.rng
        members["account"] = self.numbers.take(count)
        throw_away = rng.random(count) < max(disposable, DISPOSABLE_EMAILS)
        members["email"] = 2 * self.numbers.take(count) + DISPOSABLE * throw_away
        low = np.full(count, self.start)
        members["time"] = self.times(low, self.start + round((self.end - self.start) * within))
        age_ms = (rng.uniform(2, 400, count) * DAY_MS).astype(np.int64)
        aged = rng.random(count) < AGED
        members["created"] = np.where(aged, self.rhythm.start - age_ms, members["time"])
        members["amount"] = 60 * rng.lognormal(0, 0.5, count)
        return members

    def take_over(self, count: int) -> Rows:
        """Return customers' accounts that the ring gets into, one row each; amounts are their habits."""
        established = self.population.established
        victims = self.rng.choice(established, min(count, len(established)), replace=False)
        owned = self.population.accounts[victims]
        members = self._members(len(victims))
        for field in ("account", "email", "created"):
            members[field] = owned[field]
        members["time"] = self.times(np.full(len(victims), self.start))
        members["payment"], members["address"], members["amount"] = owned["card"], owned["home"], owned["habit"]
        return members

    def visits(self, members: Rows, who: Ints, ips: Ints) -> Rows:
        """Return later visits as `members[who]`, each at least some minutes after the member's first."""
        visits = members[who].copy()
        earliest = visits["time"] + wait(self.rng, len(who), median_s=900)
        visits["time"] = self.times(earliest)
        visits["ip"] = self.lines(len(who), ips)
        basket(self.rng, visits, self.population.merchants, RING_CATEGORY_SHARES)
        return visits

    def lines(self, count: int, ips: Ints) -> Ints:
        """Return internet lines.

        They are the ring's own, a mobile carrier's that customers use too, or a customer's hijacked one.
        """
        luck = self.rng.random(count)
        carrier = self.rng.choice(self.population.carrier_ips, count)
        customers = self.population.accounts
        hijacked = customers["home_ip"][self.rng.integers(0, len(customers), count)]
        return np.select([luck < 0.25, luck < 0.35], [carrier, hijacked], self.pick(count, ips))

    def _members(self, count: int) -> Rows:
        members = blank(count)
        members["ring"] = self.ring
        for field in ("device", "ip", "payment", "address"):
            members[field] = self.numbers.take(count)
        basket(self.rng, members, self.population.merchants, RING_CATEGORY_SHARES)
        return members
