"""Never more revisions than analysts can read: what is beyond the hour's capacity waits, and the strongest
goes first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Self

from domain.decisions.alert import SEVERITIES
from domain.incidents.incident import Incident
from domain.incidents.triage import ACTIONS
from domain.json_text import as_json
from domain.times import HOUR_MS

# of capacity; what would wait longer is dropped, the weakest first, and the overflow record says so
HELD_HOURS = 24
_DESK = ""  # the key of the desk's own record; those of incidents are never empty


@dataclass(slots=True)
class _Desk:
    """The desk's own record. Times are event time in ms since the epoch; the counts are since nothing
    waited.
    """

    clock: int = 0
    told: list[int] = field(default_factory=list)
    """When the revisions of the last hour were published."""
    waiting: dict[str, list[int]] = field(default_factory=dict)
    """Incident -> strength of its waiting revision."""
    held: int = 0
    replaced: int = 0
    dropped: int = 0
    released: int = 0
    noted: int = 0
    """When the last overflow record was published."""

    @classmethod
    def at(cls, now_ms: int, text: str | None) -> Self:
        """Read the record as of `now_ms`: what was published more than an hour ago counts no more."""
        desk = cls(**json.loads(text)) if text else cls()
        desk.clock = max(desk.clock, now_ms)
        desk.told = [time_ms for time_ms in desk.told if desk.clock - time_ms < HOUR_MS]
        return desk

    def to_text(self) -> str:
        return as_json({name: getattr(self, name) for name in self.__slots__})

    def start_over(self) -> None:
        """Forget the counts."""
        self.held = self.replaced = self.dropped = self.released = self.noted = 0


class ReviewDesk:
    """A cap that lets at most `per_hour` revisions pass within any hour of event time.

    `state` holds one text for the desk and one per waiting incident; an engine may keep it where it likes. A
    waiting revision gives way to the next of its incident, which says all that it said.
    """

    def __init__(self, per_hour: int, state: MutableMapping[str, str]) -> None:
        self._per_hour, self._state = per_hour, state

    def on_revision(self, incident: Incident) -> tuple[list[dict[str, Any]], int | None]:
        """Return what to publish now, and the time to call `on_deadline` if something waits."""
        desk = _Desk.at(incident.told_at, self._state.get(_DESK))
        if not desk.waiting and len(desk.told) < self._per_hour:
            desk.told.append(desk.clock)
            published = [incident.to_document()]
        else:
            self._hold(desk, incident)
            published = self._overflow(desk)
        self._state[_DESK] = desk.to_text()
        return published, self._deadline(desk)

    def on_deadline(self, now_ms: int) -> tuple[list[dict[str, Any]], int | None]:
        """Return what to publish now that `now_ms` has come, and the next time to call if something still
        waits.
        """
        desk = _Desk.at(now_ms, self._state.get(_DESK))
        ranked = sorted(desk.waiting, key=lambda name: (desk.waiting[name], name), reverse=True)
        published = []
        for name in ranked[: self._per_hour - len(desk.told)]:
            # not by way of `Incident.of`: what an older build held goes on with the fields that it has
            published.append({**json.loads(self._state.pop(name)), "told_at": desk.clock})
            del desk.waiting[name]
            desk.told.append(desk.clock)
        desk.released += len(published)
        published += self._overflow(desk)
        self._state[_DESK] = desk.to_text()
        return published, self._deadline(desk)

    def _hold(self, desk: _Desk, incident: Incident) -> None:
        """Let a revision wait; drop the weakest if more wait than a day can take."""
        name = incident.id
        desk.held += 1
        desk.replaced += name in desk.waiting
        desk.waiting[name] = _strength(incident)
        self._state[name] = as_json(incident.to_document())
        if len(desk.waiting) > HELD_HOURS * self._per_hour:
            weakest = min(desk.waiting, key=lambda name: (desk.waiting[name], name))
            del desk.waiting[weakest], self._state[weakest]
            desk.dropped += 1

    def _deadline(self, desk: _Desk) -> int | None:
        return desk.told[0] + HOUR_MS if desk.waiting and len(desk.told) >= self._per_hour else None

    def _overflow(self, desk: _Desk) -> list[dict[str, Any]]:
        """Return an overflow record when the first revision is held, then one an hour, and one when none
        waits any more.
        """
        if desk.waiting and desk.noted and desk.clock - desk.noted < HOUR_MS:
            return []
        record = _record(desk, self._per_hour)
        if desk.waiting:
            desk.noted = desk.clock
        else:
            desk.start_over()
        return [record]


def is_overflow(document: Mapping[str, Any]) -> bool:
    """Return whether a document of the incidents stream is an overflow record rather than a revision."""
    return document.get("status") == "overflow"


def _strength(incident: Incident) -> list[int]:
    return [SEVERITIES.index(incident.severity), -ACTIONS.index(incident.action), incident.alerts]


def _record(desk: _Desk, per_hour: int) -> dict[str, Any]:
    waiting, now = len(desk.waiting), desk.clock
    why = f"incidents.reviews_per_hour is {per_hour}"
    headline = f"{why}: {desk.held} revisions were held, {desk.replaced} replaced by a later one of their incident, "
    headline += f"{desk.released} published since, {desk.dropped} dropped, {waiting} wait; the strongest go first"
    strongest = max((rank for rank, *_ in desk.waiting.values()), default=0)
    return {
        "id": f"overflow-{now}", "revision": 1, "status": "overflow", "severity": SEVERITIES[strongest], "action": "monitor",
        "headline": headline, "told_at": now, "first_time": now, "last_time": now, "why": why,
        "held": desk.held, "replaced": desk.replaced, "released": desk.released, "dropped": desk.dropped, "waiting": waiting,
    }  # fmt: skip
