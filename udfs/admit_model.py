"""Operator: control records -> models that may take over.

A record that names no usable model goes to the rejected side output, and the old model stays in force.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyflink.datastream import OutputTag, ProcessFunction, RuntimeContext

from domain.events.control import model_path
from domain.events.event import Rejected
from domain.events.notice import SourceNotice, bytes_of
from domain.events.rejection import rejection
from domain.events.unreadable import is_blank
from domain.graph import GraphSettings
from domain.json_text import as_json
from domain.times import now_ms
from gnn.artifact.admission import admit
from gnn.card.card import ArtifactError
from udfs.engine.cancellation import cancellation
from udfs.gaps import Gaps

_LOG = logging.getLogger(__name__)


class AdmitModel(ProcessFunction):
    """Admission of models: yields `ModelName`s as text.

    A task of its own, since loading an artifact takes seconds.
    """

    def __init__(self, graph: GraphSettings, rejected: OutputTag, folder: str, python: str) -> None:
        """Note the settings; the client calls this and ships the object to the worker.

        Relative paths are taken from `folder`. `python` is the interpreter that tries an artifact.
        """
        self._graph, self._rejected, self._folder, self._python = graph, rejected, folder, python

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get the counters ready. Flink calls this once per attempt of the task, before the first record."""
        metrics = runtime_context.get_metrics_group()
        self._admitted, self._refused = metrics.counter("models_admitted"), metrics.counter("models_refused")
        self._gaps = Gaps(metrics)
        self._cancelled = cancellation()

    def process_element(self, value: str | None, ctx: ProcessFunction.Context) -> Iterator[Any]:
        """Try the model that a record names, which takes seconds. One subtask keeps one order for all."""
        try:
            line = bytes_of(value)
        except SourceNotice as notice:
            yield self._rejected, self._gaps.document(notice)
            return
        if is_blank(line):  # or a tombstone of a compacted topic
            return
        try:
            reference = admit(Path(self._folder, model_path(line)).resolve(), self._graph, self._python, self._while_waiting)
        except (Rejected, ArtifactError) as error:
            why = error if isinstance(error, Rejected) else Rejected("path", str(error))
            self._refused.inc()
            _LOG.warning("a control record is refused, the model stays as it is: %s", why)
            yield self._rejected, as_json(rejection(line, why, now_ms()))
            return
        self._admitted.inc()
        _LOG.warning("the model %s takes over", reference)
        yield str(reference)

    def _while_waiting(self) -> None:
        if self._cancelled():
            raise RuntimeError("The task was cancelled while a model was tried.")
