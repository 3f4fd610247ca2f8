"""The form of a model's answer: the schema that asks for it, and how it is read. The validator checks what
it says.

The answer for one incident is a draft. For several it is a list, keyed by incident. There the fact ids of
the n-th incident begin at n hundreds (F101, F201, ...): a text that cites a fact of another incident is
found out.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from domain.summaries.summary import PATTERNS, Draft
from domain.summaries.thoughts import spoken
from domain.summaries.wanted import values_of, wanted_one, wanted_several

# per incident: the bounds of a summary, several times over; a longer answer is not read
ANSWER_CHARS = 16_000
_CITATION = re.compile(r"\bF(\d+)\b", re.ASCII)
_FACTS_PER_INCIDENT = 100  # an evidence pack of its size cannot hold so many

_PROPERTIES: dict[str, Any] = {
    "headline": {"type": "string"},
    "explanation": {"type": "string"},
    "pattern": {"type": "string", "enum": list(PATTERNS)},
    "next_steps": {"type": "array", "items": {"type": "string"}},
}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    # OpenAI's strict mode wants every property required and refuses unknown keywords; the validator checks
    # lengths
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


def schema_of(incidents: int) -> dict[str, Any]:
    """Return the JSON schema of the answer for so many incidents."""
    if incidents == 1:
        return _object(_PROPERTIES)
    item = _object({"incident": {"type": "string"}, **_PROPERTIES})
    return _object({"summaries": {"type": "array", "items": item}})


def key_of(incident: Mapping[str, Any]) -> str:
    """Return the name of an incident document within a call: id and revision, because two revisions may wait
    together.
    """
    return f"{incident['id']}.{incident['revision']}"


def first_fact_of(position: int) -> int:
    """Return what is added to the fact numbers of the incident at `position` (from 0) of several."""
    return (position + 1) * _FACTS_PER_INCIDENT


def decoded(answer: str, incidents: int = 1) -> Any:
    """Return the JSON object of an answer for so many incidents, whatever the model has written around it.

    For one incident it is the last object with the fields of a summary. For several it is
    {"summaries": [item, ...]}, with those items of an answer that are whole. Raises ValueError where there is
    none.
    """
    text = spoken(answer)
    if len(text) > ANSWER_CHARS * incidents:
        raise ValueError(f"the answer has {len(text)} characters, at most {ANSWER_CHARS * incidents} are read")
    values = values_of(text)
    wanted = wanted_one(values, _PROPERTIES) if incidents == 1 else wanted_several(values, _PROPERTIES)
    if wanted is None:
        raise ValueError(f"the answer is not one JSON object with {', '.join(_PROPERTIES)}")
    return wanted


def draft_of(value: object) -> tuple[Draft | None, list[str]]:
    """Read a draft from decoded JSON; return it, or None with what is wrong with its shape."""
    if not isinstance(value, dict):
        return None, ["the answer is not a JSON object"]
    fields = Draft.__slots__
    complaints = [f"{name} is missing" for name in fields if name not in value]
    complaints += [f"{str(name)[:40]} is not a field of a summary" for name in value if name not in fields]
    complaints += [f"{n} is not a string" for n in fields[:3] if n in value and not isinstance(value[n], str)]
    steps = value.get("next_steps", [])
    if not isinstance(steps, list) or not all(isinstance(step, str) for step in steps):
        complaints.append("next_steps is not a list of strings")
    if complaints:
        return None, complaints
    return Draft(value["headline"], value["explanation"], value["pattern"], tuple(steps)), []


def drafts_of(answer: str, incidents: Sequence[Mapping[str, Any]]) -> list[Draft | None]:
    """Read the answer for several incidents; None where there is no draft, more than one, or one with
    another's facts.
    """
    try:
        value = decoded(answer, len(incidents))
    except ValueError:
        return [None] * len(incidents)
    items = value.get("summaries") if isinstance(value, dict) else None
    items = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    times = Counter(str(item.get("incident")) for item in items)
    by_key = {str(item.pop("incident", None)): item for item in items}
    drafts = []
    for position, incident in enumerate(incidents):
        key = key_of(incident)
        draft = draft_of(by_key[key])[0] if times[key] == 1 else None
        drafts.append(_with_own_ids(draft, first_fact_of(position)) if draft else None)
    return drafts


def _with_own_ids(draft: Draft, first: int) -> Draft | None:
    """Return `draft` with the fact ids of its incident's evidence, None if it cites others."""
    texts = (draft.headline, draft.explanation, *draft.next_steps)
    cited = [int(number[:9]) for text in texts for number in _CITATION.findall(text)]
    if not all(first < number < first + _FACTS_PER_INCIDENT for number in cited):
        return None
    headline, explanation, *steps = (_CITATION.sub(lambda match: f"F{int(match[1]) - first}", text) for text in texts)
    return Draft(headline, explanation, draft.pattern, tuple(steps))
