"""Operator: `Parse` under control records of rates, for a job with a task per stage.

There the judge comes after the last stage, see `udfs.judge.Judge`, but amounts are learnt on the way to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyflink.common import Row
from pyflink.datastream import BroadcastProcessFunction, RuntimeContext

from domain.control.changes import Change
from domain.control.rates import RatesInForce, rate_of
from domain.control.records import RATE
from domain.events.exchange_rates import CurrencySettings
from udfs.control_state import control_state
from udfs.engine.direct_calls import call_directly
from udfs.parse import Parse


class ParseByRates(BroadcastProcessFunction):
    """`Parse` with a second input, of which it keeps the rates alone."""

    def __init__(self, parse: Parse, currency: CurrencySettings) -> None:
        """Wrap the parser; `currency` has the rates before the first record.

        The client calls this and ships the object to the workers.
        """
        self._parse, self._currency = parse, currency

    def open(self, runtime_context: RuntimeContext) -> None:
        """Open the parser. Flink calls this once per attempt, before the first element of either input."""
        self._parse.open(runtime_context)
        self._rates, self._is_loaded = RatesInForce(self._currency), False
        self._usual = self._parse.called_by(call_directly(self._process, "process_element1"))

    def process_element(self, value: str, ctx: BroadcastProcessFunction.ReadOnlyContext) -> Iterator[Any]:
        """Take one line in. Used where `call_directly` finds no way, and for the first line."""
        self._load(ctx)
        yield from self._parse.process_element(value, ctx)

    def process_broadcast_element(self, value: Row, ctx: BroadcastProcessFunction.Context) -> Iterator[Any]:
        """Keep a rate; every subtask gets it, in the same order."""
        self._load(ctx)
        if value[0].startswith(f"{RATE}:"):
            ctx.get_broadcast_state(control_state()).put(value[0], value[1])
            self._put(value[1])
        yield from ()

    def _load(self, ctx: Any) -> None:
        """Read the state, if that has not been done. `ctx` is the context of either input."""
        if not self._is_loaded:
            self._is_loaded = True
            for _, kept in ctx.get_broadcast_state(control_state()).items():
                self._put(kept)

    def _put(self, kept: bytes) -> None:
        record = Change.of(kept).record
        self._rates.put(record["id"], rate_of(record))
        self._parse.compare_by(self._rates.table)

    def _process(self, value: str | None) -> Any:
        """Take one line in, called by Java itself, without a context and a way to side outputs."""
        if not self._is_loaded:
            assert self._usual is not None  # Java calls this only in its place
            return self._usual(value)
        return self._parse._process(value)
