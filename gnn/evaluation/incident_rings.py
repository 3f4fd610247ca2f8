"""What became of the true rings: are the alerts of one ring in one incident, and how soon?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

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
    by_third_flagged_member: int | None
    """Rings with an incident when their third member is flagged, or at all if they have no third.

    None where the truth does not know the members.
    """
    third_flagged: int
    """of so many."""
    from_third_member_s: float | None
    """Median seconds from the third member's first event to the ring's first incident.

    Below 0 the incident came first.
    """


def ring_incidents(alerts: pd.DataFrame, events: pd.DataFrame, final: pd.Series) -> tuple[RingIncidents, ...]:
    """Return figures of all rings, then by kind, most rings first.

    `alerts` are those of true rings, `events` the fraudulent events of true rings, `final` maps an incident
    to the one that it ended in.
    """
    if alerts.empty:
        return ()
    alerts = alerts.assign(final=alerts.incident.map(final))
    kinds = events.groupby("true_ring").ring_kind.first()
    third_event = _third_event(events)
    rows = pd.DataFrame([_ring(str(ring), group, third_event) for ring, group in alerts.groupby("true_ring")])
    rows["kind"] = rows.ring.map(kinds)
    by_kind = (_figures(str(kind), rows[rows.kind == kind]) for kind in rows.kind.value_counts().index)
    return (_figures("all", rows), *by_kind)


def _third_event(events: pd.DataFrame) -> pd.Series:
    """Return by ring the time of the third member's first event; only rings of which that is known."""
    dated = events[events.member.notna() & events.event_time.notna()]
    first_events = dated.groupby(["true_ring", "member"]).event_time.min().astype(float).sort_values()
    return first_events.groupby("true_ring").nth(THIRD - 1).droplevel("member")


def _ring(ring: str, alerts: pd.DataFrame, third_event: pd.Series) -> dict[str, Any]:
    """Return what became of one ring's alerts.

    An incident counts from when it is published and holds one of them.
    """
    connected = alerts[alerts.connected]
    starts = connected.groupby("incident").agg(alert=("time_ms", "min"), opened=("opened_ms", "min")).max(axis=1)
    opened = float(starts.min()) if len(starts) else float("inf")
    return {
        "ring": ring,
        "main": alerts.incident.value_counts().iloc[0] / len(alerts),
        "alerts": len(alerts),
        "merged": alerts.final.value_counts().iloc[0] / len(alerts),
        "incidents": alerts.incident.nunique(),
        "in_time": _in_time(alerts, opened),
        "seconds": (opened - third_event[ring]) / 1000.0 if ring in third_event.index and len(starts) else None,
    }


def _in_time(alerts: pd.DataFrame, opened_ms: float) -> bool | None:
    """Return whether the incident is there when the third member is flagged.

    None where members are unknown.
    """
    if alerts.member.isna().all():
        return None
    flagged = alerts.groupby("member").time_ms.min().sort_values()
    return bool(opened_ms <= flagged.iloc[THIRD - 1]) if len(flagged) >= THIRD else opened_ms < float("inf")


def _figures(kind: str, rows: pd.DataFrame) -> RingIncidents:
    seconds, in_time = rows.seconds.dropna(), rows.in_time.dropna()
    return RingIncidents(
        kind=kind,
        rings=len(rows),
        completeness=float(rows.main.mean()),
        completeness_by_alerts=float((rows.main * rows.alerts).sum() / rows.alerts.sum()),
        completeness_merged=float(rows.merged.mean()),
        incidents_per_ring=float(rows.incidents.mean()),
        by_third_flagged_member=int(in_time.sum()) if len(in_time) else None,
        third_flagged=len(rows),
        from_third_member_s=float(seconds.median()) if len(seconds) else None,
    )
