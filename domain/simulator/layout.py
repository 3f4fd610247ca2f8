"""The one row layout that customers and rings both fill in.

Whoever acts is a number here, never a text: `documents` turns every row into an event by the same rules,
so that no formatting, id or missing field can tell a ring's event from a customer's.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.graph import EVENT_TYPES

Rows: TypeAlias = NDArray[np.void]
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

SIGNUP, LOGIN, ORDER, PAYMENT, REFUND_REQUEST, ACCOUNT_CHANGE = range(len(EVENT_TYPES))

# Events that show where goods are sent to (or were).
ADDRESSED = (ORDER, REFUND_REQUEST)

# Why an honest event shares an entity with other accounts or shows one new to its own, the most telling
# last. Several may hold at once: a row keeps them as bits.
SEGMENTS = ("plain", "household", "gift", "carrier", "office", "locker", "kiosk", "second_hand", "traveller")
PLAIN, HOUSEHOLD, GIFT, CARRIER, OFFICE, LOCKER, KIOSK, SECOND_HAND, TRAVELLER = range(len(SEGMENTS))

CATEGORIES = ("groceries", "fashion", "home", "books", "beauty", "toys", "electronics", "gift_card")
CHANGES = ("password", "email", "address", "phone")

EVENT = np.dtype(
    [
        ("time", np.int64),  # ms since epoch
        ("created", np.int64),  # ms since epoch: when the account was opened
        ("amount", np.float64),
        ("account", np.int32),
        ("device", np.int32),
        ("ip", np.int32),
        ("email", np.int32),
        ("payment", np.int32),
        ("address", np.int32),
        ("merchant", np.int32),
        ("visit", np.int32),  # honest traffic is cut to size by whole visits
        ("ring", np.int32),  # -1: honest
        ("event_type", np.int8),
        ("reasons", np.int16),  # bits: 1 << segment
        ("items", np.int8),
        ("category", np.int8),
        ("change", np.int8),
        ("currency", np.int8),  # 0: the account's own; from 1 on the place in FOREIGN
        ("shows", np.int8),  # bits: HIDES, SHIPS, TERSE, STRANGER
    ]
)


HIDES, SHIPS, TERSE, STRANGER = 1, 2, 4, 8
"""The event names neither device nor line; it names an address, whatever its type; it names neither line nor
mail, merchant or address; its account is there only to dilute a ring.
"""

FOREIGN = {"EUR": 1.0, "USD": 0.86, "GBP": 1.15, "JPY": 0.0057, "PLN": 0.235, "KRW": 0.0006, "KWD": 2.8, "HUF": 0.0026}
"""Currencies that a row may name in place of its account's own, and about what a unit is worth in euros."""


class Numbers:
    """Numbers for accounts, devices, addresses and so on, each given out once."""

    def __init__(self) -> None:
        self._next = 0

    def take(self, count: int) -> Ints:
        """Return `count` numbers that nobody has."""
        self._next += count
        return np.arange(self._next - count, self._next, dtype=np.int64)


def blank(count: int) -> Rows:
    """Return `count` honest rows, all fields zero."""
    rows = np.zeros(count, EVENT)
    rows["ring"] = -1
    return rows


def stamp(rows: Rows, event_type: int, delay_ms: Ints | int = 0) -> Rows:
    """Return `rows` as events of one type, `delay_ms` after the rows' times."""
    events = rows.copy()
    events["event_type"] = event_type
    events["time"] += delay_ms
    return events


def wait(rng: np.random.Generator, count: int, median_s: float, sigma: float = 0.9) -> Ints:
    """Return log-normal waiting times in ms, at least 1."""
    drawn: Floats = median_s * 1000 * np.exp(sigma * rng.standard_normal(count))
    return np.maximum(1, drawn).astype(np.int64)


def segments(rows: Rows) -> Ints:
    """Return the most telling reason of each honest row, an index into `SEGMENTS`.

    Shipping counts only where it shows.
    """
    shipping = (1 << LOCKER) | (1 << GIFT)
    shown = np.isin(rows["event_type"], ADDRESSED)
    reasons = np.where(shown, rows["reasons"], rows["reasons"] & ~shipping)
    strongest: Ints = np.log2(np.maximum(reasons, 1)).astype(np.int64)
    return strongest
