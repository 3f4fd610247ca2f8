"""Incidents and the language model: what analysts get, who writes it, and what it costs."""

from __future__ import annotations

from deploy.grafana.dashboard import Dashboard, Panel, Query
from deploy.grafana.metric import of_job, rate

_SUMMARIES = of_job("summaries", "writer")

INCIDENTS = Dashboard(
    "incidents",
    "ringwatch: incidents and language model",
    "What analysts get, who writes it, and what it costs.",
    (
        (
            Panel("Alerts", "Events a minute that are flagged and written to Redis.", (Query(f"60 * {rate(of_job('alerts'))}", "alerts"),)),
            Panel(
                "Revisions of incidents",
                "In an hour. Overflow is what the analysts' hour does not hold: a ring attack, or a bad model.",
                (Query(f"sum by (status) (increase({of_job('incident_revisions', 'status')}[1h]))", "{{status}}"),),
                stacked=True,
            ),
        ),
        (
            Panel(
                "Who wrote the summaries",
                "In an hour.",
                (Query(f"sum by (writer) (increase({_SUMMARIES}[1h]))", "{{writer}}"),),
                stacked=True,
            ),
            Panel(
                "Why the template wrote",
                "Revisions in an hour.",
                (Query(f"sum by (reason) (increase({of_job('llm_fallbacks', 'reason')}[1h]))", "{{reason}}"),),
                stacked=True,
            ),
            Panel("Circuit", "1 while the endpoint is left alone.", (Query(f"max({of_job('llm_circuit_open')})", "open"),), worse_at=1),
        ),
        (
            Panel(
                "Calls of the model",
                "In an hour. Retries above a third of the calls: the model does not fit the fence.",
                (
                    Query(f"sum(increase({of_job('llm_calls')}[1h]))", "calls"),
                    Query(f"sum(increase({of_job('llm_retries')}[1h]))", "retries"),
                    Query(f"sum(increase({of_job('llm_cached')}[1h]))", "taken from what was there"),
                ),
            ),
            Panel(
                "Tokens",
                "In an hour.",
                (
                    Query(f"sum(increase({of_job('llm_input_tokens')}[1h]))", "in"),
                    Query(f"sum(increase({of_job('llm_output_tokens')}[1h]))", "out"),
                ),
            ),
            Panel(
                "Money",
                "Of a day, in the currency of the prices in the settings.",
                (Query(f"sum(increase({of_job('llm_cost_micros')}[1d])) / 1e6", "a day"),),
            ),
        ),
        (
            Panel(
                "Summaries that people changed",
                "Share of those rated in 30 days, by model and prompt.",
                (Query("max by (model, prompt) (ringwatch_summaries_changed_share)", "{{model}} {{prompt}}"),),
                "percentunit",
            ),
            Panel(
                "Asked of the shop",
                "In the last hour, and what was left undone because a budget was spent.",
                (
                    Query("max(ringwatch_actions_hour_blocks)", "blocks"),
                    Query("max(ringwatch_actions_hour_pauses)", "holds and second factors"),
                    Query("max(ringwatch_actions_hour_undone)", "left undone"),
                ),
            ),
            Panel(
                "Lake behind its streams",
                "By table.",
                (Query("max by (table) (ringwatch_lake_behind_seconds)", "{{table}}"),),
                "s",
                worse_at=600,
            ),
        ),
    ),
)
