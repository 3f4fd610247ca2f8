"""The review desk's own record: what was published within the hour, what waits, and which of it goes next."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from domain.decisions.alert import SEVERITIES
from domain.incidents.growth import RINGS, URGENT
from domain.incidents.incident import Incident
from domain.incidents.money import to_units, yardstick
from domain.incidents.triage import ACTIONS
from domain.json_text import as_json
from domain.times import HOUR_MS, MINUTE_MS

DESK = ""
"""The key of the desk's own record; those of incidents are never empty."""
OTHERS, RISE, FIRST = range(3)
"""Classes of revisions: plain growth and ends; a rise that cannot wait; a ring that nobody knows, in an
incident of its own or among look-alikes."""
_KEPT = {FIRST: 2, RISE: 6, OTHERS: 0}
"""Class -> which part of the hour is kept for it: a half, a sixth, none."""
_STEP_MIN = 30
"""Minutes: waiting for so long counts as much as a step of severity."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A revision that waits. Severity and action as indexes: 3 is critical; 0 is block, -3 monitor."""

    severity: int
    action: int
    alerts: int
    kind: int = OTHERS
    since_ms: int = 0
    """Since when the incident has waited; 0 of what an older build held: that goes first."""
    paid: int = 0
    """Most that was paid in any one currency, whole, on the yardstick."""

    @classmethod
    def of(cls, incident: Incident, now_ms: int, before: Waiting | None) -> Self:
        """Return the entry of a revision; `before` is that of the one whose place it takes."""
        is_news = incident.revision == 1 or RINGS in incident.rises
        kind = FIRST if is_news else RISE if URGENT.intersection(incident.rises) else OTHERS
        paid = max((int(yardstick(to_units(amount), currency)) for currency, amount in incident.money_paid.items()), default=0)
        return cls(
            SEVERITIES.index(incident.severity),
            -ACTIONS.index(incident.action),
            incident.alerts,
            kind if before is None else max(kind, before.kind),
            now_ms if before is None else before.since_ms,
            paid,
        )

    @property
    def strength(self) -> tuple[int, ...]:
        """What is paid counts before alerts: these cost nothing."""
        return (self.severity, self.action, self.paid, self.alerts)

    @property
    def turn(self) -> tuple[int, ...]:
        """What orders the line; the greatest goes first. Each class is four steps ahead of the one before."""
        steps = self.severity + self.kind * len(SEVERITIES)
        return (steps * _STEP_MIN - self.since_ms // MINUTE_MS, self.action, self.paid, self.alerts)


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

    @classmethod
    def of(cls, text: str | None) -> Self:
        """Read what `to_text` returned, or an older build, which knew no classes."""
        desk = cls(**json.loads(text)) if text else cls()
        waiting: dict[str, Sequence[int]] = desk.waiting  # type: ignore[assignment]
        desk.waiting = {name: Waiting(*values) for name, values in waiting.items()}
        desk.kinds += [OTHERS] * (len(desk.told) - len(desk.kinds))
        return desk

    def to_text(self) -> str:
        """Return the record as text."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        values["waiting"] = {name: [getattr(one, field) for field in Waiting.__slots__] for name, one in self.waiting.items()}
        return as_json(values)

    def move_to(self, now_ms: int) -> None:
        """Move the clock to `now_ms`: what was published more than an hour ago counts no more."""
        self.clock = max(self.clock, now_ms)
        kept = [at for at, time_ms in enumerate(self.told) if self.clock - time_ms < HOUR_MS]
        self.told, self.kinds = [self.told[at] for at in kept], [self.kinds[at] for at in kept]

    @property
    def deadline(self) -> int | None:
        """When a waiting revision may find room, None if none waits. What waits does so because of others."""
        return self.told[0] + HOUR_MS if self.waiting and self.told else None

    def next_to_go(self, per_hour: int) -> str | None:
        """Return the waiting incident that may be published now, the first of the line, or None."""
        open_kinds = {kind for kind in _KEPT if self._has_room(kind, per_hour)}
        names = (name for name, one in self.waiting.items() if one.kind in open_kinds)
        return max(names, key=lambda name: (self.waiting[name].turn, name), default=None)

    def let_go(self, name: str) -> None:
        """Note that the revision of `name` is published now."""
        self.kinds.append(self.waiting.pop(name).kind)
        self.told.append(self.clock)

    def weakest(self) -> str:
        """Return the waiting incident that can be missed most: one that somebody knows, if any."""
        return min(self.waiting, key=lambda name: (self.waiting[name].kind, self.waiting[name].strength, name))

    def start_over(self) -> None:
        """Forget the counts."""
        self.held = self.replaced = self.dropped = self.released = self.noted = 0

    def _has_room(self, kind: int, per_hour: int) -> bool:
        """Return whether one more of a class fits, beside what is kept for the others."""
        taken = sum(max(self.kinds.count(other), per_hour // part if part else 0) for other, part in _KEPT.items() if other != kind)
        return self.kinds.count(kind) + taken < per_hour
