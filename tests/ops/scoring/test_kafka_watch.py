"""A record of the topic of decisions that is none is passed over, and holds up none of those beside it."""

from __future__ import annotations

import pytest

from ops.scoring.kafka_watch import _decision


@pytest.mark.parametrize(
    "value",
    [
        b'{"entities": {"account": "a"}, "event_id": ["e"]}', b'{"entities": {"account": {}}, "event_id": "e"}', b'{"event_id": "e"}',
        b"[" * 100_000, b"\xff", b"7", None,
    ],
)  # fmt: skip
def test_a_record_that_is_no_decision_is_none(value: object) -> None:
    assert _decision(value) is None


def test_a_decision_is_read() -> None:
    text = b'{"entities": {"account": "a"}, "event_id": "e"}'
    assert _decision(text) == ("a", "e", text)
