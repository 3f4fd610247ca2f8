"""Who pays often in yen, and then as many euros, is far from the habit, and is flagged."""

from __future__ import annotations

import pytest

from domain.simulator import SimulatorSettings, simulate
from domain.simulator.adversary import ATTACKS, history_of
from tests.adversary.besides import besides, deviations
from tests.adversary.run import Shop


@pytest.mark.parametrize(("form", "accounts"), [("weak", 1), ("strong", 20)])
def test_as_many_euros_are_not_as_usual(form: str, accounts: int) -> None:
    history = history_of(simulate(SimulatorSettings(events=300, seed=5)))
    assert deviations(ATTACKS["other_currency"].forms[form].on(history, 3)) == [20.0] * accounts, "beyond that all are alike"


def test_the_default_model_flags_each_dear_order_and_no_payment_before_it() -> None:
    history = history_of(simulate(SimulatorSettings(events=2_000, seed=5)))
    shop, attacked = Shop(), ATTACKS["other_currency"].forms["strong"].on(history, 3)
    run = shop.run(attacked)
    assert besides("other_currency", attacked, run, run)["flagged"] == 20
    payments = [one for arrival, one in run.decided if arrival.crafted and one.event_type == "payment"]
    assert len(payments) == 120 and not any(one.is_flagged for one in payments)
