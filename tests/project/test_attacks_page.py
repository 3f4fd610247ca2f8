"""The tables of docs/attacks.md: of the form that `make attacks` writes, a row for each attack and form."""

from __future__ import annotations

from domain.simulator.adversary import ATTACKS
from tests import ROOT
from tests.adversary.page import CAUGHT_HEAD, COST_HEAD, caught, cost

PAGE = (ROOT / "docs" / "attacks.md").read_text(encoding="utf-8")
CLEAN = {
    "flagged": 0.8, "blocked": 0.5, "customers_flagged": 100, "customers_blocked": 4, "first_revision_min": 4.0, "never": 0.0,
}  # fmt: skip
ATTACKED = CLEAN | {"flagged": 0.2, "cost": {"events": 1, "accounts": 1, "labels": 0, "money": 12.5}, "besides": {"told after min": -1}}


def test_an_attack_has_a_row_and_each_figure_a_cell() -> None:
    seeds = [{"clean": CLEAN, "clear weak": ATTACKED}, {"clean": CLEAN, "clear weak": ATTACKED | {"flagged": 0.4}}]
    assert caught(seeds).splitlines()[3] == "| `clear` | weak | 30.0% | 0.38 | 50.0% | 1.00 | 100 | 4 | 4 | 0% |"
    assert cost(seeds).splitlines()[2] == "| `clear` | weak | 1 | 1 | 0 | 12 | told after min never |"


def test_the_page_has_all_attacks_in_both_forms() -> None:
    for head in (CAUGHT_HEAD, COST_HEAD):
        table = PAGE.split(f"| {' | '.join(head)} |\n")[1].split("<!-- end -->")[0]
        assert all(f"| `{name}` | {form} |" in table for name in ATTACKS for form in ATTACKS[name].forms)
