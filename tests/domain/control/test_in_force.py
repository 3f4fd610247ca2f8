"""What is in force at an event: rules, lists, switches, models; expiry by the event's own time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from domain.control.applied import applied_document, entry_id
from domain.control.changes import CHUNK, Change, chunks
from domain.control.in_force import MOST_LISTS, ControlInForce
from domain.control.ledger import Ledger
from domain.decisions.effects import Effects
from domain.events.event import Event, Rejected
from tests.support.control_samples import BY, GRAPH, NAMES, PSEUDONYMS, START, listed, record, rule, switch

DEVICE = 0x9C41AA00BB11CC22
SIGNUP, LOGIN = 0, 1


def event(type_code: int = SIGNUP, device: int = DEVICE, time_ms: int = START) -> Event:
    return Event("e1", type_code, time_ms, (7, device, 0), 1, places=(0,))


class Judge(ControlInForce):
    """What is in force by documents."""

    def __init__(self, *documents: dict[str, Any], codes: tuple[str, ...] = ()) -> None:
        super().__init__(GRAPH, PSEUDONYMS, codes)
        self.ledger = Ledger({})
        for document in documents:
            self.put(document)

    def put(self, document: dict[str, Any], keys: Any = (), model: str = "") -> Change:
        found = record(document)
        applied = self.ledger.take(found, len(keys) or 1).applied
        change = Change(found.key, applied, START, found.document, model, len(keys), "digest" if len(keys) else "")
        for key, part in chunks(change, np.array(keys, np.uint64)):
            assert self.apply(key, part) is None
        assert self.apply(change.key, change.to_bytes()) == change
        return change

    def at(self, one: Event) -> Effects:
        effects = self.judge(one, np.zeros(len(NAMES.features), np.float32))
        assert Effects.of(self.text_of(effects)) == (effects if effects.applied else None)
        return effects

    def fired(self, one: Event) -> list[str]:
        return [found.id for found in self.at(one).fired]

    def lists(self, one: Event) -> list[str]:
        return [found.id for found in self.at(one).lists]


def test_nothing_is_in_force_before_the_first_record() -> None:
    judge = Judge()
    assert judge.at(event()) == Effects()
    assert (judge.text_of(judge.at(event())), judge.needs_row, judge.model) == (None, False, "")


def test_rules_fire_by_mode_and_version() -> None:
    judge = Judge(rule("R1"), rule("R2", 4, state="shadow", decision="block"), rule("R3", state="paused"))
    assert [found[:4] for found in judge.at(event()).fired] == [("R1", 1, "active", "investigate"), ("R2", 4, "shadow", "block")]
    assert judge.at(event()).applied == 3
    assert judge.fired(event(LOGIN)) == []
    judge.put(rule("R1", 2, state="paused"))
    assert judge.fired(event()) == ["R2"]
    judge.put({"control": "rule", "id": "R2", "version": 5, "state": "deleted", **BY})
    assert judge.at(event()) == Effects(applied=5)


def test_lists_name_the_kind_and_all_records() -> None:
    judge = Judge(listed("L1"), listed("L2", list="mules"), listed("L3", entity=f"account:{DEVICE:016x}"))
    assert [tuple(found) for found in judge.at(event()).lists] == [
        ("L1", 1, "active", "block", "device"), ("L2", 1, "active", "mules", "device"),
    ]  # fmt: skip
    assert judge.lists(event(device=1)) == []
    judge.put({"control": "list", "id": "L1", "version": 2, "state": "deleted", **BY})
    assert judge.lists(event()) == ["L2"]


@pytest.mark.parametrize("document", [rule("X", expires_at=START), listed("X", expires_at=START)])
def test_a_record_expires_by_the_events_own_time(document: dict[str, Any]) -> None:
    judge = Judge(document)
    for time_ms, holds in ((START - 1, True), (START, False), (START - 86_400_000, True), (START + 1, False)):
        effects = judge.at(event(time_ms=time_ms))
        assert bool(effects.fired or effects.lists) is holds, time_ms


def test_rules_see_lists() -> None:
    judge = Judge(listed(list="mules"), rule(when={"all": [{"entity": "device", "in_list": "mules"}]}))
    assert judge.fired(event(LOGIN)) == ["R7"]
    assert judge.fired(event(LOGIN, device=1)) == []
    assert not judge.needs_row
    judge.put(rule("R8", when={"all": [{"feature": "device.accounts_1h", "at_least": 8}]}))
    assert judge.needs_row


def test_switches() -> None:
    judge = Judge(rule("R1"), rule("R2", state="shadow"), listed())
    judge.put({"control": "shadow_model", "path": "b", "version": 1}, model="b-1 /b")
    assert judge.at(event()).shadow == judge.shadow == "b-1 /b"
    judge.put(switch("shadow", 1))
    assert (judge.fired(event()), judge.shadow) == (["R1"], "")
    judge.put(switch("rules", 1))
    judge.put(switch("lists", 1))
    assert judge.fired(event()) == []
    assert judge.lists(event()) == ["L1"]  # what it is on is still said
    assert judge.at(event()).switches_off == ("lists", "rules", "shadow")
    for name in ("shadow", "rules", "lists"):
        judge.put(switch(name, 2, on=True))
    assert (judge.fired(event()), judge.shadow, judge.at(event()).switches_off) == (["R1", "R2"], "b-1 /b", ())
    judge.put({"control": "shadow_model", "version": 2, "state": "deleted"})
    assert judge.shadow == ""


def test_models() -> None:
    judge = Judge()
    judge.start_with("old /old")
    assert judge.model == "old /old"
    judge.put({"control": "model", "path": "new"}, model="new-1 /new")
    assert (judge.model, judge.at(event())) == ("new-1 /new", Effects(applied=1))


def test_a_rule_of_the_settings_is_replaced_for_good() -> None:
    judge = Judge(rule("BURST"), codes=("BURST", "OTHER"))
    assert judge.at(event()).replaced == ("BURST",)
    change = judge.put({"control": "rule", "id": "BURST", "version": 2, "state": "deleted", **BY})
    assert judge.forget(change.applied) == []  # else a restart would bring the setting back
    assert (judge.fired(event()), judge.at(event()).replaced) == ([], ("BURST",))


def test_a_list_of_many_comes_in_chunks() -> None:
    keys = np.arange(1, 2 * CHUNK + 10)
    judge = Judge()
    judge.put(listed(entity=None, file="f.txt", kind="device"), keys)
    assert judge.lists(event(device=CHUNK + 5)) == judge.lists(event(device=2 * CHUNK + 9)) == ["L1"]
    assert judge.lists(event(device=2 * CHUNK + 10)) == []
    judge.put(listed(version=2, entity=None, file="f.txt", kind="device"), [5])
    assert (judge.lists(event(device=5)), judge.lists(event(device=CHUNK + 5))) == (["L1"], [])


def test_a_list_of_which_chunks_are_missing_is_refused() -> None:
    change = Change("list:L1", 1, START, record(listed(entity=None, file="f.txt", kind="device")).document, "", 2, "d")
    with pytest.raises(Rejected, match="file: 0 of 2 entries are there"):
        Judge().apply(change.key, change.to_bytes())


def test_an_entity_on_thousands_of_records_names_those_that_decide() -> None:
    judge = Judge(*(listed(f"L{number}", list="mules") for number in range(50)), listed("Z", list="allow"))
    assert len(found := judge.lists(event())) == MOST_LISTS
    assert "Z" in found


def test_what_was_deleted_is_dropped_once_it_was_echoed() -> None:
    judge = Judge(rule("R1"), rule("R2"))
    change = judge.put({"control": "rule", "id": "R1", "version": 2, "state": "deleted", **BY})
    assert judge.forget(change.applied - 1) == []
    assert judge.forget(change.applied) == ["rule:R1"]
    assert set(judge.changes) == {"rule:R2"}


def test_the_entry_of_a_change_names_its_first_event_and_no_identifier() -> None:
    judge = Judge()
    change = judge.put(listed(entity=None, raw="device:4f2a"))
    document = applied_document(change, event())
    assert document["first_event"] == {"event_id": "e1", "account": f"{7:016x}", "event_time": START}
    assert (document["applied"], document["control"], document["id"], document["version"], document["state"]) == (
        1,
        "list",
        "L1",
        1,
        "active",
    )
    assert "4f2a" not in str(document["record"]).replace(f"{PSEUDONYMS.of('device', '4f2a'):016x}", "")
    assert entry_id(document) == "list:L1:1"
    assert entry_id(applied_document(judge.put(switch()), event())) == "switch:auto_block:1"
    model = applied_document(judge.put({"control": "model", "path": "new"}, model="new-1 /home/x/new"), event())
    assert (entry_id(model), model["model"]) == ("model:applied-3", "new-1")
    assert "/home" not in str(model)
    file = applied_document(judge.put(listed("L2", entity=None, file="f.txt", kind="device"), [1, 2]), event())
    assert file["file"] == {"entries": 2, "blake2b": "digest"}
