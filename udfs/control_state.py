"""The control records of one subtask: broadcast state, what is in force by it, and what is to be echoed.

Broadcast state is there again after a restart. It can be read with an element at hand only, so that it is
read with the first one.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from pyflink.common import Types
from pyflink.datastream import OutputTag, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor

from domain.control.applied import applied_document
from domain.control.changes import Change, chunk_of, is_chunk
from domain.control.in_force import ControlInForce
from domain.control.records import MODEL
from domain.decisions.policy import PolicySettings
from domain.events.event import Event, Rejected
from domain.events.exchange_rates import USUAL_CURRENCY, CurrencySettings
from domain.events.identity import USUAL, IdentitySettings
from domain.graph import GraphSettings
from domain.json_text import as_json
from ops.secrets import pseudonyms

_ECHOED = "echoed"
_CURRENT = "current"
_LOG = logging.getLogger(__name__)


class ControlState:
    """The broadcast state of one subtask, and the `ControlInForce` that follows from it."""

    def __init__(
        self,
        graph: GraphSettings,
        policy: PolicySettings,
        applied: OutputTag,
        identity: IdentitySettings = USUAL,
        currency: CurrencySettings = USUAL_CURRENCY,
    ) -> None:
        """Note the settings; the client calls this and ships the object to the workers.

        `applied` tags the side output of what has taken effect.
        """
        self._graph, self._identity, self._currency, self._applied = graph, identity, currency, applied
        self._codes = tuple(rule.code for rule in policy.rules)

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get counters ready. The operator calls this in its own `open`."""
        self.in_force = ControlInForce(self._graph, pseudonyms(self._identity), self._codes, self._currency)
        self._descriptor, self._old = control_state(), model_state()
        self._is_loaded = False
        self._pending: list[Change] = []
        """Changes after which no event has been judged."""
        self._chunks: dict[str, list[str]] = defaultdict(list)
        """Keys of a list's chunks, by the list's own key."""
        metrics = runtime_context.get_metrics_group()
        self._changes, self._swaps = metrics.counter("control_changes"), metrics.counter("model_swaps")

    @property
    def waits(self) -> bool:
        """Return whether the next element needs the context: to read the state, or to echo a change."""
        return bool(self._pending) or not self._is_loaded

    def load(self, ctx: Any) -> None:
        """Read the state, if that has not been done. `ctx` is the context of either input."""
        if self._is_loaded:
            return
        self._is_loaded = True
        kept = dict(ctx.get_broadcast_state(self._descriptor).items())
        echoed = int(kept.pop(_ECHOED, b"0"))
        changes = [Change.of(value) for key, value in kept.items() if not is_chunk(key)]
        for key in filter(is_chunk, sorted(kept)):
            self._apply(key, kept[key])
        for change in sorted(changes, key=lambda one: one.applied):
            self._apply(change.key, kept[change.key])
        self._pending = [change for change in changes if change.applied > echoed]
        self._pending.sort(key=lambda one: one.applied)
        if MODEL not in kept:
            self.in_force.start_with(ctx.get_broadcast_state(self._old).get(_CURRENT) or "")

    def put(self, key: str, value: bytes, ctx: Any) -> None:
        """Put what `AdmitControl` has accepted into state and in force."""
        self.load(ctx)
        state = ctx.get_broadcast_state(self._descriptor)
        if not is_chunk(key) and not self._pending:
            self._clean(state)
        state.put(key, value)
        change = self._apply(key, value)
        if is_chunk(key) or change is None:
            return
        for chunk in self._chunks[key][:]:
            if chunk_of(chunk)[1] != change.applied:
                state.remove(chunk)
                self._chunks[key].remove(chunk)
        self._pending.append(change)
        self._changes.inc()
        if key == MODEL:
            self._swaps.inc()

    def echoes(self, event: Event) -> Iterator[tuple[OutputTag, str]]:
        """Yield an entry of `control_applied` for each change by which this event is the first judged."""
        pending, self._pending = self._pending, []
        for change in pending:
            yield self._applied, as_json(applied_document(change, event))

    def _apply(self, key: str, value: bytes) -> Change | None:
        if is_chunk(key):
            self._chunks[chunk_of(key)[0]].append(key)
        try:
            return self.in_force.apply(key, value)
        except Rejected as why:  # the job has another graph by now
            _LOG.warning("%s has no effect any more, send it again with a higher version: %s", key, why)
            return None

    def _clean(self, state: Any) -> None:
        """Note how far changes were echoed, and drop what was deleted before."""
        echoed = self.in_force.applied
        state.put(_ECHOED, str(echoed).encode())
        for key in self.in_force.forget(echoed):
            state.remove(key)


def control_state() -> MapStateDescriptor:
    """Return the descriptor of the broadcast state, also what records are broadcast by.

    Pickled bytes: a primitive array comes back as a tuple of numbers, which takes seconds for a long list.
    """
    return MapStateDescriptor("control", Types.STRING(), Types.PICKLED_BYTE_ARRAY())


def model_state() -> MapStateDescriptor:
    """Return the descriptor of the state of a version that knew no other records than models."""
    return MapStateDescriptor("model", Types.STRING(), Types.STRING())
