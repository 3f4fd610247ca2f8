"""Attacks on who reads: too many incidents, or one that nobody hears of again."""

from __future__ import annotations

from random import Random
from typing import Any

from domain.simulator.adversary.crafted_attack import Budget
from domain.simulator.adversary.documents import crafted, new_address, new_device, new_id, new_ip
from domain.simulator.adversary.history import Arrival, History
from domain.times import DAY_MS, HOUR_MS, MINUTE_S

FAKE_RINGS_PER_HOUR, ORDERS_OF_FAKE, LINES_OF_ONE = 70, 6, 4
FAKE_EUR, CHEAP_EUR, DEAR_EUR = 1_500.0, 12.0, 9_000.0
DEAR_SHARE = 630 / 1530
SECOND_MS = 1000


def flood(history: History, budget: Budget, dice: Random) -> History:
    """Open many small rings of orders that nobody pays, hour after hour, from shortly before a ring begins.

    A crew that hides another one at work: an account and a form per order, no money.
    """
    rings = list(history.rings.values())
    begin = rings[len(rings) // 2][0].at_ms - HOUR_MS
    starts = range(begin, begin + HOUR_MS * (budget.events // ORDERS_OF_FAKE) // FAKE_RINGS_PER_HOUR, HOUR_MS // FAKE_RINGS_PER_HOUR)
    return history.with_crafted(one for start in starts[: budget.events // ORDERS_OF_FAKE] for one in _fake_ring(start, dice))


def _fake_ring(at_ms: int, dice: Random) -> list[Arrival]:
    shared = {"device_fingerprint": new_device(dice), "ip": new_ip(dice), "address": new_address(dice)}
    return [_order(at_ms + number * 10 * SECOND_MS, new_id(dice), FAKE_EUR, dice, **shared) for number in range(ORDERS_OF_FAKE)]


def _order(at_ms: int, account: str, amount: float, dice: Random, **shared: Any) -> Arrival:
    mail = f"{new_device(dice)[:12]}@mailinator.com"
    return crafted(
        dice, at_ms, "order", account, amount=amount, currency="EUR", email=mail, account_created_at=at_ms - MINUTE_S * 1000, **shared
    )


def hide_growth(history: History, budget: Budget, dice: Random) -> History:
    """Raise many weak alerts in a ring, then order dearly in it: an incident grows by its count alone.

    One crew with a device, too few accounts for a crowded one; an event per order, and nothing is paid.
    """
    start = history.start_ms + (history.end_ms - history.start_ms) // 3
    dear = round(budget.events * DEAR_SHARE)
    then = start + (budget.events - dear) * MINUTE_S * 1000 + DAY_MS
    times = [start + number * MINUTE_S * 1000 for number in range(budget.events - dear)]
    shared = {"device_fingerprint": new_device(dice), "ip": new_ip(dice), "address": new_address(dice)}
    accounts = [new_id(dice) for _ in range(budget.accounts)]
    cheap = [_order(at, dice.choice(accounts), CHEAP_EUR, dice, **shared) for at in times]
    later = [_order(then + number * 5 * SECOND_MS, dice.choice(accounts), DEAR_EUR, dice, **shared) for number in range(dear)]
    return history.with_crafted([*cheap, *later])


def one_instant(history: History, budget: Budget, dice: Random) -> History:
    """Ask for money back from many accounts that share nothing, some times each, all in one millisecond.

    A script, or a shop whose times are days: an account for four lines, no money.
    """
    at = (history.start_ms + history.end_ms) // 2
    accounts = [(new_id(dice), new_device(dice), new_ip(dice)) for _ in range(budget.events // LINES_OF_ONE)]
    return history.with_crafted(
        crafted(dice, at, "refund_request", account, amount=FAKE_EUR, currency="EUR", device_fingerprint=device, ip=ip)
        for account, device, ip in accounts
        for _ in range(LINES_OF_ONE)
    )
