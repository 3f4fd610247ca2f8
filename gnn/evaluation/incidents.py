"""Incidents held against the truth: do they gather what belongs together, soon, and do their summaries keep
to the evidence?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from domain.incidents.review_desk import is_overflow
from domain.summaries.summary import Draft
from domain.summaries.validator import validate
from gnn.evaluation.errors import EvaluationError
from gnn.evaluation.incident_files import NOWHERE, TWICE, assigned, final_incident, flagged_alerts, last_revisions, most_in_an_hour
from gnn.evaluation.truth import read_truth

LEGITIMATE = ""
"""In place of a ring: the alert is of no ring."""
THIRD = 3


@dataclass(frozen=True)
class RingIncidents:
    """Rings of one kind, or of all, that were flagged."""

    kind: str
    rings: int
    completeness: float
    """Mean over rings of the share of a ring's alerts in its main incident,"""
    completeness_by_alerts: float
    """the same with each ring weighed by its alerts,"""
    completeness_merged: float
    """and the mean where incidents that merged count as one."""
    incidents_per_ring: float
    by_third_flagged_member: int
    """Rings with an incident when their third member is flagged, or at all if they have no third,"""
    third_flagged: int
    """of so many."""
    from_third_member_s: float | None
    """Median seconds from the third member's first event to the ring's first incident; below 0 the incident
    was there before.
    """


@dataclass(frozen=True)
class Summaries:
    published: int
    valid: float | None
    """Share that the validator accepts again."""
    unsupported_numbers: int
    """Numbers, times and identifiers that are not in the evidence."""
    writers: dict[str, float]
    retries: int
    cached: int
    input_tokens: int
    output_tokens: int
    cost: float


@dataclass(frozen=True)
class IncidentEvaluation:
    alerts: int
    incidents: int
    """Unconnected lists among them."""
    unconnected: int
    """Lists of a day's alerts that nothing connects."""
    unconnected_alerts: int
    ring_alerts: int
    ring_alerts_unconnected: int
    revisions: int
    most_revisions_in_an_hour: int
    overflow_records: int
    compression: float | None
    """Alerts per incident,"""
    compression_attacks: float | None
    """and alerts of true rings per incident that holds any of them, lists of unconnected alerts included."""
    purity: float | None
    """Of the alerts in incidents that hold alerts of true rings, the share of each one's majority ring;
    without the lists,
    """
    purity_with_lists: float | None
    """and with them."""
    alerts_in_none: int
    alerts_in_several: int
    incidents_miscounted: int
    """Incidents that say another number of alerts than were found for them."""
    rings: tuple[RingIncidents, ...]
    summaries: Summaries

    def document(self) -> dict[str, object]:
        return asdict(self)


def evaluate_incidents(documents: Iterable[Mapping[str, Any]], decisions: Path, truth: Path) -> IncidentEvaluation:
    """Hold published incident documents against the flagged decisions and the truth. Raises
    `EvaluationError`.
    """
    known = list(documents)
    revisions = [document for document in known if not is_overflow(document)]
    if not revisions:
        raise EvaluationError("there are no incidents to evaluate: has the job flagged anything yet?")
    incidents, alerts = last_revisions(revisions), flagged_alerts(decisions)
    alerts["incident"] = assigned(alerts, incidents)
    events = _events(truth)
    alerts = alerts.join(events, on="event_id")
    alerts["true_ring"] = alerts.true_ring.fillna(LEGITIMATE)
    placed = alerts[~alerts.incident.isin((NOWHERE, TWICE))]
    placed = placed.join(incidents[["connected", "opened_ms"]], on="incident")
    counted = placed.groupby("incident").size().reindex(incidents.index).fillna(0)
    of_rings = placed[placed.true_ring != LEGITIMATE]
    return IncidentEvaluation(
        alerts=len(alerts),
        incidents=len(incidents),
        unconnected=int((~incidents.connected).sum()),
        unconnected_alerts=int(incidents.alerts[~incidents.connected].sum()),
        ring_alerts=len(of_rings),
        ring_alerts_unconnected=int((~of_rings.connected).sum()),
        revisions=len(revisions),
        most_revisions_in_an_hour=most_in_an_hour(document["told_at"] for document in revisions),
        overflow_records=len(known) - len(revisions),
        compression=_ratio(len(placed), len(incidents)),
        compression_attacks=_ratio(len(of_rings), of_rings.incident.nunique()),
        purity=_purity(placed[placed.connected]),
        purity_with_lists=_purity(placed),
        alerts_in_none=int((alerts.incident == NOWHERE).sum()),
        alerts_in_several=int((alerts.incident == TWICE).sum()),
        incidents_miscounted=int((counted != incidents.alerts).sum()),
        rings=_rings(of_rings, events, final_incident(incidents)),
        summaries=_summaries(revisions),
    )


