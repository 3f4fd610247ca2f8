"""Rings against connected components: the same joining rule on the whole graph, by networkx."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events.event import Event
from domain.events.identity import MISSING
from domain.graph import EVENT_TYPES, GraphSettings
from domain.memory.place_record import PLACE_HEAD
from domain.memory.record import NEVER, RecordLayout
from domain.memory.ring_labels import FRESH_MS, NEWCOMER_MS, PLACE_ACCOUNTS, QUIET_MS, labels_of
from domain.memory.trail import NO_RING, Trail, TrailCodec
from domain.step import Step
from tests.support.entity_record import EntityRecord
from tests.support.event_histories import DAY, HOUR, MINUTE, START, key_of, make_event

LOGIN, ORDER = EVENT_TYPES.index("login"), EVENT_TYPES.index("order")
DEVICE, ADDRESS, IP = 1, 2, 3
GRAPH = GraphSettings(hub_degree=4)


class Shop:
    """Takes events through the step, every stage's trail on the wire in between, and remembers which
    entities joined.
    """

    def __init__(self, graph: GraphSettings = GRAPH) -> None:
        self.graph, self.step, self.codec = graph, Step(graph), TrailCodec(graph)
        self.states: list[dict[int, bytes]] = [{} for _ in graph.stages]
        self.events = 0

    def take(self, keys: Sequence[int], time_ms: int | None = None, created_ms: int = -1, amount: float = float("nan")) -> Trail:
        self.events += 1
        n, stages = len(self.graph.entities), len(self.graph.stages)
        keys = [*keys, *[MISSING] * stages][:stages]
        code = LOGIN if amount != amount else ORDER
        event = make_event(f"e{self.events}", code, START + self.events if time_ms is None else time_ms, tuple(keys[:n]), amount)
        trail = Trail(dataclasses.replace(event, created_ms=created_ms, places=tuple(keys[n:])))
        for position, state in enumerate(self.states):
            key = trail.event.key(position)
            visit = self.step.visit(position, trail, state.get(key) if key != MISSING else None)
            if visit.record is not None:
                state[key] = visit.record
            trail = self.codec.decode(self.codec.encode(trail))
        return trail

    def ring(self, position: int, key: int) -> tuple[int, int]:
        """(ring, when an event last joined it) of an entity."""
        data = self.states[position].get(key)
        if data is None:
            return NO_RING, NEVER
        row = np.frombuffer(data, self.step.layouts[position].fixed_dtype if position < len(self.step.layouts) else PLACE_HEAD, 1)[0]
        return int(row["ring"]), int(row["ring_seen"])

    def labels(self, account: int, device: int | None = None, address: int | None = None, ip: int | None = None, **more: int) -> list[int]:
        return met_by(self.take(keys_of(account, device, address, ip), **more))


def met_by(trail: Trail) -> list[int]:
    return labels_of(trail.rings, trail.event.entities[0])


def keys_of(account: int, *others: int | None) -> list[int]:
    return [key_of(0, account), *(MISSING if index is None else key_of(kind, index) for kind, index in enumerate(others, 1))]


def a(index: int) -> int:
    return key_of(0, index)


PICKS = st.one_of(st.none(), st.integers(0, 4))
MOVES = st.lists(st.tuples(st.integers(0, 7), PICKS, PICKS, PICKS, st.sampled_from([0, MINUTE, HOUR, 3 * DAY])), max_size=50)


@settings(max_examples=150, deadline=None)
@given(MOVES, st.sampled_from([GRAPH, GraphSettings(ring_entities=()), GraphSettings(("account", "device"), hub_degree=2)]))
def test_labels_that_meet_are_the_connected_components(
    moves: list[tuple[int, int | None, int | None, int | None, int]], graph: GraphSettings
) -> None:
    """Edges are the events that join an entity; labels that met in any event are one ring. No label of the
    oracle is the code's.
    """
    shop, truth, met, now = Shop(graph), nx.Graph(), nx.Graph(), START
    for account, *others, gap in moves:
        now += gap + 1
        keys = keys_of(account, *others)[: len(graph.stages)]
        before = [shop.ring(position, key) for position, key in enumerate(keys)]
        trail = shop.take(keys, now)
        after = [shop.ring(position, key) for position, key in enumerate(keys)]
        joined = [position for position, (_, seen) in enumerate(after) if seen == now]
        assert all(was == is_now for position, (was, is_now) in enumerate(zip(before, after, strict=True)) if position not in joined)
        truth.add_node((0, keys[0]))
        truth.add_edges_from(((0, keys[0]), (position, keys[position])) for position in joined if position)
        nx.add_path(met, met_by(trail))
        met.add_node(met_by(trail)[0])
    accounts = {frozenset(key for kind, key in component if kind == 0) for component in nx.connected_components(truth)}
    assert accounts == {frozenset(component) for component in nx.connected_components(met)}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=12, max_size=60))
def test_nothing_ever_joins_through_a_hub(accounts: list[int]) -> None:
    shop = Shop(GraphSettings(hub_degree=2))
    for account in range(4):
        shop.labels(100 + account, 1, None, created_ms=START - 30 * DAY)
    for account in accounts:
        assert shop.labels(account, 1, None, created_ms=START - 30 * DAY) == [a(account)]


def test_who_shares_nothing_is_a_ring_of_one() -> None:
    shop = Shop()
    assert [shop.labels(1, 1, 1, 1), shop.labels(1, 1, 1, 1), shop.labels(2, 2, 2)] == [[a(1)], [a(1)], [a(2)]]


def test_a_shared_entity_of_any_kind_joins_and_the_smallest_label_stays() -> None:
    for kind in range(3):
        shop = Shop()
        place: list[int | None] = [None, None, None]
        place[kind] = 1
        assert shop.labels(2, *place) == [a(2)]
        assert shop.labels(1, *place) == [a(1), a(2)]
        assert shop.labels(3, *place) == [a(1), a(3)], "the label has fallen to the smaller one"


def test_a_label_travels_over_a_device_to_an_address() -> None:
    shop = Shop()
    shop.labels(1, 1)
    shop.labels(2, 1, 1)
    assert shop.labels(3, None, 1) == [a(1), a(3)]


def test_a_label_does_not_flicker() -> None:
    shop, seen = Shop(GraphSettings(hub_degree=100)), []
    for account in (9, 3, 7, 3, 9, 1, 8, 1):
        shop.labels(account, 1)
        seen.append(EntityRecord.decode(shop.states[DEVICE][key_of(1, 1)], RecordLayout(shop.graph, 1)).ring)
    assert seen == sorted(seen, reverse=True)


def old_shop(account_created: int = START - 400 * DAY) -> tuple[Shop, int]:
    """A device and an address that one account used long ago, and the time now."""
    shop = Shop()
    for day in (0, 5):
        shop.labels(1, 1, 1, 1, time_ms=START + day * DAY)
    return shop, START + FRESH_MS + 1


def test_old_accounts_at_an_old_place_join_nothing() -> None:
    shop, now = old_shop()
    assert shop.labels(2, 1, 1, 1, time_ms=now) == [a(2)]
    assert shop.labels(2, 1, 1, 1, time_ms=now, created_ms=now - NEWCOMER_MS) == [a(2)]


def test_a_newcomer_a_known_fraud_and_an_unusual_amount_join_at_an_old_place() -> None:
    shop, now = old_shop()
    assert shop.labels(2, 1, None, None, time_ms=now, created_ms=now - NEWCOMER_MS + 1) == [a(1), a(2)]
    shop, now = old_shop()
    for number in range(5):
        shop.take(keys_of(2, 9), START + number, amount=10.0)
    assert met_by(shop.take(keys_of(2, 1), now, amount=10.0)) == [a(2)]
    assert met_by(shop.take(keys_of(2, 1), now, amount=5000.0)) == [a(1), a(2)]
    shop, now = old_shop()
    record = EntityRecord.decode(shop.states[DEVICE][key_of(1, 1)], RecordLayout(shop.graph, 1))
    record.frauds = 1
    shop.states[DEVICE][key_of(1, 1)] = record.encode()
    assert shop.labels(2, 1, 1, 1, time_ms=now) == [a(1), a(2)]


def test_a_line_of_many_accounts_joins_no_more() -> None:
    shop = Shop()
    for account in range(PLACE_ACCOUNTS + 5):
        shop.labels(account, None, None, 1, created_ms=START - 30 * DAY)
    assert shop.labels(99, None, None, 1) == [a(99)]


def test_a_line_of_many_accounts_that_were_made_for_it_goes_on_joining() -> None:
    shop = Shop()
    for account in range(PLACE_ACCOUNTS + 5):
        shop.labels(account, None, None, 1, created_ms=START - DAY)
    assert shop.labels(99, None, None, 1) == [a(0), a(99)]


def test_a_ring_that_was_quiet_for_long_is_left() -> None:
    for later, labels in ((QUIET_MS, [a(1), a(2)]), (QUIET_MS + 1, [a(2)])):
        shop = Shop(GraphSettings(ttl_days=200))
        shop.labels(1, 1, time_ms=START)
        assert shop.labels(2, 1, time_ms=START + later, created_ms=START + later) == labels
        assert shop.labels(3, 1, time_ms=START + later + 1, created_ms=START + later) == sorted([a(3), labels[0]])


def test_an_event_too_late_to_be_learnt_joins_nothing_and_stands_for_its_account() -> None:
    shop = Shop()
    shop.labels(1, 1, 1, 1, time_ms=START)
    before = [dict(state) for state in shop.states]
    assert shop.labels(1, 1, 1, 1, time_ms=START - 8 * DAY) == [a(1)]
    assert shop.states[1:] == before[1:]


def test_a_graph_of_accounts_only() -> None:
    shop = Shop(GraphSettings(entities=("account",), ring_entities=()))
    assert [shop.labels(1), shop.labels(1)] == [[a(1)]] * 2


def test_a_label_event_joins_nothing() -> None:
    event: Event = make_event("l1", len(EVENT_TYPES), START, (a(1), key_of(1, 1), MISSING), subject="e1", is_fraud=True)
    shop = Shop()
    trail = Trail(dataclasses.replace(event, places=(key_of(3, 1),)))
    states: list[dict[int, bytes]] = [{} for _ in shop.graph.stages]
    shop.step(trail.event, states)
    assert states[IP] == states[DEVICE] == {}
    assert EntityRecord.decode(states[0][a(1)], RecordLayout(shop.graph, 0)).ring == 0
