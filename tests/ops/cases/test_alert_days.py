"""Alerts by day: what is kept is what a count of all alerts gives, whatever comes and goes."""

from __future__ import annotations

import random
import threading

from sqlalchemy import select, update

from domain.times import DAY_MS
from ops.cases.alert_days import count_days, day_counts
from ops.cases.ingest.alerts import take_alerts
from ops.cases.retention import forget
from ops.cases.settings import StoreSettings
from ops.cases.statistics import alerts_by_day
from ops.cases.store import Store
from ops.cases.tables import AlertDay
from tests.support.incident_samples import START, alert_document

DAY = START - START % DAY_MS
DECISIONS, CURRENCIES = ("investigate", "block"), ("EUR", "USD", None)


def put(store: Store, numbers: range, days: range, seed: int = 7) -> None:
    chance = random.Random(seed)
    documents = []
    for number in numbers:
        currency = chance.choice(CURRENCIES)
        amount = None if currency is None else chance.randrange(1, 9000) / 100
        time = DAY + chance.choice(days) * DAY_MS + chance.randrange(DAY_MS)
        documents.append(alert_document(number, time, decision=chance.choice(DECISIONS), currency=currency, amount=amount))
    with store.begin() as session:
        take_alerts(session, documents)


def count(store: Store) -> int:
    with store.begin() as session:
        return count_days(session)


def kept(store: Store) -> list[int]:
    with store.read() as session:
        return sorted({(row - DAY) // DAY_MS for row in session.scalars(select(AlertDay.day))})


def both(store: Store, time_from: int, time_before: int) -> tuple[object, object]:
    """The numbers with what is kept, and with nothing kept."""
    with store.read() as session:
        found = alerts_by_day(session, time_from, time_before)
    with store.begin() as session:
        session.execute(update(AlertDay).values(day=AlertDay.day - 1000 * DAY_MS))  # out of the way, as if none was
        bare = alerts_by_day(session, time_from, time_before)
        session.execute(update(AlertDay).values(day=AlertDay.day + 1000 * DAY_MS))
    return found, bare


def test_days_that_are_over_are_counted_once_and_numbers_are_the_same(store: Store) -> None:
    assert count(store) == 0, "an empty store has no day"
    put(store, range(300), range(14))
    assert (count(store), count(store), count(store)) == (10, 3, 0)
    assert kept(store) == list(range(13)), "the last day goes on"
    whole, half = (DAY - 5 * DAY_MS, DAY + 20 * DAY_MS), (DAY + DAY_MS // 3, DAY + 9 * DAY_MS + 5)
    for span in (whole, half, (DAY, DAY + DAY_MS), (DAY + 5, DAY + 9), (DAY + 3 * DAY_MS, DAY + 3 * DAY_MS)):
        found, bare = both(store, *span)
        assert found == bare
    with store.read() as session:
        assert sum(one.alerts for one in day_counts(session, *whole)) == 300


def test_a_late_alert_and_one_that_goes_have_their_day_counted_again(store: Store) -> None:
    put(store, range(100), range(5))
    count(store)
    put(store, range(100, 102), range(1, 2))
    assert kept(store) == [0, 2, 3]
    assert both(store, DAY, DAY + 5 * DAY_MS)[0] == both(store, DAY, DAY + 5 * DAY_MS)[1]
    assert (count(store), kept(store)) == (1, [0, 1, 2, 3])
    with store.begin() as session:
        forget(session, DAY + 5 * DAY_MS, StoreSettings(url="sqlite:x", retention_days=3.0))
    assert kept(store) == [2, 3]
    found, bare = both(store, DAY, DAY + 5 * DAY_MS)
    assert found == bare


def test_a_day_without_alerts_is_counted_once(store: Store) -> None:
    put(store, range(2), range(1))
    put(store, range(2, 4), range(4, 5))
    assert (count(store), count(store)) == (4, 0)
    with store.read() as session:
        assert [one.day for one in alerts_by_day(session, DAY, DAY + 9 * DAY_MS)] == [DAY, DAY + 4 * DAY_MS]


def test_alerts_that_come_while_days_are_counted_are_in_them(store: Store) -> None:
    put(store, range(50), range(6))
    threads = [threading.Thread(target=put, args=(store, range(100 * part, 100 * part + 40), range(6), part)) for part in range(1, 6)] + [
        threading.Thread(target=count, args=(store,)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while count(store):
        pass
    found, bare = both(store, DAY, DAY + 6 * DAY_MS)
    assert found == bare and sum(one.alerts for one in found) == 250  # type: ignore[attr-defined]
