"""Events with raw personal data in every field that may hold some, and what of it must be nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from domain.graph import AMOUNT_TYPES, EVENT_TYPES

RAW: dict[str, Any] = {
    "account_id": "Erika-Mustermann-470815",
    "device_fingerprint": "canvas:qzxw-devicemark-99",
    "ip": "203.0.113.247",
    "email": "Erika.Mustermann+shop@privat-markiert.example",
    "address": {"line1": "Heidestrasse 174717", "line2": "c/o Quastenflosser", "city": "Markstadt", "region": "Nordmark", "country": "DE"},
    "payment_instrument": "4929 0813 5527 6014",
    "merchant_id": "merchant-Haendlermark",
}
ATTRIBUTES = {"items": 3, "shipping": "Paketmark an Nachbar", "note": "Klingel Notizmark", "phone": "+49 170 5550199", "Namensmark": 1}
NEEDLES = frozenset(
    {
        *("erika", "mustermann", "470815", "devicemark", "qzxw", "203.0.113", "203-0-113", "cb0071f7", "3405803", "privat-markiert"),
        *("heidestr", "174717", "quastenflosser", "markstadt", "nordmark", "49290813", "55276014", "haendlermark", "paketmark", "nachbar"),
        *("notizmark", "5550199", "namensmark", "phone", "note"),
    }
)
"""Parts of the values in lower case, spelt otherwise as well: a network's address as a number."""
START_MS = 1_795_000_000_000


def marked_events(repeats: int = 4) -> Iterator[dict[str, Any]]:
    """Yield events of every type with every field, and with each raw field alone beside the account."""
    number = 0
    for _ in range(repeats):
        for kind in EVENT_TYPES:
            for fields in (RAW, *({"account_id": RAW["account_id"], name: RAW[name]} for name in RAW)):
                number += 1
                event = {"event_id": f"e-{number}", "event_type": kind, "event_time": START_MS + number * 60_000, **fields}
                money = {"amount": 59.5, "currency": "EUR"} if kind in AMOUNT_TYPES else {}
                yield {**event, **money, "account_created_at": START_MS - 5, "attributes": ATTRIBUTES}


def found_in(text: str) -> list[str]:
    """Return the needles that a text holds, with spaces and without."""
    spellings = text.lower(), re.sub(r"[\s-]", "", text.lower())
    return sorted(needle for needle in NEEDLES if any(needle in one for one in spellings))
