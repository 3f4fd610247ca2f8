"""From rows to the event documents of the contract, by the same rules for everyone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.graph import EVENT_TYPES
from domain.simulator.addresses import spell_address
from domain.simulator.identifiers import Scrambler, only
from domain.simulator.labels import SOURCES
from domain.simulator.layout import (
    ACCOUNT_CHANGE,
    ADDRESSED,
    CATEGORIES,
    CHANGES,
    FOREIGN,
    HIDES,
    ORDER,
    PAYMENT,
    REFUND_REQUEST,
    SHIPS,
    SIGNUP,
    TERSE,
    Bools,
    Ints,
    Rows,
)

EventDocument = dict[str, Any]

NO_DEVICE, NO_IP = 0.015, 0.004  # of the events come from a browser that hides it
# The shop sells in euros; a few accounts pay in the currency of another country.
CURRENCIES, CURRENCY_SHARES = ("EUR", "GBP", "CHF", "SEK", "USD"), (0.93, 0.025, 0.02, 0.015, 0.01)
SLOPPY = 0.15  # of the addresses are typed in again, not taken from the account


class DocumentWriter:
    """Writer of the documents of rows; `numbers` are the events' numbers, the source of their ids."""

    def __init__(self, seed: int) -> None:
        self._scrambler = Scrambler(seed)

    def event_ids(self, numbers: Ints) -> list[str]:
        """Return the id of each event or label event."""
        return self._scrambler.uuids("event", numbers)

    def account_ids(self, rows: Rows) -> list[str]:
        """Return the id of each row's account."""
        return self._scrambler.uuids("account", rows["account"])

    def events(self, rows: Rows, numbers: Ints) -> list[EventDocument]:
        """Return the documents of the events; a field without a value is left out."""
        of_type = rows["event_type"]
        priced = np.isin(of_type, (ORDER, PAYMENT, REFUND_REQUEST))
        columns: dict[str, list[Any]] = {
            "event_id": self.event_ids(numbers),
            "event_type": [EVENT_TYPES[code] for code in of_type.tolist()],
            "event_time": rows["time"].tolist(),
            **self._entities(rows, numbers),
            "amount": [amount if keep else None for keep, amount in zip(priced, rows["amount"].tolist(), strict=True)],
            "currency": only(priced, self._currencies(rows)),
            "account_created_at": rows["created"].tolist(),
            "attributes": self._attributes(rows),
        }
        return _documents(columns)

    def labels(self, rows: Rows, numbers: Ints, times: Ints, sources: Ints, says: Bools, label_numbers: Ints) -> list[EventDocument]:
        """Return label events about the events in `rows`, known at `times` (ms) from `sources`, of which each
        `says` whether it is fraud.
        """
        columns: dict[str, list[Any]] = {
            "event_id": self.event_ids(label_numbers),
            "event_type": ["label"] * len(rows),
            "event_time": times.tolist(),
            **self._entities(rows, numbers),
            "account_created_at": rows["created"].tolist(),
            "subject_event_id": self.event_ids(numbers),
            "is_fraud": says.tolist(),
            "source": [SOURCES[code] for code in sources.tolist()],
        }
        return _documents(columns)

    def _entities(self, rows: Rows, numbers: Ints) -> dict[str, list[Any]]:
        of_type, scrambler = rows["event_type"], self._scrambler
        known_device = scrambler.unit("hidden device", numbers) >= NO_DEVICE
        open_handed, spoken = rows["shows"] & HIDES == 0, rows["shows"] & TERSE == 0
        known_ip = scrambler.unit("hidden ip", numbers) >= NO_IP
        bought = np.isin(of_type, (ORDER, PAYMENT))
        mailed = np.isin(of_type, (SIGNUP, ORDER, REFUND_REQUEST, ACCOUNT_CHANGE))
        moved = (of_type == ACCOUNT_CHANGE) & (rows["change"] == CHANGES.index("address"))
        return {
            "account_id": self.account_ids(rows),
            "device_fingerprint": only(known_device & open_handed, scrambler.hex("device", rows["device"])),
            "ip": only(known_ip & open_handed & spoken, scrambler.ips(rows["ip"])),
            "email": only(mailed & spoken, scrambler.emails(rows["email"])),
            "payment_instrument": only(bought, scrambler.cards(rows["payment"])),
            "merchant_id": only((bought | (of_type == REFUND_REQUEST)) & spoken, self._merchants(rows["merchant"])),
            "address": self._addresses(rows, numbers, spoken & (np.isin(of_type, ADDRESSED) | moved | (rows["shows"] & SHIPS != 0))),
        }

    def _merchants(self, merchants: NDArray[np.int32]) -> list[str]:
        return [f"m{digits[:10]}" for digits in self._scrambler.hex("merchant", merchants)]

    def _currencies(self, rows: Rows) -> list[str]:
        drawn = self._scrambler.unit("currency", rows["account"])
        own = np.searchsorted(np.cumsum(CURRENCY_SHARES)[:-1], drawn, side="right")
        named = np.where(rows["currency"] > 0, len(CURRENCIES) - 1 + rows["currency"], own)
        return [(*CURRENCIES, *FOREIGN)[i] for i in named.tolist()]

    def _addresses(self, rows: Rows, numbers: Ints, shown: Bools) -> list[str | dict[str, str] | None]:
        """Return addresses: an account mostly spells one as before, now and then it is typed in anew."""
        where = self._scrambler.words("address", rows["address"])
        usual = self._scrambler.words("hand", rows["account"])
        anew = self._scrambler.words("typed", numbers)
        sloppy = self._scrambler.unit("sloppy", numbers) < SLOPPY
        hands = np.where(sloppy, anew, usual)
        return [
            spell_address(place, hand) if keep else None
            for keep, place, hand in zip(shown.tolist(), where.tolist(), hands.tolist(), strict=True)
        ]

    def _attributes(self, rows: Rows) -> list[dict[str, str | int]]:
        channels = np.where(self._scrambler.words("channel", rows["device"]) & np.uint64(1), "app", "web").tolist()
        columns = (channels, *(rows[field].tolist() for field in ("event_type", "items", "category", "change")))
        found: list[dict[str, str | int]] = []
        for channel, event_type, items, category, change in zip(*columns, strict=True):
            attributes: dict[str, str | int] = {"channel": channel}
            if event_type == ORDER:
                attributes["items"], attributes["category"] = items, CATEGORIES[category]
            elif event_type == ACCOUNT_CHANGE:
                attributes["change"] = CHANGES[change]
            found.append(attributes)
        return found


def _documents(columns: dict[str, list[Any]]) -> list[EventDocument]:
    names = tuple(columns)
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None} for row in zip(*columns.values(), strict=True)
    ]
