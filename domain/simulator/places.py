"""Where and with what an honest visit happens: from which line and device, to which address, for how much."""

from __future__ import annotations

import numpy as np

from domain.simulator.layout import (
    CARRIER,
    CATEGORIES,
    CHANGES,
    GIFT,
    HOUSEHOLD,
    KIOSK,
    LOCKER,
    OFFICE,
    SECOND_HAND,
    TRAVELLER,
    Bools,
    Ints,
    Numbers,
    Rows,
    blank,
)
from domain.simulator.population import IP_LEASES, NONE, Population
from domain.simulator.rhythm import at_work
from domain.times import DAY_MS

CATEGORY_SHARES = (0.24, 0.2, 0.14, 0.1, 0.1, 0.08, 0.1, 0.04)
CHANGE_SHARES = (0.4, 0.15, 0.25, 0.2)
GIFTS = 0.08  # of the visits would ship to somebody else


def visits_of(rng: np.random.Generator, numbers: Numbers, population: Population, who: Ints, times: Ints, start: int) -> Rows:
    """Return one row per visit, shape [len(who)]: everything an event of this visit may show.

    `who` indexes `population.accounts`; `start` is where the weekly leases of home lines begin counting.
    """
    accounts = population.accounts[who]
    visits = blank(len(who))
    for field in ("account", "email", "created"):
        visits[field] = accounts[field]
    visits["time"] = times
    visits["payment"] = np.where(rng.random(len(who)) < 0.8, accounts["card"], accounts["second_card"])
    visits["amount"] = accounts["habit"] * rng.lognormal(0, 0.7, len(who))
    basket(rng, visits, population.merchants)
    _mark(visits, accounts["shares_home"], HOUSEHOLD)
    _ship(rng, numbers, visits, accounts, population)
    _log_on(rng, visits, accounts, start)
    _pick_up(rng, visits, accounts)
    _go_away(rng, visits, accounts)
    return visits


def basket(rng: np.random.Generator, visits: Rows, merchants: int, category_shares: tuple[float, ...] = CATEGORY_SHARES) -> None:
    """Fill in what is bought from whom, and what an account change would change."""
    count = len(visits)
    visits["merchant"] = (merchants * rng.random(count) ** 2.5).astype(np.int64)
    visits["items"] = np.minimum(1 + rng.geometric(0.55, count), 20) - 1
    visits["category"] = rng.choice(len(CATEGORIES), count, p=category_shares)
    visits["change"] = rng.choice(len(CHANGES), count, p=CHANGE_SHARES)


def _mark(visits: Rows, where: Bools, segment: int) -> None:
    visits["reasons"] |= where.astype(np.int16) << segment


def _ship(rng: np.random.Generator, numbers: Numbers, visits: Rows, accounts: Rows, population: Population) -> None:
    """Choose where to: home, a parcel locker, a fellow customer, or an address never used before."""
    count = len(visits)
    to_locker = (accounts["locker"] != NONE) & (rng.random(count) < 0.7)
    gift = rng.random(count) < GIFTS
    friend = population.accounts["home"][rng.integers(0, len(population.accounts), count)]
    present = np.where(rng.random(count) < 0.5, friend, numbers.take(count))
    visits["address"] = np.select([gift, to_locker], [present, accounts["locker"]], accounts["home"])
    _mark(visits, to_locker & ~gift, LOCKER)
    _mark(visits, gift, GIFT)


def _log_on(rng: np.random.Generator, visits: Rows, accounts: Rows, start: int) -> None:
    """Choose the line: at home, at the office, or over the mobile carrier."""
    count, times = len(visits), visits["time"]
    week = (times - start) // (7 * DAY_MS) % IP_LEASES
    home = accounts["home_ip"] + np.where(accounts["leases_ip"], week, 0)
    office = (accounts["office_ip"] != NONE) & at_work(times) & (rng.random(count) < 0.8)
    mobile = ~office & (rng.random(count) < np.where(accounts["mobile_first"], 0.7, 0.12))
    visits["ip"] = np.select([office, mobile], [accounts["office_ip"], accounts["carrier_ip"]], home)
    _mark(visits, office, OFFICE)
    _mark(visits, mobile, CARRIER)


def _pick_up(rng: np.random.Generator, visits: Rows, accounts: Rows) -> None:
    """Choose the device: one's own, the family's, a public terminal, or a new one, perhaps second-hand."""
    count = len(visits)
    replaced = visits["time"] >= accounts["upgrade"]
    own = np.where(replaced, accounts["next_device"], accounts["device"])
    main = rng.random(count) < 0.7
    visits["device"] = np.where(main, own, accounts["second_device"])
    visits["device"] = np.where(replaced & ~main, own, visits["device"])
    family = (accounts["family_device"] != NONE) & (rng.random(count) < 0.25)
    kiosk = (accounts["kiosk"] != NONE) & (rng.random(count) < 0.5)
    visits["device"] = np.select([kiosk, family], [accounts["kiosk"], accounts["family_device"]], visits["device"])
    _mark(visits, kiosk, KIOSK)
    _mark(visits, replaced & accounts["second_hand"] & ~kiosk & ~family, SECOND_HAND)


def _go_away(rng: np.random.Generator, visits: Rows, accounts: Rows) -> None:
    """Send some on a trip: the hotel's line, often a new device, half of the parcels to the hotel."""
    away = (visits["time"] >= accounts["trip_start"]) & (visits["time"] < accounts["trip_end"])
    visits["ip"] = np.where(away, accounts["trip_ip"], visits["ip"])
    visits["device"] = np.where(away, accounts["trip_device"], visits["device"])
    to_hotel = away & (rng.random(len(visits)) < 0.5)
    visits["address"] = np.where(to_hotel, accounts["trip_address"], visits["address"])
    _mark(visits, away, TRAVELLER)
