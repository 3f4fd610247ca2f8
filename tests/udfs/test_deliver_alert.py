"""Alerts to Redis, once each, in pipelines; what waits is in the state."""

from __future__ import annotations

import json
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

from ops.redis.embedded import EmbeddedRedis
from ops.redis.settings import RedisSettings
from tests.support.incident_samples import START, alert_document, pseudonym
from udfs.engine.keys import ONE_PLACE
from udfs.metrics.run_counts import FOLDER, read_counts

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from pyflink.common import Row
    from pyflink.datastream import TimeDomain

    from udfs.deliver_alert import DeliverAlert
    from udfs.engine.buffered_delivery import END_MS, WAITS_MS
    from udfs.raise_alert import FLAGGED_ROW, RaiseAlert
from tests.support.operator_runtime import Runtime, Timers, entries, opened

pytestmark = pytest.mark.usefixtures("operator_environment")


def record(document: dict[str, Any], joins: str = "", clock_ms: int = START) -> str:
    """What comes of a row as `scoring_tables` selects it."""
    columns = {"document": json.dumps(document), "joins": joins, "clock": clock_ms, "event_time": None}
    ((place, text),) = RaiseAlert().process_element(Row(*(columns[name] for name in FLAGGED_ROW)), None)
    assert place == ONE_PLACE
    return str(text)


def due(operator: Any, timers: Timers) -> None:
    """The next timer of the machine's clock is due."""
    timers.by_machine.remove(min(timers.by_machine))
    assert list(operator.on_timer(0, timers)) == []


def ended(operator: Any, timers: Timers) -> None:
    """The stream ends, and so does the operator."""
    assert END_MS in timers.asked
    timers.domain = TimeDomain.EVENT_TIME
    assert list(operator.on_timer(END_MS, timers)) == []
    operator.close()


def test_alert_is_written_once_and_passed_on_each_time(redis_settings: RedisSettings, redis_client: Any) -> None:
    runtime, timers = Runtime(), Timers()
    operator = opened(DeliverAlert(redis_settings), runtime)
    document = {name: value for name, value in alert_document(1, decision="block", score=0.99).items() if name != "severity"}
    for _ in range(2):
        ((place, text),) = operator.process_element(record(document, "aa,bb", START + 9), timers)
        assert place == ONE_PLACE
        assert json.loads(text) == {**document, "severity": "critical", "joins": ["aa", "bb"], "clock": START + 9}
    assert len(timers.by_machine) == 1 and abs(min(timers.by_machine) - WAITS_MS - time.time() * 1000) < 1000
    assert runtime.counts["redis_backlog"] == 2
    due(operator, timers)
    assert timers.by_machine == set()
    operator.close()
    (entry,) = entries(redis_client, redis_settings, "alerts")
    assert {name: entry[name] for name in ("id", "type", "severity", "time")} == {
        "id": "e1",
        "type": "order",
        "severity": "critical",
        "time": str(START),
    }
    assert json.loads(entry["json"]) == {**document, "severity": "critical", "joins": ["aa", "bb"]}
    assert runtime.counts == {"alerts": 1, "redis_written": 1, "redis_repeated": 1, "redis_backlog": 0}
    assert runtime.maps["waiting"].entries == {}


def test_alerts_of_two_accounts_with_one_event_id_are_two(redis_settings: RedisSettings, redis_client: Any) -> None:
    operator, timers = opened(DeliverAlert(redis_settings), Runtime()), Timers()
    for account in (1, 2, 1):
        list(operator.process_element(record(alert_document(7, entities={"account": pseudonym(account)})), timers))
    ended(operator, timers)
    written = [json.loads(entry["json"]) for entry in entries(redis_client, redis_settings, "alerts")]
    assert [(one["event_id"], one["entities"]["account"]) for one in written] == [("e7", pseudonym(1)), ("e7", pseudonym(2))]


def test_a_local_run_counts_what_became_of_alerts(redis_settings: RedisSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    operator, timers = opened(DeliverAlert(redis_settings, silent_until_ms=START), Runtime()), Timers()
    for number, time_ms in ((1, START), (1, START), (1, START), (2, START), (3, START - 1)):
        list(operator.process_element(record(alert_document(number, time_ms), "", time_ms), timers))
    ended(operator, timers)
    assert read_counts(tmp_path)["alerts"] == {"published": 2, "known": 2, "silent": 1}


def test_alerts_of_the_silent_time_only_go_on_to_the_ring_book(redis_settings: RedisSettings, redis_client: Any) -> None:
    operator, timers = opened(DeliverAlert(redis_settings, silent_until_ms=START), Runtime()), Timers()
    for number, time_ms in enumerate((START - 1, START, START - 1)):
        assert len(list(operator.process_element(record(alert_document(number, time_ms), "", time_ms), timers))) == 1
    ended(operator, timers)
    assert [entry["id"] for entry in entries(redis_client, redis_settings, "alerts")] == ["e1"]


def test_while_redis_is_away_alerts_wait_in_the_state_and_a_restart_writes_them(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    with server:
        settings = RedisSettings(url=server.url, prefix="shop:")
    before, timers = Runtime(), Timers()
    operator = opened(DeliverAlert(settings), before)
    started = time.monotonic()
    for number in range(1_100):
        assert len(list(operator.process_element(record(alert_document(number)), timers))) == 1
    due(operator, timers)
    assert time.monotonic() - started < 20, "it has not waited: it would until the server is back"
    assert len(timers.by_machine) == 1, "it will be tried again"
    assert before.counts["redis_backlog"] == len(before.maps["waiting"].entries) == 1_100
    operator.close()
    after = Runtime(maps=before.maps)
    operator = opened(DeliverAlert(settings), after)
    with server:
        due(operator, timers)
        import redis

        with redis.Redis.from_url(server.url, decode_responses=True) as client:
            assert [entry["id"] for entry in entries(client, settings, "alerts")] == [f"e{number}" for number in range(1_100)]
    operator.close()
    assert after.counts["alerts"] == 1_100 and after.maps["waiting"].entries == {}


def test_beyond_the_backlog_the_job_waits(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    server = EmbeddedRedis(tmp_path)
    with server:
        settings = RedisSettings(url=server.url, prefix="shop:", alert_backlog=3)
    runtime, timers = Runtime(), Timers()
    operator = opened(DeliverAlert(settings), runtime)
    for number in range(2):
        list(operator.process_element(record(alert_document(number)), timers))
    with ThreadPoolExecutor(1) as task:
        waiting = task.submit(lambda: list(operator.process_element(record(alert_document(2)), timers)))
        time.sleep(0.5)
        assert not waiting.done()
        with server:
            assert len(waiting.result()) == 1
            operator.close()
    assert runtime.counts["alerts"] == 3


def test_of_a_forgotten_account_nothing_waits_for_redis_any_more(redis_settings: RedisSettings, redis_client: Any) -> None:
    runtime, timers = Runtime(), Timers()
    operator = opened(DeliverAlert(redis_settings), runtime)
    for number in (1, 2, 3):
        entities = {"account": pseudonym(number % 2)}
        list(operator.process_element(record(alert_document(number, entities=entities)), timers))
    ((place, text),) = RaiseAlert().process_element(Row("", pseudonym(1), 9, None), None)
    assert list(operator.process_element(text, timers)) == [Row(place, text)], "the ring book hears of it"
    assert len(runtime.maps["waiting"].entries) == 1
    due(operator, timers)
    operator.close()
    assert [entry["id"] for entry in entries(redis_client, redis_settings, "alerts")] == ["e2"]
