"""Keys as Flink takes them."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events.identity import Pseudonyms
from domain.memory.trail import TrailCodec
from udfs.engine.keys import as_long, stage_key

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")

from tests.support.operator_runtime import GRAPH, KEY, Graph, line

pytestmark = pytest.mark.usefixtures("operator_environment")


@given(st.integers(0, 2**64 - 1))
def test_keys_are_java_longs_and_lose_nothing(key: int) -> None:
    signed = as_long(key)
    assert -(1 << 63) <= signed < 1 << 63
    assert signed % (1 << 64) == key
    assert signed.to_bytes(8, "little", signed=True) == key.to_bytes(8, "little")


def test_stage_key_is_the_pseudonym_of_the_entity() -> None:
    codec, names = TrailCodec(GRAPH), Pseudonyms(KEY.encode())
    ((_, trail),) = Graph().parse.process_element(line().decode(), None)
    decoded = codec.decode(trail)
    expected = [names.of("account", "u1"), names.of("device", "d1"), names.of("address", "1 Main St"), names.of("ip", "10.0.0.1")]
    assert [stage_key(decoded.event.key(position), decoded.event.id_hash) for position in range(4)] == [as_long(key) for key in expected]
