"""Labels as an attacker sends them, in a small shop with the shipped model: they achieve next to nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from domain.simulator import SimulatorSettings, simulate
from domain.simulator.adversary import ATTACKS, Budget, History, history_of
from tests.adversary.besides import besides
from tests.adversary.figures import figures
from tests.adversary.run import Run, Shop

VICTIMS = 40


@cache
def shop() -> Shop:
    return Shop()


@cache
def history() -> History:
    return history_of(simulate(SimulatorSettings(events=6_000, seed=11, fraud_share=0.05)))


@cache
def clean() -> Run:
    return shop().run(history())


def attacked(name: str, form: str, **budget: int) -> tuple[History, Run]:
    whole = ATTACKS[name].forms[form]
    after = (replace(whole, budget=Budget(**budget)) if budget else whole).on(history(), 11)
    return after, shop().run(after)


@pytest.mark.parametrize(("form", "least"), [("weak", 0.92), ("strong", 0.75)])
def test_what_is_cleared_goes_on_being_caught(form: str, least: float) -> None:
    after, run = attacked("clear", form)
    found, before = figures(after, run), figures(history(), clean())
    assert before["flagged"] > 0.5
    assert found["flagged"] >= least * before["flagged"]
    assert found["customers_flagged"] <= before["customers_flagged"] + 2


@pytest.mark.parametrize(("name", "form"), [("clear_nobody", "strong"), ("blame_customers", "strong")])
def test_labels_of_what_never_happened_change_no_decision(name: str, form: str) -> None:
    _, run = attacked(name, form)
    of_events = [(decision.event_id, decision.score, decision.outcome) for _, decision in run.decided]
    assert of_events == [(decision.event_id, decision.score, decision.outcome) for _, decision in clean().decided]


def test_customers_to_whose_address_a_stranger_ordered_are_left_alone() -> None:
    after, run = attacked("charge_back_to", "weak", events=2 * VICTIMS, accounts=VICTIMS, labels=VICTIMS)
    found = besides("charge_back_to", after, run, clean())
    assert found["victims"] > 20
    assert found["flagged"] <= found["clean"] + 0.1 * found["victims"]
