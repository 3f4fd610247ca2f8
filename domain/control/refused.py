"""What is shown of a refused control record: values of closed forms, no text that may be an identifier."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from domain.control.records import KINDS, MAX_PATH, MODEL, SHADOW_MODEL
from domain.decisions.effects import SWITCHES
from domain.events.event import Rejected
from domain.events.rejection import KEPT_RAW, rejection
from domain.graph import ENTITY_FIELDS
from domain.json_text import as_json
from domain.rules.conditions import DECISIONS, STATES
from domain.rules.record_fields import expiry_of, id_of, list_name_of, version_of

CONTROL = "control"
"""What `of` says in the document of a control line; that of an event has no `of`."""


def kind_in(line: bytes) -> str | None:
    """Return which kind of record a line names, even if it is refused; None if it names none of `KINDS`."""
    return _kind_of(_any_object(line))


def refused(line: bytes, why: Rejected, now_ms: int) -> dict[str, Any]:
    """Return the dead-letter document of a control line, which shows no value that may be an identifier."""
    found = _any_object(line)
    kept = {name: value for name, value in found.items() if name in _SHOWN and _holds(found, name)}
    return {**rejection(line, why, now_ms), "raw": as_json(kept)[:KEPT_RAW] if kept else "", "of": CONTROL}


def is_refusal(document: Mapping[str, Any]) -> bool:
    """Return whether a document of `rejected` is of a control line, not of an event that looks so."""
    return document.get("of") == CONTROL


def _any_object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _kind_of(document: Mapping[str, Any]) -> str | None:
    kind = document.get("control")
    return kind if isinstance(kind, str) and kind in KINDS else None


def _holds(document: Mapping[str, Any], name: str) -> bool:
    try:
        return bool(_SHOWN[name](document))
    except Rejected:
        return False


def _one_of(name: str, known: tuple[str, ...]) -> Callable[[Mapping[str, Any]], bool]:
    return lambda document: isinstance(document[name], str) and document[name] in known


def _is_flag(name: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda document: isinstance(document[name], bool)


def _is_model_path(document: Mapping[str, Any]) -> bool:
    """Return whether it is the folder of a model. A list's file is not shown: its name may be anybody's."""
    path = document["path"]
    return _kind_of(document) in (MODEL, SHADOW_MODEL) and isinstance(path, str) and len(path) <= MAX_PATH and path.isprintable()


_SHOWN: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "control": _one_of("control", KINDS),
    "id": id_of,
    "version": version_of,
    "state": _one_of("state", STATES),
    "name": _one_of("name", SWITCHES),
    "on": _is_flag("on"),
    "list": lambda document: list_name_of(document["list"], "list"),
    "kind": _one_of("kind", tuple(ENTITY_FIELDS)),
    "pseudonyms": _is_flag("pseudonyms"),
    "path": _is_model_path,
    "decision": _one_of("decision", DECISIONS),
    "expires_at": expiry_of,
}
"""Fields that are shown where their value holds."""