def _events(path: Path) -> pd.DataFrame:
    """By event id: true_ring (null where of none), ring_kind, member, event_time; events of rings only."""
    truth = read_truth(path)
    for name in ("ring_id", "member", "event_time"):
        if name not in truth.column_names:
            raise EvaluationError(f"{path} has no column {name}: incidents are held against the rings that ringwatch simulate writes")
    kind = ["ring_kind"] if "ring_kind" in truth.column_names else []
    events = truth.select(["event_id", "is_fraud", "ring_id", "member", "event_time", *kind]).to_pandas()
    events = events[events.is_fraud].drop(columns="is_fraud").rename(columns={"ring_id": "true_ring"})
    events["true_ring"] = events.true_ring.astype(object)
    events["ring_kind"] = events.ring_kind.astype(object) if kind else "ring"
    return events.set_index("event_id")


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _purity(placed: pd.DataFrame) -> float | None:
    sizes = placed.groupby(["incident", "true_ring"]).size()
    attacked = placed[placed.true_ring != LEGITIMATE].incident.unique()
    sizes = sizes[sizes.index.get_level_values("incident").isin(attacked)]
    return _ratio(float(sizes.groupby("incident").max().sum()), float(sizes.sum()))


def _rings(alerts: pd.DataFrame, events: pd.DataFrame, final: pd.Series) -> tuple[RingIncidents, ...]:
    """All rings first, then by kind, most rings first."""
    if alerts.empty:
        return ()
    alerts = alerts.assign(final=alerts.incident.map(final))
    kinds = events.groupby("true_ring").ring_kind.first()
    first_events = events.groupby(["true_ring", "member"]).event_time.min().sort_values()
    third_event = first_events.groupby("true_ring").nth(THIRD - 1).droplevel("member")
    rows = pd.DataFrame([_ring(str(ring), group, third_event) for ring, group in alerts.groupby("true_ring")])
    rows["kind"] = rows.ring.map(kinds)
    return (_figures("all", rows), *(_figures(str(kind), rows[rows.kind == kind]) for kind in rows.kind.value_counts().index))


def _ring(ring: str, alerts: pd.DataFrame, third_event: pd.Series) -> dict[str, Any]:
    """What became of one ring's alerts. An incident tells of the ring once it was told and holds one of its
    alerts.
    """
    connected = alerts[alerts.connected]
    starts = connected.groupby("incident").agg(alert=("time_ms", "min"), opened=("opened_ms", "min")).max(axis=1)
    opened = float(starts.min()) if len(starts) else float("inf")
    flagged = alerts.groupby("member").time_ms.min().sort_values()
    in_time = opened <= flagged.iloc[THIRD - 1] if len(flagged) >= THIRD else len(starts) > 0
    return {
        "ring": ring,
        "main": alerts.incident.value_counts().iloc[0] / len(alerts),
        "alerts": len(alerts),
        "merged": alerts.final.value_counts().iloc[0] / len(alerts),
        "incidents": alerts.incident.nunique(),
        "in_time": in_time,
        "seconds": (opened - third_event[ring]) / 1000.0 if ring in third_event.index and len(starts) else None,
    }


def _figures(kind: str, rows: pd.DataFrame) -> RingIncidents:
    seconds = rows.seconds.dropna()
    return RingIncidents(
        kind=kind,
        rings=len(rows),
        completeness=float(rows.main.mean()),
        completeness_by_alerts=float((rows.main * rows.alerts).sum() / rows.alerts.sum()),
        completeness_merged=float(rows.merged.mean()),
        incidents_per_ring=float(rows.incidents.mean()),
        by_third_flagged_member=int(rows.in_time.sum()),
        third_flagged=len(rows),
        from_third_member_s=float(seconds.median()) if len(seconds) else None,
    )


def _summaries(revisions: list[Mapping[str, Any]]) -> Summaries:
    told = [document for document in revisions if "headline" in document]
    complaints = [validate(_draft(document), document) for document in told]
    notes = [document.get("writer") or {} for document in told]
    names = Counter(str(note.get("name")) for note in notes)
    return Summaries(
        published=len(told),
        valid=_ratio(sum(not found for found in complaints), len(told)),
        unsupported_numbers=sum("not in the evidence" in complaint for found in complaints for complaint in found),
        writers={name: count / len(told) for name, count in names.most_common()},
        retries=sum(note.get("retries") or 0 for note in notes),
        cached=sum(bool(note.get("cached")) for note in notes),
        input_tokens=sum(note.get("input_tokens") or 0 for note in notes),
        output_tokens=sum(note.get("output_tokens") or 0 for note in notes),
        cost=float(sum(note.get("cost") or 0.0 for note in notes)),
    )


def _draft(document: Mapping[str, Any]) -> Draft:
    try:
        return Draft(document["headline"], document["explanation"], document["pattern"], tuple(document["next_steps"]))
    except (KeyError, TypeError):
        raise EvaluationError(f"incident {document.get('id')} has half a summary: is it the job's output?") from None
