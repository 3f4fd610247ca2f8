"""Do scores mean what they say? Groups of similar scores with their counts and intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gnn.card.detection_metrics import Floats, Labels
from gnn.evaluation.intervals import Interval, share_interval

LEAST_EVENTS = 20
"""In a group; below that its interval spans most of the scale."""
EDGES = np.array([0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0])
"""Narrow where most scores are."""


@dataclass(frozen=True)
class CalibrationGroup:
    """Events whose scores lie between two edges, and the interval of their share of fraud."""

    from_score: float
    until_score: float
    events: int
    frauds: int
    score: float
    """Mean of the events."""
    interval: Interval

    @property
    def share(self) -> float:
        return self.frauds / self.events


def calibrated_bins(score: Floats, fraud: Labels) -> list[CalibrationGroup]:
    """Return groups of N events by rising score.

    What is too small joins the group after it, at the end the one before.
    """
    place = np.clip(np.searchsorted(EDGES, score, side="right") - 1, 0, len(EDGES) - 2)
    counts = np.bincount(place, minlength=len(EDGES) - 1)
    groups: list[list[int]] = []
    held: list[int] = []
    for each in range(len(counts)):
        held.append(each)
        if counts[held].sum() >= LEAST_EVENTS:
            groups.append(held)
            held = []
    if held:
        groups = [*groups[:-1], groups[-1] + held] if groups else [held]
    return [_group(its, score, fraud, np.isin(place, its)) for its in groups]


def _group(places: list[int], score: Floats, fraud: Labels, rows: Labels) -> CalibrationGroup:
    events, frauds = int(rows.sum()), int(fraud[rows].sum())
    edges = float(EDGES[places[0]]), float(EDGES[places[-1] + 1])
    return CalibrationGroup(*edges, events, frauds, float(score[rows].mean()), share_interval(frauds, events))
