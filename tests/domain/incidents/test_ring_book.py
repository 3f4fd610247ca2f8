"""which alerts belong together, against components of the labels and plain lists."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.incidents.assignment import AlertAssigned, Assignment, RingAbsorbed
from domain.incidents.ring_book import RingBook, unconnected
from domain.incidents.settings import IncidentSettings
from domain.memory.ring_labels import QUIET_MS
from tests.support.incident_samples import HOUR, START, alert

LONE, STRONG = 0.1, 0.6
SETTINGS = IncidentSettings(gap_s=96 * 3600, lone_wait_s=24 * 3600, first_summary_alerts=5)
WAIT, GAP = 24 * HOUR, 96 * HOUR
NAMES_SEEN = -1
"""Key that says that names of an older build were looked for."""


class Book:
    """A ring book with its timers, and what it sent out."""

    def __init__(self, rules: IncidentSettings = SETTINGS) -> None:
        self.state: tuple[dict[str, str], dict[str, str], dict[int, str], dict[str, str]] = ({}, {}, {}, {})
        self.book, self.due, self.sent, self.events = RingBook(rules, *self.state), set[int](), list[Assignment](), 0

    def alert(self, ring: str, *joins: str, time_ms: int = START, account: int | None = None, **changes: Any) -> list[Assignment]:
        self.events += 1
        entities = {"account": f"{self.events if account is None else account:016x}"}
        fields = {"ring": ring, "joins": list(joins), "entities": entities, "score": STRONG, **changes}
        sent, deadline = self.book.on_alert(alert(self.events, time_ms, **fields))
        if deadline is not None:
            self.due.add(deadline)
        self.sent += sent
        return sent

    def advance(self, to_ms: int) -> list[Assignment]:
        sent: list[Assignment] = []
        for deadline in sorted(due for due in self.due if due <= to_ms):
            self.due.remove(deadline)
            sent += self.book.on_deadline(deadline)
        self.sent += sent
        return sent


def shown(sent: list[Assignment]) -> list[tuple[str, str]]:
    """Ring and event of alerts; ring and `into|merged` of mergers."""
    return [(one.ring, event_of(one) if isinstance(one, AlertAssigned) else f"{into_of(one)}|{merged_of(one)}") for one in sent]


def event_of(one: AlertAssigned) -> str:
    return one.alert.event_id


def alerts_of(sent: list[Assignment]) -> list[AlertAssigned]:
    return [one for one in sent if isinstance(one, AlertAssigned)]


def into_of(one: Assignment) -> str | None:
    """The ring that absorbed the addressee, if one did."""
    return one.into if isinstance(one, RingAbsorbed) and one.absorbed == one.ring else None


def merged_of(one: Assignment) -> str | None:
    """The ring that the addressee absorbed, if it did."""
    return one.absorbed if isinstance(one, RingAbsorbed) and one.into == one.ring else None


LABELS = st.sampled_from("abcdefgh")
MOVES = st.lists(st.tuples(LABELS, st.lists(LABELS, max_size=2), st.integers(0, 6), st.sampled_from([LONE, STRONG])), max_size=40)


@settings(max_examples=200, deadline=None)
@given(MOVES)
def test_within_the_gap_rings_are_the_components_of_the_labels_that_met(moves: list[tuple[str, list[str], int, float]]) -> None:
    book, graph, merged = Book(), nx.Graph(), nx.Graph()
    for number, (label, joins, account, score) in enumerate(moves):
        book.alert(label, *joins, time_ms=START + number, account=account, score=score)
        nx.add_path(graph, [label, *joins])
        graph.add_node(label)
    for one in book.sent:
        merged.add_edges_from([(one.ring, into)] if (into := into_of(one)) else [])
    component = {label: index for index, found in enumerate(nx.connected_components(graph)) for label in found}
    last = {event_of(one): one.ring for one in alerts_of(book.sent)}
    for number, (label, *_) in enumerate(moves, 1):
        if f"e{number}" in last:
            assert component[last[f"e{number}"]] == component[label], "sent with a ring that it has met"
    names = defaultdict(set)
    for label, index in component.items():
        if sent := alerts_of(book.alert(label, time_ms=START + 1000)[-1:]):
            names[index].add(sent[-1].ring)
    assert all(len(found) == 1 for found in names.values()), "one name a component"
    assert set(names) == set(component.values())
    assert all(component[a] == component[b] for a, b in merged.edges)


TIMED = st.lists(
    st.tuples(LABELS, st.lists(LABELS, max_size=2), st.integers(0, 6), st.integers(0, 30), st.sampled_from([LONE, STRONG])), max_size=40
)


@settings(max_examples=200, deadline=None)
@given(TIMED)
def test_every_alert_is_told_once_and_nothing_is_left_behind(moves: list[tuple[str, list[str], int, int, float]]) -> None:
    book, now = Book(), START
    for label, joins, account, hours, score in moves:
        now += hours * HOUR
        book.alert(label, *joins, time_ms=now, account=account, score=score)
        book.advance(now - HOUR)
    book.advance(now + 2 * WAIT)
    assert Counter(map(event_of, alerts_of(book.sent))) == Counter(f"e{n}" for n in range(1, len(moves) + 1))
    assert [deadline for deadline in book.state[2] if deadline != NAMES_SEEN] == []
    into = [into_of(one) for one in book.sent if into_of(one)]
    assert into == [one.ring for one in book.sent if merged_of(one)], "both sides hear of a merger"


NUMBERS = st.integers(0, 40)
CROWD = st.lists(
    st.tuples(NUMBERS, st.lists(NUMBERS, max_size=1), st.integers(0, 6), st.integers(0, 9), st.sampled_from([LONE, STRONG])),
    min_size=20, max_size=120,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(CROWD)
def test_of_a_crowd_few_rings_have_sessions_of_their_own_and_every_alert_is_told_once(
    moves: list[tuple[int, list[int], int, int, float]],
) -> None:
    book, now, first = Book(replace(SETTINGS, reviews_per_hour=1)), START, dict[str, int]()
    for label, joins, account, minutes, score in moves:
        now += minutes * 60_000
        for one in alerts_of(book.alert(f"r{label}", *(f"r{join}" for join in joins), time_ms=now, account=account, score=score)):
            first.setdefault(one.ring, now)
    book.advance(now + 2 * WAIT)
    assert Counter(map(event_of, alerts_of(book.sent))) == Counter(f"e{n}" for n in range(1, len(moves) + 1))
    assert [deadline for deadline in book.state[2] if deadline != NAMES_SEEN] == []
    own = sorted(at for ring, at in first.items() if not ring.startswith("alike-"))
    assert all(late - early >= HOUR for early, late in zip(own, own[8:], strict=False))
    gathered = [one.absorbed for one in book.sent if isinstance(one, RingAbsorbed) and one.into.startswith("alike-")]
    assert bool(gathered) == any(ring.startswith("alike-") for ring in first)


def test_a_lone_weak_alert_waits_and_is_told_with_the_unconnected_of_its_day() -> None:
    book = Book()
    assert book.alert("a", score=LONE) == []
    assert book.advance(START + WAIT - 1) == []
    assert shown(book.advance(START + WAIT)) == [(unconnected(START), "e1")]
    assert book.sent[0].at_ms == START + WAIT
    assert shown(book.alert("a", score=STRONG, time_ms=START + WAIT + 1)) == [("a", "e2")]


def test_company_a_strong_score_a_block_and_many_alerts_end_the_wait() -> None:
    book = Book()
    book.alert("a", score=LONE)
    assert shown(book.alert("b", "a", score=LONE)) == [("a", "e1"), ("a", "e2")]
    assert shown(book.alert("c", score=SETTINGS.lone_score)) == [("c", "e3")]
    assert shown(book.alert("d", score=LONE, decision="block")) == [("d", "e4")]
    assert [len(book.alert("f", score=LONE, account=9)) for _ in range(5)] == [0, 0, 0, 0, 5]
    assert shown(Book(IncidentSettings(lone_wait_s=0)).alert("a", score=LONE)) == [("a", "e1")]


def test_the_same_account_again_is_no_company() -> None:
    book = Book()
    assert book.alert("a", score=LONE, account=1) == book.alert("a", score=LONE, account=1) == []


def test_company_after_the_wait_comes_too_late_whenever_the_clock_is_asked() -> None:
    """Sent when the clock comes to the end of the wait, in whatever order that and the next alert are
    seen.
    """
    for clock_first in (False, True):
        book = Book()
        book.alert("a", score=LONE)
        before = book.advance(START + WAIT) if clock_first else []
        assert book.alert("b", "a", score=LONE, time_ms=START + WAIT + 1) == []
        sent = before or book.advance(START + WAIT)
        assert shown(sent) == [(unconnected(START), "e1")] and sent[0].at_ms == START + WAIT
    book = Book()
    book.alert("a", score=LONE)
    assert shown(book.alert("b", "a", score=LONE, time_ms=START + WAIT)) == [("a", "e1"), ("a", "e2")], "just in time"


def test_of_two_equal_rings_the_older_goes_on_and_the_other_points_to_it() -> None:
    book = Book()
    book.alert("b", time_ms=START)
    book.alert("a", time_ms=START + 1)
    assert shown(book.alert("c", "a", "b", time_ms=START + 2)) == [("a", "b|None"), ("b", "None|a"), ("b", "e3")]
    assert shown(book.alert("a", time_ms=START + 3)) == [("b", "e4")]


def test_of_two_told_rings_the_one_with_more_alerts_goes_on() -> None:
    book = Book()
    for ring in ("b", "a", "a"):
        book.alert(ring)
    assert shown(book.alert("c", "a", "b"))[0] == ("b", "a|None")


def test_a_told_ring_goes_on_before_an_older_one_that_waits() -> None:
    book = Book()
    book.alert("a", score=LONE, time_ms=START)
    book.alert("b", time_ms=START + 1)
    assert shown(book.alert("b", "a", time_ms=START + 2)) == [("b", "e1"), ("b", "e3")]


def test_after_the_gap_a_ring_keeps_its_name_and_its_members_until_it_was_quiet_for_long() -> None:
    book = Book()
    book.alert("a")
    book.alert("b", "a")
    later = START + GAP + 1
    assert shown(book.alert("b", time_ms=later)) == [("a", "e3")]
    assert shown(book.alert("b", time_ms=later + QUIET_MS + 1)) == [("b", "e4")]


def test_a_closed_incident_does_not_merge() -> None:
    book = Book()
    book.alert("a", time_ms=START)
    later = START + GAP + 1
    book.alert("b", time_ms=later)
    assert shown(book.alert("a", "b", time_ms=later)) == [("b", "e3")]


def test_ways_to_a_name_stay_short() -> None:
    book = Book()
    for number in range(200):
        book.alert(f"{number:03d}", f"{number + 1:03d}", time_ms=START + number)
    book.alert("200", time_ms=START + 300)
    assert book.state[0]["200"].startswith("000 ")


def test_a_time_long_past_ends_no_wait() -> None:
    """Else a lone account could have its alerts told as unconnected ones before the others come."""
    book = Book()
    book.alert("a", time_ms=START - 240 * HOUR, account=1, score=LONE, clock=START)
    assert book.due == {START - HOUR + WAIT}
    assert book.advance(START + 20 * HOUR) == []
    sent = book.alert("a", time_ms=START + 20 * HOUR, account=2, score=LONE, clock=START + 20 * HOUR)
    assert shown(sent) == [("a", "e1"), ("a", "e2")]
