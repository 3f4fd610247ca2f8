"""Three days against truth: every figure worked out again from whole tables, on both databases."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.times import DAY_MS, HOUR_MS, rfc3339
from ops.cases.decided_events import take_decisions
from ops.cases.ingest.alerts import take_alerts
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.digest.day import IN_UTC, DayError, day_of
from ops.digest.figures import Digest, Prices
from ops.digest.from_lake import lake_day
from ops.digest.gather import OF_STORE, Gathering, digest_of
from ops.digest.lake_day import LakeDay, unknown_day
from ops.digest.sections import foot
from ops.lake.query import Limits
from tests.ops.digest import truth
from tests.support.digest_samples import DAYS, FIRST, NOW, decisions, fill, fill_decided, fill_lake, labels, write
from tests.support.incident_samples import alert_document

PRICES = Prices(review=5.0, blocked_good=15.0)
LIMITS = Limits(20.0, 1000, 512)
NO_LAKE = unknown_day()


def digest(
    store: Store, day: str, lake: LakeDay = NO_LAKE, now: int = NOW, settings: StoreSettings | None = None, zone: ZoneInfo = IN_UTC
) -> Digest:
    with store.read() as session:
        return digest_of(session, day_of(day, now, zone), lake, Gathering(PRICES, settings or StoreSettings(), now, "not asked"))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> str:
    return fill_lake(tmp_path_factory.mktemp("digest") / "lake")


def test_three_days_are_as_the_tables_say(store: Store) -> None:
    fill(store)
    for number, day in enumerate(DAYS):
        found, start = digest(store, day), FIRST + number * DAY_MS
        flagged, incidents = truth.flagged(store, start), truth.incidents(store, start)
        assert found.money and found.work and found.incidents and found.llm
        assert found.alerts == flagged["alerts"]
        for name in ("stopped", "unjudged", "held_wrongly", "without_amount"):
            assert getattr(found.money, name) == flagged[name], (day, name)
        for name in ("verdicts", "reviewed", "false_blocks", "cases_closed"):
            assert getattr(found.work, name) == flagged[name], (day, name)
        assert found.work.review_cost == 5.0 * flagged["reviewed"]
        assert found.work.false_block_cost == (15.0 * flagged["false_blocks"] if flagged["is_judged"] else None)
        for name in ("new", "grown", "ended", "patterns"):
            assert getattr(found.incidents, name) == incidents[name], (day, name)
        assert [one.id for one in found.incidents.largest] == incidents["largest"]
        llm = found.llm
        assert (llm.revisions, llm.by_model, llm.calls, llm.tokens, llm.cost) == incidents["llm"]
        changes = [row for row in truth.rows(store, "control_changes") if truth.within(start)(row["at"])]
        assert [(one.id, one.by, one.status) for one in found.changes] == [(row["record_id"], row["by"], "sent") for row in changes]


def test_the_three_days_have_all_that_is_tested(store: Store) -> None:
    """Equal figures say nothing where all of them are 0."""
    fill(store)
    days = [truth.flagged(store, FIRST + number * DAY_MS) | truth.incidents(store, FIRST + number * DAY_MS) for number in range(3)]
    for name in ("stopped", "unjudged", "held_wrongly", "without_amount", "reviewed", "false_blocks", "new", "grown", "ended"):
        assert any(day[name] for day in days), name


def test_the_week_ends_with_the_day_and_begins_unknown(store: Store) -> None:
    fill(store)
    week = digest(store, DAYS[2]).week
    assert [one.day for one in week] == [*(f"2026-02-{day}" for day in (26, 27, 28)), "2026-03-01", *DAYS]
    assert [one.alerts for one in week[:4]] == [None] * 4
    for number, one in enumerate(week[4:]):
        start = FIRST + number * DAY_MS
        its = [row for row in truth.rows(store, "alerts") if truth.within(start)(row["time"])]
        assert one.alerts == len(its)
        assert one.blocked == truth.added((row["currency"], row["amount"]) for row in its if row["decision"] == "block")


def test_decisions_and_what_was_missed_are_of_the_lake(sqlite_store: Store, lake: str) -> None:
    for number, day in enumerate(DAYS):
        found, start = digest(sqlite_store, day, lake_day(lake, LIMITS, day_of(day, NOW))), FIRST + number * DAY_MS
        assert found.decisions == truth.outcomes(decisions(), start)
        assert (found.missed, found.missed_events) == truth.missed(decisions(), labels(), start)
        assert found.missed_events and found.missed


def test_without_a_lake_decisions_are_of_the_store_and_what_was_missed_is_unknown(store: Store) -> None:
    fill_decided(store)
    for number, day in enumerate(DAYS):
        found = digest(store, day)
        assert found.decisions == truth.outcomes(decisions(), FIRST + number * DAY_MS)
        assert (found.missed, found.missed_events, found.unknown["missed"]) == (None, None, "there is no lake (lake.url)")


def test_decisions_that_the_store_has_begun_to_forget_are_unknown(sqlite_store: Store) -> None:
    fill_decided(sqlite_store)
    found = digest(sqlite_store, DAYS[0], settings=StoreSettings(event_days=2.5))
    assert found.decisions is None and "service.store.event_days" in found.unknown["decisions"]
    assert digest(sqlite_store, DAYS[2], settings=StoreSettings(event_days=1.5)).decisions


def test_a_lake_without_labels_knows_decisions_only(sqlite_store: Store, tmp_path: Path) -> None:
    url = fill_lake(tmp_path / "lake", with_labels=False)
    found = digest(sqlite_store, DAYS[1], lake_day(url, LIMITS, day_of(DAYS[1], NOW)))
    assert found.decisions == truth.outcomes(decisions(), FIRST + DAY_MS)
    assert found.missed is None and "labels" in found.unknown["missed"]


@pytest.mark.parametrize(
    ("day", "why"), [("2026-03-01", "the lake begins after this day"), ("2026-03-05", "the lake does not reach this day yet")]
)
def test_days_outside_the_lake_are_unknown(day: str, why: str, lake: str) -> None:
    assert lake_day(lake, LIMITS, day_of(day, NOW)) == LakeDay(why, why)


def test_a_lake_that_is_away_leaves_the_rest(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store)
    away = tmp_path / "file"
    away.write_text("no lake")
    found = digest(sqlite_store, DAYS[1], lake_day(str(away), LIMITS, day_of(DAYS[1], NOW)))
    assert found.missed is None and found.unknown["missed"].startswith("the lake gives no answer: ")
    assert found.money and found.money.stopped


def test_a_day_without_anything_is_zero_where_the_store_knows_and_unknown_before_it(store: Store) -> None:
    assert digest(store, DAYS[0]).unknown["alerts"] == "the store has no event yet"
    fill(store)
    quiet = digest(store, "2026-03-20", now=NOW + 30 * DAY_MS)
    assert quiet.money and quiet.work and quiet.incidents
    assert (quiet.alerts, quiet.money.stopped, quiet.incidents.new, quiet.work.review_cost) == ({"block": 0, "investigate": 0}, {}, 0, 0.0)
    before = digest(store, "2026-03-01")
    assert {before.unknown[name] for name in OF_STORE} == {"the store begins after this day"}
    assert [getattr(before, name) for name in OF_STORE] == [None] * len(OF_STORE)


def test_a_day_that_the_store_no_longer_keeps_is_unknown(sqlite_store: Store) -> None:
    fill(sqlite_store)
    found = digest(sqlite_store, DAYS[0], settings=StoreSettings(retention_days=1.0))
    assert found.money is None and "service.store.retention_days" in found.unknown["money"]


def test_days_are_named() -> None:
    assert [day_of(text, NOW).name for text in ("yesterday", "today", "2026-03-02")] == ["2026-03-04", "2026-03-05", "2026-03-02"]
    assert rfc3339(day_of("2026-03-02", NOW).start) == "2026-03-02T00:00:00Z"
    assert not day_of("today", NOW).is_over(NOW)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-03-06", "has not begun: it is 2026-03-05"),
        ("tomorrow", "is no day"),
        ("1999-01-01", "before 2000"),
        ("2026-02-30", "is no day"),
    ],
)
def test_other_days_are_refused(text: str, why: str) -> None:
    with pytest.raises(DayError, match=why):
        day_of(text, NOW)


BERLIN = ZoneInfo("Europe/Berlin")
SHORT, LONG = "2026-03-29", "2026-10-25"
"""Days on which clocks are changed there: of 23 and of 25 hours."""


@pytest.mark.parametrize(("name", "begins", "hours"), [(SHORT, "2026-03-28T23:00:00Z", 23), (LONG, "2026-10-24T22:00:00Z", 25)])
def test_a_day_of_a_zone_is_as_long_as_its_clocks_say(name: str, begins: str, hours: int) -> None:
    day = day_of(name, NOW + 365 * DAY_MS, BERLIN)
    assert (rfc3339(day.start), day.before - day.start) == (begins, hours * HOUR_MS)
    week = day.week
    assert week[-1] == day and all(one.before == after.start for one, after in pairwise(week))


def test_the_day_of_a_zone_is_named_by_its_clocks() -> None:
    late = day_of(DAYS[0], NOW).before - HOUR_MS
    assert [day_of("today", late, zone).name for zone in (IN_UTC, BERLIN)] == [DAYS[0], DAYS[1]]


@pytest.mark.parametrize("name", [SHORT, LONG])
def test_events_are_of_the_day_that_the_clocks_of_the_zone_show(name: str, store: Store, tmp_path: Path) -> None:
    day = day_of(name, NOW + 365 * DAY_MS, BERLIN)
    times, now = (day.start - 1, day.start, day.before - 1, day.before), day.before + DAY_MS
    flagged = [alert_document(number, at, decision="block", amount=10.0, currency="EUR") for number, at in enumerate(times)]
    decided = [{**decisions()[0], "event_id": f"d{number}", "event_time": at, "decision": "approve"} for number, at in enumerate(times)]
    with store.begin() as session:
        take_alerts(session, flagged)
        take_decisions(session, [{**one, "decided_at": one["event_time"]} for one in decided])
    write(tmp_path / "lake", "decisions", decided)
    for lake in (NO_LAKE, lake_day(str(tmp_path / "lake"), LIMITS, day)):
        found = digest(store, name, lake, now, zone=BERLIN)
        assert (found.alerts, found.decisions) == ({"block": 2, "investigate": 0}, {"approve": 2, "block": 0, "investigate": 0})
        assert found.money and found.money.stopped == {"EUR": 20.0} and found.time_zone == "Europe/Berlin"
        assert [(one.alerts, one.blocked) for one in found.week[-2:]] == [(1, {"EUR": 10.0}), (2, {"EUR": 20.0})]
        assert ("CEST" if name == SHORT else "CET") in foot(found) and foot(found).endswith("Days are in Europe/Berlin.")
