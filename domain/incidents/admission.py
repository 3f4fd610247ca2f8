"""Which rings get an incident of their own, and which are gathered because they look alike and are many."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import MutableMapping
from typing import Any

from domain.decisions.alert import Alert
from domain.incidents.money import NO_CURRENCY, to_units, yardstick
from domain.incidents.ring import Ring
from domain.incidents.settings import GATHERED
from domain.json_text import as_json
from domain.times import HOUR_MS, MINUTE_MS

FREE, MOST, OF_ONE_LOOK = 4, 3, 8
"""Parts of the reviews of an hour. Up to a quarter nobody looks at looks. Up to a third an eighth may look
alike. Beyond it all are gathered: of the half that the review desk keeps for news a sixth is left to them."""
_LEAST, _LEAST_OF_ONE_LOOK = 8, 4  # however few reviews there are
_RECORD_RINGS = 32  # as many as a document has labels of (`RINGS_CAP`); the ids of their alerts fit, too
_RECORDS = 16  # an hour of so many; then each holds twice as many rings as the one before
_MIXED = "mixed"
_KEY = "fresh rings"  # no ring is named so


class Admission:
    """The share of the hour that rings with an incident of their own may take.

    It knows what was admitted within the last hour of event time, by the minute and by look. Whoever opens
    many rings can vary their looks, but not be more than the hour holds: rings of a look that is not crowded
    go first, and what is gathered is published too, so no ring waits.

    `state` holds one text under a key of its own.
    """

    def __init__(self, per_hour: int, state: MutableMapping[str, str]) -> None:
        self._state = state
        self._free, self._most = (max(_LEAST, per_hour // part) for part in (FREE, MOST))
        self._of_one_look = max(_LEAST_OF_ONE_LOOK, per_hour // OF_ONE_LOOK)

    def admits(self, look: str, now_ms: int) -> bool:
        """Return whether a ring of this look gets an incident of its own; note it if so."""
        record = self._record(now_ms)
        counts = _counts(record)
        total = counts.total()
        admitted = total < self._free or (total < self._most and counts[look] < self._of_one_look)
        if admitted:
            of_minute = record["minutes"].setdefault(str(now_ms // MINUTE_MS), {})
            of_minute[look] = of_minute.get(look, 0) + 1
            self._state[_KEY] = as_json(record)
        return admitted

    def gather(self, look: str, now_ms: int) -> str:
        """Return the ring name of the look-alikes that a ring joins which was not admitted.

        Looks that are not crowded share one name, so that there are few. A name serves an hour at most, and
        few rings: all of them shall be named in its document.
        """
        record = self._record(now_ms)
        crowd = look if _counts(record)[look] >= self._of_one_look else _MIXED
        gathered = record["gathered"]
        rings = gathered[crowd] = gathered.get(crowd, 0) + 1
        self._state[_KEY] = as_json(record)
        return f"{GATHERED}{crowd}-{record['hour']}-{_part(rings)}"

    def _record(self, now_ms: int) -> dict[str, Any]:
        """Return what the last hour admitted and this hour gathered, without what is older."""
        record: dict[str, Any] = json.loads(self._state.get(_KEY, '{"minutes":{},"hour":0,"gathered":{}}'))
        oldest, hour = now_ms // MINUTE_MS - HOUR_MS // MINUTE_MS, now_ms // HOUR_MS
        record["minutes"] = {minute: counts for minute, counts in record["minutes"].items() if int(minute) >= oldest}
        if hour > record["hour"]:
            record |= {"hour": hour, "gathered": {}}
        return record


def look_of(alert: Alert, ring: Ring) -> str:
    """Return what rings have in common whose last alerts look alike: the event, which things it names, the
    magnitude of its amount, and how large and grave the ring is. What an attacker can make anew for each
    ring, such as names and devices, is not in it.
    """
    decision = alert.decision
    currency = decision.currency or NO_CURRENCY
    magnitude = -1 if decision.amount is None else int(yardstick(to_units(decision.amount), currency)).bit_length() // 2
    facts = [decision.event_type, sorted(decision.entities), currency, magnitude, ring.level, ring.traits]
    return hashlib.blake2b(as_json(facts).encode(), digest_size=4).hexdigest()


def _part(rings: int) -> int:
    """Return which part of an hour's look-alikes the last of so many is in, from 1."""
    part = (rings - 1) // _RECORD_RINGS
    return part + 1 if part < _RECORDS else _RECORDS + (part // _RECORDS).bit_length()


def _counts(record: dict[str, Any]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for of_minute in record["minutes"].values():
        counts.update(of_minute)
    return counts
