"""The ledger: which version of each control record is in force, whatever order and how often records arrive.

The highest version of a record wins. The same version with the same content is known already, with other
content it is refused, a lower one is stale. What is deleted keeps its version, so that an older record does
not bring it back.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import MutableMapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from domain.control.listed import MAX_ENTRIES
from domain.control.rates import RatesInForce
from domain.control.records import LIST, RATE, RULE, ControlRecord
from domain.events.event import Rejected
from domain.events.exchange_rates import USUAL_CURRENCY, CurrencySettings
from domain.json_text import as_json
from domain.rules.conditions import DELETED

APPLIED = "applied"
"""Key of the running number; no record has this key."""


@dataclass(frozen=True)
class Bounds:
    """How much may be in force at once: what an event's time and a checkpoint's size still bear."""

    rules: int = 200
    """Rules that are active or in shadow."""
    entries: int = MAX_ENTRIES
    """Entities of all lists together."""
    lists: int = 64
    """Names of lists: each is a bit of a number."""
    singles: int = 10_000
    """Records of one list that name a single entity."""
    deleted: int = 100_000
    """Deleted records whose versions are remembered; the oldest is forgotten first."""


class Verdict(Enum):
    """What becomes of a record."""

    NEW = "new"
    SAME = "same"
    STALE = "stale"


class Taken(NamedTuple):
    """What became of a record; `applied` is the running number of a new one, else 0."""

    verdict: Verdict
    applied: int = 0


class _Entry(NamedTuple):
    """What is kept of a record."""

    version: int
    digest: str
    applied: int
    state: str
    list: str = ""
    entries: int = 0
    is_single: bool = False
    rate: float | None = None

    def to_bytes(self) -> bytes:
        return as_json(self).encode()

    @classmethod
    def of(cls, kept: bytes) -> _Entry:
        return cls(*json.loads(kept))


class Ledger:
    """Judge of which records are new. What it knows is in `state`, so that a restart goes on with it."""

    def __init__(
        self, state: MutableMapping[str, bytes], bounds: Bounds | None = None, currency: CurrencySettings = USUAL_CURRENCY
    ) -> None:
        """Read what is known: all of `state`, once. `currency` has the rates before the first record."""
        self._state, self._bounds, self._rates = state, bounds or Bounds(), RatesInForce(currency)
        self._applied = int(state.get(APPLIED) or 0)
        self._rules: set[str] = set()
        self._entries = 0
        self._records, self._singles = Counter[str](), Counter[str]()
        known = ((key, _Entry.of(kept)) for key, kept in state.items() if key != APPLIED)
        self._deleted: dict[str, None] = {}
        for key, entry in sorted(known, key=lambda one: one[1].applied):
            self._count(key, entry, 1)

    @property
    def applied(self) -> int:
        """Return the running number of the last new record."""
        return self._applied

    def take(self, record: ControlRecord, entries: int = 1) -> Taken:
        """Judge a record and note it if it is new; raise `Rejected` as `judge` does."""
        verdict = self.judge(record, entries)
        return Taken(verdict, self.note(record, entries) if verdict is Verdict.NEW else 0)

    def judge(self, record: ControlRecord, entries: int = 1) -> Verdict:
        """Return whether a record is new. Nothing is noted.

        `entries` is how many entities its file holds. Raise `Rejected` for a known version with other
        content, and for what would be too much.
        """
        known = self._known(record.key)
        if known is not None and record.version is not None:
            if record.version < known.version:
                return Verdict.STALE
            if record.version == known.version:
                if record.digest == known.digest:
                    return Verdict.SAME
                raise Rejected(
                    "version", f"version {record.version} of {record.name} is known with other content; send version {record.version + 1}"
                )
        if record.is_in_force:
            self._check_room(record, known, entries)
        if record.rate is not None:
            self._rates.check(record.id, record.rate)
        return Verdict.NEW

    def note(self, record: ControlRecord, entries: int = 1) -> int:
        """Note a new record; return its running number."""
        known = self._known(record.key)
        self._applied += 1
        version = record.version if record.version is not None else (known.version if known else 0) + 1
        is_list = record.listed is not None
        entry = _Entry(
            version,
            record.digest,
            self._applied,
            record.state,
            record.listed.list if record.listed else "",
            entries if is_list else 0,
            is_list and record.entity is not None,
            record.rate,
        )
        if known is not None:
            self._count(record.key, known, -1)
        self._count(record.key, entry, 1)
        self._state[record.key] = entry.to_bytes()
        self._state[APPLIED] = str(self._applied).encode()
        self._forget()
        return self._applied

    def _known(self, key: str) -> _Entry | None:
        kept = self._state.get(key)
        return None if kept is None else _Entry.of(kept)

    def _count(self, key: str, entry: _Entry, by: int) -> None:
        kind, _, record_id = key.partition(":")
        if kind == RATE:
            self._rates.put(record_id, entry.rate if by > 0 else None)
        if entry.state == DELETED:
            if by > 0:
                self._deleted[key] = None
            else:
                self._deleted.pop(key, None)
        elif kind == RULE and entry.state in ("active", "shadow"):
            (self._rules.add if by > 0 else self._rules.discard)(key)
        elif kind == LIST and entry.list:
            self._entries += by * entry.entries
            self._records[entry.list] += by
            self._singles[entry.list] += by * entry.is_single

    def _check_room(self, record: ControlRecord, known: _Entry | None, entries: int) -> None:
        bounds = self._bounds
        if record.kind == RULE and record.key not in self._rules and len(self._rules) >= bounds.rules:
            raise Rejected("state", f"{bounds.rules} rules are active or in shadow, the most there may be; pause or delete one first")
        if record.listed is None:
            return
        name, before = record.listed.list, known if known is not None and known.list else None
        if name not in +self._records and len(+self._records) - self._lone(before) >= bounds.lists:
            raise Rejected("list", f"there are {bounds.lists} lists, the most there may be; use one of these, or delete one's records")
        if self._entries - (before.entries if before else 0) + entries > bounds.entries:
            raise Rejected("file", f"all lists together would hold more than {bounds.entries:,} entries; delete some first")
        was_here = before is not None and before.is_single and before.list == name
        if record.entity is not None and not was_here and self._singles[name] >= bounds.singles:
            most = f"the list {name} has {bounds.singles:,} records of one entity, the most there may be"
            raise Rejected("list", f"{most}; put the entities into a file")

    def _lone(self, before: _Entry | None) -> int:
        """Return 1 if the record's version before is the only one of its list, whose name becomes free."""
        return int(before is not None and self._records[before.list] == 1)

    def _forget(self) -> None:
        while len(self._deleted) > self._bounds.deleted:
            oldest = next(iter(self._deleted))
            del self._deleted[oldest]
            del self._state[oldest]
