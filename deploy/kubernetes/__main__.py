"""Write the alert rules as Prometheus' operator takes them: `python -m deploy.kubernetes`."""

from __future__ import annotations

from pathlib import Path

import yaml

DEPLOY = Path(__file__).resolve().parents[1]
RULES = DEPLOY / "prometheus" / "alerts.yaml"
WRITTEN = DEPLOY / "kubernetes" / "base" / "alerts.yaml"
_HEAD = "# The rules of deploy/prometheus/alerts.yaml for Prometheus' operator, made by `make deploy-files`: change them there.\n"


def text() -> str:
    """Return the file's text."""
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    document = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "ringwatch"},
        "spec": rules,
    }
    return _HEAD + yaml.safe_dump(document, sort_keys=False, width=10_000)


if __name__ == "__main__":
    WRITTEN.write_text(text(), encoding="utf-8")
