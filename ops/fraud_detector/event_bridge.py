"""Amazon EventBridge's envelope around an event, as its API destinations and pipes send it.

    {"version": "0", "id": "7c1...", "detail-type": "registration", "source": "shop", "account": "1234",
     "time": "2026-03-06T09:52:18Z", "region": "eu-west-1", "resources": [], "detail": {...}}

`detail` is an event of its own, or a row of variables for the mapping that the detail-type names. What is
missing in it has the envelope: the id, which EventBridge keeps when it delivers again, and the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domain.events.event import Rejected
from domain.events.event_times import EventTimes
from domain.events.json_object import json_object
from domain.events.quoting import kind_of, name_of
from domain.json_text import as_json
from domain.times import now_ms
from ops.fraud_detector.parts import EventMapping

MAX_DEPTH = 8
_MARK = b'"detail-type"'
_KEYS = frozenset({"detail-type", "detail", "source"})
_EVENT_FIELDS = ("event_type", "account_id")


class EventBridge:
    """Reader of envelopes over the mappings by detail-type."""

    def __init__(self, mappings: Mapping[str, EventMapping]) -> None:
        self._mappings = dict(mappings)
        self._time = EventTimes(now_ms).read

    def opened(self, line: bytes) -> bytes:
        """Return the event in an envelope as a line; any other line as it is. Raises `Rejected`."""
        if _MARK not in line:
            return line
        envelope = json_object(line, MAX_DEPTH)
        return as_json(self._event(envelope)).encode("utf-8", "surrogatepass") if envelope.keys() >= _KEYS else line

    def _event(self, envelope: Mapping[str, Any]) -> dict[str, Any]:
        detail, kind = envelope["detail"], envelope["detail-type"]
        if not isinstance(detail, dict):
            raise Rejected("detail", f"an object is wanted, not {kind_of(detail)}")
        if not isinstance(kind, str):
            raise Rejected("detail-type", f"a string is wanted, not {kind_of(kind)}")
        mapping = self._mappings.get(kind)
        if mapping is not None:
            return self._mapped(mapping, envelope, detail)
        if detail.keys().isdisjoint(_EVENT_FIELDS):
            raise Rejected("detail-type", "no mapping has this name, and detail is no event: add it to service.fraud_detector.event_types")
        return {"event_id": envelope.get("id"), "event_time": envelope.get("time"), **detail}

    def _mapped(self, mapping: EventMapping, envelope: Mapping[str, Any], detail: Mapping[str, Any]) -> dict[str, Any]:
        named = {"EVENT_ID": envelope.get("id"), "EVENT_TIMESTAMP": envelope.get("time"), **detail}
        row = dict(_texts(named, ""))
        if not row.get("EVENT_ID"):
            raise Rejected("id", "it is missing, and the event has no other id")
        try:
            return mapping.event(row, self._time(row, "EVENT_TIMESTAMP"))
        except Rejected as why:
            raise Rejected("time" if why.field == "EVENT_TIMESTAMP" else f"detail.{why.field}", why.reason) from None


def _texts(values: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """Yield the values as texts, as a table holds them; of an object within by names with a dot."""
    for name, value in values.items():
        match value:
            case None:
                continue
            case dict():
                yield from _texts(value, f"{path}{name}.")
            case bool():
                yield path + name, "true" if value else "false"
            case str() | int() | float():
                yield path + name, str(value)
            case _:
                raise Rejected(f"detail.{path}{name_of(name)}", f"{kind_of(value)} cannot be the value of a variable")
