"""Never more revisions than analysts can read: what is beyond the hour's capacity waits, and the strongest
goes first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from domain.decisions.alert import SEVERITIES
from domain.incidents.desk_record import DESK, DeskRecord
from domain.incidents.forgotten import Forgotten, ForgottenAccounts, without
from domain.incidents.incident import Incident
from domain.incidents.waiting import Waiting
from domain.json_text import as_json
from domain.times import HOUR_MS

# of capacity; what would wait longer is dropped, the weakest first, and the overflow record says so
HELD_HOURS = 24
_FORGOTTEN = "forgotten"
"""Key of those who were forgotten; no incident has this id."""


class ReviewDesk:
    """A cap that lets at most `per_hour` revisions pass within any hour of event time.

    Half of them are kept for rings that nobody has heard of, a tenth, which are minutes apart, for rises that
    cannot wait, and a fifteenth for rises in what was paid. The rest is for whatever is first in the line:
    rings and payments before rises, these before what is left, and of a class the strongest, of rises those
    that are like few others. Waiting makes stronger: whoever sends many strong ones delays a weaker one for a
    while, and not for ever.

    `state` holds a text or two for the desk and one per waiting incident; an engine may keep it where it
    likes. A waiting revision gives way to the next of its incident, which says all that it said.
    """

    def __init__(self, per_hour: int, state: MutableMapping[str, str]) -> None:
        self._per_hour, self._state = per_hour, state

    def on_revision(self, incident: Incident) -> tuple[list[dict[str, Any]], int | None]:
        """Return what to publish now, and the time to call `on_deadline` if something waits.

        What was due before the revision goes before it, whether or not `on_deadline` has been called for it.
        """
        desk = DeskRecord.of(self._state.get(DESK))
        published = list(self._catch_up(desk, incident.told_at))
        desk.move_to(incident.told_at)
        name = incident.id
        desk.replaced += name in desk.waiting
        desk.waiting[name] = Waiting.of(incident, desk.clock, desk.waiting.get(name))
        if desk.next_to_go(self._per_hour) == name:
            self._state.pop(name, None)
            desk.let_go(name, self._per_hour)
            published.append(self._known(incident))
        else:
            desk.held += 1
            self._state[name] = as_json(self._known(incident))
            self._drop_beyond(desk)
        published += [*self._released(desk), *self._overflow(desk)]
        self._state[DESK] = desk.to_text()
        return published, desk.deadline(self._per_hour)

    def on_deadline(self, now_ms: int) -> tuple[list[dict[str, Any]], int | None]:
        """Return what to publish now that `now_ms` has come, and the next time to call if something still
        waits.
        """
        desk = DeskRecord.of(self._state.get(DESK))
        published = list(self._catch_up(desk, now_ms))
        desk.move_to(now_ms)
        published += [*self._released(desk), *self._overflow(desk)]
        self._state[DESK] = desk.to_text()
        return published, desk.deadline(self._per_hour)

    def on_forgotten(self, gone: Forgotten) -> None:
        """Take an account out of what waits, and of what was made before and is still to come."""
        known = ForgottenAccounts.of(self._state.get(_FORGOTTEN))
        known.add(gone)
        self._state[_FORGOTTEN] = known.to_text()
        for name in DeskRecord.of(self._state.get(DESK)).waiting:
            if gone.account in (text := self._state[name]):
                self._state[name] = as_json(without(json.loads(text), gone.account))

    def _known(self, incident: Incident) -> dict[str, Any]:
        """Return the document of a revision, without those who were forgotten while it was on its way."""
        return ForgottenAccounts.of(self._state.get(_FORGOTTEN)).without(incident.to_document())

    def _catch_up(self, desk: DeskRecord, now_ms: int) -> Iterator[dict[str, Any]]:
        """Yield what was due before `now_ms`, as of the times at which it was due."""
        while (due_ms := desk.deadline(self._per_hour)) is not None and due_ms < now_ms:
            desk.move_to(due_ms)
            yield from self._released(desk)
            yield from self._overflow(desk)

    def _released(self, desk: DeskRecord) -> Iterator[dict[str, Any]]:
        """Yield the waiting revisions that the hour has room for."""
        while (name := desk.next_to_go(self._per_hour)) is not None:
            desk.let_go(name, self._per_hour)
            desk.released += 1
            # not by way of `Incident.of`: what an older build held goes on with the fields that it has
            yield {**json.loads(self._state.pop(name)), "told_at": desk.clock}

    def _drop_beyond(self, desk: DeskRecord) -> None:
        """Drop the weakest if more wait than a day can take."""
        if len(desk.waiting) > HELD_HOURS * self._per_hour:
            weakest = desk.weakest()
            del desk.waiting[weakest], self._state[weakest]
            desk.dropped += 1

    def _overflow(self, desk: DeskRecord) -> list[dict[str, Any]]:
        """Return an overflow record when the first revision is held, then one an hour, and one when none
        waits any more.
        """
        if not desk.held or (desk.waiting and desk.noted and desk.clock - desk.noted < HOUR_MS):
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


def _record(desk: DeskRecord, per_hour: int) -> dict[str, Any]:
    waiting, now = len(desk.waiting), desk.clock
    why = f"incidents.reviews_per_hour is {per_hour}"
    headline = f"{why}: {desk.held} revisions were held, {desk.replaced} replaced by a later one of their incident, "
    headline += f"{desk.released} published since, {desk.dropped} dropped, {waiting} wait; the strongest go first"
    strongest = max((one.severity for one in desk.waiting.values()), default=0)
    return {
        "id": f"overflow-{now}", "revision": 1, "status": "overflow", "severity": SEVERITIES[strongest], "action": "monitor",
        "headline": headline, "told_at": now, "first_time": now, "last_time": now, "why": why,
        "held": desk.held, "replaced": desk.replaced, "released": desk.released, "dropped": desk.dropped, "waiting": waiting,
    }  # fmt: skip
