"""kill -9 while a worker ingests, again and again: in the end the store is what the streams say."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from typing import Any

import pytest

from domain.json_text import as_json
from ops.case_feed.feed import BATCH, Feed
from ops.case_feed.takers import Takers
from ops.cases.settings import CaseSettings, StoreSettings
from ops.cases.store import Store
from ops.redis.placed_reader import StreamReader
from tests import ROOT
from tests.support.case_samples import revision_document, some_alerts
from tests.support.store_contents import contents

STREAMS = ("alerts", "incidents")


def feed_of(store: Store, redis_url: str, prefix: str) -> Feed:
    return Feed(store, StreamReader(redis_url, prefix, BATCH, 0.01), STREAMS, Takers(CaseSettings()), lambda: 1)


def add_some(client: Any, prefix: str, number: int) -> None:
    """Add an incident of 200 alerts that grows three times."""
    alerts = some_alerts(200, f"{number:016x}", 1000 * number)
    with client.pipeline(transaction=False) as pipe:
        for alert in alerts:
            pipe.xadd(f"{prefix}alerts", {"json": as_json(alert)})
        for revision, end in enumerate((50, 100, 200), 1):
            pipe.xadd(f"{prefix}incidents", {"json": as_json(revision_document(number, alerts[:end], revision=revision))})
        pipe.execute()


@pytest.mark.parametrize("kills", [pytest.param(4, marks=pytest.mark.cluster), pytest.param(20, marks=pytest.mark.long)])
@pytest.mark.timeout(300)
def test_kills_lose_and_double_nothing(
    kills: int, store: Store, store_url: str, redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Any
) -> None:
    chance, killed_in_work = random.Random(3), 0
    command = [sys.executable, "-m", "tests.ops.case_feed.killed_worker", redis_url, stream_prefix, store_url]
    for number in range(kills):
        for part in range(4):
            add_some(redis_client, stream_prefix, 4 * number + part)
        worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None
        for _ in range(chance.randrange(1, 4)):  # the first steps are done, the next one is under way
            worker.stdout.readline()
        try:
            worker.wait(chance.random() * 0.3)
        except subprocess.TimeoutExpired:
            killed_in_work += 1
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
    assert killed_in_work == kills
    feed = feed_of(store, redis_url, stream_prefix)
    while feed.step():
        pass
    clean = Store(StoreSettings(url=f"sqlite:{tmp_path / 'clean.db'}")).open()
    whole = feed_of(clean, redis_url, stream_prefix)
    while whole.step():
        pass
    found = contents(store)
    assert found == contents(clean)
    assert len(found["alerts"]) == kills * 4 * 200
    clean.close()
