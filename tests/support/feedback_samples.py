"""Incidents with summaries in the store, and corrections that say what their evidence holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.summaries.summary import Draft
from domain.summaries.template_writer import template_summary
from ops.cases.store import Store
from tests.support.case_samples import put_case
from tests.support.fence_samples import FARM

LLM = {"name": "llm", "model": "tiny", "prompt": "0a1b2c3d", "retries": 0}
CORRECTION = Draft(
    "Device farm: {F9}, {F5}",
    "{F9} raised {F1} within {F8}. There is {F11}. Flagged orders come to {F5}.",
    "device farm",
    ("block_accounts", "look_up_device"),
)
"""Of `FARM`."""


def summed_up(incident: Mapping[str, Any] = FARM, writer: Mapping[str, Any] = LLM) -> dict[str, Any]:
    """What a summary adds to an incident, and what it is made of."""
    told = template_summary(incident).text.to_document()
    its = {name: incident[name] for name in ("evidence", "action", "severity", "kind", "money_at_risk", "participants", "alerts")}
    return {**its, **told, "writer": dict(writer)}


def put_summed_up(store: Store, number: int = 0, incident: Mapping[str, Any] = FARM, **changes: Any) -> str:
    """Put an incident with a summary into the store and return its id."""
    return put_case(store, number, **{**summed_up(incident), **changes}).replace("case-", "inc-")
