"""A store that tells, a clock that tests move, and a shop that takes webhooks."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.notify.assembled import notifier_of
from ops.notify.delivery import LEASE_MS
from ops.notify.notifier import Notifier
from ops.notify.settings import NotifySettings
from tests.support.case_samples import NOW
from tests.support.channel_stand_in import StandIn

KEY = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
ORIGIN = "https://fraud.example.com"
LOOPBACK = ("127.0.0.1", "localhost")


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += round(seconds * 1000)


class Rig:
    """Notifications step by step."""

    def __init__(self, store: Store, clock: Clock, settings: NotifySettings, picture: Callable[[str], bytes | None], lease_ms: int) -> None:
        self.store, self.clock = store, clock
        self.notifier: Notifier = notifier_of(settings, store, ORIGIN, picture, clock, lease_ms)
        self.deliveries = {delivery.name: delivery for delivery in self.notifier.deliveries}

    def fan_out(self) -> None:
        while self.notifier.pass_on():
            pass

    def run(self, most: int = 10_000) -> int:
        """Pass on and send what is due now; return how many steps of sending it was."""
        self.fan_out()
        steps = 0
        for delivery in self.deliveries.values():
            while steps < most and delivery.step():
                steps += 1
        return steps

    def run_for(self, seconds: float, step_s: float = 1.0) -> None:
        """Let time pass, sending what becomes due."""
        end = self.clock.now + round(seconds * 1000)
        while self.clock.now < end:
            self.run()
            self.clock.pass_s(step_s)
        self.run()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def telling(sqlite_store: Store) -> Store:
    """A store that tells, on SQLite."""
    sqlite_store.tells = True
    return sqlite_store


@pytest.fixture
def telling_both(store_url: str) -> Iterator[Store]:
    """A store that tells, on both databases."""
    store = Store(StoreSettings(url=store_url), tells=True)
    yield store
    store.close()


@pytest.fixture
def rig(telling: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Rig]:
    """Makes notifications of settings; secrets are given by the channel's name."""

    def make(secrets: dict[str, str] | None = None, store: Store = telling, lease_ms: int = LEASE_MS, **settings: Any) -> Rig:
        for name, value in (secrets or {}).items():
            monkeypatch.setenv(f"RINGWATCH_NOTIFY_{name.upper()}", value)
        made = NotifySettings(**{"allow_private": LOOPBACK, "timeout_s": 5.0, **settings})
        return Rig(store, clock, made, lambda _: b"\x89PNG picture", lease_ms)

    return make


@pytest.fixture
def shop() -> Iterator[StandIn]:
    """A server that takes what comes."""
    with StandIn() as server:
        yield server
