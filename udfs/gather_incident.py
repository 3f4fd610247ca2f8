"""Operator: alerts of one ring -> revisions of its incident, a skin over `domain.incident.IncidentSession`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import ValueStateDescriptor

from domain.incident import Incident, IncidentSession, IncidentSettings


class GatherIncident(KeyedProcessFunction):
    """One open session per ring; its deadlines are event-time timers."""

    def __init__(self, settings: IncidentSettings) -> None:
        self._settings = settings

    def open(self, runtime_context: RuntimeContext) -> None:
        self._state = runtime_context.get_state(ValueStateDescriptor("session", Types.PICKLED_BYTE_ARRAY()))

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context) -> Iterator[str]:
        alert = json.loads(value)
        stored = self._state.value()
        if stored is None:
            session = IncidentSession.open(alert["ring"], self._settings)
        else:
            session = IncidentSession.from_bytes(stored, self._settings)
        yield from self._published(session.on_alert(alert), session, ctx)

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[str]:
        stored = self._state.value()
        if stored is not None:
            session = IncidentSession.from_bytes(stored, self._settings)
            yield from self._published(session.on_deadline(timestamp), session, ctx)

    def _published(self, revisions: Iterable[Incident], session: IncidentSession, ctx: KeyedProcessFunction.Context) -> Iterator[str]:
        if session.closed:
            self._state.clear()
        else:
            self._state.update(session.to_bytes())
            if session.next_deadline is not None:
                ctx.timer_service().register_event_time_timer(session.next_deadline)
        for incident in revisions:
            yield json.dumps(incident.to_document(), separators=(",", ":"))
