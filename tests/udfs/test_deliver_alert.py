"""Alerts to Redis, once each."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from ops.redis.settings import RedisSettings
from tests.support.incident_samples import START, alert_document, pseudonym
from udfs.engine.keys import ONE_PLACE
from udfs.metrics.run_counts import FOLDER, read_counts

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from pyflink.common import Row

    from udfs.deliver_alert import FLAGGED_ROW, DeliverAlert
from tests.support.operator_runtime import Runtime, entries, opened

pytestmark = pytest.mark.usefixtures("operator_environment")


def flagged_row(document: dict[str, Any], joins: str, clock_ms: int) -> Row:
    """A row as `scoring_tables` selects it."""
    columns = {"document": json.dumps(document), "joins": joins, "clock": clock_ms, "event_time": None}
    return Row(*(columns[name] for name in FLAGGED_ROW))


def test_alert_is_written_once_and_passed_on_each_time(redis_settings: RedisSettings, redis_client: Any) -> None:
    runtime = Runtime()
    operator = opened(DeliverAlert(redis_settings), runtime)
    document = {name: value for name, value in alert_document(1, decision="block", score=0.99).items() if name != "severity"}
    for _ in range(2):
        ((place, text),) = operator.process_element(flagged_row(document, "aa,bb", START + 9), None)
        assert place == ONE_PLACE
        assert json.loads(text) == {**document, "severity": "critical", "joins": ["aa", "bb"], "clock": START + 9}
    operator.close()
    (entry,) = entries(redis_client, redis_settings, "alerts")
    assert {name: entry[name] for name in ("id", "type", "severity", "time")} == {
        "id": "e1",
        "type": "order",
        "severity": "critical",
        "time": str(START),
    }
    assert json.loads(entry["json"]) == {**document, "severity": "critical", "joins": ["aa", "bb"]}
    assert runtime.counts == {"alerts": 1, "redis_written": 1, "redis_repeated": 1}


def test_alerts_of_two_accounts_with_one_event_id_are_two(redis_settings: RedisSettings, redis_client: Any) -> None:
    operator = opened(DeliverAlert(redis_settings), Runtime())
    for account in (1, 2, 1):
        document = alert_document(7, entities={"account": pseudonym(account)})
        list(operator.process_element(flagged_row(document, "", START), None))
    operator.close()
    written = [json.loads(entry["json"]) for entry in entries(redis_client, redis_settings, "alerts")]
    assert [(one["event_id"], one["entities"]["account"]) for one in written] == [("e7", pseudonym(1)), ("e7", pseudonym(2))]


def test_a_local_run_counts_what_became_of_alerts(redis_settings: RedisSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    operator = opened(DeliverAlert(redis_settings, silent_until_ms=START), Runtime())
    for number, time_ms in ((1, START), (1, START), (1, START), (2, START), (3, START - 1)):
        list(operator.process_element(flagged_row(alert_document(number, time_ms), "", time_ms), None))
    operator.close()
    assert read_counts(tmp_path)["alerts"] == {"published": 2, "known": 2, "silent": 1}


def test_alerts_of_the_silent_time_only_go_on_to_the_ring_book(redis_settings: RedisSettings, redis_client: Any) -> None:
    operator = opened(DeliverAlert(redis_settings, silent_until_ms=START), Runtime())
    for number, time_ms in enumerate((START - 1, START, START - 1)):
        assert len(list(operator.process_element(flagged_row(alert_document(number, time_ms), "", time_ms), None))) == 1
    operator.close()
    assert [entry["id"] for entry in entries(redis_client, redis_settings, "alerts")] == ["e1"]
