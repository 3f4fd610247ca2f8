"""Counts of values that people are to read, in bounded memory."""

from __future__ import annotations

from collections import Counter

REST = "..."
"""Counts the values that are not counted by themselves."""
_KEPT = 200


def count_value(counter: Counter[str], value: str, count: int) -> bool:
    """Count a value, and return whether it is counted by itself: beyond what anybody reads, all are one."""
    single = value in counter or len(counter) < _KEPT
    counter[value if single else REST] += count
    return single
