"""Rejected lines by the field at fault."""

from __future__ import annotations

from collections import Counter

from domain.events.event import Rejected
from domain.wording import counted


class Rejections:
    """Counts of rejected lines by field, with the first reason of each field."""

    def __init__(self) -> None:
        self.fields: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def take(self, line: bytes, why: Rejected) -> None:
        """Count one line. The signature is that of `Replay`'s `on_rejected`."""
        self.fields[why.field] += 1
        self._first.setdefault(why.field, why.reason)

    def words(self) -> list[str]:
        """Return one text a field, the most frequent first: `amount in 12 lines: a number is wanted`."""
        return [f"{_where(field, counted(count, 'line'))}: {self._first[field]}" for field, count in self.fields.most_common()]


def _where(field: str, lines: str) -> str:
    """Return the field and in how many lines; those alone where the whole line is at fault."""
    return lines if field == "line" else f"{field} in {lines}"
