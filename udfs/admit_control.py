"""Operator: control records -> accepted changes, as every judge is to know them.

A record that does not hold, or names no usable model or list, goes to the rejected side output, and what was
in force stays so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyflink.common import Row, Types
from pyflink.datastream import KeyedProcessFunction, MapFunction, OutputTag, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor

from domain.control.changes import Change, chunks
from domain.control.ledger import Ledger, Verdict
from domain.control.listed import read_list
from domain.control.records import LIST, RATE, RULE, SWITCH, ControlRecord, control_record
from domain.control.refused import kind_in, refused
from domain.events.event import Rejected
from domain.events.exchange_rates import USUAL_CURRENCY, CurrencySettings
from domain.events.identity import USUAL, IdentitySettings
from domain.events.notice import SourceNotice, bytes_of
from domain.events.unreadable import is_blank
from domain.graph import GraphSettings
from domain.json_text import as_json
from domain.rules.names import RuleNames
from domain.times import now_ms
from gnn.artifact.admission import admit
from gnn.card.card import ArtifactError
from ops.secrets import control_keys, pseudonyms
from udfs.engine.cancellation import cancellation
from udfs.engine.keyed_map import KeyedMap
from udfs.engine.keys import ONE_PLACE
from udfs.gaps import Gaps
from udfs.metrics.labelled_counter import LabelledCounter

REFUSED, STALE = "refused", "stale"
OUTCOMES = ("accepted", "same", STALE, REFUSED)
_NO_KEYS: NDArray[np.uint64] = np.zeros(0, np.uint64)
_LOG = logging.getLogger(__name__)


class InOnePlace(MapFunction):
    """All records under one key, whose state holds the ledger."""

    def map(self, value: str | None) -> Row:
        """Put the key in front of a line."""
        return Row(ONE_PLACE, value)


class AdmitControl(KeyedProcessFunction):
    """Admission of control records: yields `Row(key, bytes)`, changes and chunks of lists before them.

    A task of its own, since loading an artifact takes seconds, and so does hashing a million identifiers.
    """

    def __init__(
        self,
        graph: GraphSettings,
        rejected: OutputTag,
        folder: str,
        python: str,
        identity: IdentitySettings = USUAL,
        control_keys: tuple[str, ...] = (),
        currency: CurrencySettings = USUAL_CURRENCY,
    ) -> None:
        """Note the settings; the client calls this and ships the object to the worker.

        Relative paths are taken from `folder`. `python` is the interpreter that tries an artifact.
        `control_keys` names the keys of which a record must be signed with one; none: it need not be.
        """
        self._graph, self._rejected, self._folder, self._python = graph, rejected, folder, python
        self._control_keys = control_keys
        self._identity, self._currency = identity, currency

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get state and counters ready. Flink calls this once per attempt, before the first record."""
        self._names, self._pseudonyms = RuleNames.of(self._graph), pseudonyms(self._identity)
        self._keys = control_keys(self._control_keys)
        descriptor = MapStateDescriptor("ledger", Types.STRING(), Types.PICKLED_BYTE_ARRAY())
        self._state: KeyedMap[str, bytes] = KeyedMap(runtime_context.get_map_state(descriptor))
        self._ledger: Ledger | None = None
        metrics = runtime_context.get_metrics_group()
        self._admitted, self._refused = metrics.counter("models_admitted"), metrics.counter("models_refused")
        self._records = LabelledCounter(metrics, "control_records", "outcome", OUTCOMES)
        self._gaps = Gaps(metrics)
        self._cancelled = cancellation()

    def process_element(self, value: str | None, ctx: KeyedProcessFunction.Context) -> Iterator[Any]:
        """Take one record in. To try a model takes seconds. One subtask keeps one order for all."""
        if self._ledger is None:  # the state can be read once Flink has set the key
            self._ledger = Ledger(self._state, currency=self._currency)
        try:
            line = bytes_of(value)
        except SourceNotice as notice:
            yield self._rejected, self._gaps.document(notice)
            return
        if is_blank(line):  # or a tombstone of a compacted topic
            return
        try:
            record = control_record(line, self._names, self._keys, self._pseudonyms)
            verdict = self._ledger.judge(record)
            rows = list(self._accepted(record, self._ledger)) if verdict is Verdict.NEW else []
        except (Rejected, ArtifactError) as error:
            yield self._rejected, self._refusal(line, error)
            return
        self._records.inc("accepted" if verdict is Verdict.NEW else verdict.value)
        yield from rows

    def _accepted(self, record: ControlRecord, ledger: Ledger) -> Iterator[Row]:
        """Note a new record and yield its rows; raise `Rejected` or `ArtifactError` before that."""
        model, keys, digest = "", _NO_KEYS, ""
        if record.path and record.is_in_force:
            path = Path(self._folder, record.path).resolve()
            model = str(admit(path, self._graph, self._python, self._while_waiting))
        elif record.listed is not None and record.file:
            keys, digest = read_list(Path(self._folder, record.file), record.document, self._pseudonyms, self._while_waiting)
            ledger.judge(record, len(keys))
        entries = len(keys) or 1
        change = Change(record.key, ledger.note(record, entries), now_ms(), record.document, model, len(keys), digest)
        if model:
            self._admitted.inc()
        _LOG.warning("%s, version %s: %s, change %s", record.name, record.version or "-", record.state, change.applied)
        for key, part in chunks(change, keys):
            yield Row(key, part)
        yield Row(change.key, change.to_bytes())

    def _refusal(self, line: bytes, error: Rejected | ArtifactError) -> str:
        """Count and log what is refused; return its rejected document."""
        why = error if isinstance(error, Rejected) else Rejected("path", str(error))
        self._records.inc(REFUSED)
        if kind_in(line) not in (RULE, LIST, SWITCH, RATE):
            self._refused.inc()
        _LOG.warning("a control record is refused, all stays as it is: %s", why)
        return as_json(refused(line, why, now_ms()))

    def _while_waiting(self) -> None:
        if self._cancelled():
            raise RuntimeError("The task was cancelled while a control record was tried.")
