"""An incident and its alerts, as the streams of Redis hold them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from domain.decisions.alert import Alert
from domain.incidents.incident import WAVE
from domain.incidents.ring_book import unconnected
from domain.incidents.settings import UNCONNECTED
from ops.redis.stream_documents import stream_documents

Document = Mapping[str, Any]
_Spans = Mapping[str, Sequence[tuple[int, int]]]
"""By ring label, when it was first and last carried."""


class CaseError(RuntimeError):
    """The incident or an event of it is not there; the text names the nearest or the mend."""


@dataclass(frozen=True)
class Case:
    """The newest revision of an incident, and those of its alerts that the stream still has."""

    incident: Document
    alerts: Sequence[Alert]
    goes_on_as: str | None
    """The incident that took later alerts of the same ring."""
    clock_ms: int
    """The latest event time in the streams: what the job has reached, as far as they say."""

    @property
    def missing(self) -> int:
        """Return how many of its alerts were trimmed away."""
        return max(0, int(self.incident["alerts"]) - len(self.alerts))


def read_case(url: str, prefix: str, incident: str) -> Case:
    """Return the incident of that id with its alerts. Raises `CaseError`, RedisReadError."""
    newest = {str(document.get("id")): document for document in stream_documents(url, prefix, "incidents") if "rings" in document}
    if incident not in newest:
        near = get_close_matches(incident, newest, n=1)
        mend = f"did you mean {near[0]}?" if near else "ringwatch tail --streams incidents --from-start shows those that are"
        raise CaseError(f"there is no incident {incident} in {prefix}incidents: {mend}")
    found = newest.pop(incident)
    if found.get("kind") == WAVE:
        raise CaseError(f"{incident} is a wave, which counts events and has no alerts: give verdicts on the incidents of rings")
    holds = _holder(found, newest.values())
    its, clock_ms = {}, max(int(document["told_at"]) for document in (found, *newest.values()))
    for alert in _alerts(url, prefix):
        clock_ms = max(clock_ms, alert.time_ms)
        if holds(alert):
            its[alert.account, alert.event_id] = alert
    return Case(found, list(its.values()), _goes_on_as(found, newest.values()), clock_ms)


def chosen(case: Case, events: Collection[str]) -> Sequence[Alert]:
    """Return the alerts of these events, all if none is named.

    Raises `CaseError` for one that is not among them.
    """
    known = {alert.event_id for alert in case.alerts}
    for event in events:
        if event not in known:
            near = get_close_matches(event, known, n=1)
            mend = f"did you mean {near[0]}?" if near else "its alert is of another incident, or was trimmed away"
            raise CaseError(f"incident {case.incident['id']} has no alert of event {event}: {mend}")
    return [alert for alert in case.alerts if not events or alert.event_id in events]


def _alerts(url: str, prefix: str) -> Iterator[Alert]:
    for document in stream_documents(url, prefix, "alerts"):
        try:
            yield Alert.of(document)
        except ValueError:  # not the job's
            continue


def _holder(incident: Document, others: Collection[Document]) -> Callable[[Alert], bool]:
    """Return what tells the incident's alerts: its list of events if that is whole, its rings and times."""
    listed = set(incident["event_ids"]) if len(incident["event_ids"]) == incident["alerts"] else None
    spans, ring = _spans([incident]), str(incident["ring"])
    is_list = ring.startswith(UNCONNECTED)
    elsewhere = _spans(others) if is_list else {}

    def holds(alert: Alert) -> bool:
        if listed is not None and alert.event_id not in listed:
            return False
        if is_list:
            return unconnected(alert.time_ms) == ring and not _is_in(alert, elsewhere)
        return _is_in(alert, spans)

    return holds


def _spans(incidents: Collection[Document]) -> _Spans:
    spans: dict[str, list[tuple[int, int]]] = {}
    for incident in incidents:
        for ring in incident["rings"]:
            spans.setdefault(ring["ring"], []).append((ring["first_time"], ring["last_time"]))
    return spans


def _is_in(alert: Alert, spans: _Spans) -> bool:
    return any(first <= alert.time_ms <= last for first, last in spans.get(alert.ring, ()))


def _goes_on_as(incident: Document, others: Collection[Document]) -> str | None:
    into = incident.get("merged_into")
    later = [other for other in others if other["ring"] == into and other["last_time"] >= incident["first_time"]]
    return str(min(later, key=lambda other: int(other["first_time"]))["id"]) if into and later else None
