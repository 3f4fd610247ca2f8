"""Models: which scores and which in shadow, their cards, and how far days have moved since training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request, Response

from ops.api.rights import CallerHere
from ops.api.service import Service, ServiceHere
from ops.cases.control_changes import newest
from ops.desk.charts.lines import lines
from ops.desk.charts.table import figure_html
from ops.desk.control_rows import Row, rows_of
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.view.drift import drift_days, drift_figure

router = pages_of("models")


@router.get("/models")
def models(request: Request, service: ServiceHere, caller: CallerHere) -> Response:
    """Return the models in force with what is known of them."""
    with service.store.read() as session:
        found = {kind: newest(session, kind, "") for kind in ("model", "shadow_model")}
        rows = {row.kind: row for row in rows_of(session, [change for change in found.values() if change is not None])}
    configured = service.models.configured if service.models else ""
    shadow = rows.get("shadow_model")
    places = [("Scores", _path(rows.get("model")) or configured, rows.get("model"))]
    if shadow is not None and shadow.state != "deleted":
        places.append(("In shadow", _path(shadow), shadow))
    documents = _health(service)
    days = drift_days(documents or [])
    return page(
        request, "models.html", places=[(role, path, row, _paper(service, path)) for role, path, row in places], away=documents is None,
        drifts=[(model, its[::-1], figure_html(drift_figure(model, its), lines)) for model, its in days.items()],
    )  # fmt: skip


def _path(row: Row | None) -> str:
    return str(row.record.get("path") or "") if row is not None else ""


def _paper(service: Service, path: str) -> object:
    return service.models.paper(path) if service.models and path else None


def _health(service: Service) -> Sequence[Mapping[str, Any]] | None:
    """Return the documents of the stream, None where Redis is away."""
    return service.models.health() if service.models else []
