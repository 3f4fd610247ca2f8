"""Two URLs of one place are the same, however they are written."""

from __future__ import annotations

import pytest

from flink_job.settings.same_place import is_same_place


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("redis:decisions", "redis:decisions?partitions=4", True),
        ("redis:decisions", "redis:decisions2", False),
        ("kafka://broker/decisions", "kafka://BROKER:9092/decisions", True),
        ("kafka://broker/decisions", "kafka://broker:9093/decisions", False),
        ("kafka://broker/decisions", "kafka://other,broker:9092/decisions", True),
        ("kafka://broker/decisions", "kafka://broker/alerts", False),
        ("file:run/decisions", "file:run/decisions/", True),
        ("file:/run/decisions", "file:///run/decisions", True),
        ("file:decisions", "redis:decisions", False),
    ],
)
def test_places(one: str, other: str, same: bool) -> None:
    assert is_same_place(one, other) is is_same_place(other, one) is same
