"""The service: who asks, what is answered, and how soon?"""

from __future__ import annotations

from deploy.grafana.dashboard import Dashboard, Panel, Query
from deploy.grafana.metric import quantile, rate

REQUESTS = "ringwatch_http_request_seconds"
SCORES = "ringwatch_score_wait_seconds"

SERVICE = Dashboard(
    "service",
    "ringwatch: the service",
    "Who asks, what is answered, and how soon?",
    (
        (
            Panel("Scores", "A second.", (Query(rate(f"{SCORES}_count"), "scores"),), "reqps", "stat"),
            Panel("Score within, 99%", "As the shop waits.", (Query(quantile(0.99, f"{SCORES}_bucket"), "p99"),), "s", "stat", worse_at=1),
            Panel("Requests open", "Being answered now.", (Query("sum(ringwatch_http_requests_open)", "open"),), kind="stat"),
            Panel(
                "Store behind",
                "Age of the oldest entry that the store has not taken.",
                (Query("max(ringwatch_store_lag_seconds)", "lag"),),
                "s",
                "stat",
                worse_at=120,
            ),
        ),
        (
            Panel(
                "Answers to scores",
                "A second: the decision, one that was known, or why a fallback was given.",
                (Query(rate(f"{SCORES}_count", by="outcome"), "{{outcome}}"),),
                "reqps",
                stacked=True,
            ),
            Panel(
                "Time to a score",
                "From its arrival to its answer.",
                tuple(Query(quantile(share, f"{SCORES}_bucket"), f"p{100 * share:g}") for share in (0.5, 0.95, 0.99)),
                "s",
                worse_at=1,
            ),
        ),
        (
            Panel(
                "Fallbacks",
                "A second, by reason: the job gave no decision in time.",
                (Query(rate("ringwatch_score_fallbacks_total", by="reason"), "{{reason}}"),),
                "reqps",
                stacked=True,
            ),
            Panel(
                "Waiting",
                "Requests that wait for a decision; events and labels that are not in their stream yet.",
                (Query("sum(ringwatch_score_waiting)", "waiting"), Query("sum(ringwatch_score_unsent)", "not sent")),
            ),
            Panel(
                "Late and away",
                "By how much an instance is late itself; for how long events cannot be sent or decisions not be read.",
                (Query("max(ringwatch_score_late_seconds)", "late"), Query("max(ringwatch_score_away_seconds)", "away")),
                "s",
            ),
        ),
        (
            Panel(
                "Requests",
                "A second, by route.",
                (Query(f"topk(8, {rate(f'{REQUESTS}_count', by='route')})", "{{route}}"),),
                "reqps",
            ),
            Panel(
                "Answers by status",
                "A second.",
                (Query(rate(f"{REQUESTS}_count", by="status"), "{{status}}"),),
                "reqps",
                stacked=True,
            ),
            Panel(
                "Time to an answer, 99%",
                "By route.",
                (
                    Query(
                        f"topk(8, histogram_quantile(0.99, sum by (le, route) (rate({REQUESTS}_bucket[$__rate_interval]))))",
                        "{{route}}",
                    ),
                ),
                "s",
            ),
        ),
    ),
)
