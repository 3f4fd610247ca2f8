"""A metric group without Flink."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


class Group:
    """A metric group that keeps its counts, and asks its gauges, as `name` or `name{label=value}`."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.gauges: dict[str, Callable[[], int]] = {}

    def read(self) -> dict[str, int]:
        """All metrics as they are now."""
        return self.counts | {key: value() for key, value in self.gauges.items()}

    def counter(self, name: str, labels: str = "") -> Any:
        key = name + labels
        self.counts[key] += 0

        def inc(by: int = 1) -> None:
            self.counts[key] += by

        return SimpleNamespace(inc=inc)

    def add_group(self, label: str, value: str) -> Any:
        labels = f"{{{label}={value}}}"
        return SimpleNamespace(counter=lambda name: self.counter(name, labels), gauge=lambda name, of: self.gauge(name, of, labels))

    def gauge(self, name: str, value: Callable[[], int], labels: str = "") -> None:
        assert name + labels not in self.gauges
        self.gauges[name + labels] = value
