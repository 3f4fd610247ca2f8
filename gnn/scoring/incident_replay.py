"""Incidents without an engine: the job's own ring book, sessions, watch for waves and review desk.

All run in event-time order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from heapq import heappop, heappush
from typing import Any

from domain.decisions.alert import Alert
from domain.decisions.decision import Decision
from domain.incidents.assignment import Assignment
from domain.incidents.forgotten import Forgotten
from domain.incidents.incident import Incident
from domain.incidents.review_desk import ReviewDesk, is_overflow
from domain.incidents.ring_book import RingBook
from domain.incidents.session import IncidentSession
from domain.incidents.settings import IncidentSettings
from domain.incidents.waves.classes import class_of
from domain.incidents.waves.counts import BUCKET_MS, Counts, units_of
from domain.incidents.waves.sample import Sampled, wave_event
from domain.incidents.waves.watch import WaveWatch
from domain.json_text import as_json
from domain.memory.crowd import NO_CROWD
from domain.summaries.template_writer import template_summary

FOREVER = 1 << 62


class IncidentReplay:
    """Replay of decisions into incident documents, as the job publishes them.

    The template writes the summaries.

    The clock of each part is `out_of_order_s` before that of the stream, which approved events move, too, as
    the job's watermark is.
    """

    def __init__(self, settings: IncidentSettings, out_of_order_s: float = 10.0, silent_until_ms: int = 0) -> None:
        self._settings, self._lag_ms, self._silent_until_ms = settings, round(out_of_order_s * 1000), silent_until_ms
        self._book = RingBook(settings, {}, {}, {}, {})
        self._sessions: dict[str, IncidentSession] = {}
        self._desk = ReviewDesk(settings.reviews_per_hour, {})
        self._book_due: list[int] = []
        self._session_due: list[tuple[int, str]] = []
        self._desk_due: list[int] = []
        self._watch = WaveWatch(settings, silent_until_ms)
        self._clock_ms = self._newest_ms = -FOREVER

    def take(
        self, decision: Decision, joins: Iterable[str] = (), crowd: int = NO_CROWD, clock_ms: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield what is published once this decision is made.

        `joins` are the other ring labels that its event met; `crowd` and `clock_ms` are those of its trail.
        Without a clock it is the latest of the events.
        """
        self._newest_ms = max(self._newest_ms, decision.time_ms if clock_ms is None else clock_ms)
        if crowd != NO_CROWD and self._settings.waves.enabled and decision.time_ms >= self._newest_ms - self._lag_ms:
            self._watch.take([_counted(decision, crowd)], [_sampled(decision, crowd)])
        if decision.is_flagged:
            assignments, deadline = self._book.on_alert(Alert.raised(decision, joins, self._newest_ms))
            if deadline is not None:
                heappush(self._book_due, deadline)
            yield from self._gather(assignments)
        yield from self._advance(self._newest_ms - self._lag_ms)

    def forget(self, account: str) -> Iterator[dict[str, Any]]:
        """Forget an account; yield what is published of the incidents that go on, or end, without it."""
        gone = Forgotten(account, max(self._newest_ms, 0))
        self._watch.forget(gone)
        self._desk.on_forgotten(gone)
        yield from self._gather(self._book.on_forgotten(account, gone.clock_ms))

    def finish(self) -> Iterator[dict[str, Any]]:
        """Yield what is published when no more events come."""
        yield from self._advance(FOREVER)

    def _advance(self, clock_ms: int) -> Iterator[dict[str, Any]]:
        if clock_ms <= self._clock_ms:
            return
        self._clock_ms = clock_ms
        while self._book_due and self._book_due[0] <= clock_ms:
            yield from self._gather(self._book.on_deadline(heappop(self._book_due)))
        while self._session_due and self._session_due[0][0] <= clock_ms:
            due, ring = heappop(self._session_due)
            if session := self._sessions.get(ring):
                yield from self._review(session.on_deadline(due), ring, session)
        for incident in self._watch.advance(clock_ms):
            yield from self._publish(*self._desk.on_revision(incident))
        while self._desk_due and self._desk_due[0] <= clock_ms:
            yield from self._publish(*self._desk.on_deadline(heappop(self._desk_due)))

    def _gather(self, assignments: Iterable[Assignment]) -> Iterator[dict[str, Any]]:
        for one in assignments:
            session = self._sessions.setdefault(one.ring, self._opened(one.ring))
            yield from self._review(session.take(one), one.ring, session)

    def _opened(self, ring: str) -> IncidentSession:
        return IncidentSession.open(ring, self._settings, self._silent_until_ms)

    def _review(self, revisions: Iterable[Incident], ring: str, session: IncidentSession) -> Iterator[dict[str, Any]]:
        if session.next_deadline is None:
            del self._sessions[ring]
        else:
            heappush(self._session_due, (session.next_deadline, ring))
        for incident in revisions:
            yield from self._publish(*self._desk.on_revision(incident))

    def _publish(self, documents: Iterable[dict[str, Any]], deadline: int | None) -> Iterator[dict[str, Any]]:
        if deadline is not None and deadline not in self._desk_due:
            heappush(self._desk_due, deadline)
        for document in documents:
            yield document if is_overflow(document) else {**document, **template_summary(document).to_document()}


def _counted(decision: Decision, crowd: int) -> Counts:
    """Return the count of one event."""
    time_ms, currency = decision.time_ms, decision.currency or ""
    units = 0 if decision.amount is None else units_of(decision.amount)
    return time_ms // BUCKET_MS, crowd, currency, 1, units, time_ms, time_ms


def _sampled(decision: Decision, crowd: int) -> Sampled:
    """Return the event as a sample of its class."""
    event = wave_event(decision.time_ms, decision.account or "", decision.event_id)
    return decision.time_ms // BUCKET_MS, class_of(crowd)[0], [event]


def as_line(document: Mapping[str, Any]) -> str:
    """Write an incident document as a JSON line."""
    return as_json(document) + "\n"
