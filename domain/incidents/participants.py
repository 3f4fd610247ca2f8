"""Who takes part in an incident: a bounded count of alerts per pseudonym, one table per entity kind."""

import struct
from collections.abc import Iterable
from typing import Any

_ENTRY = struct.Struct("<QI")  # pseudonym, alerts

KINDS_CAP = 8  # more kinds than the event contract has; a bound, so that the record stays small


LISTED = 500  # pseudonyms in an incident's document
_FIRST = "account"  # whose pseudonyms are listed before all others


class Participants:
    """Alerts per pseudonym and kind, with at most `per_kind` pseudonyms of a kind and `total` of all kinds.

    Beyond that the pseudonym with the fewest alerts makes room: an entity that many alerts share stays in
    the table even if it appears late. From then on the kind's counts are lower bounds; `is_exact` is false.
    """

    def __init__(self, per_kind: int, total: int) -> None:
        self._per_kind, self._total = per_kind, total
        self._tables: dict[str, dict[int, int]] = {}
        self._at_least: dict[str, int] = {}  # kinds that had to make room -> most distinct pseudonyms held

    def kinds(self) -> list[str]:
        """Return the kinds seen, sorted."""
        return sorted(self._tables)

    def add(self, kind: str, pseudonym: int) -> None:
        """Count one alert of `pseudonym`, an unsigned 64-bit number."""
        if kind not in self._tables and len(self._tables) >= KINDS_CAP:
            return
        table = self._tables.setdefault(kind, {})
        if pseudonym not in table:
            self._make_room(kind)
        table[pseudonym] = table.get(pseudonym, 0) + 1

    def holds(self, kind: str, pseudonym: int) -> bool:
        """Return whether a pseudonym is in the table of its kind."""
        return pseudonym in self._tables.get(kind, ())

    def drop(self, kind: str, pseudonym: int) -> None:
        """Forget a pseudonym and its alerts; of a kind without any other one nothing is known any more."""
        table = self._tables.get(kind, {})
        table.pop(pseudonym, None)
        if not table:
            self._tables.pop(kind, None)
            self._at_least.pop(kind, None)

    def distinct(self, kind: str) -> int:
        """Return the number of distinct pseudonyms of `kind`; it never falls."""
        return max(len(self._tables.get(kind, ())), self._at_least.get(kind, 0))

    def is_exact(self, kind: str) -> bool:
        """Return whether the counts of `kind` are exact rather than lower bounds."""
        return kind not in self._at_least

    def most_shared(self, kind: str) -> tuple[int, int]:
        """Return the pseudonym of `kind` in most alerts (the smallest of equals) and their number."""
        table = self._tables[kind]
        best = max(table, key=lambda pseudonym: (table[pseudonym], -pseudonym))
        return best, table[best]

    def to_document(self) -> dict[str, dict[str, Any]]:
        """Return per kind the count, whether it is exact, and the pseudonyms, those in most alerts first.

        At most LISTED pseudonyms in all: accounts first, then the kinds with fewer, which are what accounts
        share.
        """
        left, document = LISTED, {}
        for kind in sorted(self._tables, key=lambda name: (name != _FIRST, len(self._tables[name]), name)):
            table = self._tables[kind]
            ranked = sorted(table, key=lambda pseudonym: (-table[pseudonym], pseudonym))[:left]
            left -= len(ranked)
            listed = [f"{pseudonym:016x}" for pseudonym in ranked]
            document[kind] = {"count": self.distinct(kind), "exact": self.is_exact(kind), "pseudonyms": listed}
        return document

    def layout(self) -> list[tuple[str, int, int]]:
        """Return kind, entries and lower bound (0 where exact) per kind: what `unpack` needs to read `pack`
        again.
        """
        return [(kind, len(table), self._at_least.get(kind, 0)) for kind, table in self._tables.items()]

    def pack(self) -> bytes:
        """Return the tables as 12 bytes per entry, in the order of `layout`."""
        return b"".join(_ENTRY.pack(*entry) for table in self._tables.values() for entry in table.items())

    def unpack(self, layout: Iterable[tuple[str, int, int]], data: bytes) -> int:
        """Fill the tables from `data` and return the number of bytes read."""
        offset = 0
        for kind, entries, at_least in layout:
            end = offset + entries * _ENTRY.size
            self._tables[kind] = dict(_ENTRY.iter_unpack(data[offset:end]))
            offset = end
            if at_least:
                self._at_least[kind] = at_least
        return offset

    def _make_room(self, kind: str) -> None:
        """Drop one pseudonym if `kind` is full, or one of the largest kind if all kinds together are."""
        if len(self._tables[kind]) >= self._per_kind:
            crowded = kind
        elif sum(map(len, self._tables.values())) >= self._total:
            crowded = max(self._tables, key=lambda name: (len(self._tables[name]), name))
        else:
            return
        table = self._tables[crowded]
        self._at_least[crowded] = self.distinct(crowded)
        del table[min(table, key=table.__getitem__)]
