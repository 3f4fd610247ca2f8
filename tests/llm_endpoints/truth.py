"""What a model that does as it is told writes about the incidents of a prompt: nothing but their facts."""

from __future__ import annotations

import json

from domain.incidents.pattern import pattern_of
from tests.llm_endpoints.asked import Asked, Data

_SENTENCES = (
    "There are {alerts} in this incident.",
    "{distinct_account} raised {alerts}.",
    "The first alert came on {first_time}.",
    "The last alert came on {last_time}.",
    "All of the alerts came within {duration}.",
    "The highest score is {score_max}.",
    "The alerts have {score_mean}.",
    "{distinct_account} raised {alerts} within {duration}.",
    "The alerts came between {first_time} and {last_time}.",
    "There are {alerts} with {score_mean} in this incident.",
)


def answer_to(asked: Asked) -> str:
    """The JSON text that answers a request: one summary, or a list if several were asked for."""
    if not asked.is_together:
        return json.dumps(summary_of(asked.incidents[0])) if asked.incidents else "{}"
    return json.dumps({"summaries": [{"incident": data["incident"], **summary_of(data)} for data in asked.incidents]})


def summary_of(incident: Data) -> Data:
    """A true summary of one incident of a prompt, with the ids of its facts where code puts their texts."""
    ids = {fact["name"]: f"{{{fact['id']}}}" for fact in incident["facts"]}
    return {
        "headline": f"Incident with {ids['alerts']}",
        "explanation": " ".join(sentence.format(**ids) for sentence in _SENTENCES),
        "pattern": pattern_of({fact["name"]: fact["value"] for fact in incident["facts"]}),
        "next_steps": ["review_strongest", "document"],
    }
