"""What a model that does as it is told writes about the incidents of a prompt: nothing but their facts."""

from __future__ import annotations

import json

from tests.llm_endpoints.asked import Asked, Data


def answer_to(asked: Asked) -> str:
    """The JSON text that answers a request: one summary, or a list if several were asked for."""
    if not asked.is_together:
        return json.dumps(summary_of(asked.incidents[0])) if asked.incidents else "{}"
    return json.dumps({"summaries": [{"incident": data["incident"], **summary_of(data)} for data in asked.incidents]})


def summary_of(incident: Data) -> Data:
    """A true summary of one incident of a prompt."""
    facts = {fact["name"]: fact for fact in incident["facts"]}
    alerts, first, last = facts["alerts"], facts["first_time"], facts["last_time"]
    return {
        "headline": f"Alerts of one ring: {alerts['value']} [{alerts['id']}]",
        "explanation": (
            f"The alerts of this ring belong together, and their number is {alerts['value']} [{alerts['id']}]. "
            f"The first of these alerts came at {first['value']} [{first['id']}]. "
            f"The last of these alerts came at {last['value']} [{last['id']}]. "
            "That is why an analyst has to look at the accounts of this ring and at the strongest events of it."
        ),
        "pattern": "unclear",
        "next_steps": ["Review the accounts of this ring by hand.", "Compare the strongest events with what the accounts did before."],
    }
