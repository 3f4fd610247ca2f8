"""The handful of figures on top of a report, each with what it counts and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

from gnn.evaluation.evaluate import Evaluation
from gnn.evaluation.intervals import share_interval
from gnn.evaluation.verdict import Saving, percent
from gnn.history.train_settings import Costs


@dataclass(frozen=True)
class KeyFigure:
    """A figure at the top of the report, as text."""

    name: str
    value: str
    detail: str
    interval: str = ""


def key_figures(found: Evaluation, saved: Saving, costs: Costs) -> list[KeyFigure]:
    """Return the figures that decide about a model, most important first."""
    hits, legitimate = found.flagged.hits, found.events - found.frauds
    limit = percent(costs.max_blocked_legitimate)
    false, blocked = found.flagged.flagged - hits, found.blocked.flagged - found.blocked.hits
    figures = [
        _share("Frauds caught", hits, found.frauds, f"{hits:,} of {found.frauds:,} fraudulent events flagged"),
        _share("Flags that are right", hits, found.flagged.flagged, f"{hits:,} of {found.flagged.flagged:,} flagged events"),
        _share("False alarms", false, legitimate, f"{false:,} of {legitimate:,} legitimate events flagged"),
        _share("Legitimate blocked", blocked, legitimate, f"{blocked:,} of {legitimate:,}; {limit} allowed"),
        _saved(found, saved),
    ]
    if found.ring_detection:
        rings = found.ring_detection[0]
        counted = f"{rings.by_third_member:,} of {rings.rings:,} flagged by their third account"
        figures.append(_share("Rings found early", rings.by_third_member, rings.rings, counted))
    return figures


def _share(name: str, part: int, whole: int, detail: str) -> KeyFigure:
    if not whole:
        return KeyFigure(name, "-", detail)
    at = share_interval(part, whole)
    return KeyFigure(name, percent(part / whole), detail, f"95% interval {percent(at.low)} to {percent(at.high)}")


def _saved(found: Evaluation, saved: Saving) -> KeyFigure:
    detail = f"{found.cost.decided:,.0f} instead of {found.cost.approve_all:,.0f} for approving everything"
    interval = f"95% interval {saved.interval.low:,.0f} to {saved.interval.high:,.0f}"
    return KeyFigure("Cost saved", "-" if saved.share is None else percent(saved.share), detail, interval)
