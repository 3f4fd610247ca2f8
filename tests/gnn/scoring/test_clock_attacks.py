"""Times that are not those of what happens change nothing for others: the shipped model in a small shop."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from random import Random

import pytest

from domain.simulator import SimulatorSettings, simulate
from domain.simulator.adversary import ATTACKS, Arrival, History, history_of
from domain.simulator.adversary.documents import crafted, moments, new_device, new_id
from domain.times import DAY_MS, HOUR_MS, MINUTE_MS
from tests.adversary.figures import figures
from tests.adversary.run import Shop

SEED = 11


@cache
def shop() -> Shop:
    return Shop()


@cache
def history(events: int = 4_000) -> History:
    return history_of(simulate(SimulatorSettings(events=events, seed=SEED)))


@cache
def clean(events: int = 4_000) -> dict[str, float]:
    return figures(history(events), shop().run(history(events)))


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


def stamped(one: Arrival, by_ms: int) -> Arrival:
    """Return a line with a time that is not that of its arrival."""
    return replace(one, document={**one.document, "event_time": one.at_ms + by_ms})


@pytest.mark.parametrize("form", ["weak", "strong"])
def test_a_clock_ahead_takes_nothing_away(form: str) -> None:
    assert under(ATTACKS["clock_ahead"].forms[form].on(history(), SEED)) == clean()


@pytest.mark.parametrize("form", ["weak", "strong"])
def test_a_time_long_past_is_worth_no_more_than_an_honest_one(form: str) -> None:
    """In a shop of 300 frauds: of a hundred, two scores about a threshold are as many as the bound."""
    attacked = ATTACKS["back_dated"].forms[form].on(history(12_000), SEED)
    honest = replace(attacked, arrivals=tuple(stamped(one, 0) if one.crafted else one for one in attacked.arrivals))
    found, expected = under(attacked), under(honest)
    for name in ("flagged", "blocked"):
        assert found[name] == pytest.approx(expected[name], abs=0.02)


@pytest.mark.parametrize("by_ms", [-25 * HOUR_MS, -8 * DAY_MS])
def test_rings_that_stamp_what_they_do_long_ago_are_seen_all_the_same(by_ms: int) -> None:
    """In a shop of 300 frauds: of a hundred, two scores about a threshold are more than the bound."""
    honest = history(12_000)
    late = replace(honest, arrivals=tuple(stamped(one, by_ms) if one.ring else one for one in honest.arrivals))
    found = under(late)
    for name in ("flagged", "blocked"):
        assert found[name] > 0.95 * clean(12_000)[name]


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
