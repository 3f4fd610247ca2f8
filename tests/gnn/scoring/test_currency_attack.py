"""Who pays often in yen, and then as many euros, is far from the habit."""

from __future__ import annotations

import pytest

from domain.simulator import SimulatorSettings, simulate
from domain.simulator.adversary import ATTACKS, history_of
from tests.adversary.besides import deviations


@pytest.mark.parametrize(("form", "accounts"), [("weak", 1), ("strong", 20)])
def test_as_many_euros_are_not_as_usual(form: str, accounts: int) -> None:
    history = history_of(simulate(SimulatorSettings(events=300, seed=5)))
    assert deviations(ATTACKS["other_currency"].forms[form].on(history, 3)) == [20.0] * accounts, "beyond that all are alike"
