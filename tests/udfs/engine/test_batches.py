"""Batches of trails as bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from udfs.engine.batches import batch_of, trails_of

LONG = some.integers(-(1 << 63), (1 << 63) - 1)


@given(some.lists(some.tuples(LONG, LONG, some.binary(max_size=300))))
def test_what_goes_into_a_batch_comes_out_of_it(trails: list[tuple[int, int, bytes]]) -> None:
    assert [tuple(trail) for trail in trails_of(batch_of(trails))] == trails


def test_the_bytes_are_those_of_java() -> None:
    assert batch_of([(258, -1, b"ab")]) == b"\0\0\0\0" + b"\2\1" + b"\0" * 6 + b"\xff" * 8 + b"\2\0\0\0ab"
