"""What honest customers do: visits, and the events each visit leaves."""

from __future__ import annotations

import numpy as np

from domain.simulator.layout import (
    ACCOUNT_CHANGE,
    CHANGES,
    LOGIN,
    ORDER,
    PAYMENT,
    REFUND_REQUEST,
    SIGNUP,
    Floats,
    Ints,
    Numbers,
    Rows,
    stamp,
    wait,
)
from domain.simulator.places import visits_of
from domain.simulator.population import NEVER, Population
from domain.simulator.rhythm import Rhythm

# Shares of the visits that do more than look around.
BUY, TOP_UP, CHANGE = 0.46, 0.06, 0.06
REFUNDS = 0.06  # of the orders
# Visits leave about two events each; a third is drawn on top and cut, so that the count is met exactly.
VISITS_PER_EVENT = 0.7

CENTS = np.array([0.99, 0.95, 0.0, 0.5, 0.49])
CENT_SHARES = np.array([0.45, 0.18, 0.2, 0.09, 0.08])


def prices(rng: np.random.Generator, amounts: Floats) -> Floats:
    """Round wished-for amounts to what a shop charges: mostly price points, a fifth to the cent."""
    pointed = np.floor(amounts) + rng.choice(CENTS, len(amounts), p=CENT_SHARES)
    charged = np.where(rng.random(len(amounts)) < 0.2, amounts, pointed)
    return np.round(np.maximum(0.5, charged), 2)


def checkout(rng: np.random.Generator, visits: Rows, login: float = 0.75) -> list[Rows]:
    """Log in (or be remembered), order, mostly pay at once, sometimes twice over."""
    count = len(visits)
    signs_in = rng.random(count) < login
    ordered = stamp(visits, ORDER, np.where(signs_in, wait(rng, count, median_s=240), 0))
    pays = ordered[rng.random(count) < 0.9]
    paid = stamp(pays, PAYMENT, wait(rng, len(pays), median_s=40))
    repeats = paid[rng.random(len(paid)) < 0.04]
    return [stamp(visits[signs_in], LOGIN), ordered, paid, stamp(repeats, PAYMENT, wait(rng, len(repeats), median_s=60))]


def refunds(rng: np.random.Generator, orders: Rows, median_days: float) -> list[Rows]:
    """Ask for the money back some days later: mostly all of it, sometimes a part."""
    count = len(orders)
    part = np.where(rng.random(count) < 0.2, rng.uniform(0.2, 0.9, count), 1.0)
    asked = stamp(orders, REFUND_REQUEST, wait(rng, count, median_days * 86_400, sigma=0.7))
    asked["amount"] = np.round(np.maximum(0.5, orders["amount"] * part), 2)
    back = asked[rng.random(count) < 0.5]
    return [stamp(back, LOGIN, -wait(rng, len(back), median_s=120)), asked]


def honest_events(count: int, population: Population, rhythm: Rhythm, rng: np.random.Generator, numbers: Numbers) -> Rows:
    """Return exactly `count` events of customers within the rhythm's span, in no order."""
    accounts = population.accounts
    newcomers = np.flatnonzero(accounts["newcomer"])
    visitors = _visitors(rng, population, round(count * VISITS_PER_EVENT) + 50)
    who = np.concatenate([newcomers, visitors])
    low = np.where(accounts["newcomer"][who], accounts["created"][who], rhythm.start)
    low[: len(newcomers)] = rhythm.start
    times = rhythm.times(rng, low, np.full(len(who), rhythm.end))
    times[: len(newcomers)] = accounts["created"][newcomers]
    visits = visits_of(rng, numbers, population, who, times, rhythm.start)
    visits["visit"] = np.arange(len(visits))
    visits["amount"] = prices(rng, visits["amount"])
    events = np.concatenate(_join(rng, visits[: len(newcomers)]) + _shop(rng, visits[len(newcomers) :]))
    events = events[(events["time"] >= rhythm.start) & (events["time"] < rhythm.end)]
    assert len(events) >= count, "too few visits were drawn"
    # Cutting by visit, newcomers' first visits staying, takes nothing away from one time or one sort of
    # event.
    kept: Rows = events[np.argsort(events["visit"], kind="stable")[:count]]
    _remember_changes(kept, accounts, numbers)
    return kept


def open_accounts(population: Population, rhythm: Rhythm, rng: np.random.Generator) -> None:
    """Let each newcomer's account be opened at a busy hour of the span."""
    accounts = population.accounts
    newcomers = np.flatnonzero(accounts["newcomer"])
    span = np.full(len(newcomers), rhythm.start), np.full(len(newcomers), rhythm.end)
    accounts["created"][newcomers] = rhythm.times(rng, *span)


def _visitors(rng: np.random.Generator, population: Population, count: int) -> Ints:
    weight = np.cumsum(population.accounts["activity"])
    return np.asarray(np.searchsorted(weight, rng.random(count) * weight[-1], side="right"))


def _join(rng: np.random.Generator, visits: Rows) -> list[Rows]:
    """Sign up; half of the newcomers came to buy something."""
    buyers = visits[rng.random(len(visits)) < 0.5].copy()
    buyers["time"] += wait(rng, len(buyers), median_s=400)
    return [stamp(visits, SIGNUP), *checkout(rng, buyers, login=0.3)]


def _shop(rng: np.random.Generator, visits: Rows) -> list[Rows]:
    aim = rng.random(len(visits))
    buy, top_up, change = np.cumsum([BUY, TOP_UP, CHANGE])
    changing = visits[(aim >= top_up) & (aim < change)]
    bought = checkout(rng, visits[aim < buy])
    returned = bought[1][rng.random(len(bought[1])) < REFUNDS]
    return [
        *bought,
        *refunds(rng, returned, median_days=6),
        *_top_up(rng, visits[(aim >= buy) & (aim < top_up)]),
        *_change(rng, changing),
        stamp(visits[aim >= change], LOGIN),
    ]


def _top_up(rng: np.random.Generator, visits: Rows) -> list[Rows]:
    """Pay without an order: phone credit, a game, a small gift card."""
    small = visits.copy()
    small["amount"] = prices(rng, 11 * rng.lognormal(0, 0.7, len(visits)))
    return [stamp(small, LOGIN), stamp(small, PAYMENT, wait(rng, len(small), median_s=90))]


def _change(rng: np.random.Generator, visits: Rows) -> list[Rows]:
    """Change the account; some go on to order."""
    changed = stamp(visits, ACCOUNT_CHANGE, wait(rng, len(visits), median_s=150))
    buyers = changed[rng.random(len(changed)) < 0.35].copy()
    buyers["time"] += wait(rng, len(buyers), median_s=600)
    return [stamp(visits, LOGIN), changed, *checkout(rng, buyers, login=0.2)]


def _remember_changes(events: Rows, accounts: Rows, numbers: Numbers) -> None:
    """Give an account's events the new e-mail or address from its first change on."""
    changing = events["event_type"] == ACCOUNT_CHANGE
    # Customers hold the first numbers, so that an honest event's account is its row in `accounts`.
    account = events["account"]
    emails, homes = 2 * numbers.take(len(accounts)), numbers.take(len(accounts))
    for field, old, new in (("email", accounts["email"], emails), ("address", accounts["home"], homes)):
        since = np.full(len(accounts), NEVER)
        done = changing & (events["change"] == CHANGES.index(field))
        np.minimum.at(since, account[done], events["time"][done])
        moved = (events["time"] >= since[account]) & (events[field] == old[account])
        events[field][moved] = new[account][moved]
