"""The ledger: the highest version wins in any order, however often records come, and after a restart."""

from __future__ import annotations

import random
from typing import Any

import pytest

from domain.control.changes import Change
from domain.control.in_force import ControlInForce
from domain.control.ledger import APPLIED, Bounds, Ledger, Taken, Verdict
from domain.control.records import ControlRecord
from domain.decisions.effects import Effects
from domain.events.event import Event, Rejected
from tests.support.control_samples import BY, GRAPH, PSEUDONYMS, START, listed, record, rule, switch

SAME, STALE = Taken(Verdict.SAME), Taken(Verdict.STALE)


def new(applied: int) -> Taken:
    return Taken(Verdict.NEW, applied)


def take(ledger: Ledger, document: dict[str, Any], entries: int = 1) -> Taken:
    return ledger.take(record(document), entries)


def test_versions_in_any_order() -> None:
    ledger = Ledger({})
    assert take(ledger, rule(version=5)) == new(1)
    assert take(ledger, rule(version=3)) == STALE
    assert take(ledger, rule(version=5)) == SAME
    assert take(ledger, {**rule(version=6), "state": "deleted"}) == new(2)
    assert take(ledger, rule(version=5)) == STALE
    assert take(ledger, rule("R8")) == new(3)
    with pytest.raises(Rejected, match=r"version: version 1 of R8 is known with other content; send version 2"):
        take(ledger, rule("R8", text="another"))
    assert ledger.applied == 3


def test_a_model_without_a_version_counts_by_arrival() -> None:
    ledger, model = Ledger({}), {"control": "model", "path": "a"}
    assert [take(ledger, model) for _ in range(3)] == [new(1), new(2), new(3)]
    with pytest.raises(Rejected, match="version 3 of the model is known with other content"):
        take(ledger, {**model, "version": 3})
    assert take(ledger, {**model, "version": 2}) == STALE
    assert take(ledger, {**model, "version": 9}) == new(4)
    assert take(ledger, model) == new(5)


def test_what_is_refused_is_not_noted() -> None:
    state: dict[str, bytes] = {}
    ledger = Ledger(state, Bounds(rules=1))
    take(ledger, rule("R1"))
    kept = dict(state)
    with pytest.raises(Rejected):
        take(ledger, rule("R2"))
    assert state == kept


def test_no_more_rules_than_an_event_bears() -> None:
    ledger = Ledger({}, Bounds(rules=2))
    take(ledger, rule("R1"))
    take(ledger, rule("R2", state="shadow"))
    with pytest.raises(Rejected, match="state: 2 rules are active or in shadow, the most there may be; pause or delete one first"):
        take(ledger, rule("R3"))
    assert take(ledger, rule("R1", 2)).verdict is Verdict.NEW
    assert take(ledger, rule("R2", 2, state="paused")).verdict is Verdict.NEW
    assert take(ledger, rule("R3")).verdict is Verdict.NEW
    with pytest.raises(Rejected, match="2 rules"):
        take(ledger, rule("R2", 3))


def test_no_more_entries_lists_and_single_records() -> None:
    ledger = Ledger({}, Bounds(entries=10, lists=2, singles=2))
    file = {"entity": None, "file": "f.txt", "kind": "device"}
    assert take(ledger, listed("L1", list="a", **file), 9).verdict is Verdict.NEW
    with pytest.raises(Rejected, match="file: all lists together would hold more than 10 entries; delete some first"):
        take(ledger, listed("L2", list="a", **file), 2)
    assert take(ledger, listed("L1", 2, list="a", **file), 5).verdict is Verdict.NEW
    assert take(ledger, listed("L2", list="b")).verdict is Verdict.NEW
    with pytest.raises(Rejected, match="list: there are 2 lists, the most there may be"):
        take(ledger, listed("L3", list="c"))
    assert take(ledger, listed("L3", list="b")).verdict is Verdict.NEW
    with pytest.raises(Rejected, match="list: the list b has 2 records of one entity"):
        take(ledger, listed("L4", list="b"))
    assert take(ledger, listed("L1", 3, list="c", **file), 5).verdict is Verdict.NEW  # a is free, so c may be
    assert take(ledger, listed("L2", 2, state="deleted")).verdict is Verdict.NEW
    assert take(ledger, listed("L4", list="b")).verdict is Verdict.NEW


