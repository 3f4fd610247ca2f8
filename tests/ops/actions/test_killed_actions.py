"""kill -9 of the worker while it acts, again and again: none is lost, and none is done twice by its id."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from sqlalchemy import func, select

from ops.actions.under_way import AT_MOST
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.cases.tables import Outgoing
from tests import ROOT
from tests.ops.actions.conftest import KEY
from tests.support.channel_stand_in import StandIn

LAST = 1_200


@pytest.mark.parametrize("kills", [pytest.param(4, marks=pytest.mark.cluster), pytest.param(20, marks=pytest.mark.long)])
@pytest.mark.timeout(600)
def test_kills_lose_none_and_double_none(kills: int, store_url: str, shop: StandIn) -> None:
    store, chance = Store(StoreSettings(url=store_url)), random.Random(6)
    environment = {**os.environ, "RINGWATCH_ACTIONS_KEY": KEY}
    command = [sys.executable, "-m", "tests.ops.actions.killed_actions", store_url, shop.url, f"{LAST}"]
    for _ in range(kills):
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None and worker.stdout.readline() == "started\n"
        time.sleep(0.2 + chance.random())
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 240
    while states(store)["sent"] < LAST and time.monotonic() < until:
        time.sleep(0.5)
    worker.kill()
    worker.wait()
    assert states(store) == {"sent": LAST}
    ids = [asked.headers["webhook-id"] for asked in shop.asked]
    done = {asked.headers["webhook-id"]: (asked.json["data"]["event_id"], asked.json["data"]["action"]) for asked in shop.asked}
    assert sorted(done.values()) == sorted((f"order-{number}", "block" if number % 3 else "hold") for number in range(LAST))
    assert len(ids) - len(done) <= kills * AT_MOST  # what was on its way when the worker died came twice, with the same id
    store.close()


def states(store: Store) -> Counter[str]:
    with store.read() as session:
        counts = select(Outgoing.state, func.count()).where(Outgoing.kind == "action").group_by(Outgoing.state)
        return Counter(dict(session.execute(counts).all()))
