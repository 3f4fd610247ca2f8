"""A decision as the answer of GetEventPrediction.

`modelScores` has one score, `MODEL_insightscore`: 1000 times the calibrated probability of fraud, from 0 to
1000. `ruleResults` has one rule, whose outcome is the decision's: the control record's rule that decided, or
`policy`; `fallback` where no decision came in time, and then there is no score.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ops.fraud_detector.parts import Decided
from ops.fraud_detector.settings import FraudDetectorSettings

FULL_SCORE = 1000
VERSION = "1.0"
POLICY, FALLBACK = "policy", "fallback"
_MODEL_TYPES = {"signup": "ONLINE_FRAUD_INSIGHTS", "login": "ACCOUNT_TAKEOVER_INSIGHTS", "account_change": "ACCOUNT_TAKEOVER_INSIGHTS"}
_OTHER_TYPE = "TRANSACTION_FRAUD_INSIGHTS"


def prediction(decided: Decided, event_type: str, settings: FraudDetectorSettings) -> dict[str, Any]:
    """Return the answer's document."""
    document = decided.document
    outcome = getattr(settings.outcomes, document["decision"])
    return {
        "modelScores": [] if decided.is_fallback else [_model_scores(document, event_type, settings.model)],
        "ruleResults": [{"ruleId": FALLBACK if decided.is_fallback else _rule(document), "outcomes": [outcome]}],
        "externalModelOutputs": [],
    }


def _model_scores(document: Mapping[str, Any], event_type: str, model: str) -> dict[str, Any]:
    kind = _MODEL_TYPES.get(event_type, _OTHER_TYPE)
    return {
        "modelVersion": {"modelId": model, "modelType": kind, "modelVersionNumber": VERSION},
        "scores": {f"{model}_insightscore": round(FULL_SCORE * document["score"], 4)},
    }


def _rule(document: Mapping[str, Any]) -> str:
    """Return the first active rule that asked for the decision, else the policy."""
    fired = (rule for rule in document.get("rules") or () if rule["mode"] == "active" and rule["decision"] == document["decision"])
    return str(next((rule["id"] for rule in fired), POLICY))
