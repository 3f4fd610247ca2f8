"""The trail on the wire."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events.event import Event
from domain.graph import LABEL_CODE, GraphSettings
from domain.memory.trail import NO_SUMMARY, WITHDRAWN, Trail, TrailCodec, id_hash, is_label
from domain.step import Step
from tests.support.event_histories import START, key_of, make_event

GRAPH = GraphSettings(entities=("account", "device"), numeric_attributes=("a", "b"), categorical_attributes=("c",))
KEYS = st.integers(0, 2**64 - 1)
TIMES = st.integers(-1, 2**62)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=128)
EVENTS = st.builds(
    Event,
    event_id=TEXTS,
    type_code=st.integers(0, LABEL_CODE),
    time_ms=TIMES,
    entities=st.tuples(KEYS, KEYS),
    id_hash=KEYS,
    amount=st.floats(0, 1e12) | st.just(math.nan),
    currency=st.sampled_from(["", "EUR"]),
    created_ms=TIMES,
    subject_hash=KEYS,
    is_fraud=st.booleans() | st.none(),
    numeric=st.tuples(st.floats(allow_infinity=False), st.floats(allow_infinity=False)),
    categorical=st.tuples(st.integers(0, 2**32 - 1)),
    places=st.tuples(KEYS),
    source=st.integers(0, 255),
    rate=st.floats(1e-9, 1e9),
)
RINGS = st.tuples(KEYS, KEYS, KEYS).map(list)
SUMMARIES = st.tuples(*[st.floats(0, 100, width=32)] * 6)
BLOCKS = st.lists(st.just((b"", NO_SUMMARY)) | st.tuples(st.binary(min_size=1, max_size=8192), SUMMARIES), max_size=2)


@settings(deadline=None)
@given(EVENTS, st.floats(-20, 20, width=32), BLOCKS, RINGS)
def test_a_trail_survives_the_wire(event: Event, z: float, blocks: list[tuple[bytes, tuple[float, ...]]], rings: list[int]) -> None:
    codec = TrailCodec(GRAPH)
    trail = Trail(event, z)
    trail.rings = rings
    for record, summary in blocks:
        trail.add(record, summary)
    data = codec.encode(trail)
    back = codec.decode(data)
    assert repr(back.event) == repr(event)  # by text, for NaN
    assert (back.z, back.rings, back.blocks, back.summaries) == (z, rings, trail.blocks, trail.summaries)
    assert codec.encode(back) == data
    assert repr(codec.event(data)) == repr(event)
    assert list(codec.rings(data)) == rings
    assert [codec.key(data, stage) for stage in range(3)] == [event.key(stage) for stage in range(3)]
    assert (id_hash(data), is_label(data)) == (event.id_hash, event.is_label)


@settings(deadline=None)
@given(EVENTS)
def test_numpy_reads_the_same_head(event: Event) -> None:
    codec = TrailCodec(GRAPH)
    data = codec.encode(Trail(event, 1.5))
    head = np.frombuffer(data[: codec.head_bytes], codec.head_dtype)[0]
    assert (head["type"], head["is_fraud"], head["source"], head["time"], head["created"]) == (
        event.type_code,
        WITHDRAWN if event.is_fraud is None else event.is_fraud,
        event.source,
        event.time_ms,
        event.created_ms,
    )
    assert (head["id_hash"], head["subject_hash"], head["z"]) == (event.id_hash, event.subject_hash, 1.5)
    assert np.array_equal([head["amount"], head["given"]], [event.amount * event.rate, event.amount], equal_nan=True)
    assert (head["rate"], head["unit"]) == (event.rate, 0)
    assert tuple(head["entities"]) == event.entities
    assert tuple(head["categorical"]) == event.categorical
    assert np.array_equal(head["numeric"], event.numeric, equal_nan=True)
    assert head["id_bytes"] == len(event.event_id.encode())


@pytest.mark.parametrize(
    "kinds", [("account",), ("account", "merchant"), ("account", "device", "address", "merchant", "payment", "email", "ip")]
)
def test_any_graph_has_a_codec(kinds: tuple[str, ...]) -> None:
    graph = GraphSettings(entities=kinds)
    step, codec = Step(graph), TrailCodec(graph)
    states: list[dict[int, bytes]] = [{} for _ in kinds]
    for number in range(3):
        trail = step(make_event(f"o{number}", 2, START + number, tuple(key_of(kind, 0) for kind in range(len(kinds))), 5.0), states)
    assert trail is not None
    back = codec.decode(codec.encode(trail))
    assert back.blocks == trail.blocks
    assert all(trail.blocks)


def test_a_label_travels_without_blocks() -> None:
    graph = GraphSettings()
    step, codec = Step(graph), TrailCodec(graph)
    states: list[dict[int, bytes]] = [{}, {}, {}]
    keys = (key_of(0, 0), key_of(1, 0), key_of(2, 0))
    step(make_event("o", 2, START, keys, 5.0), states)
    trail = step(make_event("l", LABEL_CODE, START + 1, keys, subject="o", is_fraud=True), states)
    assert trail is not None
    data = codec.encode(trail)
    assert len(data) == codec.head_bytes + 1
    assert codec.decode(data).blocks == []
    assert codec.decode(data).event.is_fraud
