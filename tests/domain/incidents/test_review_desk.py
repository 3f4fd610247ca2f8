"""Review capacity: the cap within any hour, the strongest first, nothing silently lost."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.incidents.incident import Incident
from domain.incidents.review_desk import HELD_HOURS, HOUR_MS, ReviewDesk, is_overflow
from domain.times import MINUTE_MS
from tests.support.incident_samples import START, alert, incident_of

BASE = incident_of([alert(1)])


def test_the_record_of_an_older_build_is_read_and_what_it_held_goes_first() -> None:
    counts = {"held": 1, "replaced": 0, "dropped": 0, "released": 0, "noted": START}
    old = json.dumps({"clock": START, "told": [START], "waiting": {"b": [1, 0, 1]}, **counts})
    state = {"": old, "b": json.dumps({**BASE, "id": "b"})}
    assert ReviewDesk(1, state).on_deadline(START + 1) == ([], START + HOUR_MS)
    strong = Incident.of({**BASE, "id": "c", "severity": "critical", "told_at": START + 7})
    assert ReviewDesk(1, state).on_revision(strong) == ([], START + HOUR_MS)
    published, _ = ReviewDesk(1, state).on_deadline(START + HOUR_MS)
    assert names(published)[0] == "b.2"


class Desk:
    def __init__(self, per_hour: int) -> None:
        self.state: dict[str, str] = {}
        self.desk, self.due, self.out = ReviewDesk(per_hour, self.state), set[int](), list[dict[str, Any]]()

    def tell(
        self, name: str, at_ms: int, revision: int = 1, severity: str = "medium", alerts: int = 1, **more: Any
    ) -> list[dict[str, Any]]:
        self.advance(at_ms)
        changes = {"id": name, "revision": revision, "severity": severity, "alerts": alerts, "told_at": at_ms, **more}
        return self._take(*self.desk.on_revision(Incident.of({**BASE, **changes})))

    def advance(self, to_ms: int) -> list[dict[str, Any]]:
        published: list[dict[str, Any]] = []
        while self.due and min(self.due) <= to_ms:
            now = min(self.due)
            self.due.remove(now)
            published += self._take(*self.desk.on_deadline(now))
        return published

    def _take(self, published: list[dict[str, Any]], deadline: int | None) -> list[dict[str, Any]]:
        if deadline is not None:
            self.due.add(deadline)
        self.out += published
        return published


def names(documents: list[dict[str, Any]]) -> list[str]:
    return ["overflow" if is_overflow(document) else f"{document['id']}.{document['revision']}" for document in documents]


SEVERITY = st.sampled_from(["low", "medium", "high", "critical"])
RISES = st.sampled_from([[], ["alerts"], ["alerts", "severity"], ["money"], ["money", "paid"]])
TOLD = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40), SEVERITY, st.integers(1, 50), RISES), max_size=60)


@settings(max_examples=200, deadline=None)
@given(TOLD, st.integers(1, 20))
def test_no_hour_has_more_than_its_capacity_and_each_incident_is_told_in_the_end(moves: list[Any], per_hour: int) -> None:
    desk, now, revisions = Desk(per_hour), START, dict[str, int]()
    for name, minutes, severity, alerts, rises in moves:
        now += minutes * 60_000
        revisions[f"i{name}"] = revisions.get(f"i{name}", 0) + 1
        desk.tell(f"i{name}", now, revisions[f"i{name}"], severity, alerts, rises=rises)
        assert_nothing_waits_that_has_its_own_share(desk, per_hour, now)
    desk.advance(now + 100 * HOUR_MS)
    published = [document for document in desk.out if not is_overflow(document)]
    times = [document["told_at"] for document in published]
    assert times == sorted(times)
    assert all(late - early >= HOUR_MS for early, late in zip(times, times[per_hour:], strict=False))
    last: dict[str, int] = {}
    for document in published:
        assert document["revision"] > last.get(document["id"], 0), "revisions of an incident stay in order"
        last[document["id"]] = document["revision"]
    assert last == revisions, "the latest revision is published in the end"
    assert set(desk.state) <= {""}
    records = [document for document in desk.out if is_overflow(document)]
    assert not records or records[-1]["waiting"] == 0
    finished = [record for record in records if record["waiting"] == 0]
    for record in finished:
        assert record["held"] == record["released"] + record["replaced"] + record["dropped"]
    assert len(published) + sum(record["replaced"] for record in finished) == len(moves)


def assert_nothing_waits_that_has_its_own_share(desk: Desk, per_hour: int, now: int) -> None:
    """By what was published: half of an hour is for incidents that nobody knew, a tenth for rises, a place
    every so many minutes, and a fifteenth for what was paid.
    """
    known, told = set[str](), list[tuple[int, str]]()
    for document in (document for document in desk.out if not is_overflow(document)):
        told.append((document["told_at"], kind_of(document, known)))
        known.add(document["id"])
    waiting = {kind_of(json.loads(text), known) for name, text in desk.state.items() if name}
    within = [kind for told_at, kind in told if now - told_at < HOUR_MS]
    half, tenth, fifteenth = (per_hour // part for part in (2, 10, 15))
    assert within.count("other") <= per_hour - half - tenth - fifteenth - per_hour // 12
    if "first" in waiting:
        assert within.count("first") >= half
    if "paid" in waiting:
        assert within.count("paid") >= fifteenth
    if "rise" in waiting:
        unused = max(0, half - within.count("first")) + max(0, fifteenth - within.count("paid"))
        assert len(within) + unused + tenth >= per_hour
        assert not tenth or any(kind == "rise" and now - at <= HOUR_MS // tenth for at, kind in told)


def kind_of(document: dict[str, Any], known: set[str]) -> str:
    if document["id"] not in known:
        return "first"
    if "paid" in document["rises"]:
        return "paid"
    return "rise" if {"severity", "money"}.intersection(document["rises"]) else "other"


def test_what_is_weak_waits_for_a_while_and_not_for_ever() -> None:
    """Each minute a critical incident, twice as many as the hour has places: those of the next 90 minutes go
    before it.
    """
    desk = Desk(30)
    for minute in range(12 * 60):
        desk.tell(f"flood{minute}", START + minute * 60_000, severity="critical", alerts=50)
        if minute == 120:
            desk.tell("weak", START + minute * 60_000, severity="low")
    (told,) = [document["told_at"] for document in desk.out if document["id"] == "weak"]
    assert told - START <= 11 * HOUR_MS


def test_ends_and_growth_of_many_leave_room_for_what_nobody_knows_and_for_rises() -> None:
    desk = Desk(60)
    for number in range(300):
        desk.tell(f"old{number}", START + number * 1000, revision=2, severity="critical", status="closed", alerts=90)
    for number in range(30):
        assert names(desk.tell(f"new{number}", START + 300_000 + number * 1000, severity="low")) == [f"new{number}.1"]
    for number in range(6):
        assert names(desk.tell(f"old{number}", START + 400_000 + number, revision=3, rises=["money"])) == [f"old{number}.3"]
    for number in range(6, 10):
        assert names(desk.tell(f"old{number}", START + 400_000 + number, revision=3, rises=["paid"])) == [f"old{number}.3"]


def test_however_many_rise_at_once_the_first_of_the_line_goes_within_minutes() -> None:
    desk = Desk(60)
    for number in range(300):
        desk.tell(f"fake{number}", START + number, revision=2, severity="critical", rises=["money"], alerts=90)
    for number in range(50):
        at_ms = START + number * 11 * MINUTE_MS + 1000
        told = names(desk.tell(f"known{number}", at_ms, revision=2 + number, severity="critical", rises=["severity"], alerts=90))
        assert f"known{number}.{2 + number}" in [*told, *names(desk.advance(at_ms + 10 * MINUTE_MS))]


def test_who_rises_again_within_the_hour_goes_after_who_does_not() -> None:
    desk = Desk(6)
    for number, name in enumerate(("old", "older", "again")):
        desk.tell(name, START + number, revision=2, rises=["money"])
    assert names(desk.tell("known", START + 2)) == ["known.1"]
    desk.tell("again", START + 3, revision=3, severity="critical", rises=["blocked"])
    desk.tell("known", START + 4, revision=2, severity="medium", rises=["severity"])
    assert names(desk.advance(START + HOUR_MS)) == ["known.2"]


def test_what_was_paid_goes_before_what_was_only_tried() -> None:
    desk = Desk(1)
    desk.tell("first", START)
    desk.tell("tried", START + 1, alerts=90, money_at_risk={"EUR": 1e6})
    desk.tell("paid", START + 1, alerts=2, money_at_risk={"EUR": 200.0}, money_paid={"EUR": 200.0})
    assert names(desk.advance(START + HOUR_MS)) == ["paid.1"]


def test_what_was_due_goes_before_a_revision_whether_or_not_the_clock_was_asked() -> None:
    lazy, prompt = Desk(1), Desk(1)
    for desk in (lazy, prompt):
        desk.tell("a", START)
        desk.tell("b", START + 1)
    prompt.advance(START + HOUR_MS)
    for desk in (lazy, prompt):
        desk.due.clear()
        desk.tell("c", START + HOUR_MS + 5, severity="critical")
    assert lazy.out == prompt.out
    assert lazy.state == prompt.state


def test_the_strongest_goes_first_and_the_record_says_how_many_were_held_and_why() -> None:
    desk = Desk(1)
    assert names(desk.tell("a", START)) == ["a.1"]
    (record,) = desk.tell("b", START + 1, severity="low")
    assert (record["status"], record["held"], record["waiting"], record["id"]) == ("overflow", 1, 1, f"overflow-{START + 1}")
    assert record["headline"].startswith("incidents.reviews_per_hour is 1: 1 revisions were held")
    assert desk.tell("c", START + 2, severity="critical") == desk.tell("d", START + 3, severity="critical", alerts=9) == []
    assert names(desk.advance(START + HOUR_MS)) == ["d.1"]
    assert names(desk.advance(START + 2 * HOUR_MS)) == ["c.1", "overflow"], "an hour after the first record"
    published = desk.advance(START + 3 * HOUR_MS)
    assert names(published) == ["b.1", "overflow"]
    counts = {name: published[-1][name] for name in ("held", "released", "replaced", "dropped", "waiting")}
    assert counts == {"held": 3, "released": 3, "replaced": 0, "dropped": 0, "waiting": 0}
    assert names(desk.tell("e", START + 4 * HOUR_MS + 1)) == ["e.1"]


def test_a_later_revision_takes_the_place_of_the_waiting_one() -> None:
    desk = Desk(1)
    desk.tell("a", START)
    desk.tell("b", START + 1)
    assert desk.tell("b", START + 2, revision=2) == []
    published = desk.advance(START + HOUR_MS)
    assert names(published) == ["b.2", "overflow"]
    assert (published[-1]["held"], published[-1]["replaced"]) == (2, 1)


def test_what_would_wait_longer_than_a_day_is_dropped_the_weakest_first_and_told() -> None:
    desk = Desk(1)
    desk.tell("first", START)
    for number in range(HELD_HOURS + 1):
        desk.tell(f"i{number:02d}", START + 1 + number, severity="low" if number == 3 else "high")
    published = desk.advance(START + 100 * HOUR_MS)
    assert "i03.1" not in names(published)
    assert len([name for name in names(published) if name != "overflow"]) == HELD_HOURS
    assert published[-1]["dropped"] == 1
