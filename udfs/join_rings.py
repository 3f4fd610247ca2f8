"""Operator: alerts -> the ring whose incident they belong to, a skin over `domain.incidents.ring_book`.

It runs in one place, because no fixed number of keyed stages finds a ring on its own. Only flagged events
come here, and a few small entries are read and written for each.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator

from pyflink.common import Row, Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor

from domain.decisions.alert import Alert
from domain.incidents.assignment import Assignment
from domain.incidents.forgotten import Forgotten
from domain.incidents.ring_book import RingBook, open_ms
from domain.incidents.settings import IncidentSettings
from domain.json_text import as_json
from domain.memory.ring_labels import QUIET_MS
from udfs.engine.keyed_map import KeyedMap
from udfs.engine.keys import ONE_PLACE
from udfs.engine.state_expiry import expiry

_LOG = logging.getLogger(__name__)


class JoinRings(KeyedProcessFunction):
    """A keyed function that yields rows of a ring and an assignment document."""

    def __init__(self, settings: IncidentSettings) -> None:
        self._settings = settings

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get the ring book ready, on the state of the one key.

        Flink calls this once per attempt, before the first alert or timer.
        """
        text = Types.STRING()
        parents, rings = MapStateDescriptor("parents", text, text), MapStateDescriptor("rings", text, text)
        parents.enable_time_to_live(expiry(QUIET_MS))
        rings.enable_time_to_live(expiry(QUIET_MS))
        homes = MapStateDescriptor("homes", text, text)
        homes.enable_time_to_live(expiry(open_ms(self._settings)))
        described = (parents, rings, MapStateDescriptor("due", Types.LONG(), text), homes)
        self._book = RingBook(self._settings, *(KeyedMap(runtime_context.get_map_state(state)) for state in described))
        self._malformed = runtime_context.get_metrics_group().counter("malformed_alerts")

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context) -> Iterator[Row]:
        """Take an alert, in the order of the stream; hand on what its ring's session must know.

        Of an account that is forgotten the review desk is told first, then each session with alerts of it. A
        malformed alert is counted and left out: it must not fail the job.
        """
        document = json.loads(value)
        if gone := Forgotten.of(document):
            yield Row(ONE_PLACE, value)
            yield from _rows(self._book.on_forgotten(gone.account, gone.clock_ms))
            return
        try:
            alert = Alert.of(document)
        except ValueError as error:
            self._malformed.inc()
            _LOG.warning("an alert is left out of the incidents: %s", error)
            return
        assignments, deadline = self._book.on_alert(alert)
        if deadline is not None:
            ctx.timer_service().register_event_time_timer(deadline)
        yield from _rows(assignments)

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[Row]:
        """Hand on what waited long enough.

        Flink calls this when the watermark passes a registered deadline.
        """
        yield from _rows(self._book.on_deadline(timestamp))


def _rows(assignments: Iterable[Assignment]) -> Iterator[Row]:
    for one in assignments:
        yield Row(one.ring, as_json(one.to_document()))
