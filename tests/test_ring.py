"""Which entity a ring is named after."""

from __future__ import annotations

from domain.event import Event
from domain.graph import EVENT_TYPES, GraphSettings
from domain.identity import MISSING, as_text
from domain.ring import ring_of
from domain.step import Step
from tests.event_histories import START, key_of, make_event

LOGIN = EVENT_TYPES.index("login")
DEVICE, ADDRESS = 1, 2


class Shop:
    def __init__(self, graph: GraphSettings) -> None:
        self.graph, self.step = graph, Step(graph)
        self.states: list[dict[int, bytes]] = [{} for _ in graph.entities]
        self.events = 0

    def ring(self, account: int, device: int | None = None, address: int | None = None) -> str:
        """Take an event and name its ring."""
        self.events += 1
        keys = [key_of(0, account)]
        keys += [MISSING if index is None else key_of(kind, index) for kind, index in ((DEVICE, device), (ADDRESS, address))]
        event: Event = make_event(f"e{self.events}", LOGIN, START + self.events, tuple(keys[: len(self.graph.entities)]))
        trail = self.step(event, self.states)
        assert trail is not None
        return ring_of(self.graph, self.step.layouts, event.entities, trail.blocks)


def account(index: int) -> str:
    return f"account-{as_text(key_of(0, index))}"


def device(index: int) -> str:
    return f"device-{as_text(key_of(DEVICE, index))}"


def address(index: int) -> str:
    return f"address-{as_text(key_of(ADDRESS, index))}"


def test_who_shares_nothing_is_a_ring_of_one() -> None:
    shop = Shop(GraphSettings())
    assert [shop.ring(1, 1, 1), shop.ring(1, 1, 1), shop.ring(2, 2, 2)] == [account(1), account(1), account(2)]


def test_missing_and_unseen_entities_join_nothing() -> None:
    shop = Shop(GraphSettings())
    assert [shop.ring(1), shop.ring(2), shop.ring(1, 5), shop.ring(2, None, 5)] == [account(1), account(2), account(1), account(2)]


def test_the_second_account_on_a_device_joins_its_ring_at_once() -> None:
    shop = Shop(GraphSettings())
    assert shop.ring(1, 1) == account(1)
    assert shop.ring(2, 1) == device(1)
    assert shop.ring(1, 1) == device(1)


def test_the_ring_is_named_after_what_most_accounts_share() -> None:
    shop = Shop(GraphSettings())
    for number in (1, 2):
        shop.ring(number, 1, None)
    for number in (3, 4, 5):
        shop.ring(number, None, 1)
    assert shop.ring(6, 1, 1) == address(1), "four accounts there, three at the device"
    for number in (7, 8):
        shop.ring(number, 1, None)
    assert shop.ring(9, 1, 1) == device(1)


def test_of_equals_the_earlier_stage_names_the_ring() -> None:
    shop = Shop(GraphSettings())
    shop.ring(1, 1, 1)
    assert shop.ring(2, 1, 1) == device(1)


def test_a_hub_names_no_ring() -> None:
    shop = Shop(GraphSettings(hub_degree=3))
    for number in range(3):
        shop.ring(number, 1, None)
    shop.ring(5, None, 1)
    assert shop.ring(0, 1, None) == device(1), "three accounts are no hub yet"
    assert shop.ring(6, 1, 1) == address(1), "the fourth makes the device a hub"
    assert shop.ring(7, 1, None) == account(7)


def test_naming_a_ring_changes_no_record() -> None:
    shop = Shop(GraphSettings())
    shop.ring(1, 1)
    keys = (key_of(0, 2), key_of(1, 1), MISSING)
    records = [b"", shop.states[1][key_of(1, 1)], b""]
    before = bytes(bytearray(records[1]))
    assert ring_of(shop.graph, shop.step.layouts, keys, records) == device(1)
    assert records[1] == before


def test_a_graph_of_accounts_only() -> None:
    shop = Shop(GraphSettings(entities=("account",)))
    assert [shop.ring(1), shop.ring(1)] == [account(1)] * 2
