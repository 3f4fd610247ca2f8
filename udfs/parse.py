"""Operator: raw line -> event on its way to the first stage; what is no event goes to the rejected side output."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from pyflink.common import Row
from pyflink.datastream import OutputTag, ProcessFunction, RuntimeContext

from domain.event import EventParser, Rejected, rejection
from domain.graph import GraphSettings
from domain.trail import Trail, TrailCodec
from udfs.keys import stage_key
from udfs.one_core import keep_to_one_core
from udfs.secrets import pseudonyms


class Parse(ProcessFunction):
    """Lines arrive as ISO 8859-1 text, one character per byte, so that the parser sees the very bytes of the source."""

    def __init__(self, graph: GraphSettings, rejected: OutputTag, one_core: bool = False) -> None:
        self._graph = graph
        self._one_core = one_core
        self._rejected = rejected

    def open(self, runtime_context: RuntimeContext) -> None:
        if self._one_core:
            keep_to_one_core()
        self._parser = EventParser(self._graph, pseudonyms())
        self._codec = TrailCodec(self._graph)
        self._count_rejected = runtime_context.get_metrics_group().counter("rejected")

    def process_element(self, value: str, ctx: ProcessFunction.Context) -> Iterator[Any]:
        line = value.encode("latin-1")
        if not line.strip():
            return
        try:
            trail = Trail(self._parser.parse(line))
        except Rejected as why:
            self._count_rejected.inc()
            yield self._rejected, json.dumps(rejection(line, why, time.time_ns() // 1_000_000), separators=(",", ":"))
            return
        yield Row(stage_key(trail, 0), self._codec.encode(trail))
