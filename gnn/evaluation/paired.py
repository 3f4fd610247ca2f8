"""Whether two ways of flagging the same events differ by more than chance: McNemar's test."""

from __future__ import annotations

import math

EXACT_BELOW = 25  # discordant events; the normal form is rough with fewer


def mcnemar(first_right: int, second_right: int) -> float | None:
    """Return the two-sided p-value that two judges of the same events are right equally often.

    Only events on which exactly one of them is right say anything: `first_right` and `second_right` of them.
    Exact by the binomial distribution where they are few, else chi-square with Edwards' correction (1948).
    None where there is no such event.
    """
    events = first_right + second_right
    if not events:
        return None
    if events < EXACT_BELOW:
        below = sum(math.comb(events, count) for count in range(min(first_right, second_right) + 1))
        return min(1.0, 2.0 * below / 2.0**events)
    corrected = max(0, abs(first_right - second_right) - 1)
    return math.erfc(corrected / math.sqrt(2.0 * events))
