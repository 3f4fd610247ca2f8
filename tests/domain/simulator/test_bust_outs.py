"""Bust-outs: what else there is stays as it was, the habit is honest, and only the last orders are dear."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from domain.simulator import Simulation, SimulatorSettings, simulate
from domain.simulator.documents import CURRENCIES
from domain.simulator.layout import FOREIGN, HIDES, SHIPS, TERSE
from domain.simulator.simulate import KINDS

SHOP: dict[str, Any] = {"events": 8_000, "seed": 4, "fraud_share": 0.05}
MONEY = ("order", "payment")


@pytest.fixture(scope="module")
def busted() -> Simulation:
    return simulate(SimulatorSettings(**SHOP, bust_outs=0.5))


def frauds(simulation: Simulation) -> np.ndarray[Any, Any]:
    ring = simulation.rows["ring"]
    return (ring >= 0) & (simulation.ring_kinds[ring] == KINDS.index("bust_out"))


def test_all_else_is_as_it_was_and_as_many_come_on_top_as_asked(busted: Simulation) -> None:
    plain = simulate(SimulatorSettings(**SHOP))
    assert not plain.rows["currency"].any() and not plain.rows["shows"].any(), "nobody does so unless asked"
    others = np.isin(busted.rows["account"], plain.rows["account"])
    assert (busted.rows[others] == plain.rows).all()
    assert frauds(busted).sum() == round(0.5 * SHOP["fraud_share"] * SHOP["events"])
    assert (busted.rows["ring"][~others & ~frauds(busted)] == -1).all()


def test_the_same_seed_gives_the_same(busted: Simulation) -> None:
    assert (busted.rows == simulate(SimulatorSettings(**SHOP, bust_outs=0.5)).rows).all()


def test_the_dear_orders_come_after_a_habit_of_small_ones(busted: Simulation) -> None:
    truth = dict(zip(busted.truth()["event_id"], busted.truth()["ring_kind"], strict=True))
    worth = {**FOREIGN, **{name: FOREIGN.get(name, 1.0) for name in CURRENCIES}}
    spent: dict[str, dict[bool, list[tuple[int, float]]]] = defaultdict(lambda: {False: [], True: []})
    for document in busted.documents():
        if document["event_type"] in MONEY:
            is_dear = truth[document["event_id"]] == "bust_out"
            spent[document["account_id"]][is_dear].append((document["event_time"], document["amount"] * worth[document["currency"]]))
    crews = [by for by in spent.values() if by[True]]
    assert len(crews) > 30
    for by in crews:
        assert len(by[False]) >= 4
        assert max(time for time, _ in by[False]) < min(time for time, _ in by[True]) + 1
        assert np.median([eur for _, eur in by[True]]) > 4 * np.median([eur for _, eur in by[False]])


def test_customers_shop_in_all_the_same_ways(busted: Simulation) -> None:
    crews = set(busted.rows["account"][frauds(busted)])
    plain = set(simulate(SimulatorSettings(**SHOP)).rows["account"])
    theirs = np.array([account in crews for account in busted.rows["account"]])
    customers = np.array([account not in crews and account not in plain for account in busted.rows["account"]])
    for of in (busted.rows["shows"] & TERSE != 0, busted.rows["currency"] > 0):
        assert of[customers].mean() == pytest.approx(of[theirs & ~frauds(busted)].mean(), abs=0.15)
        assert 0.05 < of[customers].mean() < 0.8


def test_terse_events_name_neither_line_nor_mail_merchant_or_address(busted: Simulation) -> None:
    assert not (busted.rows["shows"] & (HIDES | SHIPS)).any()
    terse = dict(zip(busted.truth()["event_id"], busted.rows["shows"] & TERSE != 0, strict=True))
    quiet = [one for one in busted.documents() if terse.get(one["event_id"])]
    assert {"ip", "email", "merchant_id", "address"}.isdisjoint({name for one in quiet for name in one})
    assert np.mean(["device_fingerprint" in one for one in quiet]) > 0.9


def test_the_last_crew_is_cut() -> None:
    assert frauds(simulate(SimulatorSettings(events=2_000, seed=2, bust_outs=0.06))).sum() == 3
