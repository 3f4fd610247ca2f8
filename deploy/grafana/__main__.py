"""Write the dashboards: `python -m deploy.grafana`."""

from __future__ import annotations

import json
from pathlib import Path

from deploy.grafana.dashboard import Dashboard
from deploy.grafana.detection import DETECTION
from deploy.grafana.incidents import INCIDENTS
from deploy.grafana.job import JOB
from deploy.grafana.service import SERVICE
from deploy.grafana.slos import SLOS

DASHBOARDS = (JOB, DETECTION, INCIDENTS, SERVICE, SLOS)
FOLDER = Path(__file__).resolve().parent / "dashboards"


def text(dashboard: Dashboard) -> str:
    """Return a dashboard's file."""
    return json.dumps(dashboard.as_json(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for one in DASHBOARDS:
        (FOLDER / f"{one.name}.json").write_text(text(one), encoding="utf-8")
