"""A dashboard as Grafana's JSON, of rows of panels that share the width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 24
"""Of Grafana's grid."""
_HEIGHT = {"timeseries": 8, "stat": 4, "gauge": 4}
_SCHEMA = 39
"""Grafana's version of this JSON, which newer ones read as well."""
_SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True)
class Query:
    """What Prometheus is asked, and how its lines are called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """One picture. `unit` is Grafana's name of it; `worse_at` colours what is above it."""

    title: str
    text: str
    queries: tuple[Query, ...]
    unit: str = "short"
    kind: str = "timeseries"
    worse_at: float | None = None
    stacked: bool = False

    def as_json(self, number: int, place: Mapping[str, int]) -> dict[str, Any]:
        """Return the panel as Grafana has it."""
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.text,
            "gridPos": dict(place),
            "datasource": _SOURCE,
            "fieldConfig": {"defaults": self._defaults(), "overrides": []},
            "options": self._options(),
            "targets": [self._target(letter, query) for letter, query in zip("ABCDEFGH", self.queries, strict=False)],
        }

    def _defaults(self) -> dict[str, Any]:
        steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
        if self.worse_at is not None:
            steps.append({"color": "red", "value": self.worse_at})
        found: dict[str, Any] = {"unit": self.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}}
        if self.kind == "timeseries":
            style = "line" if self.worse_at is not None else "off"
            stacking = {"mode": "normal" if self.stacked else "none", "group": "A"}
            found["custom"] = {
                "fillOpacity": 30 if self.stacked else 8,
                "lineWidth": 1,
                "showPoints": "never",
                "spanNulls": False,
                "stacking": stacking,
                "thresholdsStyle": {"mode": style},
            }
        return found

    def _options(self) -> dict[str, Any]:
        if self.kind == "timeseries":
            return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
        return {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "value"}

    def _target(self, letter: str, query: Query) -> dict[str, Any]:
        return {"refId": letter, "expr": query.expr, "legendFormat": query.legend or "__auto", "datasource": _SOURCE}


@dataclass(frozen=True)
class Dashboard:
    """Rows of panels under one title. `name` is its file's and its address in Grafana."""

    name: str
    title: str
    text: str
    rows: tuple[tuple[Panel, ...], ...]

    def panels(self) -> Iterator[Panel]:
        """Yield all panels."""
        for row in self.rows:
            yield from row

    def as_json(self) -> dict[str, Any]:
        """Return the dashboard as Grafana has it."""
        return {
            "uid": f"ringwatch-{self.name}",
            "title": self.title,
            "description": self.text,
            "tags": ["ringwatch"],
            "schemaVersion": _SCHEMA,
            "version": 1,
            "editable": False,
            "refresh": "30s",
            "time": {"from": "now-6h", "to": "now"},
            "timezone": "browser",
            "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}]},
            "links": [{"type": "dashboards", "title": "ringwatch", "tags": ["ringwatch"], "asDropdown": True, "keepTime": True}],
            "panels": _placed(self.rows),
        }


def _placed(rows: Sequence[Sequence[Panel]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    top = 0
    for row in rows:
        height, width = max(_HEIGHT[panel.kind] for panel in row), WIDTH // len(row)
        for at, panel in enumerate(row):
            found.append(panel.as_json(len(found) + 1, {"x": at * width, "y": top, "w": width, "h": height}))
        top += height
    return found
