"""Alerts of a rare kind: all are found, page by page, and no page looks at more than it may."""

from __future__ import annotations

import random
from itertools import product

from ops.cases.alert_search import found_alerts
from ops.cases.alerts import AlertFilter
from ops.cases.ingest.alerts import take_alerts
from ops.cases.store import Store
from tests.support.incident_samples import START, alert_document, pseudonym

DEVICE = f"device:{pseudonym(1_000_000)}"
COUNT = 60


def fill(store: Store) -> dict[int, tuple[str, str]]:
    """Write alerts of which three share each moment; return severity and type by number."""
    chance = random.Random(7)
    kinds = {number: (chance.choice(("medium", "medium", "critical")), chance.choice(("order", "login"))) for number in range(COUNT)}
    with store.begin() as session:
        take_alerts(
            session,
            [alert_document(n, START + n // 3 * 1000, severity=severity, event_type=type_) for n, (severity, type_) in kinds.items()],
        )
    return kinds


def test_every_alert_is_found_once_the_latest_first(store: Store) -> None:
    kinds = fill(store)
    expected = {f"e{n}" for n, kind in kinds.items() if kind == ("critical", "login") and n // 3 >= 2}
    for among, limit, entity in product((1, 2, 7, 59, 60, 61), (1, 5, 200), (None, DEVICE)):
        wanted = AlertFilter(entity=entity, severity="critical", event_type="login", time_from=START + 2000)
        found = walked(store, wanted, limit, among)
        assert len(found) == len(expected) and set(found) == expected, (among, limit, entity)
        assert found == sorted(found, key=lambda name: -(int(name[1:]) // 3))


def walked(store: Store, wanted: AlertFilter, limit: int, among: int) -> list[str]:
    """The alerts of all pages."""
    found, cursor = list[str](), None
    for _ in range(COUNT + 2):
        with store.read() as session:
            page = found_alerts(session, wanted, cursor, limit, among)
        assert len(page.rows) <= min(limit, among)
        found, cursor = [*found, *(row.event_id for row in page.rows)], page.after
        if cursor is None:
            return found
    raise AssertionError("it never ends")


def test_without_a_narrow_filter_nothing_is_bounded(store: Store) -> None:
    fill(store)
    with store.read() as session:
        assert len(found_alerts(session, AlertFilter(entity=DEVICE), None, 50, among=3).rows) == 50
