"""Incident revisions and flagged decisions as tables, and which alert is in which incident."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from domain.decisions.decision import APPROVE
from domain.file_order import natural_key
from domain.incidents.review_desk import is_overflow
from domain.incidents.ring_book import unconnected
from domain.incidents.settings import UNCONNECTED
from gnn.evaluation.columns import json_lines
from gnn.evaluation.decisions import read_decisions
from gnn.evaluation.errors import EvaluationError

NOWHERE, TWICE = "", "several"
"""In place of an incident's id: the alert is in none, or in more than one."""
_FIELDS = ("id", "revision", "status", "ring", "alerts", "told_at", "rings")


def read_incidents(path: Path) -> Iterator[dict[str, Any]]:
    """Read incident documents and overflow records of a JSON-lines file, or of all in a folder."""
    files = sorted(path.glob("*.jsonl"), key=natural_key) if path.is_dir() else [path]
    if not files or not files[0].exists():
        raise EvaluationError(f"{path} holds no incidents: name a .jsonl file or a folder of them, or a redis:// address")
    for file, number, document in json_lines(files):
        yield checked(document, f"{file}, line {number}")


def checked(document: Any, where: str) -> dict[str, Any]:
    """Return the incident revision or overflow record that a document, or a line of `tail --json`, holds.

    Raises `EvaluationError` for anything else.
    """
    found: dict[str, Any] = document if isinstance(document, dict) else {}
    if isinstance(found.get("json"), dict):
        found = found["json"]
    missing = [] if is_overflow(found) else [name for name in _FIELDS if name not in found]
    if missing:
        raise EvaluationError(f"{where}: no incident of this version, {missing[0]} is missing; is it the job's output?")
    return found


def last_revisions(documents: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return one row per incident, by id: ring, alerts, merged_into and rings of its last revision.

    Opened_ms and last_ms, when its first and its last revision were published; connected, False for a list
    of unconnected alerts.
    """
    rows: dict[str, dict[str, Any]] = {}
    for document in documents:
        row = rows.setdefault(document["id"], {"revision": 0, "opened_ms": document["told_at"], "last_ms": document["told_at"]})
        row["opened_ms"] = min(row["opened_ms"], document["told_at"])
        if document["revision"] > row["revision"]:
            row |= {name: document.get(name) for name in ("revision", "ring", "alerts", "merged_into", "rings")}
            row["last_ms"] = document["told_at"]
    columns = ["revision", "opened_ms", "last_ms", "ring", "alerts", "merged_into", "rings"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.assign(connected=~table.ring.astype(str).str.startswith(UNCONNECTED))


def of_other_events(documents: Iterable[Mapping[str, Any]], alerts: pd.DataFrame) -> set[str]:
    """Return the ids of the incidents that none of these alerts is in: those of another run.

    An incident is known by the events that its evidence names; where it names none, by its labels.
    """
    events, labels = set(alerts.event_id), set(alerts.ring)
    known: dict[str, bool] = {}
    for document in documents:
        named = {alert.get("id") for alert in (document.get("evidence") or {}).get("strongest") or ()}
        carried = {ring["ring"] for ring in document["rings"]}
        ours = bool(named & events if named else True) and bool(carried & labels if carried else True)
        known[document["id"]] = known.get(document["id"], False) or ours
    return {name for name, ours in known.items() if not ours}


def flagged_alerts(decisions: Path) -> pd.DataFrame:
    """Return one row per flagged decision: event_id, time_ms, ring (the label that it carried).

    The decisions may be foreign ones, as in `gnn.evaluation.decisions`: only these fields must be there.
    """
    flagged = [
        (document["event_id"], document.get("event_time"), document.get("ring"))
        for document in read_decisions(decisions)
        if document["decision"] != APPROVE
    ]
    if any(time is None or ring is None for _, time, ring in flagged):
        raise EvaluationError(f"{decisions} has flagged decisions without event_time or ring: is it the job's output?")
    return pd.DataFrame(flagged, columns=["event_id", "time_ms", "ring"])


def assigned(alerts: pd.DataFrame, incidents: pd.DataFrame) -> pd.Series:
    """Return the id of each alert's incident, `NOWHERE` or `TWICE` where there is none or more than one.

    It is the incident that held the alert's label at its time, else its day's list of unconnected alerts.
    """
    spans: dict[str, list[tuple[int, int, str]]] = {}
    lists: dict[str, list[str]] = {}
    for incident in incidents.itertuples():
        if not incident.connected:
            lists.setdefault(incident.ring, []).append(str(incident.Index))
        for ring in incident.rings:
            spans.setdefault(ring["ring"], []).append((ring["first_time"], ring["last_time"], str(incident.Index)))
    found = [
        _only([name for first, last, name in spans.get(ring, ()) if first <= time <= last] or lists.get(unconnected(time), []))
        for time, ring in zip(alerts.time_ms, alerts.ring, strict=True)
    ]
    return pd.Series(found, index=alerts.index, dtype=object)


def _only(names: list[str]) -> str:
    return (names[0] if len(names) == 1 else TWICE) if names else NOWHERE


def final_incident(incidents: pd.DataFrame) -> pd.Series:
    """Return for each incident, by id, the one that it ended in by mergers; itself where it never merged."""
    open_at = {ring: group.sort_values("opened_ms") for ring, group in incidents.groupby("ring")}
    target: dict[str, str] = {}
    for incident in incidents.itertuples():
        into = open_at.get(incident.merged_into) if incident.merged_into else None
        if into is not None:
            before = into[into.opened_ms <= incident.last_ms]
            target[str(incident.Index)] = str((before if len(before) else into).index[-1])
    return pd.Series({name: _follow(str(name), target) for name in incidents.index}, dtype=object)


def _follow(name: str, target: Mapping[str, str]) -> str:
    for _ in range(len(target)):
        if name not in target:
            break
        name = target[name]
    return name


def most_in_an_hour(times_ms: Iterable[int]) -> int:
    """Return the most times within any hour."""
    times = np.sort(np.fromiter(times_ms, np.int64))
    if not len(times):
        return 0
    return int((np.arange(len(times)) - np.searchsorted(times, times - 3_600_000, side="right") + 1).max())
