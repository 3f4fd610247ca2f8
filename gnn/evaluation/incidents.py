"""Incidents held against the truth: do they gather what belongs together, soon, and say only what is so?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from domain.incidents.review_desk import is_overflow
from gnn.evaluation.columns import has_duplicates
from gnn.evaluation.errors import EvaluationError
from gnn.evaluation.incident_files import (
    NOWHERE,
    TWICE,
    assigned,
    final_incident,
    flagged_alerts,
    last_revisions,
    most_in_an_hour,
    of_other_events,
)
from gnn.evaluation.incident_rings import RingIncidents, ring_incidents
from gnn.evaluation.incident_summaries import Summaries, summaries
from gnn.evaluation.truth import read_truth

LEGITIMATE = ""
"""In place of a ring: the alert is of no ring."""


@dataclass(frozen=True)
class IncidentEvaluation:
    """Figures are None where the truth does not say what they need; `notes` says which and why."""

    alerts: int
    incidents: int
    """Lists of unconnected alerts among them."""
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
    """Share of each incident's majority ring among its alerts, of incidents that hold alerts of true rings;
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
    incidents_with_fraud: int
    """Incidents with at least one fraudulent alert, lists of unconnected alerts among them."""
    incidents_left_out: int
    """Incidents of events that are not among the decisions: those of another run."""
    notes: tuple[str, ...]
    """What cannot be said or was left out, and the mend: a sentence each."""

    def document(self) -> dict[str, object]:
        """Return the figures as a JSON object."""
        return asdict(self)


def evaluate_incidents(documents: Iterable[Mapping[str, Any]], decisions: Path, truth: Path) -> IncidentEvaluation:
    """Hold published incident documents against the flagged decisions and the truth.

    Incidents of events that are not among the decisions are left out with a note. Raises `EvaluationError`
    where nothing can be evaluated.
    """
    known, alerts = list(documents), flagged_alerts(decisions)
    revisions = [document for document in known if not is_overflow(document)]
    if not revisions:
        raise EvaluationError("there are no incidents to evaluate: has the job flagged anything yet?")
    foreign = of_other_events(revisions, alerts)
    its = [document for document in revisions if document["id"] not in foreign]
    if not its:
        raise EvaluationError(f"all {len(foreign):,} incidents are of events that are not among the decisions: {_MEND}")
    incidents, (events, notes) = last_revisions(its), _events(truth)
    alerts["incident"] = assigned(alerts, incidents)
    alerts = alerts.join(events, on="event_id")
    alerts["true_ring"], alerts["is_fraud"] = alerts.true_ring.fillna(LEGITIMATE), alerts.is_fraud.eq(True)
    notes = [*_notes_of_runs(alerts, len(foreign)), *notes]
    return _evaluation(alerts, incidents, events, its, (len(known) - len(revisions), len(foreign), tuple(notes)))


def _evaluation(
    alerts: pd.DataFrame,
    incidents: pd.DataFrame,
    events: pd.DataFrame,
    revisions: list[Mapping[str, Any]],
    beside: tuple[int, int, tuple[str, ...]],
) -> IncidentEvaluation:
    """Return the figures; `beside` is (overflow records, incidents left out, notes)."""
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
        overflow_records=beside[0],
        compression=_ratio(len(placed), len(incidents)),
        compression_attacks=_ratio(len(of_rings), of_rings.incident.nunique()),
        purity=_purity(placed[placed.connected]),
        purity_with_lists=_purity(placed),
        alerts_in_none=int((alerts.incident == NOWHERE).sum()),
        alerts_in_several=int((alerts.incident == TWICE).sum()),
        incidents_miscounted=int((counted != incidents.alerts).sum()),
        rings=ring_incidents(of_rings, events[events.true_ring.notna()], final_incident(incidents)),
        summaries=summaries(revisions),
        incidents_with_fraud=int(placed.incident[placed.is_fraud].nunique()),
        incidents_left_out=beside[1],
        notes=beside[2],
    )


_MEND = "name the incidents of the same run, such as those of ringwatch score --incidents, or empty the stream before a run"


def _notes_of_runs(alerts: pd.DataFrame, foreign: int) -> list[str]:
    """Return what speaks for incidents of several runs.

    Raises `EvaluationError` where most alerts are in several.
    """
    several = int((alerts.incident == TWICE).sum())
    if 2 * several > len(alerts):
        raise EvaluationError(
            f"{several:,} of {len(alerts):,} alerts are in more than one incident, as when several runs wrote to one place: {_MEND}"
        )
    notes = []
    if foreign:
        notes.append(f"{foreign:,} incidents of events that are not among the decisions are left out, as of another run: {_MEND}.")
    if several:
        notes.append(f"{several:,} alerts are in more than one incident and count for none: if several runs wrote to one place, {_MEND}.")
    return notes


def _events(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return what is known of the events by event id, and a note for each column that is missing.

    Columns: is_fraud; true_ring, ring_kind, member, event_time, null where unknown or of no ring.
    """
    truth = read_truth(path)
    if has_duplicates(truth["event_id"]):
        raise EvaluationError(f"accounts share event ids in {path}, and incidents name events by their ids alone: leave the incidents out")
    known = [name for name in ("ring_id", "ring_kind", "member", "event_time") if name in truth.column_names]
    events = truth.select(["event_id", "is_fraud", *known]).to_pandas().rename(columns={"ring_id": "true_ring"})
    for name in ("true_ring", "ring_kind", "member", "event_time"):
        if name not in events:
            events[name] = None
    events["true_ring"] = events.true_ring.astype(object).where(events.is_fraud)
    events["ring_kind"] = events.ring_kind.astype(object).fillna("ring")
    notes = []
    if "ring_id" not in known:
        notes.append(f"{path} has no column ring_id: purity, completeness and the time to an incident cannot be said.")
    elif "member" not in known or "event_time" not in known:
        lacking = "member" if "member" not in known else "event_time"
        notes.append(f"{path} has no column {lacking}: whether incidents are in time for the third member cannot be said.")
    return events.set_index("event_id"), notes


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _purity(placed: pd.DataFrame) -> float | None:
    sizes = placed.groupby(["incident", "true_ring"]).size()
    attacked = placed[placed.true_ring != LEGITIMATE].incident.unique()
    sizes = sizes[sizes.index.get_level_values("incident").isin(attacked)]
    return _ratio(float(sizes.groupby("incident").max().sum()), float(sizes.sum()))
