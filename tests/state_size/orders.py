"""Orders that fill the state: each of four entities that no event had before, or of a known account."""

from __future__ import annotations

import random
from collections.abc import Iterable
from ipaddress import IPv4Address
from pathlib import Path

KINDS = 4
"""Entities that an order touches: account, device, address and IP address."""
START_MS, STEP_MS = 1_735_689_600_000, 20
"""Ten million entities are made within 14 hours of event time: nothing expires."""
_FIRST_IP = int(IPv4Address("20.0.0.0"))


class Orders:
    """Orders in files of one folder, that are read one after the other.

    An account keeps its device and its addresses.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._chance = folder, random.Random(seed)
        folder.mkdir()
        self.written = self.accounts = self._files = 0

    def of_new(self, entities: int) -> None:
        """Write an order of each further account, until there are so many entities."""
        first, self.accounts = self.accounts, entities // KINDS
        self._write(range(first, self.accounts))

    def of_known(self, orders: int) -> None:
        """Write so many orders of accounts that are drawn from all, each with the same chance."""
        self._write(self._chance.randrange(self.accounts) for _ in range(orders))

    def _write(self, accounts: Iterable[int]) -> None:
        """Write a file under another name first: one that is found is read at once."""
        self._files += 1
        file = self._folder.parent / "being_written"
        with file.open("w", encoding="ascii") as lines:
            for account in accounts:
                lines.write(line(self.written, account))
                self.written += 1
        file.rename(self._folder / f"{self._files}.jsonl")


def line(number: int, account: int) -> str:
    """Return an order; the account's number names all of its entities."""
    return (
        f'{{"event_id":"size-{number}","event_type":"order","event_time":{START_MS + number * STEP_MS},'
        f'"account_id":"account-{account}","device_fingerprint":"device-{account}","address":"{account} Main Street; Springfield",'
        f'"ip":"{IPv4Address(_FIRST_IP + account)}","amount":{20 + number % 50},"currency":"EUR"}}\n'
    )
