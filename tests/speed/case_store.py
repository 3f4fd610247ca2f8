"""How long lists and writes of a large case store take, and how many alerts a second a worker stores.

`python -m tests.speed.case_store --store sqlite:run/large.db` fills an empty store and measures it. One
process, one thread; times are those of `Store.read` and `Store.begin` with what is in them, no HTTP.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy.orm import Session

from ops.case_feed.feed import BATCH
from ops.cases.alert_days import count_days
from ops.cases.alerts import AlertFilter, alerts
from ops.cases.audit.entries import entries
from ops.cases.claims import claim, next_case, release
from ops.cases.comments import comment
from ops.cases.entities import entity_seen, incidents_of_entity
from ops.cases.incidents import SORTS, IncidentFilter, incident, incidents, revisions
from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.incidents import take_incidents
from ops.cases.queue import SORTS as CASE_SORTS
from ops.cases.queue import STATES, CaseFilter, cases, count_cases
from ops.cases.settings import CaseSettings, StoreSettings
from ops.cases.similar import similar
from ops.cases.statistics import alerts_by_day, queue_numbers, verdict_numbers
from ops.cases.store import Store
from ops.cases.verdicts import give_verdict
from tests.support.case_samples import NOW, revision_document
from tests.support.incident_samples import START, alert_document, pseudonym

SETTINGS = CaseSettings()
SEVERITIES = ("low", "medium", "medium", "medium", "high", "high", "critical")
PATTERNS = ("device farm", "refund abuse", "card testing", "unclear")
MINUTE_MS, DAY_MS = 60_000, 86_400_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", default="sqlite:run/large.db")
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--alerts-each", type=int, default=10)
    parser.add_argument("--calls", type=int, default=200, help="of each kind")
    chosen = parser.parse_args()
    store = Store(StoreSettings(url=chosen.store)).open()
    print(f"{chosen.incidents:,} incidents of {chosen.alerts_each} alerts in {store.place}", flush=True)
    fill(store, chosen.incidents, chosen.alerts_each)
    while write(store, count_days):
        pass
    size = Size(chosen.incidents, chosen.alerts_each, random.Random(5))
    for name, call in reads(size).items():
        show(name, timed(lambda call=call: read(store, call), chosen.calls))  # type: ignore[misc]
    for name, call in writes(size).items():
        show(name, timed(lambda call=call: write(store, call), chosen.calls))  # type: ignore[misc]
    store.close()


class Size:
    """How large the store is, and chance to choose in it."""

    def __init__(self, count: int, alerts_each: int, chance: random.Random) -> None:
        self.count, self.alerts_each, self.chance = count, alerts_each, chance
        self._cases = iter(chance.sample(range(count), count))

    def incident_id(self) -> str:
        """Return one of the incidents."""
        return f"inc-{self.chance.randrange(self.count):016x}"

    def fresh_case(self) -> str:
        """Return a case that was not chosen before, of an incident that has one."""
        return next(f"case-{number:016x}" for number in self._cases if SEVERITIES[number % len(SEVERITIES)] != "low")

    def device(self) -> str:
        """Return an entity that alerts name."""
        return f"device:{pseudonym(5_000_000 + self.chance.randrange(self.count // 3))}"


def documents(number: int, alerts_each: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return an incident's alerts and its revision. Three share a device; a minute lies between two."""
    start, ring = START + number * MINUTE_MS, f"{number:016x}"
    its = [
        alert_document(
            number * alerts_each + place,
            start + place * 1000,
            event_id=f"event-{number}-{place}",
            ring=ring,
            entities={
                "account": pseudonym(10 * number + place % 4),
                "device": pseudonym(5_000_000 + number // 3),
                "address": pseudonym(9_000_000 + number),
            },
        )
        for place in range(alerts_each)
    ]
    word = SEVERITIES[number % len(SEVERITIES)]
    money = {"EUR": float(number * 7919 % 100_000)}
    return its, revision_document(number, its, severity=word, pattern=PATTERNS[number % 4], money_at_risk=money)


def fill(store: Store, count: int, alerts_each: int) -> None:
    """Write all of it in batches as the worker does, and show the rates of the last tenth."""
    per_batch = max(1, BATCH // alerts_each)
    spent = {"alerts": 0.0, "incidents": 0.0}
    for first in range(0, count, per_batch):
        if first >= 0.9 * count > first - per_batch:
            spent = dict.fromkeys(spent, 0.0)
            measured_from = first
        made = [documents(number, alerts_each) for number in range(first, min(count, first + per_batch))]
        begun = time.perf_counter()
        with store.begin() as session:
            take_alerts(session, [alert for its, _ in made for alert in its])
        between = time.perf_counter()
        with store.begin() as session:
            take_incidents(session, [(revision, NOW) for _, revision in made], SETTINGS)
        spent["alerts"] += between - begun
        spent["incidents"] += time.perf_counter() - between
    last = count - measured_from
    print(f"alerts/s of the last tenth: {last * alerts_each / spent['alerts']:,.0f}")
    print(f"revisions/s of the last tenth: {last / spent['incidents']:,.0f}")
    print(f"alerts/s with a revision for every {alerts_each}: {last * alerts_each / sum(spent.values()):,.0f}", flush=True)


def reads(size: Size) -> dict[str, Callable[[Session], object]]:
    """Return the lists, each as a call with a filter or place by chance."""
    ranks = (1, 2, 3)
    calls: dict[str, Callable[[Session], object]] = {
        **{f"incidents by {sort}": lambda session, sort=sort: incidents(session, None, sort) for sort in SORTS},  # type: ignore[misc]
        "incidents of a severity": lambda session: incidents(session, IncidentFilter(severity_rank=size.chance.choice(ranks))),
        "incidents of a pattern, by money": lambda session: incidents(session, IncidentFilter(pattern=PATTERNS[1]), "money"),
        "incidents, the middle": lambda session: incidents(session, cursor=(START + size.count // 2 * MINUTE_MS, "inc-8")),
        "one incident": lambda session: incident(session, size.incident_id()),
        "its revisions": lambda session: revisions(session, size.incident_id()),
        "its alerts": lambda session: alerts(session, AlertFilter(incident=size.incident_id())),
        "similar incidents": lambda session: similar(session, size.incident_id()),
        "alerts": lambda session: alerts(session),
        "alerts of a decision": lambda session: alerts(session, AlertFilter(decision="investigate")),
        "alerts of an entity": lambda session: alerts(session, AlertFilter(entity=size.device())),
        "an entity": lambda session: (entity_seen(session, size.device()), incidents_of_entity(session, size.device())),
        "numbers of the queue": lambda session: queue_numbers(session, NOW),
        "alerts by day, 30 days": lambda session: alerts_by_day(session, START, START + 30 * DAY_MS),
        "numbers of verdicts": lambda session: verdict_numbers(session, 0, NOW + DAY_MS),
        "audit": lambda session: entries(session),
    }
    for state in STATES:
        for sort in CASE_SORTS:
            calls[f"cases {state} by {sort}"] = lambda session, state=state, sort=sort: cases(session, CaseFilter(state), sort)  # type: ignore[misc]
    calls["count of the queue"] = lambda session: count_cases(session)
    return calls


def writes(size: Size) -> dict[str, Callable[[Session], object]]:
    """Return what people do, and the worker's batch of alerts."""
    numbers: Iterator[int] = iter(range(size.count, 2 * size.count))
    act: Any = {"by": "anna", "now": NOW, "settings": SETTINGS}

    def claimed(session: Session) -> None:
        claim(session, size.fresh_case(), **act)

    def commented(session: Session) -> None:
        comment(session, size.fresh_case(), "looks like the ring of last week", **act)

    def said(session: Session) -> None:
        give_verdict(session, size.fresh_case(), "fraud", "same courier", labels_to="redis:labels", **act)

    def released(session: Session) -> None:
        case = size.fresh_case()
        claim(session, case, **act)
        release(session, case, **act)

    def batch(session: Session) -> None:
        take_alerts(session, [alert for _ in range(BATCH // size.alerts_each) for alert in documents(next(numbers), size.alerts_each)[0]])

    return {
        "claim": claimed,
        "next case": lambda session: next_case(session, **act),
        "comment": commented,
        "verdict": said,
        "claim and release": released,
        f"batch of {BATCH} alerts": batch,
    }


def read(store: Store, call: Callable[[Session], object]) -> None:
    with store.read() as session:
        call(session)


def write(store: Store, call: Callable[[Session], object]) -> object:
    with store.begin() as session:
        return call(session)


def timed(call: Callable[[], object], count: int) -> list[float]:
    """Return the ms of so many calls, the first left out: it fills caches of statements."""
    call()
    found = []
    for _ in range(count):
        begun = time.perf_counter()
        call()
        found.append((time.perf_counter() - begun) * 1000)
    return sorted(found)


def show(name: str, ms: list[float]) -> None:
    """Print p50, p99 and the longest."""
    print(f"| {name:<34} | {ms[len(ms) // 2]:8.1f} | {ms[int(0.99 * len(ms)) - 1]:8.1f} | {ms[-1]:8.1f} |", flush=True)


if __name__ == "__main__":
    main()
