"""What Flink gives an operator, as plain objects: state, timers, metrics; and the stages driven by hand."""

from __future__ import annotations

import json
import pickle
import time
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from domain.decisions.policy import PolicySettings
from domain.graph import GraphSettings
from domain.incidents.assignment import AlertAssigned
from domain.memory.trail import TrailCodec
from ops.redis.settings import RedisSettings
from tests.support.incident_samples import START, alert
from udfs.engine.batches import batch_of, trails_of
from udfs.engine.keys import ONE_PLACE

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from pyflink.common import Row, Types
    from pyflink.datastream import OutputTag, TimeDomain

    from udfs.approve import Approve
    from udfs.engine.stage_state import StageState
    from udfs.parse import Parse
    from udfs.stage import Stage
    from udfs.to_stages import SendToFirstStage


KEY = "a key for the tests"


GRAPH = GraphSettings()


REJECTED = OutputTag("rejected", Types.STRING())


@dataclass
class Runtime:
    """RuntimeContext, metrics and keyed state at once; `key` is the key that the engine has set."""

    key: Any = None
    counts: Counter[str] = field(default_factory=Counter)
    state: dict[Any, bytes] = field(default_factory=dict)
    gauges: dict[str, Callable[[], int]] = field(default_factory=dict)
    maps: dict[str, MapRuntime] = field(default_factory=dict)

    def get_metrics_group(self) -> Runtime:
        return self

    get_metric_group = get_metrics_group  # as a FunctionContext calls it

    def add_group(self, label: str, value: str) -> Any:
        with_label = f"{{{label}={value}}}"
        gauge = lambda name, read: self.gauge(name + with_label, read)  # noqa: E731
        return SimpleNamespace(counter=lambda name: self.counter(name + with_label), gauge=gauge)

    def gauge(self, name: str, read: Callable[[], int]) -> None:
        self.gauges[name] = read

    def counter(self, name: str) -> Any:
        counts = self.counts

        class Count:
            def inc(self, by: int = 1) -> None:
                counts[name] += by

        return Count()

    def get_state(self, descriptor: Any) -> Runtime:
        return self

    def get_map_state(self, descriptor: Any) -> MapRuntime:
        return self.maps.setdefault(descriptor.name, MapRuntime())

    def value(self) -> bytes | None:
        return self.state.get(self.key)

    def update(self, value: bytes) -> None:
        assert isinstance(value, bytes)  # what PICKLED_BYTE_ARRAY is for
        self.state[self.key] = value

    def clear(self) -> None:
        self.state.pop(self.key, None)


class MapRuntime:
    """Keyed map state as PyFlink gives it; there is one key."""

    def __init__(self) -> None:
        self.entries: dict[Any, Any] = {}

    def get(self, key: Any) -> Any:
        return self.entries.get(key)

    def put(self, key: Any, value: Any) -> None:
        assert isinstance(value, str)
        self.entries[key] = value

    def remove(self, key: Any) -> None:
        self.entries.pop(key, None)

    def clear(self) -> None:
        self.entries.clear()

    def keys(self) -> Any:
        return self.entries.keys()


class Timers:
    """Context of a keyed function; keeps the timers that were asked for.

    `by_machine` are those of the machine's clock; `domain` is that of the timer which is called.
    """

    def __init__(self) -> None:
        self.asked: set[int] = set()
        self.by_machine: set[int] = set()
        self.domain = TimeDomain.PROCESSING_TIME

    def timer_service(self) -> Timers:
        return self

    def register_event_time_timer(self, time_ms: int) -> None:
        self.asked.add(time_ms)

    def delete_event_time_timer(self, time_ms: int) -> None:
        self.asked.discard(time_ms)

    def register_processing_time_timer(self, time_ms: int) -> None:
        self.by_machine.add(time_ms)

    def time_domain(self) -> TimeDomain:
        return self.domain


