"""How far scores and inputs have moved, as numbers that go up and down."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyflink.metrics import MetricGroup

NAMES = ("score_psi_milli", "inputs_drifted", "card_precision_milli")


class HealthMetrics:
    """Flink counters, also where a number falls: in thread mode Python gauges are a race."""

    def __init__(self, group: MetricGroup) -> None:
        self._counters = {name: group.counter(name) for name in NAMES}
        self._shown = dict.fromkeys(NAMES, 0)

    def show(self, name: str, value: int) -> None:
        """Show the number as it is now."""
        self._counters[name].inc(value - self._shown[name])
        self._shown[name] = value
