"""All attacks, by name, each in a weak and a strong form with its budget."""

from __future__ import annotations

from functools import partial

from domain.simulator.adversary.clocks import back_dated, clock_ahead
from domain.simulator.adversary.crafted_attack import Budget, Craft, CraftedAttack, Form
from domain.simulator.adversary.desk import flood, hide_growth, one_instant
from domain.simulator.adversary.hiding import dilute, fresh_device_per_account, fresh_device_per_event, spell_anew, without_device
from domain.simulator.adversary.lines import BETWEEN, HABIT, junk, other_currency, repeat_after_logins, repeat_after_orders, same_id
from domain.simulator.adversary.opinions import blame_customers, charge_back_to, clear_accounts, clear_nobody, clear_rings


def _of_events(name: str, what: str, craft: Craft, weak: int, strong: int) -> CraftedAttack:
    """Return an attack whose forms differ in their events alone, with an account for each at most."""
    return CraftedAttack(name, what, Form(craft, Budget(weak, weak)), Form(craft, Budget(strong, strong)))


_ALL = (
    _of_events("clock_ahead", "one event, or one a day, stamped 23.9 h ahead", clock_ahead, 1, 30),
    _of_events("back_dated", "60 logins, or one on all that rings share, stamped 300 days back", back_dated, 60, 400),
    CraftedAttack(
        "clear",
        "a cleared purchase per ring, or per account of a ring",
        weak=Form(clear_rings, Budget(labels=50)),
        strong=Form(clear_accounts, Budget(labels=500)),
    ),
    CraftedAttack(
        "clear_nobody",
        "cleared events that never happened, of 15 or all accounts of rings",
        weak=Form(clear_nobody, Budget(labels=15)),
        strong=Form(clear_nobody, Budget(labels=500)),
    ),
    CraftedAttack(
        "blame_customers",
        "one or three false fraud labels for each of 200 customers",
        weak=Form(partial(blame_customers, each=1), Budget(labels=200)),
        strong=Form(partial(blame_customers, each=3), Budget(labels=600)),
    ),
    CraftedAttack(
        "charge_back_to",
        "an order to a customer's address, charged back, for 40 or 200 customers",
        weak=Form(charge_back_to, Budget(80, 40, 40)),
        strong=Form(charge_back_to, Budget(400, 200, 200)),
    ),
    CraftedAttack(
        "dilute",
        "25 or 101 fresh logins per device, address and line of a ring",
        weak=Form(partial(dilute, each=25), Budget(6_000, 6_000)),
        strong=Form(partial(dilute, each=101), Budget(24_000, 24_000)),
    ),
    CraftedAttack(
        "without_device",
        "no device and no line, in half or all of the events",
        weak=Form(partial(without_device, share=0.5)),
        strong=Form(partial(without_device, share=1.0)),
    ),
    CraftedAttack(
        "fresh_device",
        "a fresh device per account, or per event",
        weak=Form(fresh_device_per_account),
        strong=Form(fresh_device_per_event),
    ),
    CraftedAttack(
        "spell_anew",
        "addresses with what cannot be seen, or in four other ways",
        weak=Form(partial(spell_anew, tricks=1)),
        strong=Form(partial(spell_anew, tricks=4)),
    ),
    _of_events("same_id", "100 or all frauds once more, under another account with their id", same_id, 100, 2_000),
    CraftedAttack(
        "repeat_after_cheap",
        "128 logins, or ten times 128 dear orders that nobody pays, then an old order again",
        weak=Form(repeat_after_logins, Budget(BETWEEN + 1)),
        strong=Form(repeat_after_orders, Budget(10 * (BETWEEN + 1))),
    ),
    _of_events("flood", "70 fake rings of six unpaid orders an hour, for 6 h or 48 h", flood, 6 * 420, 48 * 420),
    CraftedAttack(
        "hide_growth",
        "150 or 900 cheap alerts in a ring, then 105 or 630 dear orders",
        weak=Form(hide_growth, Budget(255, 60)),
        strong=Form(hide_growth, Budget(1_530, 60)),
    ),
    _of_events(
        "one_instant", "500 or 4,000 requests for money, of accounts that share nothing, in one millisecond", one_instant, 500, 4_000
    ),
    _of_events("junk", "500 or 20,000 lines without a time, with mail and card in clear", junk, 500, 20_000),
    _of_events(
        "other_currency", "six payments of 8,000 JPY, then 8,000 EUR, of one or 20 accounts", other_currency, HABIT + 1, 20 * (HABIT + 1)
    ),
)
ATTACKS = {attack.name: attack for attack in _ALL}
