"""Rows that are there twice, wherever they are: their ids are counted, or what makes an event of them."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from gnn.table_import.rows.repeats import Repeats, row_hashes
from tests.support.table_bench import T0, Bench

FAR = 40_000
"""Rows: more than are read at once."""


def rows(count: int, first: int = 0) -> str:
    return "".join(f"{T0 + i},a{i % 99},tx-{i:030d}\n" for i in range(first, first + count))


def repeated(bench: Bench) -> str:
    assert bench.report is not None
    return bench.report.repeated


def test_an_id_that_comes_again_is_counted(bench: Bench) -> None:
    bench.run(bench.csv(f"t,who,id\n{T0},a,1\n{T0},a,1\n{T0},a,2\n"), keys={"event_id": "id"})
    assert repeated(bench) == "1 event id again: the job drops such events"


@pytest.mark.parametrize("file", ["csv", "parquet"])
def test_ids_far_apart_are_counted(bench: Bench, file: str) -> None:
    numbers = [*range(FAR), *range(100, FAR, 2)]
    if file == "csv":
        body = "".join(f"{T0 + i},a,{i},{'x' * 100}\n" for i in numbers)
        table = bench.csv(f"t,who,id,more\n{body}")
    else:
        table = bench.parquet({"t": [T0 + i for i in numbers], "who": ["a"] * len(numbers), "id": numbers})
    bench.run(table, keys={"event_id": "id"})
    assert repeated(bench) == f"{(FAR - 100) // 2:,} event ids again: the job drops such events"


def test_a_table_that_is_given_twice_is_counted(bench: Bench) -> None:
    table = bench.csv(f"t,who,id\n{rows(300)}")
    bench.run(table, table, keys={"event_id": "id"})
    assert repeated(bench) == "300 event ids again: the job drops such events"


def test_two_equal_tables_without_ids_are_named(bench: Bench) -> None:
    tables = [bench.csv(f"t,who,id\n{rows(300)}", name) for name in ("one.csv", "two.csv")]
    bench.run(*tables, keys={})
    assert repeated(bench) == (
        "300 rows with time, identifiers and amount of another: events of their own; leave copies out of the table, or map event_id"
    )


@pytest.mark.parametrize("other", ["t", "who", "d", "total"])
def test_rows_that_differ_are_no_copies(bench: Bench, other: str) -> None:
    values = {"t": [T0, T0], "who": ["a", "a"], "d": ["x", "x"], "total": [1.0, 1.0]}
    values[other] = {"t": [T0, T0 + 1], "who": ["a", "b"], "d": ["x", None], "total": [1.0, 1.5]}[other]
    keys = {"device": "d", "amount": "total"}
    bench.run(bench.parquet(values), keys=keys)
    assert repeated(bench) == ""
    bench.run(bench.parquet({name: [column[0]] * 2 for name, column in values.items()}), keys=keys)
    assert repeated(bench).startswith("1 row with time")


def test_rows_that_are_left_out_repeat_nothing(bench: Bench) -> None:
    text = f"t,who,id\n{rows(100)}" + f"never,a,tx-{5:030d}\n"
    bench.run(bench.csv(text), keys={"event_id": "id", "on_error": "skip"})
    assert repeated(bench) == ""


def test_hashes_tell_texts_apart() -> None:
    random_ = random.Random(5)
    texts = ["", *{"".join(random_.choice("01aé") for _ in range(random_.randrange(1, 30))) for _ in range(20_000)}]
    array = pa.array(["skip", *texts, "skip"]).slice(1, len(texts))
    hashes = row_hashes([array])
    assert len(np.unique(hashes)) == len(texts)
    assert (row_hashes([pa.array(texts)]) == hashes).all()
    assert (row_hashes([pa.array(["ab", "a"]), pa.array(["c", "bc"])])[0] != row_hashes([pa.array(["a"]), pa.array(["bc"])])).all()


def test_beyond_its_limit_the_count_says_so() -> None:
    repeats = Repeats(limit=10)
    repeats.see(np.zeros(8, np.uint64))
    assert not repeats.is_full
    repeats.see(np.zeros(8, np.uint64))
    assert repeats.is_full and repeats.count() == 9
