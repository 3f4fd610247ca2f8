"""The operators of labels and health, driven by hand, with plain dictionaries for the state."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest

from domain.features.extractor import FeatureExtractor
from domain.health.documents import next_look_ms
from domain.health.label_quality import KEPT_DAYS, flagged_text, label_text
from domain.times import DAY_MS
from ops.redis.settings import RedisSettings

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from pyflink.common import Row

    from tests.support.operator_runtime import GRAPH, MapRuntime, Runtime, Timers, entries, opened
    from udfs.engine.keys import ONE_PLACE
    from udfs.health import Health
    from udfs.judge_labels import JudgeLabels, PartHealth
from tests.gnn.scoring.test_drift_tally import OWN
from tests.gnn.scoring.test_health_days import AT, judged, texts

pytestmark = pytest.mark.usefixtures("operator_environment")


class Bytes(MapRuntime):
    """Map state of bytes."""

    def put(self, key: Any, value: Any) -> None:
        assert isinstance(key, str) and isinstance(value, bytes)
        self.entries[key] = value


class OneMap(Runtime):
    """The runtime of an operator with one map, which outlives it."""

    def __init__(self) -> None:
        super().__init__()
        self.map = Bytes()

    def get_map_state(self, descriptor: Any) -> Bytes:
        return self.map


class Clock(Timers):
    """Timers, and a watermark that the test moves."""

    watermark = -(1 << 63)

    def current_watermark(self) -> int:
        return self.watermark

    def move(self, operator: Any, to_ms: int) -> list[dict[str, Any]]:
        self.watermark, found = to_ms, []
        for due in sorted(time_ms for time_ms in self.asked if time_ms <= to_ms):
            self.asked.discard(due)
            found += [json.loads(text) for text in operator.on_timer(due, self)]
        return found


def test_news_are_parted_by_what_they_are_about() -> None:
    lines = [*texts(5, AT), flagged_text(7, AT), label_text(8, None, 3, 1, AT)]
    rows = [tuple(row) for row in PartHealth().process_element(Row("\n".join(lines), None), None)]
    assert rows == list(zip([ONE_PLACE, ONE_PLACE, f"{7:016x}", f"{8:016x}"], lines, strict=True))


def test_a_label_is_judged_under_its_events_key_and_forgotten_after_weeks() -> None:
    runtime, timers = Runtime(key="one"), Clock()
    operator = opened(JudgeLabels(), runtime)
    assert list(operator.process_element(flagged_text(7, AT), timers)) == []
    [row] = operator.process_element(label_text(7, True, 0, 1, AT + DAY_MS), timers)
    day = AT // DAY_MS + 1
    place, text = row
    assert place == ONE_PLACE
    assert json.loads(text) == {"about": "judged", "at": AT + DAY_MS, "changes": [[day, "true_alarm", 1]]}
    assert runtime.counts["labels_judged{outcome=true_alarm}"] == 1
    first, last = sorted(timers.asked)
    assert last == (day + KEPT_DAYS + 1) * DAY_MS
    list(operator.on_timer(first, timers))
    assert runtime.state, "there were news since"
    list(operator.on_timer(last, timers))
    assert not runtime.state


def test_what_is_not_about_an_event_passes_as_it_is() -> None:
    runtime = Runtime(key=ONE_PLACE)
    line = texts(5, AT)[1]
    assert [tuple(row) for row in opened(JudgeLabels(), runtime).process_element(line, Clock())] == [(ONE_PLACE, line)]
    assert not runtime.state


def test_documents_go_to_redis_once_an_hour_and_numbers_to_the_metrics(redis_settings: RedisSettings, redis_client: Any) -> None:
    assert len(FeatureExtractor(GRAPH).flat_features) == len(OWN.inputs.share), "the model is of this graph"
    runtime, timers = OneMap(), Clock()
    operator = opened(Health(GRAPH, redis_settings), runtime)
    for line in [*texts(400, AT), judged(AT, (AT // DAY_MS, "missed", 1))]:
        assert list(operator.process_element(line, timers)) == []
    assert timers.asked == {next_look_ms(AT)}
    found = timers.move(operator, next_look_ms(AT))
    assert [one["kind"] for one in found] == ["drift", "labels"] and timers.asked == set()
    assert [json.loads(entry["json"]) for entry in entries(redis_client, redis_settings, "health")] == found
    assert runtime.counts["score_psi_milli"] >= 0 and runtime.counts["card_precision_milli"] == round(1000 * (OWN.precision or 0))
    late = texts(50, AT)[1]  # of an hour that has been written
    list(operator.process_element(late, timers))
    assert timers.asked == {next_look_ms(next_look_ms(AT))}, "it waits for the next one"
    operator.close()


def test_a_restart_writes_the_same_bytes_and_nothing_twice(redis_settings: RedisSettings, redis_client: Any) -> None:
    runs = []
    for _ in range(2):
        timers, operator = Clock(), opened(Health(GRAPH, redis_settings), OneMap())
        for line in texts(400, AT):
            list(operator.process_element(line, timers))
        runs.append(timers.move(operator, next_look_ms(AT)))
        operator.close()
    assert runs[0] == runs[1] and len(entries(redis_client, redis_settings, "health")) == 1
