"""A revision's document as the columns of its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.decisions.alert import SEVERITIES
from domain.incidents.incident import WAVE
from domain.incidents.money import to_units, yardstick
from ops.cases.ingest.columns import IncidentColumns, checked


def incident_row(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns. Raises KeyError or ValueError for a document that is no incident."""
    facts = {fact["name"]: fact["value"] for fact in document["evidence"]["facts"]}
    row = {
        "id": document["id"],
        "kind": document.get("kind", "ring"),
        "status": document["status"],
        "severity": document["severity"],
        "severity_rank": SEVERITIES.index(document["severity"]),
        "action": document["action"],
        "pattern": document.get("pattern"),
        "headline": document.get("headline"),
        "opened_at": document["first_time"],
        "updated_at": document["told_at"],
        "closed_at": document["told_at"] if document["status"] == "closed" else None,
        "revision": document["revision"],
        "alerts": document["alerts"],
        "accounts": document["participants"].get("account", {}).get("count", 0),
        "money": largest_sum(document)[0],
        "score_max": float(facts.get("score_max", 0.0)),
        "ring": document["ring"],
        "merged_into": document["merged_into"],
        "is_listed": document.get("kind") != WAVE and len(document["event_ids"]) == document["alerts"],
        "document": dict(document),
    }
    return checked(row, IncidentColumns)


def largest_sum(document: Mapping[str, Any]) -> tuple[float, str | None]:
    """Return the largest sum at risk, on the yardstick of severities, and its currency; None without."""
    sums = ((yardstick(to_units(amount), currency), currency) for currency, amount in document["money_at_risk"].items())
    return max(sums, default=(0.0, None))
