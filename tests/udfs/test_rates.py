"""The parsers under control records of rates: from which event on, and after a restart."""

from __future__ import annotations

import json
import math
import warnings
from typing import Any

from domain.events.exchange_rates import CurrencySettings
from domain.memory.trail import Trail, TrailCodec
from tests.support.control_samples import BY, change, rate, rule
from tests.udfs.test_control import APPLIED, GRAPH, POLICY, Runtime, known_key, tell

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from udfs.approve import Approve
    from udfs.control_state import ControlState
    from udfs.parse import Parse, ParseUnderControl
    from udfs.parse_by_rates import ParseByRates
    from udfs.to_stages import SendToFirstStage

__all__ = ["known_key"]
CODEC, SETTINGS = TrailCodec(GRAPH), CurrencySettings(rough_rates=False)
GONE: dict[str, Any] = {"control": "rate", "id": "JPY", "version": 9, "state": "deleted", **BY}


def line(event_id: str) -> str:
    money = {"amount": 8000, "currency": "JPY"}
    return json.dumps({"event_id": event_id, "event_type": "order", "event_time": "2026-01-31T12:00:00Z", "account_id": "a", **money})


def by_rates(runtime: Runtime) -> ParseByRates:
    operator = ParseByRates(Parse(GRAPH, None, SendToFirstStage(GRAPH), currency=SETTINGS), SETTINGS)  # type: ignore[arg-type]
    operator.open(runtime)  # type: ignore[arg-type]
    return operator


def compared(operator: ParseByRates, runtime: Runtime, event_id: str) -> float:
    ((_, trail),) = operator.process_element(line(event_id), runtime)  # type: ignore[arg-type]
    return CODEC.event(trail).comparable


def test_a_rate_holds_from_the_next_event_on_and_after_a_restart() -> None:
    runtime = Runtime()
    operator = by_rates(runtime)
    assert math.isnan(compared(operator, runtime, "e1"))
    tell(operator, runtime, change(rule(), 1), change(rate(worth=0.25), 2))
    assert compared(operator, runtime, "e2") == 2000.0
    assert list(runtime.states["control"]) == ["rate:JPY"], "nothing else is kept here"
    assert compared(by_rates(runtime), runtime, "e3") == 2000.0
    tell(operator, runtime, change(GONE, 3))
    assert math.isnan(compared(operator, runtime, "e4"))


def test_the_parser_of_one_task_compares_by_the_rates_that_it_judges_by() -> None:
    found: list[float] = []

    class Stages:
        """A way to the stages that keeps nothing."""

        def open(self, runtime: Any) -> None:
            approve.open(runtime)

        def take(self, trail: Trail) -> Any:
            found.append(trail.event.comparable)
            return (), approve.row(CODEC.encode(trail), trail.event)

    runtime, approve = Runtime(), Approve(GRAPH, POLICY, None)
    control = ControlState(GRAPH, POLICY, APPLIED, currency=SETTINGS)
    operator = ParseUnderControl(Parse(GRAPH, None, Stages(), currency=SETTINGS), approve, control)  # type: ignore[arg-type]
    operator.open(runtime)  # type: ignore[arg-type]
    assert len(list(operator.process_element(line("e1"), runtime))) == 1  # type: ignore[arg-type]
    tell(operator, runtime, change(rate(worth=0.25), 1))
    _, *echoes = operator.process_element(line("e2"), runtime)  # type: ignore[arg-type]
    assert [json.loads(text)["first_event"]["event_id"] for _, text in echoes] == ["e2"]
    assert math.isnan(found[0])
    assert found[1:] == [2000.0]
