"""Detection: what is decided, by which model and rules, and how well?"""

from __future__ import annotations

from deploy.grafana.dashboard import Dashboard, Panel, Query
from deploy.grafana.metric import of_job, quantile, rate

_DECISIONS = of_job("decisions", "decision")
_JUDGED = of_job("labels_judged", "outcome")
_ALARMS = f'sum(increase({_JUDGED}{{outcome=~"true_alarm|false_alarm"}}[7d]))'
_SCORES = of_job("score_bucket", "le")

DETECTION = Dashboard(
    "detection",
    "ringwatch: detection",
    "What is decided, by which model and rules, and how well?",
    (
        (
            Panel(
                "Decisions",
                "Events a second. Three times as many blocks as the day before is an attack, or a model or feed that went wrong.",
                (Query(rate(_DECISIONS, by="decision"), "{{decision}}"),),
                "reqps",
                stacked=True,
            ),
            Panel(
                "Flagged",
                "Share of the events that are investigated or blocked.",
                (Query(rate(_DECISIONS, where='decision!="approve"') + f" / {rate(_DECISIONS)}", "flagged"),),
                "percentunit",
            ),
        ),
        (
            Panel(
                "Score",
                "Quantiles; a median that moves is drift.",
                tuple(Query(quantile(share, _SCORES), f"p{100 * share:g}") for share in (0.5, 0.9, 0.99)),
                "percentunit",
            ),
            Panel(
                "Drift",
                "How far the score has drifted above the noise. Above 0.25 for a day: train again?",
                (
                    Query(f"max({of_job('score_psi_milli')}) / 1000", "of the score"),
                    Query(f"max({of_job('inputs_drifted')})", "inputs that have drifted"),
                ),
                worse_at=0.25,
            ),
        ),
        (
            Panel(
                "Precision of the alarms",
                "Of a week's labelled alarms, how many are frauds, beside what the model's card expects.",
                (
                    Query(f'sum(increase({_JUDGED}{{outcome="true_alarm"}}[7d])) / {_ALARMS}', "seen"),
                    Query(f"max({of_job('card_precision_milli')}) / 1000", "expected"),
                ),
                "percentunit",
            ),
            Panel("Labels", "What they said of the decision.", (Query(rate(_JUDGED, "1h", by="outcome"), "{{outcome}}"),), "reqps"),
        ),
        (
            Panel(
                "Rules",
                "Firings a second of rules of control records; one in shadow decides nothing.",
                (Query(rate(of_job("rules_fired", "mode"), by="mode"), "{{mode}}"),),
                "reqps",
            ),
            Panel(
                "Model in shadow",
                "Where it would have decided otherwise: what was decided, and what it would have.",
                (Query(rate(of_job("shadow_decisions", "pair"), by="pair"), "{{pair}}"),),
                "reqps",
            ),
        ),
        (
            Panel(
                "Control records",
                "What became of them in an hour.",
                (Query(f"sum by (outcome) (increase({of_job('control_records', 'outcome')}[1h]))", "{{outcome}}"),),
            ),
            Panel(
                "Models",
                "Taken over, refused, and not loaded, in an hour.",
                (
                    Query(f"sum(increase({of_job('models_admitted')}[1h]))", "taken over"),
                    Query(f"sum(increase({of_job('models_refused')}[1h]))", "refused"),
                    Query(f"sum(increase({of_job('model_load_failures')}[1h]))", "not loaded"),
                ),
            ),
            Panel("Waves", "Found in an hour.", (Query(f"sum(increase({of_job('waves')}[1h]))", "waves"),)),
        ),
    ),
)
