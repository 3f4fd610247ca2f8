"""A ring shows once its connected alerts are enough, not once there are enough alerts."""

from __future__ import annotations

from domain.decisions.decision import BLOCK, INVESTIGATE, Decision
from domain.simulator.adversary import Arrival
from tests.adversary.run import Run
from tests.adversary.waits import waits


def shown(*alerts: tuple[str, str], last: str = INVESTIGATE) -> int | None:
    """Return when a ring shows of which an alert comes each millisecond, of an account and a device."""
    run = Run()
    for at_ms, (account, device) in enumerate(alerts, 1):
        outcome = last if at_ms == len(alerts) else INVESTIGATE
        entities = {"account": account, "device": device}
        one = Decision(f"e{at_ms}", at_ms, "login", outcome, 0.2, (), "r", entities, None, None, "m", "p", at_ms)
        run.decided.append((Arrival(at_ms, {"event_id": one.event_id, "account_id": account}, ring="ring-0001"), one))
    return waits(run)["ring-0001"].shows_ms


def test_five_of_one_account_show_and_five_of_two_that_share_nothing_do_not() -> None:
    assert shown(*[("a", "d")] * 5) == 5
    assert shown(*[("a", "d")] * 3, *[("b", "e")] * 2) is None
    assert shown(*[("a", "d")] * 3, *[("b", "e")] * 5) == 8


def test_what_two_accounts_share_shows_at_once_and_so_does_a_block() -> None:
    assert shown(("a", "d"), ("b", "e"), ("b", "d"), ("c", "e")) == 3
    assert shown(("a", "d"), ("b", "e"), last=BLOCK) == 2
