"""Operator: alerts by ring -> revisions of its incident, a skin over `domain.incidents.session`."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator

from pyflink.common import Row, Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor, ValueStateDescriptor

from domain.incidents.assignment import assignment_of
from domain.incidents.forgotten import Forgotten
from domain.incidents.incident import Incident
from domain.incidents.session import IncidentSession
from domain.incidents.settings import IncidentSettings
from domain.json_text import as_json
from udfs.engine.keyed_map import KeyedMap
from udfs.engine.keys import ONE_PLACE

_LOG = logging.getLogger(__name__)


class GatherIncident(KeyedProcessFunction):
    """One open session per ring; its deadlines are event-time timers."""

    def __init__(self, settings: IncidentSettings, silent_until_ms: int = 0) -> None:
        self._settings, self._silent_until_ms = settings, silent_until_ms

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get state and counter ready.

        Flink calls this once per attempt, before the first assignment or timer.
        """
        self._state = runtime_context.get_state(ValueStateDescriptor("session", Types.PICKLED_BYTE_ARRAY()))
        self._kept = KeyedMap[int, str](runtime_context.get_map_state(MapStateDescriptor("alerts", Types.LONG(), Types.STRING())))
        self._malformed = runtime_context.get_metrics_group().counter("malformed_alerts")

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context) -> Iterator[Row]:
        """Take an assignment to the session of its ring, which is the key; store it, set its timer.

        That an account is forgotten goes on to the review desk. A malformed alert is counted and left out: it
        must not fail the job.
        """
        document = json.loads(value)
        if Forgotten.of(document):
            yield Row(ONE_PLACE, value)
            return
        try:
            assignment = assignment_of(document)
        except ValueError as error:
            self._malformed.inc()
            _LOG.warning("an alert is left out of its incident: %s", error)
            return
        stored = self._state.value()
        session = self._restored(stored) if stored else self._opened(assignment.ring)
        timer = session.next_deadline
        yield from self._published(session.take(assignment), session, timer, ctx)

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[Row]:
        """Publish what is due.

        Flink calls this at the session's deadline; without a session it is an old timer.
        """
        stored = self._state.value()
        if stored is not None:
            session = self._restored(stored)
            timer = session.next_deadline
            yield from self._published(session.on_deadline(timestamp), session, timer, ctx)

    def _opened(self, ring: str) -> IncidentSession:
        return IncidentSession.open(ring, self._settings, self._silent_until_ms, self._kept)

    def _restored(self, stored: bytes) -> IncidentSession:
        return IncidentSession.from_bytes(stored, self._settings, self._silent_until_ms, self._kept)

    def _published(
        self, revisions: Iterable[Incident], session: IncidentSession, timer: int | None, ctx: KeyedProcessFunction.Context
    ) -> Iterator[Row]:
        """Store the session; `timer` is the one that is set for it."""
        if session.closed:
            self._state.clear()
        else:
            self._state.update(session.to_bytes())
        if session.next_deadline != timer:
            timers = ctx.timer_service()
            # each alert moves the end: to read the session at every former one would double the work
            if timer is not None:
                timers.delete_event_time_timer(timer)
            if session.next_deadline is not None:
                timers.register_event_time_timer(session.next_deadline)
        for incident in revisions:
            yield Row(ONE_PLACE, as_json(incident.to_document()))
