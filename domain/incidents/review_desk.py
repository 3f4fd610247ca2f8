"""Never more revisions than analysts can read: what is beyond the hour's capacity waits, the strongest goes
first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from typing import Any

from domain.incidents.tally import SEVERITIES
from domain.incidents.triage import ACTIONS
from domain.json_text import as_json
from domain.times import HOUR_MS

HELD_HOURS = 24  # of capacity; what would wait longer is dropped, the weakest first, and told
_DESK = ""  # the key of the desk's own record; those of incidents are never empty


class ReviewDesk:
    """Lets at most `per_hour` revisions pass within any hour of event time.

    `state` holds one text for the desk and one per waiting incident; an engine may keep it where it likes. A
    waiting revision gives way to the next of its incident, which says all that it said.
    """

    def __init__(self, per_hour: int, state: MutableMapping[str, str]) -> None:
        self._per_hour, self._state = per_hour, state

    def on_revision(self, incident: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int | None]:
        """What to publish now, and the time to call `on_deadline` if something waits."""
        desk = self._load(incident["told_at"])
        if not desk["waiting"] and len(desk["told"]) < self._per_hour:
            desk["told"].append(desk["clock"])
            published = [dict(incident)]
        else:
            self._hold(desk, incident)
            published = self._overflow(desk)
        self._state[_DESK] = as_json(desk)
        return published, self._deadline(desk)

    def on_deadline(self, now_ms: int) -> tuple[list[dict[str, Any]], int | None]:
        """What to publish now that `now_ms` has come, and the next time to call if something still waits."""
        desk = self._load(now_ms)
        ranked = sorted(desk["waiting"], key=lambda name: (desk["waiting"][name], name), reverse=True)
        published = []
        for name in ranked[: self._per_hour - len(desk["told"])]:
            published.append({**json.loads(self._state.pop(name)), "told_at": desk["clock"]})
            del desk["waiting"][name]
            desk["told"].append(desk["clock"])
        desk["released"] += len(published)
        published += self._overflow(desk)
        self._state[_DESK] = as_json(desk)
        return published, self._deadline(desk)

    def _load(self, now_ms: int) -> dict[str, Any]:
        text = self._state.get(_DESK)
        fresh = {"clock": 0, "told": [], "waiting": {}, "held": 0, "replaced": 0, "dropped": 0, "released": 0, "noted": 0}
        desk: dict[str, Any] = json.loads(text) if text else fresh
        desk["clock"] = max(desk["clock"], now_ms)
        desk["told"] = [told for told in desk["told"] if desk["clock"] - told < HOUR_MS]
        return desk

    def _hold(self, desk: dict[str, Any], incident: Mapping[str, Any]) -> None:
        name = incident["id"]
        desk["held"] += 1
        desk["replaced"] += name in desk["waiting"]
        desk["waiting"][name] = _strength(incident)
        self._state[name] = as_json(incident)
        if len(desk["waiting"]) > HELD_HOURS * self._per_hour:
            weakest = min(desk["waiting"], key=lambda name: (desk["waiting"][name], name))
            del desk["waiting"][weakest], self._state[weakest]
            desk["dropped"] += 1

    def _deadline(self, desk: Mapping[str, Any]) -> int | None:
        return desk["told"][0] + HOUR_MS if desk["waiting"] and len(desk["told"]) >= self._per_hour else None

    def _overflow(self, desk: dict[str, Any]) -> list[dict[str, Any]]:
        """An overflow record when the first revision is held, then at most one an hour, and one when none
        waits any more.
        """
        if desk["waiting"] and desk["noted"] and desk["clock"] - desk["noted"] < HOUR_MS:
            return []
        record = _record(desk, self._per_hour)
        if desk["waiting"]:
            desk["noted"] = desk["clock"]
        else:
            desk |= {"held": 0, "replaced": 0, "dropped": 0, "released": 0, "noted": 0}
        return [record]


def is_overflow(document: Mapping[str, Any]) -> bool:
    return document.get("status") == "overflow"


def _strength(incident: Mapping[str, Any]) -> list[int]:
    return [SEVERITIES.index(incident["severity"]), -ACTIONS.index(incident["action"]), incident["alerts"]]


def _record(desk: Mapping[str, Any], per_hour: int) -> dict[str, Any]:
    held, waiting, now = desk["held"], len(desk["waiting"]), desk["clock"]
    why = f"incidents.reviews_per_hour is {per_hour}"
    headline = f"{why}: {held} revisions were held, {desk['replaced']} replaced by a later one of their incident, "
    headline += f"{desk['released']} published since, {desk['dropped']} dropped, {waiting} wait; the strongest go first"
    strongest = max((rank for rank, *_ in desk["waiting"].values()), default=0)
    return {
        "id": f"overflow-{now}", "revision": 1, "status": "overflow", "severity": SEVERITIES[strongest], "action": "monitor",
        "headline": headline, "told_at": now, "first_time": now, "last_time": now, "why": why,
        **{name: desk[name] for name in ("held", "replaced", "released", "dropped")}, "waiting": waiting,
    }  # fmt: skip
