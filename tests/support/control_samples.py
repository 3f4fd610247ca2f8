"""Control records for tests, as objects and as lines."""

from __future__ import annotations

import json
from typing import Any

from domain.control.changes import Change
from domain.control.in_force import ControlInForce
from domain.control.records import ControlRecord, control_record
from domain.events.identity import Pseudonyms
from domain.graph import GraphSettings
from domain.rules.names import RuleNames

GRAPH = GraphSettings()
KEY = b"a key for the tests"
PSEUDONYMS = Pseudonyms(KEY)
NAMES = RuleNames.of(GRAPH)
START = 1_790_000_000_000
BY = {"by": "analyst-7", "reason": "sign-up wave"}


def rule(record_id: str = "R7", version: int = 1, **changes: Any) -> dict[str, Any]:
    when = {"all": [{"field": "event_type", "is": "signup"}]}
    found = {"control": "rule", "id": record_id, "version": version, "state": "active", "when": when, "decision": "investigate"}
    return {**found, "text": "a sign-up", **BY, **changes}


def listed(record_id: str = "L1", version: int = 1, **changes: Any) -> dict[str, Any]:
    found = {"control": "list", "id": record_id, "version": version, "list": "block", "entity": "device:9c41aa00bb11cc22", **BY, **changes}
    return {name: value for name, value in found.items() if value is not None}


def switch(name: str = "auto_block", version: int = 1, on: bool = False, **changes: Any) -> dict[str, Any]:
    return {"control": "switch", "name": name, "version": version, "on": on, **BY, **changes}


def rate(currency: str = "JPY", version: int = 1, worth: float = 0.0057, **changes: Any) -> dict[str, Any]:
    return {"control": "rate", "id": currency, "version": version, "rate": worth, **BY, **changes}


def record(document: dict[str, Any]) -> ControlRecord:
    return control_record(json.dumps(document).encode(), NAMES, None, PSEUDONYMS)


def change(document: dict[str, Any], applied: int, model: str = "") -> Change:
    found = record(document)
    return Change(found.key, applied, START, found.document, model)


def in_force(*documents: dict[str, Any], model: str = "") -> ControlInForce:
    made = ControlInForce(GRAPH, PSEUDONYMS)
    for applied, document in enumerate(documents, 1):
        found = change(document, applied, model)
        made.apply(found.key, found.to_bytes())
    return made
