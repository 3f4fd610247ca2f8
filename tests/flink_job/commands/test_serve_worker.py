"""What the worker of `ringwatch serve` does beside the streams."""

from __future__ import annotations

from sqlalchemy import select

from domain.times import DAY_MS
from flink_job.commands.serve_worker import _keep_house
from ops.cases.ingest.alerts import take_alerts
from ops.cases.store import Store
from ops.cases.tables import AlertDay
from tests.support.incident_samples import START, alert_document


def test_it_counts_the_days_that_are_over_until_none_is_left(sqlite_store: Store) -> None:
    with sqlite_store.begin() as session:
        take_alerts(session, [alert_document(number, START + number * DAY_MS) for number in range(15)])
    assert [_keep_house(sqlite_store) for _ in range(3)] == [10, 4, 0]
    with sqlite_store.read() as session:
        assert len(session.scalars(select(AlertDay.day).distinct()).all()) == 14
