"""When the last trial of a new model on schedule ended, for Prometheus, and the alerts on it."""

from __future__ import annotations

import yaml

from ops.api.metrics import Metrics
from ops.cases.audit.chain import Act, audit
from ops.cases.errors import StoreError
from ops.cases.store import Store
from ops.cases.trials import BY_SCHEDULE, last_trials
from tests import ROOT


def test_the_last_end_of_each_kind_is_shown(store: Store) -> None:
    acts = [(1000, BY_SCHEDULE, "tried"), (2500, BY_SCHEDULE, "failed"), (4000, BY_SCHEDULE, "tried"), (9000, "anna", "tried")]
    with store.begin() as session:
        for at, by, end in acts:
            audit(session, Act(at, by, f"retrain.{end}", "model:m", {}, {}))
    metrics = Metrics()

    def ended() -> dict[str, int]:
        with store.read() as session:
            return last_trials(session)

    metrics.follow_trials(ended, 7)
    said = metrics.text().decode()
    assert 'ringwatch_retrain_ended_timestamp_seconds{outcome="tried"} 4.0' in said
    assert 'ringwatch_retrain_ended_timestamp_seconds{outcome="failed"} 2.5' in said
    assert "ringwatch_retrain_every_seconds 604800.0" in said


def test_without_a_schedule_or_a_store_nothing_is_shown() -> None:
    def away() -> dict[str, int]:
        raise StoreError("away")

    metrics = Metrics()
    metrics.follow_trials(away, 0)
    assert "retrain" not in metrics.text().decode()


def test_the_alerts_name_what_there_is() -> None:
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))
    found = {rule["alert"]: rule["expr"] for group in rules["groups"] for rule in group["rules"] if "Retrain" in rule["alert"]}
    assert set(found) == {"RingwatchRetrainFailed", "RingwatchRetrainOverdue"}
    assert "ringwatch_retrain_ended_timestamp_seconds" in found["RingwatchRetrainFailed"]
    assert "ringwatch_retrain_every_seconds" in found["RingwatchRetrainOverdue"]
