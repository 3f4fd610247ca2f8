"""A worker's actions that run until they are killed: STORE_URL SHOP_URL LAST are its arguments.

It takes a decision after the other, each in the transaction that notes how far it came, and sends.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time

from domain.times import now_ms
from ops.actions.courier import Courier
from ops.actions.lanes import ThreadLanes
from ops.actions.sequel import Sequel
from ops.actions.settings import ActionSettings
from ops.actions.taking import ActionTaker
from ops.actions.targets import target_of
from ops.cases.ingest.places import lock_place, note_place
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.notify.settings import NotifySettings
from ops.notify.step_thread import StepThread
from tests.ops.actions.conftest import CARD, FREE, ORIGIN, Turned, no_stream
from tests.support.action_samples import decision_document

LEASE_MS = 1_000
STREAM = "decisions"


def main() -> None:
    store_url, shop_url, last = sys.argv[1:]
    store = Store(StoreSettings(url=store_url))
    settings = ActionSettings(auto_block=True, mode="live", target=shop_url, budget=FREE, expire_min=120.0, hold_min=600.0)
    network = NotifySettings(allow_private=("127.0.0.1",), timeout_s=2.0)
    target = target_of(settings, network, ORIGIN, no_stream, now_ms)
    courier = Courier(store, target, ORIGIN, Turned(), now_ms, LEASE_MS, lanes=ThreadLanes())
    for thread in (StepThread("sequel", Sequel(store, settings, now_ms).step), StepThread("courier", courier.step, 0.02)):
        thread.start()
    taker = ActionTaker(settings, lambda _: CARD, lambda: True, now_ms)
    print("started", flush=True)
    while take_one(store, taker, int(last)):
        time.sleep(0.005)
    threading.Event().wait()


def take_one(store: Store, taker: ActionTaker, last: int) -> bool:
    """Take the next decision; return whether there are more."""
    with store.begin() as session:
        number = int(lock_place(session, STREAM) or 0)
        if number >= last:
            return False
        document = decision_document(number, score=0.95 if number % 3 else 0.6, decided_at=now_ms())
        taker.take(session, [document, *itertools.repeat(document, number % 2)])
        note_place(session, STREAM, f"{number + 1}", now_ms())
    return True


if __name__ == "__main__":
    main()
