"""Values that many rows share, found in bounded memory."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

HUB_SHARE, HUB_ACCOUNTS = 0.02, 50
"""Share of the rows, and accounts, from which on a value is a hub: the job joins no ring through one of
`graph.hub_degree` accounts, and few people share a device with 50 others.
"""
_FLOOR = 0.005
"""Share of a batch from which on a value is counted: at most 200 of them. Counts miss less than this."""
_KEPT = 1000


class SharedValues:
    """The commonest values of one kind of identifier, and how many accounts have them.

    Counts are those of lossy counting (Manku and Motwani, 2002), batch by batch: too low by less than half
    a percent of the rows that it is given.
    """

    def __init__(self, is_account: bool) -> None:
        self._is_account = is_account
        self._counts: Counter[str] = Counter()
        self._accounts: dict[str, set[str]] = {}
        self._rows = self._distinct = self._batches = 0

    def see(self, values: pa.StringArray, counts: np.ndarray, text: pa.StringArray, accounts: pa.StringArray) -> None:
        """Take in the distinct values of a batch with their counts, and the batch's texts and accounts."""
        rows = int(counts.sum())
        if not rows:
            return
        self._rows, self._distinct, self._batches = self._rows + rows, self._distinct + len(values), self._batches + 1
        for place in np.flatnonzero(counts >= max(2, _FLOOR * rows)):
            value, count = values[place].as_py(), int(counts[place])
            self._counts[value] += count
            if count >= HUB_SHARE * rows and not self._is_account:
                self._note_accounts(value, text, accounts)
        if len(self._counts) > _KEPT:
            self._counts = Counter({value: count for value, count in self._counts.items() if count >= _FLOOR * self._rows})
            self._accounts = {value: found for value, found in self._accounts.items() if value in self._counts}

    def _note_accounts(self, value: str, text: pa.StringArray, accounts: pa.StringArray) -> None:
        found = self._accounts.setdefault(value, set())
        if len(found) < HUB_ACCOUNTS:
            found.update(pc.unique(accounts.filter(pc.equal(text, value))).drop_null()[:HUB_ACCOUNTS].to_pylist())

    def hub(self) -> tuple[str, float] | None:
        """Return the commonest value and its share of the rows, if so many share it; None if not."""
        if not self._counts:
            return None
        value, count = self._counts.most_common(1)[0]
        share = count / self._rows
        if share < HUB_SHARE:
            return None
        if self._is_account:  # as many rows as so many usual accounts have together
            return (value, share) if share * self._distinct / self._batches >= HUB_ACCOUNTS else None
        return (value, share) if len(self._accounts.get(value, ())) >= HUB_ACCOUNTS else None
