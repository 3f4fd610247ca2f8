"""What Prometheus reads of the actions of the last hour: numbers of the store, as the desk shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ops.cases.action_list import LastHour

_TEXTS = {
    "orders": "Events of the types that are acted on",
    "blocks": "Blocks",
    "pauses": "Holds and second factors",
    "spent": "Actions that became milder, or were left undone, because a budget was spent",
    "undone": "Of these, what was left undone: nothing was asked of the shop",
    "undone_blocks": "Decisions to block of which nothing was asked of the shop, because a budget was spent",
}


class ActionGauges(Collector):
    """Gauges of the last hour."""

    def __init__(self, hour: Callable[[], LastHour]) -> None:
        self._hour = hour

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Return nothing: the store is not asked before somebody reads the metrics."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the gauges."""
        try:
            hour = self._hour()
        except Exception:  # the store is away, which /readyz says
            return
        for name, text in _TEXTS.items():
            yield GaugeMetricFamily(f"ringwatch_actions_hour_{name}", f"{text}, in the last hour.", value=getattr(hour, name))
