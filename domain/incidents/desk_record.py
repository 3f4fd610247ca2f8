"""The review desk's own record: what was published within the hour, what waits, and which of it goes next."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from domain.incidents.waiting import FIRST, OTHERS, PAID, RISE, Waiting
from domain.json_text import as_json
from domain.times import HOUR_MS

DESK = ""
"""The key of the desk's own record; those of incidents are never empty."""
_SPACED = 4
"""What counts as `RISE` as long as it waits, and goes on one of the places that are minutes apart: if one is
due, always.
"""
_KEPT = {FIRST: 2, _SPACED: 10, RISE: 12, PAID: 15, OTHERS: 0}
"""Class -> which part of the hour is kept for it. That for `RISE` is kept from `OTHERS` only."""
_RISES = (RISE, PAID, _SPACED)


@dataclass(slots=True)
class DeskRecord:
    """The desk's own record. Times are event time in ms since the epoch; the counts are since nothing
    waited.
    """

    clock: int = 0
    told: list[int] = field(default_factory=list)
    """When the revisions of the last hour were published."""
    waiting: dict[str, Waiting] = field(default_factory=dict)
    """Incident -> its waiting revision."""
    held: int = 0
    replaced: int = 0
    dropped: int = 0
    released: int = 0
    noted: int = 0
    """When the last overflow record was published."""
    kinds: list[int] = field(default_factory=list)
    """The class of each of `told`."""
    looks: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """The look and the incident of each of `told`; empty if an older build published it."""

    @classmethod
    def of(cls, text: str | None) -> Self:
        """Read what `to_text` returned, or an older build, which knew no classes or looks."""
        desk = cls(**json.loads(text)) if text else cls()
        waiting: dict[str, Sequence[Any]] = desk.waiting  # type: ignore[assignment]
        desk.waiting = {name: Waiting(*values) for name, values in waiting.items()}
        desk.kinds += [OTHERS] * (len(desk.told) - len(desk.kinds))
        for texts in (desk.looks, desk.names):
            texts += [""] * (len(desk.told) - len(texts))
        return desk

    def to_text(self) -> str:
        """Return the record as text."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        values["waiting"] = {name: [getattr(one, field) for field in Waiting.__slots__] for name, one in self.waiting.items()}
        return as_json(values)

    def move_to(self, now_ms: int) -> None:
        """Move the clock to `now_ms`: what was published more than an hour ago counts no more."""
        self.clock = max(self.clock, now_ms)
        gone = sum(self.clock - time_ms >= HOUR_MS for time_ms in self.told)  # they are in the order of time
        for one in (self.told, self.kinds, self.looks, self.names):
            del one[:gone]

    def deadline(self, per_hour: int) -> int | None:
        """Return when a waiting revision may find room, None if none waits. What waits does so because of
        others.
        """
        if not self.waiting or not self.told:
            return None
        leaves_ms, spaced_ms = self.told[0] + HOUR_MS, self._spaced_until(per_hour)
        return min(leaves_ms, spaced_ms) if spaced_ms > self.clock else leaves_ms

    def next_to_go(self, per_hour: int) -> str | None:
        """Return the waiting incident that may be published now, the first of the line, or None."""
        open_kinds = {kind for kind in _KEPT if self._has_room(kind, per_hour) or (kind == RISE and self._has_spaced(per_hour))}
        names = [name for name, one in self.waiting.items() if one.kind in open_kinds]
        if len(names) < 2:
            return names[0] if names else None
        turns = self._turns()
        return max(names, key=lambda name: (turns[name], name))

    def let_go(self, name: str, per_hour: int) -> None:
        """Note that the revision of `name` is published now."""
        gone = self.waiting.pop(name)
        self.kinds.append(_SPACED if gone.kind == RISE and self._has_spaced(per_hour) else gone.kind)
        self.looks.append(gone.look)
        self.names.append(name)
        self.told.append(self.clock)

    def weakest(self) -> str:
        """Return the waiting incident that can be missed most: one that somebody knows, if any."""
        turns = self._turns()
        return min(self.waiting, key=lambda name: (self.waiting[name].kind == FIRST, turns[name], name))

    def start_over(self) -> None:
        """Forget the counts."""
        self.held = self.replaced = self.dropped = self.released = self.noted = 0

    def _turns(self) -> dict[str, tuple[int, ...]]:
        """Return the turn of each waiting incident.

        Its crowd: how often those have doubled that look alike and wait or were published within the hour,
        and how many rises among the latter are its own.
        """
        looks, told = Counter(self.looks), Counter(name for name, kind in zip(self.names, self.kinds, strict=True) if kind in _RISES)
        looks.update(one.look for one in self.waiting.values())
        del looks[""]
        doubled = {look: count.bit_length() - 1 for look, count in looks.items()}
        return {name: one.turn(doubled.get(one.look, 0) + told[name]) for name, one in self.waiting.items()}

    def _has_room(self, kind: int, per_hour: int) -> bool:
        """Return whether one more of a class fits, beside what is kept for the others."""
        kept = {other: 0 if (other, kind) == (RISE, FIRST) else _kept(other, per_hour) for other in _KEPT if other != kind}
        taken = sum(max(self.kinds.count(other), places) for other, places in kept.items())
        return self.kinds.count(kind) + taken < per_hour

    def _has_spaced(self, per_hour: int) -> bool:
        """Return whether the next of the places that are apart is due: however many rises were published at
        once, the first of the line does not wait for long.
        """
        return _kept(_SPACED, per_hour) > 0 and self._spaced_until(per_hour) <= self.clock

    def _spaced_until(self, per_hour: int) -> int:
        """Return when the next of the places that are apart is due."""
        if _SPACED not in self.kinds:
            return 0
        return self.told[len(self.told) - 1 - self.kinds[::-1].index(_SPACED)] + -(
            -HOUR_MS // _kept(_SPACED, per_hour)
        )  # rounded up: no hour has one more


def _kept(kind: int, per_hour: int) -> int:
    return per_hour // part if (part := _KEPT[kind]) else 0
