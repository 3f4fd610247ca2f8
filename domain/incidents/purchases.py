"""Orders and their payments: one purchase, whose money counts once."""

from __future__ import annotations

from typing import Any

PAID_WITHIN_MS = 30 * 60 * 1000
"""An order and a payment of the same account and amount so close are one purchase."""
_UNPAIRED_CAP = 16


def pairs(unpaired: list[list[Any]], account: str | None, units: int, currency: str, event_type: str, time_ms: int) -> bool:
    """Return whether an order or payment is the other half of one in `unpaired`; each pairs once.

    It is taken from `unpaired` if so, else added: [account, ten-thousandths, currency, type, time in ms].
    """
    purchase = [account, units, currency]
    for index, (*other, its_type, its_ms) in enumerate(unpaired):
        if other == purchase and its_type != event_type and abs(its_ms - time_ms) <= PAID_WITHIN_MS:
            del unpaired[index]
            return True
    unpaired.append([*purchase, event_type, time_ms])
    del unpaired[:-_UNPAIRED_CAP]
    return False
