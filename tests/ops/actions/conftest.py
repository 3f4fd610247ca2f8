"""Actions step by step: a clock that tests move, a switch that they turn, and a shop that takes webhooks."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from ops.actions.courier import LEASE_MS, Courier
from ops.actions.measured import Measured
from ops.actions.sequel import Sequel
from ops.actions.settings import ActionBudget, ActionSettings
from ops.actions.taking import ActionTaker
from ops.actions.targets import Stream, target_of
from ops.cases.store import Store
from ops.cases.tables import ActionRow, Outgoing
from ops.notify.settings import NotifySettings
from tests.ops.notify.conftest import Clock
from tests.support.action_samples import decision_document
from tests.support.channel_stand_in import StandIn

KEY = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
ORIGIN = "https://fraud.example.com"
FREE = ActionBudget(10_000, 10_000, order_share=1.0, legitimate_share=1.0)
"""A budget that is never spent."""
CARD = (Measured(0.5, 0.8), Measured(0.7, 0.93), Measured(0.9, 0.97))


def no_stream(url: str) -> Stream:
    raise AssertionError(f"{url} is opened")


@dataclass
class Turned:
    """The switch auto_block, as a test turns it."""

    is_on: bool = True
    is_fresh: bool = True


@dataclass
class Rig:
    """Actions step by step."""

    store: Store
    settings: ActionSettings
    clock: Clock
    switch: Turned = field(default_factory=Turned)
    lease_ms: int = LEASE_MS
    open_stream: Callable[[str], Stream] = no_stream
    clock_ahead_s: float = 0.0
    """How far the steady clock is ahead of the wall's, once that was set back."""

    def __post_init__(self) -> None:
        network = NotifySettings(allow_private=("127.0.0.1",), timeout_s=1.0)
        self.taker = ActionTaker(self.settings, lambda _: CARD, lambda: self.switch.is_on, self.clock)
        self.sequel = Sequel(self.store, self.settings, self.clock)
        self.courier = Courier(
            self.store,
            target_of(self.settings, network, ORIGIN, self.open_stream, self.clock),
            ORIGIN,
            self.switch,
            self.clock,
            self.lease_ms,
            steady=lambda: self.clock.now / 1000 + self.clock_ahead_s,
        )

    def take(self, *documents: dict[str, Any]) -> None:
        with self.store.begin() as session:
            self.taker.take(session, documents)

    def block(self, *numbers: int, **changes: Any) -> None:
        self.take(*(decision_document(number, **{"decided_at": self.clock.now, **changes}) for number in numbers))

    def run(self) -> None:
        """Follow and send what is due now."""
        while self.sequel.step():
            pass
        while self.courier.step():
            pass

    def run_for(self, seconds: float, step_s: float | None = None) -> None:
        step_s = step_s or max(1.0, seconds / 30)
        end = self.clock.now + round(seconds * 1000)
        while self.clock.now < end:
            self.run()
            self.clock.pass_s(step_s)
        self.run()

    def actions(self) -> list[tuple[str, str]]:
        """Each event with its action, in order."""
        with self.store.read() as session:
            return [(row.event_id, row.action) for row in session.scalars(select(ActionRow).order_by(ActionRow.id))]

    def rows(self) -> list[ActionRow]:
        with self.store.read() as session:
            return list(session.scalars(select(ActionRow).order_by(ActionRow.id)))

    def states(self) -> Counter[str]:
        with self.store.read() as session:
            return Counter(session.scalars(select(Outgoing.state).where(Outgoing.kind == "action")))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop() -> Iterator[StandIn]:
    """A shop that takes what comes."""
    with StandIn() as server:
        yield server


@pytest.fixture
def rig(store: Store, clock: Clock, shop: StandIn, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Rig]:
    """Makes actions that are sent to the shop, on both databases."""
    monkeypatch.setenv("RINGWATCH_ACTIONS_KEY", KEY)

    def make(lease_ms: int = LEASE_MS, **settings: Any) -> Rig:
        usual = {"auto_block": True, "mode": "live", "target": f"{shop.url}/actions", "budget": FREE}
        return Rig(store, ActionSettings(**{**usual, **settings}), clock, lease_ms=lease_ms)

    return make


def sent(shop: StandIn) -> list[tuple[str, str]]:
    """What the shop was asked for: each event with its action."""
    return [(asked.json["data"]["event_id"], asked.json["data"]["action"]) for asked in shop.asked]
