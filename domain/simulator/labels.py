"""When and from whom the shop learns which events were fraud.

The money comes first: a cardholder disputes a payment days later, an analyst then marks what else the
account did. Owners report their taken-over accounts themselves, analysts see through refund claims. Some of
it is never reported, and only a few honest events are ever cleared.
"""

from __future__ import annotations

import numpy as np

from domain.simulator.layout import ORDER, PAYMENT, REFUND_REQUEST, STRANGER, Bools, Ints, Rows, wait
from domain.simulator.population import NEVER
from domain.simulator.ring_kinds import RING_KINDS
from domain.times import DAY_MS, DAY_S, HOUR_MS

SOURCES = ("chargeback", "analyst", "customer_report")
CHARGEBACK, ANALYST, CUSTOMER_REPORT = range(len(SOURCES))
NEVER_LABELLED = -1

LONGEST_DELAY_MS = 35 * DAY_MS
SHORTEST_DELAY_MS = 2 * HOUR_MS
UNREPORTED_ACCOUNTS, UNREPORTED_EVENTS = 0.06, 0.03
CLEARED, CLEARED_OTHERS = 0.05, 0.01  # of honest purchases and refunds, of other honest events
FOUND_DAYS = (4.0, 6.5)  # strangers are found so long after they came
BLAMED = 0.02  # of honest events as often as frauds are cleared


def label_times(events: Rows, ring_kinds: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return when each event's label becomes known and its index in `SOURCES`.

    Times are in ms, `NEVER_LABELLED` for those that never do.
    """
    count = len(events)
    fraud = events["ring"] >= 0
    money = np.isin(events["event_type"], (ORDER, PAYMENT, REFUND_REQUEST))
    times, sources = np.full(count, NEVER_LABELLED), np.full(count, ANALYST)
    cleared = ~fraud & (rng.random(count) < np.where(money, CLEARED, CLEARED_OTHERS))
    times[cleared] = events["time"][cleared] + _delay(rng, int(cleared.sum()), median_days=1.0)
    times[fraud], sources[fraud] = _fraud_labels(events[fraud], ring_kinds, money[fraud], rng)
    return times, sources


def find_strangers(events: Rows, times: Ints, rng: np.random.Generator) -> Ints:
    """Return the labels' times; strangers (`evasion.dilute`) are found when their ring has been."""
    strangers = np.flatnonzero(events["shows"] & STRANGER)
    found = times.copy()
    found[strangers] = events["time"][strangers] + (rng.uniform(*FOUND_DAYS, len(strangers)) * DAY_MS).astype(np.int64)
    return found


def with_noise(events: Rows, times: Ints, share: float, rng: np.random.Generator) -> tuple[Ints, Bools]:
    """Return when labels come and whether they say fraud, if people err.

    A `share` of the frauds is cleared within hours, and of all else a fiftieth of it is called fraud.
    """
    fraud = events["ring"] >= 0
    wrong = rng.random(len(events)) < np.where(fraud, share, BLAMED * share)
    soon = events["time"] + np.clip(wait(rng, len(events), 0.2 * DAY_S), 0, LONGEST_DELAY_MS)
    return np.where(wrong, soon, times), fraud ^ wrong


def _delay(rng: np.random.Generator, count: int, median_days: float) -> Ints:
    return np.clip(wait(rng, count, median_days * DAY_S, sigma=0.7), SHORTEST_DELAY_MS, LONGEST_DELAY_MS)


def _kind(name: str) -> int:
    return next(index for index, kind in enumerate(RING_KINDS) if kind.name == name)


def _fraud_labels(events: Rows, ring_kinds: Ints, money: Bools, rng: np.random.Generator) -> tuple[Ints, Ints]:
    count = len(events)
    kinds = ring_kinds[events["ring"]]
    owner_reports, analyst_finds = kinds == _kind("account_takeover"), kinds == _kind("refund_abuse")
    sources = np.select([owner_reports, analyst_finds | ~money], [CUSTOMER_REPORT, ANALYST], CHARGEBACK)
    delay = np.where(sources == CHARGEBACK, _delay(rng, count, 5.0), _delay(rng, count, 2.5))
    times = events["time"] + delay
    _, account = np.unique(events["ring"].astype(np.int64) << 32 | events["account"], return_inverse=True)
    found = np.full(account.max(initial=-1) + 1, NEVER)
    np.minimum.at(found, account[money], times[money])
    known = found[account] < NEVER
    # Once the account's first dispute is in, an analyst goes through the rest of it.
    disputed = np.where(known, found[account], times)
    review = np.maximum(disputed, events["time"] + SHORTEST_DELAY_MS) + wait(rng, count, 6 * 3600)
    times = np.where(~money & known, np.minimum(review, events["time"] + LONGEST_DELAY_MS), times)
    unreported = (rng.random(len(found)) < UNREPORTED_ACCOUNTS)[account] | (rng.random(count) < UNREPORTED_EVENTS)
    return np.where(unreported, NEVER_LABELLED, times), sources
