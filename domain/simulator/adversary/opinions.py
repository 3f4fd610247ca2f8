"""Attacks by labels: what the shop is made to believe of frauds and of customers."""

from __future__ import annotations

from random import Random

from domain.simulator.adversary.crafted_attack import Budget
from domain.simulator.adversary.documents import crafted, label, new_device, new_id, new_ip, regulars
from domain.simulator.adversary.history import Arrival, History
from domain.times import DAY_MS, HOUR_MS, MINUTE_S

SOON_MS = 5 * MINUTE_S * 1000


def clear_rings(history: History, budget: Budget, dice: Random) -> History:
    """Have one purchase of each ring cleared, soon after it.

    A ring that answers the phone when the shop's analyst calls: a label per ring, no event, no money.
    """
    subjects = [frauds[0] for frauds in history.rings.values()][: budget.labels]
    return history.with_crafted(_cleared(dice, one) for one in subjects)


def clear_accounts(history: History, budget: Budget, dice: Random) -> History:
    """Have one purchase of each account of each ring cleared, soon after it.

    A ring with an analyst who believes it, or is bought: a label per account, no event.
    """
    return history.with_crafted(_cleared(dice, one) for one in _firsts(history)[: budget.labels])


def clear_nobody(history: History, budget: Budget, dice: Random) -> History:
    """Clear events that never happened, of the rings' accounts and what they share, before they begin.

    Who can send events, and therefore labels: one line per account of a ring, no money.
    """
    subjects = _firsts(history)
    chosen = dice.sample(subjects, min(budget.labels, len(subjects)))
    return history.with_crafted(
        label(dice, one.at_ms - 1, one, is_fraud=False, source="analyst", by_shop=False, known=False) for one in chosen
    )


def blame_customers(history: History, budget: Budget, dice: Random, each: int) -> History:
    """Call events of customers fraud that never happened, some of each customer.

    Who can send events and wishes a shop's customers, or a rival's, ill: some lines per victim, no money.
    """
    victims = regulars(history, dice, budget.labels // each)
    lines = (
        label(dice, one.at_ms + HOUR_MS * (1 + number), one, is_fraud=True, source="chargeback", by_shop=False, known=False)
        for one in victims
        for number in range(each)
    )
    return history.with_crafted(lines, (one.account for one in victims))


def charge_back_to(history: History, budget: Budget, dice: Random) -> History:
    """Order something to a customer's address, pay with a stolen card, and let it be charged back.

    Anybody with stolen cards: an account, an order and a payment of 60 EUR per victim; the shop's own label.
    """
    made, victims = list[Arrival](), regulars(history, dice, budget.events // 2, "address")
    for one in victims:
        at, account = one.at_ms + DAY_MS, new_id(dice)
        fields = {
            "device_fingerprint": new_device(dice),
            "ip": new_ip(dice),
            "address": one.document["address"],
            "payment_instrument": f"pm_{new_id(dice)}",
            "amount": 60.0,
            "currency": "EUR",
            "account_created_at": at - HOUR_MS,
        }
        ordered = crafted(dice, at, "order", account, **fields)
        paid = crafted(dice, at + SOON_MS, "payment", account, **fields)
        back = label(dice, at + 3 * DAY_MS, ordered, is_fraud=True, source="chargeback", by_shop=True)
        made += [ordered, paid, back]
    return history.with_crafted(made, (one.account for one in victims))


def _cleared(dice: Random, subject: Arrival) -> Arrival:
    return label(dice, subject.at_ms + SOON_MS, subject, is_fraud=False, source="analyst", by_shop=True)


def _firsts(history: History) -> list[Arrival]:
    """Return the first fraud of each account of each ring."""
    found: dict[tuple[str, str], Arrival] = {}
    for ring, frauds in history.rings.items():
        for one in frauds:
            found.setdefault((ring, one.account), one)
    return list(found.values())
