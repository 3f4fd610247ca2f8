"""The stored form of an entity: frozen samples of every version, refusals, sizes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.errors import SettingError
from domain.graph import GraphSettings
from domain.memory.label_book import ENTRY
from domain.memory.place_record import PLACE_BYTES, PLACE_HEAD_BYTES
from domain.memory.record import BITMAP_BYTES, LINEAR_COUNT, NEVER, RECORD_LIMIT_BYTES, VERSION, RecordLayout
from domain.memory.record_migration import RecordVersionError, migrate, migrate_place
from domain.step import Step
from tests.support.entity_record import EntityRecord, links_of
from tests.support.event_histories import START, key_of, make_event

DATA = Path(__file__).parent / "data"
GRAPH = GraphSettings()
KINDS = ("account", "device", "address")


def sample(kind: str, version: int = VERSION) -> tuple[bytes, dict[str, Any]]:
    """A record of some version, and what it read as then. Never written anew: savepoints hold such bytes."""
    text = (DATA / f"record_v{version}_{kind}.json").read_text()
    doc = json.loads(text)
    return bytes.fromhex("".join(doc["hex"])), doc["reads_as"]


def contents(data: bytes, layout: RecordLayout) -> dict[str, Any]:
    """A record as plain JSON values."""
    record = EntityRecord.decode(data, layout)
    plain = {
        name: getattr(record, name)
        for name in EntityRecord.__slots__
        if name not in ("layout", "links", "ids", "book", "bitmaps", "decayed")
    }
    links = [
        {name: link[name].tolist() for name in ("time", "event", "others", "type", "label", "unusual", "amount", "z", "summaries")}
        for link in links_of(layout, data)
    ]
    book = [list(entry) for entry in np.frombuffer(record.book, ENTRY).tolist()]
    return {
        **plain,
        "counters": record.counters.tolist(),
        "kinds": record.kinds.tolist(),
        "distinct": [record.distinct(slot) for slot in range(len(layout.others))],
        "ids": np.frombuffer(record.ids, "<u8").tolist(),
        "book": book,
        "links": links,
    }


def as_version_2(old: dict[str, Any]) -> dict[str, Any]:
    """A record of version 1 in the words of version 2: its run of frauds is one at usual amounts."""
    new = dict(old, version=2, legit_since=0, last_unusual=NEVER, ring_seen=NEVER, unusual_first=NEVER, unusual_last=NEVER, unusual_n=0)
    new |= {"usual_first": new.pop("run_first"), "usual_n": new.pop("run_n"), "usual_last": new.pop("last_fraud")}
    new["counters"] = [
        [events, amount, unusual, fraud, 0.0, legitimate] for events, amount, _squared, unusual, fraud, legitimate in old["counters"]
    ]
    return new


def as_version_3(old: dict[str, Any]) -> dict[str, Any]:
    """A record of version 2 in the words of version 3: no id says what its event is worth."""
    return dict(old, version=3, ids=[id_hash // 16 * 16 for id_hash in old["ids"]])


def as_version_4(old: dict[str, Any]) -> dict[str, Any]:
    """A record of version 3 in the words of version 4: it may have had more labels than its links know."""
    return dict(old, version=4, n_labels=0, labels_gone=int(old["frauds"] + old["legitimates"] > 0), book=[])


def as_version_5(old: dict[str, Any]) -> dict[str, Any]:
    """A record of version 4 in the words of version 5: no habit in another currency."""
    nothing = {"unit": 0, "n": 0, "mean": 0.0, "var": 0.0}
    return dict(old, version=5) | {f"other_{name}_{slot}": value for slot in (1, 2) for name, value in nothing.items()}


def as_version_6(old: dict[str, Any]) -> dict[str, Any]:
    """A record of version 5 in the words of version 6: nobody counted whom it met, or noted which events have
    labels.
    """
    ids = [id_hash // 32 * 32 + id_hash % 16 + 16 * old["labels_gone"] for id_hash in old["ids"]]
    return dict(old, version=6, ids=ids, counters=[[*row, 0.0, 0.0] for row in old["counters"]])


@pytest.mark.parametrize("version", range(1, VERSION + 1))
@pytest.mark.parametrize("position", range(3), ids=KINDS)
def test_frozen_records_read_as_they_always_did(position: int, version: int) -> None:
    layout = RecordLayout(GRAPH, position)
    data, reads_as = sample(KINDS[position], version)
    current = migrate(data, layout)
    wanted = as_version_2(reads_as) if version == 1 else reads_as
    wanted = as_version_3(wanted) if version < 3 else wanted
    wanted = as_version_4(wanted) if version < 4 else wanted
    wanted = as_version_5(wanted) if version < 5 else wanted
    wanted = as_version_6(wanted) if version < 6 else wanted
    assert as_text(contents(current, layout)) == as_text(wanted)
    assert EntityRecord.decode(current, layout).encode() == current


def as_text(reads_as: dict[str, Any]) -> str:
    """For comparison: by text, for NaN amounts."""
    return json.dumps(reads_as, sort_keys=True)


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_the_frozen_records_say_something(version: int) -> None:
    account, device, address = (sample(kind, version)[1] for kind in KINDS)
    assert (account["version"], account["events"], account["frauds"], account["legitimates"]) == (version, 5, 1, 1)
    assert len(account["ids"]) == (5 if version > 3 else 7), "labels left their ids"
    assert len(account.get("book", [1, 2])) == 2
    assert sorted(link["label"] for link in account["links"]) == [-1, -1, -1, 0, 1]
    assert [len(device["links"]), len(address["links"])] == [5, 3]
    assert len(address["links"][0]["summaries"]) == 2
    assert account["habit_n"] == 4.0


def test_a_newer_record_is_refused_with_the_mend() -> None:
    data, _ = sample("device")
    with pytest.raises(RecordVersionError, match=r"device record has version 7.*release that wrote the savepoint"):
        migrate(b"\7" + data[1:], RecordLayout(GRAPH, 1))


@pytest.mark.parametrize(
    "graph",
    [
        GraphSettings(entities=("account", "device", "merchant")),
        GraphSettings(entities=("account", "device")),
        GraphSettings(half_lives_s=(600.0, 3600.0, 86_400.0, 604_800.0, 2_592_000.0)),
    ],
)
def test_a_record_of_another_graph_is_refused_with_the_settings_to_restore(graph: GraphSettings) -> None:
    with pytest.raises(RecordVersionError, match=r"graph\.entities or graph\.half_lives_s: restore those settings"):
        migrate(sample("device")[0], RecordLayout(graph, 1))


@pytest.mark.parametrize("damage", [lambda data: data[:100], lambda data: data + bytes(12_000)], ids=["cut short", "too long"])
def test_a_damaged_record_is_refused_before_any_rule_reads_it(damage: Callable[[bytes], bytes]) -> None:
    step, keys = Step(GRAPH), (key_of(0, 1), key_of(1, 1), 0)
    states: list[dict[int, bytes]] = [{}, {}, {}]
    step(make_event("o1", 2, START, keys, 5.0), states)
    states[1][keys[1]] = damage(states[1][keys[1]])
    with pytest.raises(RecordVersionError, match=r"a device record has \d+ bytes, none can have fewer than \d+ or more"):
        step(make_event("o2", 2, START + 1, keys, 5.0), states)


@pytest.mark.parametrize("damage", [lambda data: data[:50], lambda data: b"\5" + data[1:]], ids=["cut short", "newer"])
def test_a_damaged_record_of_a_ring_entity_is_refused(damage: Callable[[bytes], bytes]) -> None:
    step, account = Step(GRAPH), key_of(0, 1)
    event = dataclasses.replace(make_event("o1", 2, START, (account, 0, 0), 5.0), places=(key_of(3, 1),))
    states: list[dict[int, bytes]] = [{}, {}, {}, {}]
    step(event, states)
    states[3][key_of(3, 1)] = damage(states[3][key_of(3, 1)])
    with pytest.raises(RecordVersionError, match=r"graph\.ring_entities has version \d and \d+ bytes"):
        step(dataclasses.replace(event, id_hash=7), states)


def test_a_place_without_counters_has_met_nobody_in_doubt() -> None:
    old = bytes([1]) + bytes(range(1, PLACE_HEAD_BYTES)) + bytes([7]) * 2 * BITMAP_BYTES
    new = migrate_place(old)
    assert (new[0], len(new), migrate_place(new)) == (4, PLACE_BYTES, new)
    assert new[1:PLACE_HEAD_BYTES] == old[1:PLACE_HEAD_BYTES]
    assert new[PLACE_HEAD_BYTES:] == bytes(16) + old[PLACE_HEAD_BYTES:]


def test_a_place_that_counted_events_keeps_what_it_knows_of_meetings() -> None:
    counters = np.array([[9, 2, 1], [30, 4, 3]], "<f4").tobytes()
    old = bytes([2]) + bytes(range(1, PLACE_HEAD_BYTES)) + counters + bytes([7]) * 2 * BITMAP_BYTES
    new = migrate_place(old)
    assert (new[0], len(new), migrate_place(new)) == (4, PLACE_BYTES, new)
    assert new[1:PLACE_HEAD_BYTES] == old[1:PLACE_HEAD_BYTES]
    assert new[PLACE_HEAD_BYTES:] == np.array([[2, 1], [4, 3]], "<f4").tobytes() + bytes([7]) * 2 * BITMAP_BYTES


def test_a_place_that_counted_over_a_month_alone_has_met_nobody_today() -> None:
    counters, marks = np.array([4, 3], "<f4").tobytes(), bytes([7]) * 2 * BITMAP_BYTES
    old = bytes([3]) + bytes(range(1, PLACE_HEAD_BYTES)) + counters + marks
    new = migrate_place(old)
    assert (new[0], len(new), migrate_place(new)) == (4, PLACE_BYTES, new)
    assert new[1:PLACE_HEAD_BYTES] == old[1:PLACE_HEAD_BYTES]
    assert new[PLACE_HEAD_BYTES:] == bytes(8) + counters + marks


def test_an_old_record_is_read_by_the_step_as_a_migrated_one() -> None:
    layout, (old, _) = RecordLayout(GRAPH, 1), sample("device", 1)
    step, keys = Step(GRAPH), (key_of(0, 1), key_of(1, 1), 0)
    clock = EntityRecord.decode(migrate(old, layout), layout).clock
    found = []
    for stored in (old, migrate(old, layout)):
        states: list[dict[int, bytes]] = [{}, {keys[1]: stored}, {}]
        trail = step(make_event("o1", 2, clock + 1, keys, 5.0), states)
        assert trail is not None
        found.append((trail.wire, states))
    assert found[0] == found[1]


def test_a_record_of_another_kind_is_refused() -> None:
    with pytest.raises(RecordVersionError):
        migrate(sample("device")[0], RecordLayout(GRAPH, 2))


def test_whole_and_broken_numbers_of_seconds_are_the_same_graph() -> None:
    """YAML gives 600, the default is 600.0: the same setting, written twice."""
    graph = GraphSettings(half_lives_s=(600, 21_600, 86_400, 604_800, 2_592_000))
    assert migrate(sample("account")[0], RecordLayout(graph, 0))


def test_a_graph_whose_records_grow_too_large_is_refused_with_the_mend() -> None:
    kinds = ("account", "device", "address", "merchant", "payment", "email", "ip")
    with pytest.raises(SettingError, match=r"kind .* could take \d+ bytes.*lower graph\.links"):
        RecordLayout(GraphSettings(entities=kinds, links=64), 6)
    for position in range(7):
        assert RecordLayout(GraphSettings(entities=kinds), position).max_bytes <= RECORD_LIMIT_BYTES


@pytest.mark.parametrize("graph", [GRAPH, GraphSettings(entities=("account",)), GraphSettings(entities=("account", "merchant"))])
def test_the_dtypes_describe_the_bytes(graph: GraphSettings) -> None:
    for position in range(len(graph.entities)):
        layout = RecordLayout(graph, position)
        assert layout.link_dtype.itemsize == layout.link_bytes
        fresh = EntityRecord(layout, 123_456)
        data = fresh.encode()
        assert len(data) == layout.fixed_bytes
        row = np.frombuffer(data, layout.fixed_dtype)[0]
        assert (row["version"], row["tag"], row["first_seen"], row["unusual_last"]) == (VERSION, layout.tag, 123_456, -1)
        assert EntityRecord.decode(data, layout).encode() == data


def test_decoding_does_not_alias_the_stored_bytes() -> None:
    layout = RecordLayout(GRAPH, 1)
    data, _ = sample("device")
    kept = bytes(bytearray(data))
    record = EntityRecord.decode(data, layout)
    record.bitmaps[0] ^= 1
    assert data == kept
    assert record.encode() != kept


def test_linear_counting() -> None:
    assert [round(LINEAR_COUNT[marks]) for marks in range(6)] == [0, 1, 2, 3, 4, 5]
    counts = [LINEAR_COUNT[marks] for marks in range(257)]
    assert counts == sorted(counts)
    assert LINEAR_COUNT[256] == pytest.approx(256 * np.log(256))


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"entities": ()}, "graph.entities"),
        ({"entities": ("device", "account")}, "graph.entities"),
        ({"entities": ("account", "account")}, "graph.entities"),
        ({"entities": ("account", "phone")}, "phone"),
        ({"links": 0}, "graph.links"),
        ({"links": 65}, "graph.links"),
        ({"duplicates": 256}, "graph.duplicates"),
        ({"hub_degree": 1}, "graph.hub_degree"),
        ({"hub_sample": 0}, "graph.hub_sample"),
        ({"half_lives_s": ()}, "graph.half_lives_s"),
        ({"half_lives_s": (0.0, 1.0)}, "graph.half_lives_s"),
        ({"half_lives_s": (2.0, 1.0)}, "rising"),
        ({"ttl_days": 0.0}, "graph.ttl_days"),
        ({"late_days": -1.0}, "graph.late_days"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(settings: dict[str, Any], name: str) -> None:
    with pytest.raises(SettingError, match=name):
        GraphSettings(**settings)
