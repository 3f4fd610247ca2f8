"""What Prometheus reads of the summaries that people rate: numbers of the store, by model and prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ops.cases.feedback.numbers import DraftNumbers

DAYS = 30
"""Of how many days ratings are counted."""
_TIME = f"in the last {DAYS} days"
_LABELS = ("model", "prompt")


class Drafts(Collector):
    """Gauges of rated and changed summaries. Of at most 20 models and prompts: labels are bounded."""

    def __init__(self, numbers: Callable[[], Sequence[DraftNumbers]]) -> None:
        self._numbers = numbers

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Return nothing: the store is not asked before somebody reads the metrics."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the gauges."""
        try:
            found = self._numbers()
        except Exception:  # the store is away, which /readyz says
            return
        rated = GaugeMetricFamily("ringwatch_summaries_rated", f"Summaries that people rated {_TIME}.", labels=_LABELS)
        changed = GaugeMetricFamily("ringwatch_summaries_changed", f"Those of them that people changed {_TIME}.", labels=_LABELS)
        share = GaugeMetricFamily(
            "ringwatch_summaries_changed_share", f"Share of rated summaries that were changed {_TIME}.", labels=_LABELS
        )
        for one in found:
            names = (one.model, one.prompt)
            rated.add_metric(names, one.rated)
            changed.add_metric(names, one.changed)
            share.add_metric(names, one.share)
        yield from (rated, changed, share)
