"""A worker that runs until it is killed: REDIS_URL PREFIX STORE_URL are its arguments."""

from __future__ import annotations

import sys

from domain.times import now_ms
from ops.case_feed.feed import BATCH, Feed
from ops.case_feed.takers import Takers
from ops.cases.settings import CaseSettings, StoreSettings
from ops.cases.store import Store
from ops.redis.placed_reader import StreamReader


def main() -> None:
    redis_url, prefix, store_url = sys.argv[1:]
    store = Store(StoreSettings(url=store_url))
    feed = Feed(store, StreamReader(redis_url, prefix, BATCH, 0.01), ("alerts", "incidents"), Takers(CaseSettings()), now_ms)
    while True:
        print(feed.step(), flush=True)


if __name__ == "__main__":
    main()
