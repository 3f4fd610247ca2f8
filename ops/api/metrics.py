"""What Prometheus reads of the service. Labels are bounded: a route's template, never a path."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from ops.api.action_metrics import ActionGauges
from ops.api.draft_metrics import Drafts
from ops.api.trial_metrics import TrialsEnded
from ops.scoring.answers import WHYS

if TYPE_CHECKING:
    from ops.cases.action_list import LastHour
    from ops.cases.feedback.numbers import DraftNumbers
    from ops.scoring.scoring import Scoring

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0)
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class Metrics:
    """The metrics of one app, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "ringwatch_http_request_seconds",
            "Time from a request's headers to the end of its answer.",
            ["method", "route", "status"],
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.open_requests = Gauge("ringwatch_http_requests_open", "Requests that are being answered.", registry=self.registry)
        self.fallbacks = Counter(
            "ringwatch_score_fallbacks", "Scores answered with the fallback decision.", ["reason"], registry=self.registry
        )
        self.scores = Histogram(
            "ringwatch_score_wait_seconds",
            "Time from a score's arrival to its answer, by what that was.",
            ["outcome"],
            registry=self.registry,
            buckets=_SECONDS,
        )

    def follow(self, scoring: Scoring) -> None:
        """Take over what the engine of scores does."""
        scoring.observe = self._scored
        for name, text, value in (
            ("waiting", "Requests that wait for a decision.", lambda: scoring.waiting),
            ("unsent", "Events and labels that wait to be sent.", lambda: scoring.unsent),
            ("late_seconds", "By how much this process was late itself in the last seconds, at worst.", lambda: scoring.late_s),
            ("away_seconds", "For how long events cannot be sent or decisions not be read.", lambda: scoring.away_s),
        ):
            Gauge(f"ringwatch_score_{name}", text, registry=self.registry).set_function(value)

    def follow_store(self, lag_s: Callable[[], float]) -> None:
        """Show how far the store is behind the streams; NaN while that cannot be known."""

        def shown() -> float:
            try:
                return lag_s()
            except Exception:  # Redis or the store is away, which /readyz says
                return math.nan

        text = "Age of the oldest entry of the streams that the store has not taken."
        Gauge("ringwatch_store_lag_seconds", text, registry=self.registry).set_function(shown)

    def follow_drafts(self, numbers: Callable[[], Sequence[DraftNumbers]]) -> None:
        """Show how many summaries were rated and changed; nothing while the store is away."""
        self.registry.register(Drafts(numbers))

    def follow_trials(self, ended: Callable[[], Mapping[str, int]], every_days: float) -> None:
        """Show when trials of new models on schedule ended last; nothing while the store is away."""
        self.registry.register(TrialsEnded(ended, every_days))

    def follow_actions(self, hour: Callable[[], LastHour]) -> None:
        """Show what was done, and left undone, in the last hour; nothing while the store is away."""
        self.registry.register(ActionGauges(hour))

    def _scored(self, outcome: str, waited_s: float) -> None:
        self.scores.labels(outcome).observe(waited_s)
        if outcome in WHYS:
            self.fallbacks.labels(outcome).inc()

    def text(self) -> bytes:
        """Return all of them in Prometheus' text format."""
        return generate_latest(self.registry)
