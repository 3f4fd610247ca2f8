"""Precision among the k most suspicious accounts of each day: what an analyst with time for k finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.card.detection_metrics import Floats, Labels

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class DailyPrecision:
    """Precision at k accounts a day, and the best that is possible."""

    k: int
    precision: float
    perfect: float
    """Of a scorer that knows the truth; below 1 where a day has fewer than k fraudulent accounts left."""


class DailyAccounts:
    """Highest score and label per account and day, ready for any k and any resample of the accounts.

    The figure is the card precision of the Fraud Detection Handbook (Le Borgne et al., chapter 4.5).
    """

    def __init__(self, score: Floats, fraud: Labels, day: Ints, account: Ints) -> None:
        """Take N events; `account` counts from 0. Among equal scores the earlier row comes first."""
        self._accounts = int(account.max()) + 1
        pair = np.unique(day, return_inverse=True)[1] * self._accounts + account
        order = np.lexsort((-score, pair))  # stable: by account and day, the highest score first
        starts = np.flatnonzero(np.diff(pair[order], prepend=-1))
        best = order[starts]
        any_fraud = np.logical_or.reduceat(fraud[order], starts)
        ranked = np.lexsort((best, -score[best], day[best]))
        self._account, self._fraud = account[best][ranked], any_fraud[ranked]
        days = day[best][ranked]
        self._days = np.split(np.arange(len(days)), np.flatnonzero(np.diff(days)) + 1)

    def precision(self, k: int, copies: Ints | None = None) -> float:
        """Return the mean over days of (fraudulent accounts among the top k) / k.

        An account that was found fraudulent is dropped on later days. `copies` [accounts] says how often a
        bootstrap resample drew each account; each copy counts as an account.
        """
        left = np.ones(self._accounts, np.int64) if copies is None else copies.copy()
        hits = 0
        for today in self._days:
            who = self._account[today]
            have = left[who]
            taken = np.clip(k - (np.cumsum(have) - have), 0, have)
            found = np.where(self._fraud[today], taken, 0)
            left[who] -= found
            hits += int(found.sum())
        return hits / (k * len(self._days))


def card_precision(score: Floats, fraud: Labels, day: Ints, account: Ints, k: int = 100) -> float:
    """Return the card precision at k of N events; `day` and `account` are integers, `account` from 0.

    See `DailyAccounts.precision`.
    """
    return DailyAccounts(score, fraud, day, account).precision(k)
