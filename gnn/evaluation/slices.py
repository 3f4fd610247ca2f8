"""Figures of parts of the events: scenarios of fraud, segments of customers, types of event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gnn.card.detection_metrics import Labels, average_precision

MOST_SLICES = 50
"""The largest parts get a row: a column of free text would make a table of any length."""


@dataclass(frozen=True)
class Scenario:
    """The frauds of one kind of ring (`none`: of no ring) against all legitimate events.

    Shares are None where there is nothing to divide by.
    """

    kind: str
    frauds: int
    flagged: float
    """Share of its frauds investigated or blocked."""
    blocked: float
    average_precision: float | None


@dataclass(frozen=True)
class Segment:
    """The legitimate events of one segment of customers."""

    name: str
    legitimate: int
    flagged: float
    blocked: float
    flagged_to_others: float | None
    """Share flagged over the share flagged among all other legitimate events."""


@dataclass(frozen=True)
class EventTypeFigures:
    """The events of one type; shares are None where there is nothing to divide by."""

    event_type: str
    events: int
    frauds: int
    precision: float | None
    recall: float | None
    flagged_legitimate: float | None
    average_precision: float | None


def scenarios(rows: pd.DataFrame) -> tuple[Scenario, ...]:
    """Return the figures by ring_kind, most frauds first."""
    if "ring_kind" not in rows:
        return ()
    fraud = rows.fraud.to_numpy()
    kinds = rows.ring_kind.cat.add_categories(["none"] if "none" not in rows.ring_kind.cat.categories else []).fillna("none")
    return tuple(
        Scenario(name, int(its.sum()), float(rows.flagged[its].mean()), float(rows.blocked[its].mean()), _ranked(rows, its | ~fraud))
        for name, its in _slices(kinds.where(rows.fraud))
    )


def segments(rows: pd.DataFrame) -> tuple[Segment, ...]:
    """Return the figures by segment, most legitimate events first."""
    if "segment" not in rows:
        return ()
    legitimate = ~rows.fraud.to_numpy()
    found = []
    for name, its in _slices(rows.segment.where(~rows.fraud)):
        flagged, others = float(rows.flagged[its].mean()), _share(rows.flagged.to_numpy(), legitimate & ~its)
        found.append(Segment(name, int(its.sum()), flagged, float(rows.blocked[its].mean()), flagged / others if others else None))
    return tuple(found)


def event_types(rows: pd.DataFrame) -> tuple[EventTypeFigures, ...]:
    """Return the figures by event type, most events first."""
    if "event_type" not in rows:
        return ()
    fraud, flagged = rows.fraud.to_numpy(), rows.flagged.to_numpy()
    return tuple(
        EventTypeFigures(
            event_type=name,
            events=int(its.sum()),
            frauds=int(fraud[its].sum()),
            precision=_share(fraud, its & flagged),
            recall=_share(flagged, its & fraud),
            flagged_legitimate=_share(flagged, its & ~fraud),
            average_precision=_ranked(rows, its),
        )
        for name, its in _slices(rows.event_type)
    )


def _slices(column: pd.Series) -> Iterator[tuple[str, Labels]]:
    """Yield (name, which rows) of the largest categories."""
    code = column.cat.codes.to_numpy()
    counts = np.bincount(code[code >= 0], minlength=len(column.cat.categories))
    for index in np.argsort(-counts, kind="stable")[:MOST_SLICES]:
        if counts[index]:
            yield str(column.cat.categories[index]), code == index


def _share(flag: Labels, of: Labels) -> float | None:
    return float(flag[of].mean()) if of.any() else None


def _ranked(rows: pd.DataFrame, its: Labels) -> float | None:
    score, fraud = rows.score.to_numpy()[its], rows.fraud.to_numpy()[its]
    return average_precision(score, fraud, np.ones(len(score))) if 0 < fraud.sum() < len(fraud) else None
