"""Incident sessions against a slow oracle of plain lists, and their record's bounds."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.decisions.alert import SEVERITIES, Alert
from domain.incidents.assignment import AlertAssigned, RingAbsorbed, assignment_of
from domain.incidents.incident import Incident, incident_id
from domain.incidents.ring_book import unconnected
from domain.incidents.session import IncidentSession
from domain.incidents.settings import IncidentSettings
from domain.summaries.published import wrong_in
from domain.summaries.template_writer import template_summary
from tests.support.incident_samples import HOUR, START, alert, alerts, pseudonym

RING = "00000000000000aa"
SETTINGS = IncidentSettings(gap_s=6 * 3600, longest_s=24 * 3600)


class Oracle:
    """The rules of a session in plain lists: every alert of every incident is kept."""

    def __init__(self, rules: IncidentSettings) -> None:
        self.rules = rules
        self.seen: list[tuple[str | None, str]] = []
        self.open: list[Alert] = []
        self.counts: list[int] = []  # alerts at each revision of the open incident
        self.told: dict[str, float] = {}  # how grave its last revision was
        self.start: int | None = None
        self.clock = self.opened = 0
        self.published: list[Row] = []

    def on_alert(self, alert: Alert) -> None:
        if (alert.account, alert.event_id) in self.seen[-self.rules.recent_ids :]:
            return
        self.seen.append((alert.account, alert.event_id))
        now = alert.time_ms
        self.on_watermark(now - 1)  # what was due before the alert is published before it
        self.clock = max(self.clock, now)
        times = [known.time_ms for known in self.open]
        if times:
            near = min(times) - self.rules.gap_s * 1000 <= now <= max(times) + self.rules.gap_s * 1000
            if not near or max(*times, now) - min(*times, now) > self.rules.longest_s * 1000:
                if now < min(times):
                    kept = self.open, self.counts, self.start, self.told
                    self.open, self.counts, self.start = [alert], [], None
                    self.close()
                    self.open, self.counts, self.start, self.told = kept
                    return
                self.close()
        self.opened = self.opened if self.open else self.clock
        self.open.append(alert)
        count = len(self.open)
        if not self.counts:
            if count >= self.rules.first_summary_alerts:
                self.tell("opened")
        elif rises := tuple(self.rises()):
            self.tell("grown", rises)

    def grave(self) -> dict[str, float]:
        """How grave it is: by plain sums over all of its alerts."""
        purchases, paid, refunds, halves = 0.0, 0.0, 0.0, list[tuple[str | None, float, str, int]]()
        for one in (known.decision for known in self.open):
            amount = one.amount or 0.0
            purchase = (one.account, amount, "payment" if one.event_type == "order" else "order", one.time_ms)
            if one.event_type in ("order", "payment"):
                other = next((half for half in halves if half[:3] == (*purchase[:2], one.event_type) and near(half, one.time_ms)), None)
                if other is None:
                    halves = [*halves, purchase][-16:]
                    purchases += amount
                else:
                    halves.remove(other)
            paid += amount if one.event_type == "payment" and one.outcome != "block" else 0
            refunds += amount if one.event_type == "refund_request" else 0
        blocked = sum(known.decision.outcome == "block" for known in self.open)
        accounts = len({known.account for known in self.open})
        steps = (accounts >= 5) + (max(purchases, refunds) >= 5000)
        severity = min(3, max(SEVERITIES.index(known.severity) for known in self.open) + steps)
        graver = 2 if severity >= 2 else 1 if blocked or severity == 1 else 0
        action = 3 if blocked >= 3 and 2 * blocked >= len(self.open) else graver
        sums = {"purchases": purchases, "paid": paid, "refunds": refunds}
        asked = [one.decision.amount or 0.0 for one in self.open if one.decision.event_type != "login"]
        return {
            "alerts": len(self.open),
            "blocked": blocked,
            "severity": severity,
            "action": action,
            "largest": max(asked, default=0.0),
            **sums,
        }

    def rises(self) -> Iterator[str]:
        now = self.grave()
        grown = {name: now[name] >= before * self.rules.growth_factor for name, before in self.told.items()}
        more = {name: now[name] - before for name, before in self.told.items()}
        if grown["alerts"] and more["alerts"] >= self.rules.growth_alerts:
            yield "alerts"
        yield from (name for name in ("severity", "action") if more[name] > 0)
        if grown["blocked"] and more["blocked"] >= (self.rules.growth_alerts if self.told["blocked"] else 1):
            yield "blocked"
        is_dearer = grown["largest"] and now["largest"] >= 5000
        if is_dearer or any(grown[name] and more[name] >= 5000 for name in ("purchases", "paid", "refunds")):
            yield "money"
        if grown["paid"] and more["paid"] >= 5000:
            yield "paid"

    def on_watermark(self, now: int) -> None:
        if not self.open:
            return
        times = [known.time_ms for known in self.open]
        end = min(max(times) + self.rules.gap_s * 1000, min(times) + self.rules.longest_s * 1000)
        first = min(end, max(self.opened, min(times) + self.rules.first_summary_s * 1000))
        if not self.counts and now >= first:
            self.clock = max(self.clock, first)
            self.tell("opened")
        if now >= end:
            self.clock = max(self.clock, end)
            self.close()

    def close(self) -> None:
        if not self.counts:
            self.tell("opened")
        self.tell("closed")
        self.open, self.counts, self.start = [], [], None

    def tell(self, status: str, rises: tuple[str, ...] = ()) -> None:
        self.told = self.grave()
        times = [known.time_ms for known in self.open]
        self.start = min(times) if self.start is None else self.start
        self.counts.append(len(self.open))
        ids = tuple(sorted(known.event_id for known in self.open))
        row = (incident_id(RING, self.start), len(self.counts), status, min(times), max(times), len(self.open), ids)
        self.published.append((*row, rises))


def near(half: tuple[str | None, float, str, int], time_ms: int) -> bool:
    return abs(half[3] - time_ms) <= 30 * 60_000


Row = tuple[str, int, str, int, int, int, tuple[str, ...], tuple[str, ...]]


def row(incident: Incident) -> Row:
    times = incident.first_time, incident.last_time
    return (incident.id, incident.revision, incident.status, *times, incident.alerts, incident.event_ids, incident.rises)


TIMES = st.integers(0, 60 * 60).map(lambda minute: START + minute * 60_000)  # sixty hours
KINDS = st.tuples(
    st.sampled_from(["order", "payment", "refund_request", "login"]), st.sampled_from(["investigate", "block"]),
    st.sampled_from([40.0, 900.0, 3000.0, 9000.0]), st.sampled_from(["low", "medium", "high"]), st.integers(1, 8),
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.just("alert"), st.integers(0, 60), TIMES, KINDS) | st.tuples(st.just("watermark"), st.just(0), TIMES, st.none()),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(STEPS, st.sampled_from([SETTINGS, IncidentSettings(gap_s=1800, longest_s=7200, recent_ids=3, first_summary_alerts=2)]))
def test_a_session_publishes_what_the_oracle_does(steps: list[tuple[str, int, int, Any]], rules: IncidentSettings) -> None:
    oracle, session = Oracle(rules), IncidentSession.open(RING, rules)
    published: list[Incident] = []
    for what, number, time_ms, kind in [*steps, ("watermark", 0, START + 1000 * HOUR, None)]:
        session = IncidentSession.from_bytes(session.to_bytes(), rules)
        if what == "alert":
            event_type, decision, amount, severity, account = kind
            fields = {"event_type": event_type, "decision": decision, "amount": amount, "severity": severity}
            document = alert(number, time_ms, entities={"account": pseudonym(account)}, **fields)
            published += session.on_alert(document)
            oracle.on_alert(document)
        else:
            published += session.on_deadline(time_ms)
            oracle.on_watermark(time_ms)
    assert session.closed
    assert session.next_deadline is None
    assert [row(incident) for incident in published] == oracle.published
    counted = sum(incident.alerts for incident in published if incident.status == "closed")
    assert counted == len(oracle.seen)


@settings(max_examples=60, deadline=None)
@given(st.lists(alerts(st.integers(START, START + 3 * HOUR)), min_size=1, max_size=25))
def test_the_record_survives_a_round_trip_after_each_step(documents: list[Alert]) -> None:
    direct, through_bytes = IncidentSession.open(RING, SETTINGS), IncidentSession.open(RING, SETTINGS)
    for document in documents:
        through_bytes = IncidentSession.from_bytes(through_bytes.to_bytes(), SETTINGS)
        assert through_bytes.on_alert(document) == direct.on_alert(document)
        assert through_bytes.to_bytes() == direct.to_bytes()
        assert through_bytes.next_deadline == direct.next_deadline
        assert len(direct.to_bytes()) <= 37_000


def test_timers_alone_tell_an_incident_and_close_it() -> None:
    session = IncidentSession.open(RING, SETTINGS)
    assert session.closed
    assert session.on_alert(alert()) == []
    assert session.next_deadline == START + 60_000
    assert session.on_deadline(START + 59_999) == []
    (opened,) = session.on_deadline(START + 60_000)
    assert (opened.status, opened.revision, opened.alerts) == ("opened", 1, 1)
    assert session.next_deadline == START + 6 * HOUR
    assert session.on_deadline(START + 6 * HOUR - 1) == []
    (closed,) = session.on_deadline(START + 6 * HOUR)
    assert (closed.status, closed.revision, closed.id) == ("closed", 2, opened.id)
    assert session.closed


def test_an_attack_is_told_at_the_fifth_alert_and_again_when_it_doubles() -> None:
    session = IncidentSession.open(RING, SETTINGS)
    revisions = {n: session.on_alert(alert(n, START + n)) for n in range(1, 41)}
    assert {n: published[0].status for n, published in revisions.items() if published} == {
        5: "opened", 10: "grown", 20: "grown", 40: "grown",
    }  # fmt: skip


def test_a_jump_of_the_watermark_tells_the_same_told_as_a_crawl() -> None:
    def revisions(marks: list[int]) -> list[Incident]:
        session = IncidentSession.open(RING, SETTINGS)
        session.on_alert(alert())
        return [incident for mark in marks for incident in session.on_deadline(mark)]

    assert revisions([START + 9 * HOUR]) == revisions([START + minute * 60_000 for minute in range(9 * 60)])


def test_look_alikes_are_published_within_a_quarter_of_an_hour() -> None:
    session = IncidentSession.open("alike-mixed-1-1", SETTINGS)
    minutes = [minute for minute in range(40) for _ in range(4)]
    published = list[Incident]()
    for number, time_ms in enumerate(START + minute * 60_000 for minute in minutes):
        published += [*session.on_absorbing(time_ms), *session.on_alert(alert(number, time_ms, severity="high"))]
    published += session.on_deadline(START + HOUR)
    assert [(one.status, one.rises) for one in published] == [("opened", ()), *[("grown", ("rings",))] * 3]
    assert [(one.told_at - START) // 60_000 for one in published] == [1, 16, 32, 48]
    assert published[-1].alerts == len(minutes)
    assert session.next_deadline == START + 39 * 60_000 + 6 * HOUR


def test_the_id_stays_when_an_earlier_alert_comes_late() -> None:
    session = IncidentSession.open(RING, SETTINGS)
    session.on_alert(alert(1, START))
    (opened,) = session.on_deadline(START + 60_000)
    session.on_alert(alert(2, START - HOUR))
    (closed,) = session.on_deadline(START + 6 * HOUR)
    assert closed.id == opened.id
    assert (closed.first_time, closed.last_time) == (START - HOUR, START)


def test_before_the_first_revision_the_order_of_alerts_does_not_matter() -> None:
    documents = [alert(n, START + n * 1000, score=n / 10, amount=0.1 * n) for n in range(4)]

    def closing(order: list[Alert]) -> Incident:
        session = IncidentSession.open(RING, SETTINGS)
        for document in order:
            assert session.on_alert(document) == []
        return session.on_deadline(START + 24 * HOUR)[-1]

    assert closing(documents) == closing(documents[::-1]) == closing(documents[2:] + documents[:2])


def test_alerts_apart_in_time_are_two_incidents_and_too_early_ones_their_own() -> None:
    session = IncidentSession.open(RING, SETTINGS)
    session.on_alert(alert(1, START))
    first = session.on_alert(alert(2, START + 7 * HOUR))
    late = session.on_alert(alert(3, START - HOUR))
    assert session.on_alert(alert(3, START - HOUR)) == []
    second = session.on_deadline(START + 20 * HOUR)
    assert [[incident.status for incident in revisions] for revisions in (first, late, second)] == [["opened", "closed"]] * 3
    assert len({revisions[0].id for revisions in (first, late, second)}) == 3


@pytest.mark.parametrize(("beyond_ms", "incidents"), [(0, 1), (1, 2)])
def test_an_incident_lasts_its_longest_and_not_longer(beyond_ms: int, incidents: int) -> None:
    session = IncidentSession.open(RING, SETTINGS)
    hours = (0, 6, 12, 18)
    published = session.on_alert(alert(0, START))
    assert session.next_deadline == START + 60_000
    published += [i for n, hour in enumerate(hours[1:], 1) for i in session.on_alert(alert(n, START + hour * HOUR))]
    published += session.on_alert(alert(9, START + 24 * HOUR + beyond_ms))
    published += session.on_deadline(START + 48 * HOUR)
    assert len({incident.id for incident in published}) == incidents


def test_ten_thousand_alerts_stay_within_their_bounds_and_lose_no_hub() -> None:
    rng = random.Random(1)
    session = IncidentSession.open(RING, SETTINGS)
    kinds = ("account", "device", "address", "merchant", "ip", "email", "payment")
    last: list[Incident] = []
    for number in range(10_000):
        entities = {kind: f"{rng.getrandbits(64):016x}" for kind in kinds}
        if number > 5_000 and number % 2:
            entities["device"] = pseudonym(1)
        reasons = [{"code": f"reason_number_{rng.randrange(100)}_of_a_long_name", "weight": 0.3}]
        names = {"event_id": f"{number:0128d}", "ring": f"{number:016x}"}
        document = alert(number, START + number, entities=entities, reasons=reasons, amount=1e12 - number, score=rng.random(), **names)
        last = session.on_alert(document) or last
        if number % 97 == 0:
            assert len(session.to_bytes()) <= 37_000
    assert len(session.to_bytes()) <= 37_000
    closed = session.on_deadline(START + 24 * HOUR)[-1]
    assert len(closed.event_ids) < 500
    assert len(json.dumps(closed.event_ids)) <= 22_000
    facts = {fact.name: fact for fact in closed.evidence.facts}
    assert facts["alerts"].value == 10_000
    assert facts["distinct_account"].text.startswith("at least ")
    assert facts["shared_device"].text == f"device {pseudonym(1)} is in at least 2,500 alerts"
    assert last


def test_a_damaged_or_newer_record_is_refused_with_the_mend() -> None:
    session = IncidentSession.open(RING, SETTINGS)
    session.on_alert(alert())
    data = session.to_bytes()
    for damaged in (b"", data[:-3], data[:20], b"\x07" + data[1:], data + b"1"):
        with pytest.raises(ValueError, match=r"incident session cannot be read .* savepoint"):
            IncidentSession.from_bytes(damaged, SETTINGS)


def test_the_first_version_of_the_record_is_still_read() -> None:
    tally = (
        '{"alerts":1,"first_ms":5,"last_ms":5,"types":{"order":1},"decisions":{"block":1},"money":{"EUR":20000},"refunds":{},'
        '"reasons":{"r":[1,500000]},"small_payments":0,"score_max":900000,"score_sum":900000,"severity":1,"strongest":[]}'
    )
    body = f'{{"ring":"r","session":[5,1,1],"tally":{tally},"members":[["device",1,0]],"recent":1}}'.encode()
    numbers = (7).to_bytes(8, "little") + (1).to_bytes(4, "little") + (9).to_bytes(8, "little")
    session = IncidentSession.from_bytes(b"\x01" + len(body).to_bytes(4, "little") + body + numbers, SETTINGS)
    (closed,) = session.on_deadline(10 * HOUR)
    assert (closed.id, closed.revision, closed.alerts, closed.money_at_risk) == (incident_id("r", 5), 2, 1, {"EUR": 2.0})
    assert (closed.participants["device"]["pseudonyms"], closed.event_ids) == (["0000000000000007"], ())


def test_the_second_version_goes_on_and_tells_no_rise_that_was_before_it() -> None:
    """It knew neither what was paid nor how grave its last revision was, here of five alerts."""
    tally = (
        '{"alerts":6,"first_ms":1000,"last_ms":1005,"types":{"payment":6},"decisions":{"investigate":6},"money":{"EUR":54000000},'
        '"refunds":{},"reasons":{},"small_payments":0,"score_max":750000,"score_sum":4500000,"severity":1,"strongest":[],'
        '"strongest_end":null,"rings":{"r":[1000,1005,6]},"merged":0,"unpaired":[],"event_ids":["e0","e1","e2","e3","e4","e5"],'
        '"event_id_bytes":30}'
    )
    body = f'{{"ring":"r","session":[1000,1,5,1005,1000],"tally":{tally},"members":[["account",2,0]],"recent":0}}'.encode()
    numbers = bytes.fromhex("000000000000000003000000010000000000000003000000")
    session = IncidentSession.from_bytes(b"\x02" + len(body).to_bytes(4, "little") + body + numbers, SETTINGS)
    same = {"entities": {"account": f"{1:016x}"}, "event_type": "payment"}
    assert session.on_alert(alert(7, 1006, amount=9.0, **same)) == []
    (grown,) = session.on_alert(alert(8, 1007, amount=9.0, decision="block", severity="high", **same))
    assert (grown.revision, grown.rises, grown.alerts) == (2, ("severity", "blocked"), 8)
    assert (grown.money_at_risk, grown.money_paid) == ({"EUR": 5418.0}, {"EUR": 9.0})
    (paid,) = [one for n in range(9, 13) for one in session.on_alert(alert(n, 1000 + n, amount=3000.0, **same)) if "money" in one.rises]
    assert paid.money_paid == {"EUR": 6009.0}
    assert session.next_deadline == IncidentSession.from_bytes(session.to_bytes(), SETTINGS).next_deadline


@pytest.mark.parametrize("changes", [{"gap_s": 0}, {"longest_s": 60}, {"growth_factor": 1.0}, {"participants_total": 8}])
def test_settings_that_make_no_sense_are_refused_by_name(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"incidents.{next(iter(changes))}"):
        IncidentSettings(**changes)


def test_the_document_is_json_and_the_same_for_the_same_alerts() -> None:
    def document() -> str:
        session = IncidentSession.open(RING, SETTINGS)
        return json.dumps([i.to_document() for n in range(30) for i in session.on_alert(alert(n, START + n))], sort_keys=True)

    assert document() == document()
    grown = json.loads(document())[-1]
    assert grown["event_ids"] == sorted(f"e{n}" for n in range(20))
    assert grown["participants"]["account"] == {"count": 20, "exact": True, "pseudonyms": sorted(pseudonym(n + 1) for n in range(20))}
    assert grown["participants"]["device"] == {"count": 1, "exact": True, "pseudonyms": [pseudonym(1_000_000)]}
    assert {"id", "revision", "status", "ring", "severity", "action", "first_time", "last_time", "alerts", "money_at_risk"} < set(
        json.loads(document())[0]
    )


def test_a_merged_incident_closes_pointing_on_and_keeps_what_it_counted() -> None:
    session = IncidentSession.open("aa", SETTINGS)
    for number in range(6):
        session.take(AlertAssigned("aa", START + number, alert(number, START + number, ring=f"{number % 2:016x}")))
    (closed,) = session.take(RingAbsorbed("aa", START + 9, "aa", "bb"))
    assert (closed.status, closed.revision, closed.alerts, closed.merged_into, closed.told_at) == ("closed", 2, 6, "bb", START + 9)
    assert closed.rings == (
        {"ring": f"{0:016x}", "first_time": START, "last_time": START + 4, "alerts": 3},
        {"ring": f"{1:016x}", "first_time": START + 1, "last_time": START + 5, "alerts": 3},
    )
    assert session.closed
    assert session.take(RingAbsorbed("aa", START + 9, "aa", "bb")) == []


def test_the_incident_that_goes_on_tells_of_the_merger() -> None:
    session = IncidentSession.open("bb", SETTINGS)
    session.take(RingAbsorbed("bb", START, "nobody", "bb"))
    session.take(AlertAssigned("bb", START, alert(1)))
    session.take(RingAbsorbed("bb", START, "aa", "bb"))
    (opened,) = session.on_deadline(START + 60_000)
    facts = {fact.name: fact.text for fact in opened.evidence.facts}
    assert facts["merged_rings"] == "1 other ring became part of this one"
    assert opened.merged_into is None


def test_unconnected_alerts_add_up_to_no_severity_and_no_pattern() -> None:
    session = IncidentSession.open(unconnected(START), SETTINGS)
    for number in range(40):
        document = alert(number, START + number, event_type="refund_request", amount=9e5)
        session.take(AlertAssigned(unconnected(START), START + HOUR, document))
    document = session.on_deadline(START + 48 * HOUR)[-1].to_document()
    assert (document["severity"], document["action"], document["rings"], document["told_at"]) == (
        "medium", "verify", [], START + 39 + 6 * HOUR,
    )  # fmt: skip
    summary = template_summary(document)
    assert summary.to_document()["headline"].startswith("Unconnected alerts: 40 accounts, refunds of 36,000,000.00 EUR")
    assert summary.text.pattern == "unclear"
    assert wrong_in({**document, **summary.to_document()}) == []


def test_what_waited_is_told_at_the_time_it_came() -> None:
    session = IncidentSession.open(RING, SETTINGS)
    revisions = [session.take(AlertAssigned(RING, START + HOUR, alert(number, START + number))) for number in range(5)]
    assert [revision.told_at for revision in revisions[-1]] == [START + HOUR]


PURCHASE = {"entities": {"account": pseudonym(1)}}


@pytest.mark.parametrize(
    ("alerts_", "money"),
    [
        ([("order", 0, {}), ("payment", 1, {})], 100.25),
        ([("payment", 1, {}), ("order", 0, {})], 100.25),
        ([("order", 0, {}), ("payment", 1, {}), ("payment", 2, {})], 200.5),
        ([("order", 0, {}), ("order", 1, {}), ("payment", 2, {}), ("payment", 3, {})], 200.5),
        ([("order", 0, {}), ("payment", 31, {})], 200.5),
        ([("order", 0, {}), ("payment", 1, {"amount": 100.26})], 200.51),
        ([("order", 0, {}), ("payment", 1, {"entities": {"account": pseudonym(2)}})], 200.5),
        ([("order", 0, {}), ("refund_request", 1, {})], 100.25),
    ],
)
def test_an_order_and_its_payment_are_one_sum(alerts_: list[tuple[str, int, dict[str, Any]]], money: float) -> None:
    session = IncidentSession.open(RING, SETTINGS)
    for number, (kind, minute, changes) in enumerate(alerts_):
        session.on_alert(alert(number, START + minute * 60_000, event_type=kind, **{**PURCHASE, **changes}))
        session = IncidentSession.from_bytes(session.to_bytes(), SETTINGS)
    assert session.on_deadline(START + 48 * HOUR)[-1].money_at_risk == {"EUR": money}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=40), st.lists(st.integers(0, 4000), max_size=20))
def test_what_is_told_does_not_hang_on_the_watermark(minutes: list[int], watermarks: list[int]) -> None:
    """Alerts in order of time: a watermark after them, however often it moves, changes no revision."""
    without, often = IncidentSession.open(RING, SETTINGS), IncidentSession.open(RING, SETTINGS)
    revisions: tuple[list[Incident], list[Incident]] = ([], [])
    left = sorted(watermarks)
    for number, minute in enumerate(sorted(minutes)):
        while left and left[0] <= minute:
            revisions[1].extend(often.on_deadline(START + left.pop(0) * 60_000 - 10_000))
        for session, published in zip((without, often), revisions, strict=True):
            published += session.on_alert(alert(number, START + minute * 60_000))
    for session, published in zip((without, often), revisions, strict=True):
        published += session.on_deadline(START + 9000 * 60_000)
    assert revisions[0] == revisions[1]


@pytest.mark.parametrize(
    "sent",
    [AlertAssigned("a", 5, alert()), RingAbsorbed("a", 5, "a", "b"), RingAbsorbed("b", 5, "a", "b")],
)
def test_an_assignment_survives_the_wire(sent: AlertAssigned | RingAbsorbed) -> None:
    document = json.loads(json.dumps(sent.to_document()))
    assert assignment_of(document) == sent
    assert set(document) == {"ring", "at", "alert", "into", "merged"}, "as savepoints of older builds may hold it"


def test_an_alert_among_look_alikes_says_of_which_it_is() -> None:
    sent = AlertAssigned("alike-a", 5, alert(), "aa")
    assert assignment_of(json.loads(json.dumps(sent.to_document()))) == sent


def test_two_accounts_may_have_events_with_one_id() -> None:
    session = IncidentSession.open(RING, IncidentSettings())
    for account in (1, 2, 1, 2):
        session.on_alert(alert(7, entities={"account": pseudonym(account)}))
    again = IncidentSession.from_bytes(session.to_bytes(), IncidentSettings())
    again.on_alert(alert(7, entities={"account": pseudonym(2)}))
    assert again.next_deadline is not None
    closed = again.on_deadline(again.next_deadline + 3000 * HOUR)[-1]
    assert (closed.alerts, closed.event_ids) == (2, ("e7", "e7"))
