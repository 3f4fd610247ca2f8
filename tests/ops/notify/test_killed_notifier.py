"""kill -9 of the worker in a storm, again and again: the shop hears of each incident, in order."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict

import pytest
from sqlalchemy import func, select

from domain.times import now_ms
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.cases.tables import Outgoing
from tests import ROOT
from tests.ops.notify.conftest import KEY
from tests.support.case_samples import put_incident
from tests.support.channel_stand_in import StandIn

PER_LIFE = 30


def put_some(store: Store, life: int) -> None:
    """Let some incidents begin, and some of before grow."""
    with store.begin() as session:
        for number in range(PER_LIFE * life, PER_LIFE * (life + 1)):
            put_incident(session, number, 1, now_ms())
        for number in range(PER_LIFE * max(0, life - 1), PER_LIFE * life):
            put_incident(session, number, 1, now_ms(), revision=2)


@pytest.mark.parametrize("kills", [pytest.param(4, marks=pytest.mark.cluster), pytest.param(20, marks=pytest.mark.long)])
@pytest.mark.timeout(600)
def test_kills_lose_nothing_and_keep_the_order(kills: int, store_url: str, shop: StandIn) -> None:
    store, chance = Store(StoreSettings(url=store_url), tells=True), random.Random(5)
    environment = {**os.environ, "RINGWATCH_NOTIFY_SHOP": KEY}
    command = [sys.executable, "-m", "tests.ops.notify.killed_notifier", store_url, shop.url]
    for life in range(kills):
        put_some(store, life)
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None and worker.stdout.readline() == "started\n"
        time.sleep(0.2 + chance.random())
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 300
    while left(store) and time.monotonic() < until:
        time.sleep(0.5)
    worker.kill()
    worker.wait()
    assert left(store) == 0
    heard: dict[str, list[int]] = defaultdict(list)
    for asked in shop.asked:
        heard[asked.json["subject"]].append(asked.json["data"]["revision"])
    assert len(heard) == kills * PER_LIFE
    assert all(revisions == sorted(revisions) for revisions in heard.values())
    assert all(revisions[-1] == 2 for name, revisions in heard.items() if int(name.removeprefix("inc-"), 16) < PER_LIFE * (kills - 1))
    ids = [asked.headers["webhook-id"] for asked in shop.asked]
    assert len(ids) - len(set(ids)) <= kills  # what was on its way when the worker died came twice, with the same id
    store.close()


def left(store: Store) -> int:
    """Return how many rows are still to be passed on or sent."""
    with store.read() as session:
        return session.scalar(select(func.count()).where(Outgoing.kind.in_(("told", "notice")), Outgoing.state == "pending")) or 0
