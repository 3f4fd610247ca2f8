"""Lone alerts that wait: as an older build kept them, too, and flat in what is written for each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.incidents.lone_waits import LoneWaits
from domain.incidents.ring_book import RingBook, unconnected
from domain.incidents.settings import IncidentSettings
from tests.support.incident_samples import HOUR, START, alert, pseudonym

WAIT = IncidentSettings().lone_wait_s * 1000


States = tuple[dict[str, str], dict[str, str], dict[int, str], dict[str, str]]


class Written(dict[Any, str]):
    """A mapping that counts what is read and written, in characters."""

    def __init__(self) -> None:
        super().__init__()
        self.characters = 0

    def __setitem__(self, key: Any, value: str) -> None:
        self.characters += len(value)
        super().__setitem__(key, value)

    def get(self, key: Any, default: Any = None) -> Any:
        found = super().get(key, default)
        self.characters += len(found or "")
        return found


@pytest.mark.parametrize("shares", [None, "device", "ring", "the one before"])
@pytest.mark.parametrize("score", [0.1, 0.9])
def test_many_alerts_of_one_instant_cost_no_more_each(shares: str | None, score: float) -> None:
    maps = Written(), Written(), Written(), Written()
    book, costs = RingBook(IncidentSettings(), *maps), list[int]()
    for number in range(2_000):
        before = sum(one.characters for one in maps)
        entities = {"account": pseudonym(number), "device": pseudonym(0 if shares == "device" else -number)}
        ring = pseudonym(number // 2 if shares == "ring" else number)
        joins = [pseudonym(number - 1)] if shares == "the one before" else []
        book.on_alert(alert(number, START, score=score, ring=ring, entities=entities, joins=joins))
        costs.append(sum(one.characters for one in maps) - before)
    assert sum(costs[-200:]) <= 1.2 * sum(costs[200:400])


def test_all_that_wait_for_one_instant_are_told_in_their_order() -> None:
    book = RingBook(IncidentSettings(), {}, {}, {}, {})
    deadlines = {book.on_alert(alert(number, START, score=0.1, ring=pseudonym(number)))[1] for number in range(300)}
    assert deadlines == {START + WAIT, None}, "one timer for all"
    sent = book.on_deadline(START + WAIT)
    assert [one.alert.event_id for one in sent if hasattr(one, "alert")] == [f"e{number}" for number in range(300)]
    assert {one.ring for one in sent} == {unconnected(START)}
    assert book.on_deadline(START + WAIT) == []


@pytest.mark.parametrize("is_late", [False, True])
def test_what_an_older_build_let_wait_is_told(is_late: bool) -> None:
    """Rings without a slot, and all names of a deadline in one list."""
    state: States = ({}, {}, {START + WAIT: json.dumps(["a", "b"])}, {})
    for number, name in enumerate("ab"):
        one = alert(number, START, score=0.1, ring=name)
        state[1][name] = json.dumps([name, START, START, 1, [one.account], [one.to_record()], START + WAIT])
    book = RingBook(IncidentSettings(), *state)
    book.on_alert(alert(2, START, score=0.1, ring="c"))
    if is_late:  # the ring is given up before the clock comes to the end of its wait
        book.on_alert(alert(3, START + WAIT + HOUR, score=0.1, ring="b", entities={"account": pseudonym(2)}))
    sent = book.on_deadline(START + WAIT)
    assert [one.alert.event_id for one in sent if hasattr(one, "alert")] == ["e0", "e1", "e2"]
    assert not any("/" in name for name in state[1]) or is_late


def test_a_ring_of_an_older_build_goes_on() -> None:
    state: States = ({}, {}, {}, {})
    state[1]["a"] = json.dumps(["a", START, START, 3, ["x", "y"], None, None])
    sent, deadline = RingBook(IncidentSettings(), *state).on_alert(alert(9, START + 1, score=0.1, ring="a"))
    assert ([one.ring for one in sent], deadline) == (["a"], None)


def test_alerts_given_up_take_their_rings_place() -> None:
    entries: dict[str, str] = {}
    waits = LoneWaits({}, entries)
    slots = [waits.add(5, name)[0] for name in "abc"]
    waits.give_up(5, slots[1], "b", [{"n": 1}])
    waits.give_up(5, None, "c", [{"n": 2}])
    waits.give_up(5, None, "unknown", [{"n": 3}])
    assert list(waits.take(5)) == ["a", [{"n": 1}], [{"n": 2}], [{"n": 3}]]
    assert entries == {}