class RecordsOf:
    """`ManyRecords` over the state of a `Runtime`."""

    def __init__(self, runtime: Runtime) -> None:
        self._state = runtime.state

    def read(self, keys: Collection[int]) -> dict[int, bytes | None]:
        return {key: self._state.get(key) for key in keys}

    def write(self, records: Mapping[int, bytes | None], goes_on: Sequence[Any]) -> list[Any]:
        for key, record in records.items():
            if record is None:
                self._state.pop(key, None)
            else:
                self._state[key] = record
        return list(goes_on)


class Graph:
    """Parse and the stages in a row, as the topology wires them, each shipped to its worker."""

    def __init__(self, graph: GraphSettings = GRAPH, approve: Approve | None = None) -> None:
        self.parse_runtime = Runtime()
        self.runtimes = [Runtime() for _ in graph.stages]
        # a tag's type is shipped by Flink itself
        self.parse = pickle.loads(pickle.dumps(Parse(graph, None, SendToFirstStage(graph))))
        self.parse._rejected = REJECTED
        self.parse.open(self.parse_runtime)
        approving = [None] * (len(graph.stages) - 1) + [approve or Approve(graph, PolicySettings(), None)]
        self.stages = list[Stage]()
        for position, (runtime, one) in enumerate(zip(self.runtimes, approving, strict=True)):
            stage = opened(Stage(graph, position, approve=one), runtime)
            stage._kept, stage._records = StageState(graph, position, runtime), RecordsOf(runtime)  # type: ignore[arg-type]
            self.stages.append(stage)
        self.rejected: list[dict[str, Any]] = []

    def take(self, *lines: bytes | None) -> list[Row]:
        """What leaves the last stage for some lines, one batch; None is a Kafka record without a value."""
        batch = self.parsed(*lines)
        for position in range(len(self.stages) - 1):
            batch = self.passed(position, batch)
        return [Row(*fields) for _, fields in self.stages[-1]._process(batch)]

    def parsed(self, *lines: bytes | None) -> bytes:
        """The batch on its way to the first stage."""
        rows = list[Row]()
        for one in lines:
            for found in self.parse.process_element(None if one is None else one.decode("latin-1"), None):
                if isinstance(found, tuple):
                    assert found[0] is REJECTED
                    self.rejected.append(json.loads(found[1]))
                else:
                    rows.append(found)
        return batch_of((turn, key, trail) for turn, (key, trail) in enumerate(rows))

    def passed(self, position: int, batch: bytes) -> bytes:
        """The batch on its way to the next stage."""
        assert all(-(1 << 63) <= one.key < 1 << 63 for one in trails_of(batch))
        (batch,) = self.stages[position]._process(batch) or [batch_of([])]
        turns = [trail.turn for trail in trails_of(batch)]
        assert turns == sorted(set(turns))
        return batch


def timeless(trail: bytes) -> bytes:
    """The trail without the time at which it came in, which the replay does not note."""
    codec = TrailCodec(GRAPH)
    decoded = codec.decode(trail)
    assert abs(time.time() * 1000 - decoded.entered_ms) < 60_000
    decoded.entered_ms = 0
    return codec.encode(decoded)


def line(**changes: Any) -> bytes:
    event = {"event_id": "e1", "event_type": "order", "event_time": START, "account_id": "u1", "amount": 5, "currency": "EUR"}
    return json.dumps({**event, "device_fingerprint": "d1", "address": "1 Main St", "ip": "10.0.0.1", **changes}).encode()


def entries(client: Any, settings: RedisSettings, name: str) -> list[dict[str, str]]:
    return [fields for _, fields in client.xrange(f"{settings.prefix}{name}")]


def opened(operator: Any, runtime: Runtime) -> Any:
    shipped = pickle.loads(pickle.dumps(operator))
    shipped.open(runtime)
    return shipped


def assigned(number: int, time_ms: int = START, ring: str = "ring", **changes: Any) -> str:
    return json.dumps(AlertAssigned(ring, time_ms, alert(number, time_ms, **changes)).to_document())


def documents(rows: Iterable[Row]) -> list[dict[str, Any]]:
    found = [tuple(row) for row in rows]
    assert {place for place, _ in found} <= {ONE_PLACE}
    return [json.loads(text) for _, text in found]
