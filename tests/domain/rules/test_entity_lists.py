"""Lists of entities: what counts, what ends, and how a table of them grows."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest

from domain.events.event import Event
from domain.graph import GraphSettings
from domain.rules.entity_lists import EntityLists, ListRecord

GRAPH = GraphSettings()
DEVICE = ListRecord("L1", 1, "active", "block", "device", None, "ann", "mules")
EVENT = Event("e1", 2, 1_700_000_000_000, (11, 22, 0), 5, places=(44,))


def keys(*named: int) -> np.ndarray:
    return np.array(named, np.uint64)


def ids(lists: EntityLists, event: Event = EVENT) -> list[str]:
    return [hit.record.id for hit in lists.hits(event)]


def changed(**fields: object) -> ListRecord:
    return dataclasses.replace(DEVICE, **fields)  # type: ignore[arg-type]


def test_a_record_names_the_entity_of_its_kind_only() -> None:
    lists = EntityLists(GRAPH)
    lists.put(DEVICE, keys(22))
    lists.put(changed(id="L2", kind="account"), keys(22))
    lists.put(changed(id="L3", kind="ip"), keys(44))
    assert [(hit.record.id, hit.kind) for hit in lists.hits(EVENT)] == [("L1", "device"), ("L3", "ip")]


def test_the_same_key_in_three_lists_gives_three_hits_in_the_order_of_their_ids() -> None:
    for order in ("L1 L2 L3", "L3 L1 L2"):
        lists = EntityLists(GRAPH)
        for id in order.split():
            lists.put(changed(id=id, list=f"list{id[1]}"), keys(22, 22, 1))
        assert ids(lists) == ["L1", "L2", "L3"]
        assert lists.entries == 6


def test_a_later_version_takes_the_place_of_an_earlier_one() -> None:
    lists = EntityLists(GRAPH)
    lists.put(DEVICE, keys(22, 23))
    lists.put(changed(version=2), keys(23))
    assert (ids(lists), lists.entries) == ([], 1)
    lists.remove("L1")
    lists.remove("L1")
    assert lists.entries == 0


@pytest.mark.parametrize(("state", "hits"), [("active", 1), ("shadow", 1), ("paused", 0), ("deleted", 0)])
def test_states(state: str, hits: int) -> None:
    lists = EntityLists(GRAPH)
    lists.put(DEVICE, keys(22))
    lists.put(changed(version=2, state=state), keys(22))
    assert len(ids(lists)) == hits


def test_a_record_ends_by_the_time_of_the_event() -> None:
    lists = EntityLists(GRAPH)
    lists.put(changed(expires_ms=EVENT.time_ms + 1), keys(22))
    assert ids(lists) == ["L1"]
    assert ids(lists, dataclasses.replace(EVENT, time_ms=EVENT.time_ms + 1)) == []
    assert ids(lists) == ["L1"]  # a late event


def test_no_entity_is_on_no_list() -> None:
    lists = EntityLists(GRAPH)
    lists.put(changed(kind="address"), keys(0, 0))
    assert (ids(lists), lists.entries) == ([], 0)


def test_places_may_be_left_out() -> None:
    lists = EntityLists(GRAPH)
    lists.put(DEVICE, keys(22))
    assert ids(lists, dataclasses.replace(EVENT, places=())) == ["L1"]


def test_more_records_than_there_is_room_for_at_first() -> None:
    lists = EntityLists(GRAPH)
    for number in range(300):
        lists.put(changed(id=f"L{number:03}"), keys(22, number + 1000))
    assert ids(lists) == [f"L{number:03}" for number in range(300)]


def test_ten_thousand_changes_leave_no_entry_behind() -> None:
    lists, rng = EntityLists(GRAPH), np.random.default_rng(1)
    for number in range(10_000):
        lists.put(changed(id=f"L{number % 50}", version=number), rng.integers(1, 200, 5).astype(np.uint64))
    for number in range(50):
        lists.put(changed(id=f"L{number}"), keys(22, number + 1000))
    assert (len(ids(lists)), lists.entries) == (50, 100)
    assert len(lists._table._keys) <= 4096
    assert len(lists._table._alive) <= 4096


def test_a_million_entries_are_built_in_a_fifth_of_a_second_and_take_25_megabytes() -> None:
    lists = EntityLists(GRAPH)
    many = np.random.default_rng(1).integers(1, 2**63, 1_000_000, dtype=np.uint64)
    lists.put(changed(id="warm"), many[:1])
    took = []
    for version in range(3):
        began = time.thread_time()
        lists.put(changed(version=version), many)
        took.append(time.thread_time() - began)
    assert min(took) < 0.2 * 5  # five times as long on a busy machine
    assert lists.entries == len(set(many.tolist())) + 1
    assert lists._table._keys.nbytes + lists._table._records.nbytes < 40e6
    assert ids(lists, dataclasses.replace(EVENT, entities=(1, int(many[77]), 0))) == ["L1"]
