"""Values that many accounts share are found in bounded memory, and shown without giving them away."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gnn.table_import.rows.shared_values import SharedValues
from tests.support.table_bench import T0, Bench


def notes(bench: Bench, rows: list[tuple[str, str]], key: str = "device", **keys: Any) -> list[str]:
    bench.run(bench.csv("t,who,x\n" + "".join(f"{T0},{who},{cell}\n" for who, cell in rows)), keys={key: "x", **keys})
    assert bench.report is not None
    return list(bench.report.warnings)


def shop(hub: int, accounts: int, others: int, value: str = "fp-of-the-proxy") -> list[tuple[str, str]]:
    """Return rows of which `hub` share a value, by so many accounts."""
    return [*((f"a{n % accounts}", value) for n in range(hub)), *((f"b{n}", f"d{n}") for n in range(others))]


@pytest.mark.parametrize("key", ["device", "ip", "email", "payment", "address"])
def test_a_value_of_many_accounts_is_named_by_column_and_share_alone(bench: Bench, key: str) -> None:
    (note,) = notes(bench, shop(120, 60, 2880), key)
    assert note == (
        "one value of 50 accounts or more: column 'x' (fp... of 15 characters) has 4% of the rows; "
        "if it names no one, list it under missing"
    )
    assert notes(bench, shop(120, 60, 2880), key, missing=["fp-of-the-proxy"]) == []


@pytest.mark.parametrize(("hub", "accounts", "others"), [(120, 49, 2880), (60, 60, 3940)], ids=["few accounts", "few rows"])
def test_what_few_share_is_no_hub(bench: Bench, hub: int, accounts: int, others: int) -> None:
    assert notes(bench, shop(hub, accounts, others)) == []


def test_merchants_have_many_customers(bench: Bench) -> None:
    assert notes(bench, shop(3000, 3000, 10), "merchant") == []


def test_columns_are_put_into_one_sentence(bench: Bench) -> None:
    rows = "".join(f"{T0},a{n},{'nn' if n % 2 else 'fp-one'},{'gast' if n % 2 else 'ip-one'}\n" for n in range(200))
    bench.run(bench.csv(f"t,who,d,i\n{rows}"), keys={"device": "d", "ip": "i"})
    assert bench.report is not None
    assert bench.report.warnings == (
        "column 'd': 'nn' in 100 rows; column 'i': 'gast' in 100 rows; if these are no one, they join strangers: list them under missing",
        "one value of 50 accounts or more: column 'd' (fp... of 6 characters) has 50% of the rows, column 'i' (ip... of 6 characters) "
        "has 50% of the rows; if it names no one, list it under missing",
    )


def test_an_account_of_very_many_rows_is_named(bench: Bench) -> None:
    rows = [*(("shopfront", "d") for _ in range(300)), *((f"u{n}", f"d{n}") for n in range(700))]
    (note,) = notes(bench, rows, "merchant")
    assert note.startswith("column 'who': one account (sh... of 9 characters) has 30% of the rows; if it is no one, map a")
    assert notes(bench, [(f"u{n % 40}", f"d{n}") for n in range(1000)], "merchant") == []  # 40 accounts have 2.5% each


def test_what_is_said_of_a_placeholder_is_said_once(bench: Bench) -> None:
    (note,) = notes(bench, shop(120, 60, 2880, "gast"))
    assert note == "column 'x': 'gast' in 120 rows; if that is no one, it joins strangers: list it under missing"
    assert notes(bench, shop(120, 60, 2880, "unknown")) == []  # the job drops it: no hub


def test_the_commonest_value_is_found_among_millions_in_bounded_memory() -> None:
    draw, shared = random.Random(3), SharedValues(is_account=False)
    for batch in range(60):
        # a hub of 3%, and in each batch 190 other values that are common there alone
        texts = ["hub"] * 300 + [f"{batch}:{n % 190}" for n in range(9700)]
        draw.shuffle(texts)
        text = pa.array(texts)
        pairs = text.value_counts()
        accounts = pa.array([f"u{draw.randrange(10**6)}" for _ in texts])
        shared.see(pairs.field(0), pairs.field(1).to_numpy(), text, accounts)
        assert len(shared._counts) <= 1200
        assert sum(map(len, shared._accounts.values())) <= 64 * 60
    found = shared.hub()
    assert found is not None
    assert found[0] == "hub"
    assert found[1] == pytest.approx(0.03, abs=0.005)


def test_counts_miss_less_than_half_a_percent() -> None:
    shared = SharedValues(is_account=True)
    for batch in range(40):  # in every other batch too rare to be counted
        texts = ["v"] * (40 if batch % 2 else 900) + [f"{batch}:{n}" for n in range(9100)]
        pairs = pa.array(texts).value_counts()
        shared.see(pairs.field(0), np.asarray(pairs.field(1)), pa.array(texts), pa.array(texts))
    true = (20 * 40 + 20 * 900) / (20 * (9140 + 10000))
    found = shared.hub()
    assert found is not None
    assert true - 0.005 < found[1] <= true


def test_of_large_tables_shares_are_estimates_and_counts_of_nobody_exact(bench: Bench) -> None:
    cells = ["hub" if n % 20 == 0 else "unknown" if n % 50 == 7 else "nn" if n % 1000 == 3 else f"d{n}" for n in range(40_000)]
    table = {"t": [T0] * 40_000, "who": [f"u{n}" for n in range(40_000)], "x": cells}
    bench.run(bench.parquet(table), keys={"device": "x"})
    assert bench.report is not None
    assert bench.report.unknown == "no device in 800 rows ('unknown')"
    asked, hub = bench.report.warnings
    assert asked == "column 'x': 'nn' in 40 rows; if that is no one, it joins strangers: list it under missing"
    assert hub.startswith("one value of 50 accounts or more: column 'x' (h... of 3 characters) has ")
    assert 4 <= int(hub.split("has ")[1].split("%")[0]) <= 6
