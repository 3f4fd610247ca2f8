"""The overview: numbers of the store, and how what runs is said to be."""

from __future__ import annotations

import re

import pytest

from domain.decisions.decision import APPROVE, BLOCK, INVESTIGATE
from domain.times import DAY_MS
from ops.access.roles import Role
from ops.api.stream_read import StreamRead
from ops.cases.pace import decisions_by_minute, new_cases, released_money
from ops.cases.store import Store
from ops.cases.tables import DecidedEvent
from ops.cases.verdicts import give_verdict
from ops.desk import remembered
from ops.desk.job_health import HealthLine, health_lines
from tests.support.case_samples import NOW, SETTINGS, put_case
from tests.support.desk_calls import Pages, plain

MINUTE = 60_000


def put_decisions(store: Store, at: int, *outcomes: str) -> None:
    with store.begin() as session:
        for number, outcome in enumerate(outcomes):
            session.add(
                DecidedEvent(
                    event_id=f"e{at}-{number}",
                    account="",
                    event_type="order",
                    time=at,
                    pseudonyms={},
                    decision=outcome,
                    score=0.5,
                    decided_at=at,
                )
            )


def test_an_empty_store_has_an_overview(pages: Pages) -> None:
    page = plain(pages.visitor("viewer").get("/overview"))
    assert "Decisions a second 0.0" in page and "Flagged –" in page and "no verdict in 7 days" in page
    assert "Nobody has given one." in page


@pytest.mark.parametrize("role", list(Role.people()))
def test_everybody_may_look(quick_pages: Pages, role: Role) -> None:
    assert quick_pages.visitor(role).client.get("/overview?days=30").status_code == 200


def test_numbers_that_took_long_are_told_again_with_their_age(quick_pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "LONG_S", 0.0)
    visitor, counted = quick_pages.visitor("viewer"), quick_pages.app.state.counted
    assert "Counted" not in plain(visitor.get("/overview"))
    put_decisions(quick_pages.store, NOW - 2 * MINUTE, BLOCK)
    begun = counted._clock()
    monkeypatch.setattr(counted, "_clock", lambda: begun + 20)
    page = plain(visitor.get("/overview"))
    assert re.search(r"Counted \d+ s ago, anew after a minute", page) and "Flagged –" in page
    monkeypatch.setattr(counted, "_clock", lambda: begun + 61)
    assert "Flagged 100.00%" in plain(visitor.get("/overview"))


def test_its_numbers(pages: Pages) -> None:
    case = put_case(pages.store, 1, severity="critical")
    put_case(pages.store, 2, severity="high")
    put_decisions(pages.store, NOW - 2 * MINUTE, *[APPROVE] * 87, INVESTIGATE, INVESTIGATE, BLOCK)
    with pages.store.begin() as session:
        give_verdict(session, case, "legitimate", "known", by="lead", now=NOW, settings=SETTINGS, labels_to="redis:labels", label_time=NOW)
    page = plain(pages.visitor("viewer").get("/overview"))
    assert "Decisions a second 0.1 in the last 15 minutes" in page and "Flagged 3.33%" in page
    assert "False alarms 100% of 1 case with a verdict" in page and "Open cases 1 " in page
    assert "lead 1 0.1" in page


def test_decisions_are_counted_by_whole_minutes(store: Store) -> None:
    now = NOW - NOW % MINUTE + 30_000
    put_decisions(store, now, APPROVE)  # of the minute that goes on
    put_decisions(store, now - 40_000, APPROVE, BLOCK)
    put_decisions(store, now - 20 * MINUTE, BLOCK)
    with store.read() as session:
        found = decisions_by_minute(session, now, 3)
        assert [sum(one.counts) for one in found] == [0, 0, 2]
        assert found[-1].minute == now - 30_000 - MINUTE


def test_money_is_released_by_verdicts_that_hold(store: Store) -> None:
    case = put_case(store, 1)
    with store.begin() as session:
        assert released_money(session, 0, NOW + 1) == {}
        give_verdict(session, case, "legitimate", "known", by="lead", now=NOW, settings=SETTINGS, labels_to="redis:labels", label_time=NOW)
    with store.read() as session:
        assert set(released_money(session, NOW, NOW + 1)) <= {"EUR"}
        assert released_money(session, NOW + 1, NOW + 2) == {}
        assert new_cases(session, NOW - DAY_MS) == 0


def test_what_runs_is_said(quick_pages: Pages) -> None:
    def away() -> None:
        raise ConnectionError

    service = quick_pages.service
    service.checks = {"store": lambda: None}
    service.store_lag_s = lambda: 0.2
    service.streams = lambda: [
        StreamRead("events", 1, newest_at=NOW - 3 * MINUTE, is_decided=True),
        StreamRead("labels:0", 1, newest_at=NOW),
        StreamRead("labels", 20_000, (("job", 12_000), ("other", None))),
    ]
    assert health_lines(service) == [
        HealthLine("Store", "good", "answers"),
        HealthLine("Case store", "good", "has all that the streams have"),
        HealthLine("Stream events", "unknown", "1 entry, the newest 3 min ago; the store has no decision"),
        HealthLine("Stream labels:0", "unknown", "1 entry, the newest just now; how far the job has read it, its metrics say"),
        HealthLine("Stream labels", "bad", "20,000 entries; job: 12,000 to read; other: an unknown number to read"),
    ]
    put_decisions(quick_pages.store, NOW - 4 * MINUTE, APPROVE)
    assert health_lines(service)[2] == HealthLine("Stream events", "good", "1 entry, the newest 3 min ago; the newest decision 4 min ago")
    service.streams = lambda: [StreamRead("events", 1, newest_at=NOW, is_decided=True)]
    said = "1 entry, the newest just now; the newest decision 4 min ago: is the job running?"
    assert health_lines(service)[2] == HealthLine("Stream events", "bad", said)
    service.store_lag_s = lambda: 120.0
    assert health_lines(service)[1].state == "bad"
    service.checks = {"store": lambda: None, "redis": away}
    assert [line.state for line in health_lines(service)] == ["good", "bad"]
    service.checks, service.store_lag_s, service.streams = {}, lambda: 1 / 0, lambda: [][0]
    assert [line.state for line in health_lines(service)] == ["unknown", "unknown"]
    assert re.search("they cannot be read now", plain(quick_pages.visitor("viewer").get("/overview")))
