"""Times that are not those of what happens change nothing for others: the shipped model in a small shop."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest

from domain.simulator import SimulatorSettings, simulate
from domain.simulator.adversary import ATTACKS, History, history_of
from domain.simulator.adversary.documents import crafted, moments, new_device, new_id
from domain.times import DAY_MS, HOUR_MS, MINUTE_MS
from tests.adversary.figures import figures
from tests.adversary.run import Shop

SEED = 11


@cache
def shop() -> Shop:
    return Shop()


@cache
def history() -> History:
    return history_of(simulate(SimulatorSettings(events=4_000, seed=SEED)))


@cache
def clean() -> dict[str, float]:
    return figures(history(), shop().run(history()))


def under(attacked: History) -> dict[str, float]:
    return figures(attacked, shop().run(attacked))


def with_logins(by_ms: int, events: int, accounts: int = 1) -> History:
    """The history with logins of a few strangers, whose times are ahead of their arrival, or behind it."""
    dice = Random(SEED)
    who = [(new_id(dice), new_device(dice)) for _ in range(accounts)]
    found = []
    for number, at in enumerate(moments(history(), events)):
        account, device = who[number % accounts]
        found.append(crafted(dice, at, "login", account, at + by_ms, device_fingerprint=device))
    return history().with_crafted(found)


def test_there_is_something_to_lose() -> None:
    assert clean()["frauds"] > 50 and clean()["rings_flagged"] > 0
    assert clean()["flagged"] > 0.5 and clean()["blocked"] > 0.3


@pytest.mark.parametrize("form", ["weak", "strong"])
@pytest.mark.parametrize("name", ["clock_ahead", "back_dated"])
def test_an_attack_on_clocks_takes_nothing_away(name: str, form: str) -> None:
    assert under(ATTACKS[name].forms[form].on(history(), SEED)) == clean()


@pytest.mark.parametrize(
    ("by_ms", "events", "accounts"),
    [
        (round(23.9 * HOUR_MS), 300, 1),
        (round(23.9 * HOUR_MS), 300, 60),
        (2 * HOUR_MS, 100, 1),
        (4 * MINUTE_MS, 300, 1),
        (-300 * DAY_MS, 300, 1),
    ],
)
def test_strangers_with_a_clock_of_their_own_change_nothing(by_ms: int, events: int, accounts: int) -> None:
    assert under(with_logins(by_ms, events, accounts)) == clean()
