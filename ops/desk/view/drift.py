"""How far days have moved from what a model was trained on, by what the job writes to the stream `health`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from domain.health.documents import DRIFT
from ops.desk.charts.figure import Figure, Series, Timed
from ops.desk.markup import shortened

VERDICTS = {"none": "as in training", "some": "moved somewhat", "much": "moved much"}
_MOST_DAYS = 30


@dataclass(frozen=True)
class DriftDay:
    """A day of a model."""

    day: str
    events: int
    psi: float
    verdict: str
    inputs: Sequence[tuple[str, float, str]]
    """Name, population stability index and verdict of the most drifted inputs."""
    drifted: int

    @property
    def words(self) -> str:
        """The verdict in words."""
        return VERDICTS.get(self.verdict, self.verdict)


def drift_days(documents: Sequence[Mapping[str, Any]]) -> dict[str, list[DriftDay]]:
    """Return the days of each model as they were said last, the earliest first, without what is no day."""
    found: dict[str, dict[str, DriftDay]] = {}
    for document in documents:
        if document.get("kind") == DRIFT and (day := _day(document)) is not None:
            found.setdefault(shortened(document.get("model"), 60), {})[day.day] = day
    return {model: [days[day] for day in sorted(days)][-_MOST_DAYS:] for model, days in found.items()}


def drift_figure(model: str, days: Sequence[DriftDay]) -> Figure:
    """Return the drift of a model's score by day."""
    moments = tuple(int(datetime.strptime(one.day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000) for one in days)
    said = f"Population stability index of the score, last {days[-1].psi:.3f} ({days[-1].words})." if days else ""
    return Figure(f"Drift of the score, {model}", said, Timed(moments), (Series("index", tuple(one.psi for one in days)),), "index")


def _day(document: Mapping[str, Any]) -> DriftDay | None:
    """Return what a document says of a day; None for one that the job does not write."""
    try:
        day, score = datetime.strptime(document["day"], "%Y-%m-%d").date().isoformat(), document["score"]
        inputs = [(shortened(one["name"], 80), float(one["psi"]), shortened(one["verdict"], 20)) for one in document["inputs"]]
        events, psi, drifted = int(document["events"]), float(score["psi"]), int(document["drifted"])
        verdict = shortened(score["verdict"], 20)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return DriftDay(day, events, psi, verdict, inputs, drifted) if isfinite(psi) else None