def test_deleted_records_are_remembered_up_to_a_bound() -> None:
    state: dict[str, bytes] = {}
    ledger = Ledger(state, Bounds(deleted=2))
    for number in range(4):
        take(ledger, {"control": "rule", "id": f"R{number}", "version": 7, "state": "deleted", **BY})
    assert set(state) == {"rule:R2", "rule:R3", APPLIED}
    assert take(Ledger(state, Bounds(deleted=2)), rule("R3", 6)) == STALE


def records(count: int, seed: int) -> list[ControlRecord]:
    """Many versions of few rules, lists and switches."""
    chance, made = random.Random(seed), list[dict[str, Any]]()
    for number in range(count):
        version, slot = number // 40 + 1, number % 40
        state = chance.choice(["active", "active", "shadow", "paused", "deleted"])
        if slot < 20:
            made.append(rule(f"R{slot}", version, state=state, text=f"text {chance.random()}"))
        elif slot < 36:
            entity = f"device:{chance.randrange(1, 1 << 60):016x}"
            made.append(listed(f"L{slot}", version, state=state, entity=entity, list=chance.choice(["block", "mules"])))
        else:
            made.append(switch(("auto_block", "rules", "lists", "shadow")[slot - 36], version, on=chance.random() < 0.5))
    return list(map(record, made))


class Judge:
    """A ledger with what its accepted records put in force, as the job has them; and a restart."""

    def __init__(self) -> None:
        self.state: dict[str, bytes] = {}
        self.broadcast: dict[str, bytes] = {}
        self.start()

    def start(self) -> None:
        self.ledger = Ledger(self.state)
        self.in_force = ControlInForce(GRAPH, PSEUDONYMS)
        for change in sorted(map(Change.of, self.broadcast.values()), key=lambda one: one.applied):
            self.in_force.apply(change.key, change.to_bytes())

    def take(self, found: ControlRecord) -> None:
        taken = self.ledger.take(found)
        if taken.verdict is Verdict.NEW:
            change = Change(found.key, taken.applied, 0, found.document)
            self.broadcast[change.key] = change.to_bytes()
            self.in_force.apply(change.key, change.to_bytes())

    def content(self) -> dict[str, Any]:
        return {key: change.record for key, change in self.in_force.changes.items()}


def test_ten_thousand_records_in_random_order_twice_with_a_cut_are_as_in_order_once() -> None:
    made = records(10_000, 21)
    in_order = Judge()
    for found in made:
        in_order.take(found)
    assert in_order.ledger.applied == len(made)
    for seed in range(3):
        shuffled = [*made, *made]
        random.Random(seed).shuffle(shuffled)
        judge = Judge()
        saved: tuple[dict[str, bytes], dict[str, bytes]] = {}, {}
        for number, found in enumerate(shuffled):
            if number == 9_000:
                saved = dict(judge.state), dict(judge.broadcast)
            if number == 11_000:  # a restart from there, and all since comes again
                judge.state, judge.broadcast = saved
                judge.start()
                for again in shuffled[9_000:11_000]:
                    judge.take(again)
            judge.take(found)
        assert judge.content() == in_order.content()
        assert judge.ledger.applied < len(made)
        assert judged(judge) == judged(in_order)


def judged(judge: Judge) -> list[Effects]:
    """What is said of events that the records in force name, but for the running number."""
    entities = [change.record["entity"].partition(":")[2] for change in in_force_lists(judge)]
    events = [Event("e", code, START, (1, int(device, 16), 0), 1, places=(0,)) for device in entities for code in (0, 1)]
    assert len(events) > 10
    return [judge.in_force.judge(event, ())._replace(applied=0) for event in events]


def in_force_lists(judge: Judge) -> list[Change]:
    found = [change for key, change in sorted(judge.in_force.changes.items()) if key.startswith("list:")]
    return [change for change in found if "entity" in change.record]
