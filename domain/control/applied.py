"""The entry of `control_applied`: a change, and the first event that was judged by it."""

from __future__ import annotations

from typing import Any

from domain.control.changes import Change
from domain.control.records import LIST, SWITCH
from domain.events.event import Event
from domain.events.identity import as_text


def applied_document(change: Change, event: Event) -> dict[str, Any]:
    """Return the entry; it holds no raw identifier and no signature."""
    record = change.record
    document: dict[str, Any] = {
        "applied": change.applied,
        "control": record["control"],
        "id": record.get("name") if record["control"] == SWITCH else record.get("id", ""),
        "version": record.get("version"),
        "state": record.get("state", "active"),
        "first_event": {"event_id": event.event_id, "account": as_text(event.entities[0]), "event_time": event.time_ms},
        "at": change.at_ms,
        "record": record,
    }
    if change.model:
        document["model"] = change.model.partition(" ")[0]
    if record["control"] == LIST and change.digest:
        document["file"] = {"entries": change.entries, "blake2b": change.digest}
    return document


def entry_id(document: dict[str, Any]) -> str:
    """Return the id by which the entry is written once: `rule:R7:3`, without a version `model:applied-7`."""
    version = document["version"]
    return ":".join(map(str, filter(None, (document["control"], document["id"], version or f"applied-{document['applied']}"))))
