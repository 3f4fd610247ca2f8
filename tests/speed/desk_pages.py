"""Server time of every page of the desk on a large case store: `python -m tests.speed.desk_pages`.

100,000 incidents with 1,000,000 alerts, 10,000 of them open, and an entity in 100,000 alerts. The app is
called in this process by an admin with a session, so that a time is that of the whole answer but the network.
`--store` names a file or database that is kept; `--postgresql` starts a server of its own.
"""

from __future__ import annotations

import argparse
import gc
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from ops.access.users import users
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from tests.speed.lived_in import EVERYWHERE, LARGE, last_moment, live_in
from tests.support.desk_calls import Pages, Visitor, add_people
from tests.support.incident_samples import pseudonym
from tests.support.postgres_server import PostgresServer

BOUND_MS = 300
_LIKE_A_SERVER = ("shared_buffers=256MB", "max_connections=60")
_MORE = re.compile(r'href="([^"]*cursor=[^"]*)"')


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", default="sqlite:run/lived_in.db")
    parser.add_argument("--postgresql", action="store_true", help="a server of its own instead of --store")
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--open", type=int, default=10_000)
    parser.add_argument("--calls", type=int, default=30, help="of each page")
    parser.add_argument("--only", default="", help="pages whose name holds this")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with opened(chosen.store, chosen.postgresql) as store:
        live_in(store, chosen.incidents, 10, chosen.open)
        return measure(store, chosen.incidents, chosen.calls, chosen.only)


@contextmanager
def opened(url: str, is_own: bool) -> Iterator[Store]:
    if not is_own:
        store = Store(StoreSettings(url=url)).open()
        yield store
        return store.close()
    with PostgresServer(*_LIKE_A_SERVER) as server:
        server.run("CREATE DATABASE lived_in")
        store = Store(StoreSettings(url=server.url("lived_in"))).open()
        yield store
        store.close()
    return None


def measure(store: Store, count: int, calls: int, only: str) -> int:
    """Print a line a page; return 1 if one is above the bound."""
    pages = Pages(store, people=False)
    _let_in(pages)
    pages.now = last_moment(count)
    visitor, slow = pages.visitor("admin"), 0
    gc.collect()
    gc.freeze()  # as `ringwatch serve` does
    print(f"| {'page':<44} | p50 | p99 | kB |", flush=True)
    for name, path in paths(visitor, count).items():
        if only not in name:
            continue
        ms, size = timed(visitor, path, calls)
        slow += ms[-1] > BOUND_MS
        print(f"| {name:<44} | {ms[len(ms) // 2]:3.0f} | {ms[-1]:3.0f} | {size / 1e3:.0f} |", flush=True)
    return int(slow > 0)


def _let_in(pages: Pages) -> None:
    with pages.store.read() as session:
        if users(session):
            return
    add_people(pages.store)


def paths(visitor: Visitor, count: int) -> dict[str, str]:
    """Return the pages by name; where they list, with filters and further down."""
    incident = f"inc-{count - 100:016x}"
    device = f"device:{pseudonym(5_000_000 + (count - 100) // 3)}"
    found = {
        "queue": "/", "queue, mine": "/?show=mine", "queue, closed": "/?show=closed", "queue, due first": "/?sort=due",
        "queue, changed last": "/?sort=updated", "queue, late and critical": "/?due=late&severity=critical",
        "queue, a word of all headlines": "/?q=linked", "queue, a word of none": "/?q=nowhere", "incident": f"/incidents/{incident}",
        "incident of 300 accounts": f"/incidents/{LARGE}", "alerts": "/alerts", "alerts, blocked": "/alerts?decision=block",
        "alerts, critical sign-ups: there are none": "/alerts?severity=critical&type=signup", "alerts, last week": "/alerts?span=week",
        "alerts of a device": f"/alerts?entity={device}", "alerts of the entity of 100,000": f"/alerts?entity={EVERYWHERE}",
        "its critical alerts": f"/alerts?entity={EVERYWHERE}&severity=critical", "entities": "/entities", "entity": f"/entities/{device}",
        "entity of 100,000 alerts": f"/entities/{EVERYWHERE}", "audit": "/audit", "audit of a person": "/audit?actor=anna",
        "audit of an act": "/audit?action=case.verdict", "audit of a case": f"/audit?subject=case:case-{count - 1:016x}",
        "audit of an entity": f"/audit?entity={EVERYWHERE}", "rules": "/rules", "rule": "/rules/R7", "lists": "/lists",
        "list, one of two": "/lists?list=mules", "record of a list": "/lists/L7", "models": "/models", "overview": "/overview",
        "overview, 30 days": "/overview?days=30", "overview, 90 days": "/overview?days=90", "own page": "/me",
    }  # fmt: skip
    for name in ("queue", "alerts", "audit", "lists"):
        if further := _further(visitor, found[name]):
            found[f"{name}, page 5"] = further
    rows = re.findall(r'data-row="([^"]+)"', visitor.get("/"))
    return {**found, "50 rows that changed": f"/rows?ids={','.join(rows[:50])}"}


def _further(visitor: Visitor, path: str) -> str:
    for _ in range(4):
        links = _MORE.findall(visitor.get(path))
        if not links:
            return ""
        path = links[-1].replace("&amp;", "&")
    return path


def timed(visitor: Visitor, path: str, calls: int) -> tuple[list[float], int]:
    """Return the ms of so many calls in order, after one that fills caches, and the size of the page."""
    size, found = len(visitor.get(path)), []
    for _ in range(calls):
        begun = time.perf_counter()
        answer = visitor.client.get(path)
        found.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, answer.text
    return sorted(found), size


if __name__ == "__main__":
    raise SystemExit(main())
