"""A row of totals below a table is named, whatever its form."""

from __future__ import annotations

import pytest

from tests.support.table_bench import T0, Bench

AMOUNTS = [n + 0.25 for n in range(20)]
KEYS = {"amount": "total"}


def table(bench: Bench, last: str, amounts: list[float] = AMOUNTS, name: str = "t.csv") -> tuple[str, ...]:
    rows = "".join(f"{T0 + n},u{n},{amount:.2f}\n" for n, amount in enumerate(amounts))
    bench.run(bench.csv(f"t,who,total\n{rows}{last}", name), keys=KEYS)
    assert bench.report is not None
    return bench.report.warnings


@pytest.mark.parametrize("word", ["TOTAL", "Total:", "Summe", "Gesamtsumme", "Grand Total", "Итого", "合計", "x"])
def test_a_row_with_the_sum_of_the_others_is_named(bench: Bench, word: str) -> None:
    note = "row 21 of t.csv has the sum of all other amounts: a total, no event; take it out of the table"
    assert table(bench, f"{T0},{word},{sum(AMOUNTS):.2f}\n") == (note,)


def test_a_row_that_says_so_is_asked_about(bench: Bench) -> None:
    assert table(bench, f"{T0},TOTAL,12\n") == ("row 21 of t.csv says 'TOTAL': if it is a total, no event, take it out of the table",)


@pytest.mark.parametrize("last", ["", f"{T0},u21,12\n", f"{T0},Totally,12\n", f"{T0},total-energies,12\n"])
def test_other_last_rows_are_events(bench: Bench, last: str) -> None:
    assert table(bench, last) == ()


def test_few_amounts_may_sum_up_by_chance(bench: Bench) -> None:
    assert table(bench, f"{T0},u9,3\n", [1.0, 2.0]) == ()


def test_each_table_has_its_total(bench: Bench) -> None:
    rows = "".join(f"{T0 + n},u{n},{amount:.2f}\n" for n, amount in enumerate(AMOUNTS))
    text = f"t,who,total\n{rows}{T0},sum,{sum(AMOUNTS):.2f}\n"
    bench.run(bench.csv(text, "a.csv"), bench.csv(text, "b.csv"), keys=KEYS)
    assert bench.report is not None
    assert [note.split(" has")[0] for note in bench.report.warnings] == ["row 21 of a.csv", "row 21 of b.csv"]
