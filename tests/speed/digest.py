"""How long the digest of a day of 100,000 decisions takes: `python -m tests.speed.digest [--postgresql]`.

The store has 1,000,000 decided events, of ten days, and two days of incidents, one a minute of ten alerts
each. Timed is what the desk and the command wait for: all figures, from the store alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import insert

from domain.times import DAY_MS
from ops.cases.store import Store
from ops.cases.tables import DecidedEvent
from ops.digest.day import day_of
from ops.digest.figures import Prices
from ops.digest.gather import Gathering, digest_of
from ops.digest.lake_day import unknown_day
from tests.speed.case_store import fill
from tests.speed.desk_pages import opened
from tests.support.incident_samples import START, pseudonym

DAYS, BATCH = 10, 10_000
MIDNIGHT = START - START % DAY_MS
OUTCOMES = ("approve",) * 43 + ("investigate",) * 5 + ("block",) * 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", default="sqlite:run/digest.db")
    parser.add_argument("--postgresql", action="store_true", help="a server of its own instead of --store")
    parser.add_argument("--decisions", type=int, default=100_000, help="a day")
    parser.add_argument("--calls", type=int, default=10)
    chosen = parser.parse_args()
    with opened(chosen.store, chosen.postgresql) as store:
        fill_days(store, chosen.decisions)
        seconds = sorted(timed(store) for _ in range(chosen.calls))
        print(f"{store.place.partition(':')[0]}: median {seconds[len(seconds) // 2]:.2f} s, at worst {seconds[-1]:.2f} s", flush=True)


def fill_days(store: Store, decisions: int) -> None:
    """Write decided events of ten days, and incidents from `START` on."""
    fill(store, 2 * 1440, 10)
    for first in range(0, DAYS * decisions, BATCH):
        with store.begin() as session:
            session.execute(insert(DecidedEvent), list(_events(first, decisions)))
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _events(first: int, decisions: int) -> Iterator[dict[str, object]]:
    for number in range(first, first + BATCH):
        at = MIDNIGHT - 6 * DAY_MS + number * DAY_MS // decisions
        account = pseudonym(number % 40_000)
        yield {
            "event_id": f"order-{number * 7919 % 1_000_003}-{number}",
            "account": account,
            "event_type": "order",
            "time": at,
            "pseudonyms": {"account": account, "device": pseudonym(number % 60_000)},
            "decision": OUTCOMES[number % len(OUTCOMES)],
            "score": 0.25,
            "decided_at": at + 40,
        }


def timed(store: Store) -> float:
    """Return the seconds of a digest of the first whole day of incidents."""
    now = MIDNIGHT + 2 * DAY_MS
    day = day_of(datetime.fromtimestamp(MIDNIGHT / 1000 + 86_400, UTC).date().isoformat(), now)
    began = time.perf_counter()
    with store.read() as session:
        found = digest_of(session, day, unknown_day(), Gathering(Prices(5.0, 15.0), store.settings, now, "not asked"))
    seconds = time.perf_counter() - began
    assert found.decisions and sum(found.decisions.values()) and found.incidents and found.incidents.new
    return seconds


if __name__ == "__main__":
    main()
