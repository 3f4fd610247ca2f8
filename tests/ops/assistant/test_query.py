"""The closed query language counts as plain lists do, and takes no word that it does not have."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from domain.times import DAY_MS
from ops.assistant.measures import MEASURES
from ops.assistant.query import MOST_GROUPS, counted, query_of
from ops.cases.errors import Invalid, NotFound
from ops.cases.store import Store
from tests.support.asked_month import FIRST_DAY, NOW, Month, month


def answer(store: Store, **arguments: Any) -> dict[Any, Any]:
    with store.read() as session:
        found = counted(session, query_of({"window": "2026-01", **arguments}, NOW))
    assert not found.is_cut
    return {row.values[:-1] if len(row.values) != 2 else row.values[0]: row.values[-1] for row in found.rows}


def test_counts_agree_with_lists_on_each_database(store: Store) -> None:
    made = month(store)
    check_alerts(store, made)
    check_incidents(store, made)


def check_alerts(store: Store, made: Month) -> None:
    assert answer(store, measure="alerts") == {(): len(made.alerts)}
    assert answer(store, measure="alerts", by="decision") == Counter(one["decision"] for one in made.alerts)
    days = Counter((one["event_time"] // DAY_MS * DAY_MS, one["decision"]) for one in made.alerts)
    assert answer(store, measure="alerts", by=["day", "decision"]) == days
    blocked = Counter(one["event_type"] for one in made.alerts if one["decision"] == "block" and one["event_time"] < FIRST_DAY + 7 * DAY_MS)
    week = {"where": {"decision": "block"}, "window": "2026-01-01..2026-01-07"}
    assert answer(store, measure="alerts", by="event_type", **week) == blocked
    sums = {
        money: sum(round(100 * (one["amount"] or 0)) for one in made.alerts if one["currency"] == money) / 100 for money in ("EUR", "USD")
    }
    assert answer(store, measure="flagged_money") == sums
    assert answer(store, measure="highest_score") == {(): max(one["score"] for one in made.alerts)}


def check_incidents(store: Store, made: Month) -> None:
    assert answer(store, measure="incidents", by="pattern") == Counter(one["pattern"] for one in made.incidents)
    assert answer(store, measure="incident_alerts") == {(): sum(one["alerts"] for one in made.incidents)}
    assert answer(store, measure="verdicts", by="word") == Counter(made.verdicts.values())
    cases = Counter(one["severity"] for one in made.incidents if one["severity"] != "low")
    assert answer(store, measure="cases", by="severity") == cases


def test_every_measure_by_every_trait_is_answered_on_each_database(store: Store) -> None:
    month(store, 4, 20)
    with store.read() as session:
        for name, measure in MEASURES.items():
            if measure.value is None:
                continue  # of the lake alone: test_lake.py
            for trait in ("day", *measure.subject.traits):
                counted(session, query_of({"measure": name, "by": trait, "window": "2026-01"}, NOW))


@pytest.mark.parametrize(
    ("arguments", "field", "says"),
    [
        ({}, "measure", "use one of alerts"),
        ({"measure": "alerts; DROP TABLE alerts"}, "measure", "there is no"),
        ({"measure": "alerts", "by": "account"}, "by", "there is no 'account'"),
        ({"measure": "alerts", "by": ["day", "day"]}, "by", "different words"),
        ({"measure": "alerts", "by": ["day", "decision", "severity"]}, "by", "at most 2"),
        ({"measure": "alerts", "where": {"desicion": "block"}}, "where", "did you mean decision?"),
        ({"measure": "alerts", "where": "1=1"}, "where", "write an object"),
        ({"measure": "alerts", "where": {"decision": ["block"]}}, "where", "a text"),
        ({"measure": "alerts", "sql": "SELECT 1"}, "arguments", "there is no 'sql'"),
        ({"measure": "alerts", "most": True}, "most", "a whole number"),
        ({"measure": "alerts", "most": MOST_GROUPS + 1}, "most", "a whole number"),
        ({"measure": "alerts", "window": "2020-01-01..2026-01-01"}, "window", "at most 400"),
        ({"measure": "alerts", "window": "2026-02-30"}, "window", "is no time"),
        ({"measure": "alerts", "window": "2026-01-09..2026-01-02"}, "window", "ends before it begins"),
    ],
)
def test_other_words_are_refused_with_the_mend(arguments: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(Invalid, match=f"^{field}: .*{says}") as raised:
        query_of(arguments, NOW)
    assert raised.value.field == field


def test_a_value_is_compared_and_never_run(sqlite_store: Store) -> None:
    month(sqlite_store, 1, 5)
    with pytest.raises(NotFound, match="nothing that is kept has this decision"):
        answer(sqlite_store, measure="alerts", where={"decision": "block' OR '1'='1"})
