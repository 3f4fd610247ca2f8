"""How long labels take: which share of the frauds of some age is known by now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# where fewer are thought to be known, the estimate rests on too few labels to be trusted further
LEAST_KNOWN = 0.5

Times = NDArray[np.int64]


@dataclass(frozen=True)
class LabelDelay:
    """The distribution of the delay: of the frauds that ever get a label, `share` f8[D] have it within
    `delay_ms` i8[D].

    Both rise. They are empty where nothing is known.
    """

    delay_ms: Times
    share: NDArray[np.float64]

    def known_after(self, age_ms: Times) -> NDArray[np.float64]:
        """Return f8[N]: the share of frauds of this age that have their label, at least `LEAST_KNOWN`; 1
        without data.
        """
        if not len(self.delay_ms):
            return np.ones(len(age_ms))
        at = np.searchsorted(self.delay_ms, age_ms, side="right") - 1
        return np.maximum(np.where(at >= 0, self.share[np.maximum(at, 0)], 0.0), LEAST_KNOWN)


def label_delay(event_ms: Times, label_ms: Times, until_ms: int) -> LabelDelay:
    """Estimate the delay from the frauds labelled by `until_ms`: when each happened and when its label came.

    Young frauds are among them only if their labels were quick, so a plain distribution of the delays seen
    would flatter. The product-limit estimate for right-truncated times allows for that (Lagakos, Barraj and
    De Gruttola, Biometrika 75, 1988): of the delays up to d, those that could have been d long say how many
    are. It is relative to the longest that could be seen.
    """
    delay, longest = np.maximum(label_ms - event_ms, 0), until_ms - event_ms
    values, counts = np.unique(delay, return_counts=True)
    at_risk = np.cumsum(counts) - np.searchsorted(np.sort(longest), values, side="left")
    shorter = 1.0 - counts / at_risk
    share = np.append(np.cumprod(shorter[::-1])[::-1][1:], 1.0) if len(values) else np.zeros(0)
    return LabelDelay(values, share)
