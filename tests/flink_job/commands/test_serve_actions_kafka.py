"""Actions to a topic of a real broker, with the settings of a user."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flink_job.commands.opened_store import opened_store
from flink_job.commands.serve_actions import acting
from flink_job.settings.settings import load
from ops.case_feed.takers import TakeDecisions
from ops.cases.store import Store
from tests.flink_job.commands.test_serve_actions import FREE, MODEL, approved, flagged
from tests.support.job_process import wait_for
from tests.support.kafka_broker import KafkaBroker

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

TOPIC = "actions"


def actions_in(broker: KafkaBroker) -> list[dict[str, Any]]:
    return [json.loads(one.value()) for one in broker.records(TOPIC)]


def taken(store: Store, acts: TakeDecisions, *numbers: int) -> None:
    with store.begin() as session:
        acts(session, [flagged(number, MODEL) for number in numbers])


@pytest.fixture
def acting_on(memory_path: Path, redis_url: str, stream_prefix: str) -> Callable[[str], Any]:
    def settings_of(target: str) -> Any:
        chosen = [f"service.store.url=sqlite:{memory_path / 'store.db'}", f"redis.url={redis_url}", f"redis.prefix={stream_prefix}"]
        return load(None, [*chosen, f"actions={{auto_block: true, mode: live, target: '{target}', budget: {FREE}}}"])

    return settings_of


def test_each_action_is_in_the_topic_once_also_where_it_or_its_broker_comes_later(
    acting_on: Callable[[str], Any], kafka_broker: KafkaBroker
) -> None:
    """It waits in the store meanwhile."""
    settings = acting_on(f"kafka://{kafka_broker.plain}/{TOPIC}")
    with opened_store(settings) as store, acting(settings, store) as acts:
        assert acts is not None
        with store.begin() as session:
            acts(session, approved())
        taken(store, acts, 0)
        time.sleep(8)  # longer than the client waits for a topic
        kafka_broker.create(TOPIC, 2)
        wait_for(lambda: len(actions_in(kafka_broker)) == 1, "the action that waited for the topic", 120)
        kafka_broker.stop(kill=True)
        try:
            taken(store, acts, 1)
            time.sleep(8)
        finally:
            kafka_broker.start()
        wait_for(lambda: len(actions_in(kafka_broker)) == 2, "the action that waited for the broker", 180)
        taken(store, acts, 2)
        wait_for(lambda: len(actions_in(kafka_broker)) == 3, "the next action", 120)
    found = actions_in(kafka_broker)
    assert {one["type"] for one in found} == {"ringwatch.action.block"}
    assert sorted(one["data"]["event_id"] for one in found) == ["order-0", "order-1", "order-2"]
    assert len({one["id"] for one in found}) == 3
    assert all(one.key().decode() == json.loads(one.value())["data"]["account"] for one in kafka_broker.records(TOPIC))
