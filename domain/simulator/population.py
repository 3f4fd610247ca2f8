"""The honest customers of the shop and what they share: homes, offices, carriers, lockers, devices, cards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.simulator.layout import Bools, Ints, Numbers, Rows
from domain.simulator.settings import SimulatorSettings
from domain.times import DAY_MS

NEVER = np.iinfo(np.int64).max
NONE = -1
IP_LEASES = 64  # numbers kept per home, for those whose provider gives them another address each week
DISPOSABLE = 1  # lowest bit of an e-mail's number: lives at a throw-away domain

HOUSEHOLD_SIZES = (0.45, 0.29, 0.13, 0.09, 0.04)  # one to five customers
NEWCOMERS = 0.3  # of the accounts are opened within the span
DISPOSABLE_EMAILS = 0.03

ACCOUNT = np.dtype(
    [("created", np.int64), ("trip_start", np.int64), ("trip_end", np.int64), ("upgrade", np.int64)]
    # visits relative to others; usual amount of an order
    + [("activity", np.float64), ("habit", np.float64)]
    + [(name, np.int32) for name in ("account", "email", "household", "home", "home_ip", "office_ip", "carrier_ip")]
    + [(name, np.int32) for name in ("locker", "kiosk", "device", "second_device", "next_device", "family_device")]
    + [(name, np.int32) for name in ("card", "second_card", "trip_ip", "trip_address", "trip_device")]
    + [(name, np.bool_) for name in ("newcomer", "mobile_first", "leases_ip", "second_hand", "shares_home")]
)


@dataclass(frozen=True)
class Population:
    """The customers: `accounts` is shape [customers] of `ACCOUNT`.

    `established` indexes those opened before the span; `carrier_ips` are the mobile networks' exits.
    """

    accounts: Rows
    established: Ints
    carrier_ips: Ints
    merchants: int


def populate(
    settings: SimulatorSettings, rng: np.random.Generator, numbers: Numbers, customers: int | None = None, newcomers: float = NEWCOMERS
) -> Population:
    """Draw the customers of a shop: as many as the settings say, or `customers`, of which a share `newcomers`
    comes within the span.
    """
    count = customers or settings.accounts
    accounts = np.zeros(count, ACCOUNT)
    accounts["account"] = numbers.take(count)
    accounts["email"] = 2 * numbers.take(count) + DISPOSABLE * (rng.random(count) < DISPOSABLE_EMAILS)
    accounts["activity"] = rng.lognormal(0, 0.8, count)
    accounts["habit"] = 45 * rng.lognormal(0, 0.6, count)
    _open(settings, rng, accounts, newcomers)
    _settle(rng, numbers, accounts)
    _own(settings, rng, numbers, accounts)
    carriers = _connect(rng, numbers, accounts, settings.kiosks)
    _travel(settings, rng, numbers, accounts)
    return Population(accounts, np.flatnonzero(~accounts["newcomer"]), carriers, merchants=max(10, count // 60))


def _open(settings: SimulatorSettings, rng: np.random.Generator, accounts: Rows, newcomers: float) -> None:
    """Say when each account was opened."""
    count = len(accounts)
    accounts["newcomer"] = rng.random(count) < newcomers
    age_days = np.minimum(1 + rng.exponential(500, count), 4000)
    before = settings.start - (age_days * DAY_MS).astype(np.int64)
    accounts["created"] = np.where(accounts["newcomer"], settings.end, before)


def _settle(rng: np.random.Generator, numbers: Numbers, accounts: Rows) -> None:
    """Give households a home, its address and its internet line, and some a tablet for all."""
    count = len(accounts)
    sizes = rng.choice(len(HOUSEHOLD_SIZES), count, p=HOUSEHOLD_SIZES) + 1
    household = np.repeat(np.arange(count), sizes)[:count]
    members = np.bincount(household)
    homes = len(members)
    accounts["household"] = household
    accounts["shares_home"] = members[household] > 1
    accounts["home"] = numbers.take(homes)[household]
    accounts["home_ip"] = numbers.take(homes * IP_LEASES)[::IP_LEASES][household]
    accounts["leases_ip"] = (rng.random(homes) < 0.3)[household]
    tablet = np.where((members > 1) & (rng.random(homes) < 0.4), numbers.take(homes), NONE)
    accounts["family_device"] = tablet[household]
    family_card = numbers.take(homes)[household]
    shares_card = accounts["shares_home"] & (rng.random(count) < 0.25)
    accounts["card"] = np.where(shares_card, family_card, numbers.take(count))
    accounts["second_card"] = np.where(rng.random(count) < 0.4, numbers.take(count), accounts["card"])


def _own(settings: SimulatorSettings, rng: np.random.Generator, numbers: Numbers, accounts: Rows) -> None:
    """Hand out devices; some are replaced within the span, a third of those by another customer's old one."""
    count = len(accounts)
    accounts["device"] = numbers.take(count)
    accounts["second_device"] = np.where(rng.random(count) < 0.5, numbers.take(count), accounts["device"])
    accounts["upgrade"] = NEVER
    buyers = np.flatnonzero(rng.random(count) < 0.06)
    when = np.sort(rng.integers(settings.start, settings.end, len(buyers)))
    accounts["upgrade"][buyers] = when
    accounts["next_device"] = numbers.take(count)
    used = np.flatnonzero(rng.random(len(buyers)) < 0.33)
    used = used[used > 0]
    accounts["second_hand"][buyers[used]] = True
    # The buyer before in time has just put this device away.
    accounts["next_device"][buyers[used]] = accounts["device"][buyers[used - 1]]


def _connect(rng: np.random.Generator, numbers: Numbers, accounts: Rows, kiosks: float) -> Ints:
    """Give customers the places many strangers share: carrier exits, offices, parcel lockers, public
    terminals.
    """
    count = len(accounts)
    carriers = numbers.take(max(2, count // 2500))
    accounts["carrier_ip"] = rng.choice(carriers, count)
    accounts["mobile_first"] = rng.random(count) < 0.25
    accounts["office_ip"] = _some_of(rng, numbers, count, share=0.12, per_place=150)
    accounts["locker"] = _some_of(rng, numbers, count, share=0.1, per_place=60)
    accounts["kiosk"] = _some_of(rng, numbers, count, share=kiosks, per_place=25)
    return carriers


def _some_of(rng: np.random.Generator, numbers: Numbers, count: int, share: float, per_place: int) -> Ints:
    """Return a place for a `share` of the customers, of unequal size; `NONE` for the others."""
    places = numbers.take(max(1, round(count * share / per_place)))
    picked = places[(len(places) * rng.random(count) ** 1.5).astype(np.int64)]
    return np.where(rng.random(count) < share, picked, NONE)


def _travel(settings: SimulatorSettings, rng: np.random.Generator, numbers: Numbers, accounts: Rows) -> None:
    """Send some on a trip: a hotel's line and address, often with a device never seen before."""
    count = len(accounts)
    away: Bools = rng.random(count) < 0.06
    start = rng.integers(settings.start, settings.end, count)
    accounts["trip_start"] = np.where(away, start, NEVER)
    accounts["trip_end"] = np.where(away, start + (rng.uniform(3, 14, count) * DAY_MS).astype(np.int64), NEVER)
    hotels = max(1, count // 200)
    hotel = rng.integers(0, hotels, count)
    accounts["trip_ip"] = numbers.take(hotels)[hotel]
    accounts["trip_address"] = numbers.take(hotels)[hotel]
    accounts["trip_device"] = np.where(rng.random(count) < 0.6, numbers.take(count), accounts["device"])
