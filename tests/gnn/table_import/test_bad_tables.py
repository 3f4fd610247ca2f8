"""Bad rows and tables that cannot be read: named, or skipped with what that costs."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gnn.table_import import TableError, guess_mapping
from tests.support.table_bench import T0, Bench

BAD_ROWS = [
    ("t", "", "is empty"),
    ("t", "soon", "'soon' is no time of the expected form"),
    ("t", "1700000000", "'1700000000' lies before 1990"),
    ("t", "17000000000000", "'17000000000000' lies in the future"),
    ("who", "nan", "is empty"),
    ("sum", "", "is empty"),
    ("sum", "-0.01", "'-0.01' is negative"),
    ("sum", "inf", "'inf' is no finite number"),
    ("sum", "1_000", "'1_000' is no finite number"),
    ("sum", "2e12", "'2e12' is above 1e+12"),
    ("cur", "EURO", "'EURO' is no ISO 4217 code"),
    ("kind", "gift", "'gift' is no event type; add it to event_type.map"),
    ("y", "2024-05-01", "'2024-05-01' is a date; name the column as label.time_column"),
    ("age", "old", "'old' is no number"),
    ("ip", "4294967296", "is a number beyond IPv4"),
    ("id", "", "is empty"),
]
BAD_ROW_KEYS = {
    "event_id": "id", "event_type": {"column": "kind", "map": {"buy": "order"}}, "amount": "sum", "currency": "cur", "ip": "ip",
    "label": {"column": "y", "delay": "1d"}, "attributes": {"numeric": ["age"]},
}  # fmt: skip


@pytest.mark.parametrize(("column", "value", "said"), BAD_ROWS)
def test_a_bad_row_is_named_or_skipped_and_counted(bench: Bench, column: str, value: str, said: str) -> None:
    good = {"id": "e", "t": str(T0), "who": "a", "sum": "5", "cur": "EUR", "kind": "buy", "y": "0", "age": "3", "ip": "1.2.3.4"}
    rows = [{**good, "id": "one"}, {**good, column: value}, {**good, "id": "three"}]
    table = bench.csv("\n".join(",".join(row[name] for name in good) for row in [{k: k for k in good}, *rows]) + "\n")
    with pytest.raises(TableError) as caught:
        bench.run(table, keys=BAD_ROW_KEYS)
    assert str(caught.value).startswith(f"{table}: row 2, column {column!r}: {said}")
    assert not bench.out.exists()
    lines = bench.run(table, keys={**BAD_ROW_KEYS, "on_error": {"skip": "40%"}})
    assert [line["event_id"] for line in lines] == ["one", "three", "label:one", "label:three"]
    assert bench.report is not None
    assert (bench.report.rows, bench.report.events) == (3, 2)
    assert list(bench.report.skipped.values()) == [1]
    assert next(iter(bench.report.skipped)).startswith(f"{column}: ")


def test_row_numbers_go_on_over_batches(bench: Bench) -> None:
    table = bench.parquet({"t": [T0] * 40_000, "who": ["a"] * 39_999 + [None]})
    with pytest.raises(TableError, match=r"row 40000, column 'who': is empty"):
        bench.run(table, keys={})


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"t,whom\n1,a\n", "has no column 'who', which account of .*; did you mean whom?"),
        ("a.csv", b"t,who,who\n1,a,b\n", "has 2 columns named 'who'"),
        ("a.csv", b"", "is empty; a table starts with a header line"),
        ("a.csv", b"t,who\n1,a,b\n", r"line 2 has 3 fields where the header has 2; mend it"),
        ("a.csv", b"t,who\n1700000000000,\x81\x8d\x8f\n", "line 2: is not UTF-8 text; set csv.encoding in the mapping, such as"),
        ("a.csv", b"t,who,\x81\x9d\n1700000000000,a,b\n", "line 1: is not UTF-8 text; set csv.encoding"),
        ("a.csv", b"t,who\n1700000000000,a\n1,2,\x81\x9d\n", "line 3: is not UTF-8 text; set csv.encoding"),
        ("a.csv", b"t,who,other\n1700000000000,\xc3\xa4,\xfc\xc3\xb6\n", "line 2: is not UTF-8 text, though text before it is; mend it"),
        ("a.csv", b"t,who\n1700000000000,\xc3\xa4\n1700000000000,\xc3", "line 3: is not UTF-8 text, though"),
        ("a.csv", b"t,who\n", "holds no rows below its header; give a table with rows"),
        ("a.xlsx", b"PK\x03\x04", r"is damaged \(File is not a zip file\)"),
        ("a.parquet", b"PAR1 but no more", "is not a readable Parquet file"),
    ],
)
def test_an_unfit_table_is_one_sentence(bench: Bench, name: str, content: bytes, said: str) -> None:
    path = bench.folder / name
    path.write_bytes(content)
    with pytest.raises(TableError, match=said) as caught:
        bench.run(path, keys={})
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"t,who\n1,2,\xfc\n", b"t,who,\xfc\n1,2\n", b"t,who\n1700000000000,a\n1,2,\xfc,4\n"])
def test_bytes_that_are_no_text_are_found_before_rows_are_skipped(bench: Bench, content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever skips bad rows sees them as text: no traceback of a callback reaches the screen."""
    path = bench.folder / "a.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=r"is not UTF-8 text; set csv\.encoding"):
        bench.run(path, keys={"on_error": "skip"})
    assert capfd.readouterr().err == ""


def test_when_every_row_is_bad_nothing_is_written(bench: Bench) -> None:
    bench.out.write_text("old")
    table = bench.csv(f"t,who\n{T0},\n{T0},\nsoon,a\n")
    with pytest.raises(TableError, match=r"all 3 rows are left out \(1 t: is no time of the expected form; 2 who: is empty\); mend"):
        bench.run(table, keys={"on_error": "skip"})
    assert bench.out.read_text() == "old"


def test_skipping_says_what_goes_with_the_rows(bench: Bench) -> None:
    """Amounts in an American style: the large ones, which are the fraud, have a comma."""
    rows = ["25.00,0", '"1,531.43",1', '"2,000.00",1', "30.5,0", '"1,100",0', ",1"]
    table = bench.csv("t,who,sum,y\n" + "".join(f"{T0},a,{row}\n" for row in rows))
    keys = {"amount": "sum", "label": {"column": "y", "delay": "1d"}, "on_error": {"skip": 1}}
    bench.run(table, keys=keys)
    assert bench.report is not None
    assert {reason: (loss.rows, loss.frauds, round(loss.money, 2)) for reason, loss in bench.report.losses.items()} == {
        "sum: is empty": (1, 1, 0.0),
        "sum: is no finite number": (3, 2, 4631.43),
    }
    assert (bench.report.types, bench.report.frauds) == ({"order": 2}, 0)
    bench.run(table, keys={**keys, "numbers": {"thousands": ","}})
    assert list(bench.report.losses) == ["sum: is empty"]
    assert bench.report.types == {"order": 5}


def test_no_table_a_missing_one_and_a_folder(bench: Bench) -> None:
    with pytest.raises(TableError, match="no table is given"):
        bench.run(keys={})
    with pytest.raises(TableError, match=r"none.csv: cannot be read \(No such file"):
        bench.run(bench.folder / "none.csv", keys={})
    with pytest.raises(TableError, match="is a folder; name the files in it"):
        bench.run(bench.folder, keys={})


def test_numbers_as_times_need_a_unit(bench: Bench) -> None:
    with pytest.raises(TableError, match=r"column 't' holds int64; give numbers a unit"):
        bench.run(bench.parquet({"t": [T0], "who": ["a"]}), keys={"event_time": "t"})


def test_csv_dialects(bench: Bench) -> None:
    bench.folder.joinpath("a.csv.gz").write_bytes(gzip.compress(f"t;who\n{T0};Zoë\n".encode("latin-1")))
    keys = {"csv": {"delimiter": ";", "encoding": "latin-1"}}
    assert bench.run(bench.folder / "a.csv.gz", keys=keys)[0]["account_id"] == "Zoë"
    namibian = bench.csv(f"\ufefft\twho\tland\n{T0}\tNA1\tNA\n", "b.tsv")
    assert bench.run(namibian, keys={"attributes": {"categorical": ["land"]}})[0]["attributes"] == {"land": "NA"}
    with pytest.raises(TableError, match="row 1, column 'who': is empty"):
        bench.run(namibian, keys={"missing": ["NA1"]})
    malformed = bench.csv(f"t,who\n{T0},a\n{T0},b,c\n{T0},d\n")
    assert [line["account_id"] for line in bench.run(malformed, keys={"on_error": {"skip": 0.34}})] == ["a", "d"]
    assert bench.report is not None
    assert (bench.report.rows, bench.report.skipped) == (3, {"rows with a wrong number of fields": 1})


_SLOW = """
import sys, time
import os
from pathlib import Path
from gnn.table_import import TableError, guess_mapping
from gnn.table_import.tables import table_text
from gnn.table_import.tables.csv_table import CsvTable
from gnn.table_import.keys.mapping_file import load_mapping
read = table_text.TableText._next
def slow(self, size):
    time.sleep(0.05)
    return read(self, min(size, 200))
table_text.TableText._next = slow
try:
    table = CsvTable(Path(sys.argv[2]), load_mapping(Path(sys.argv[1])))
    sys.exit(40 + len(list(zip(table.batches(), range(1)))))
except TableError:
    sys.exit(50)
"""


@pytest.mark.parametrize(("bad", "code"), [("", 41), ("1,2,3,4\n", 50)])
def test_a_table_that_is_left_before_its_end_does_not_abort_the_process(tmp_path: Path, bad: str, code: int) -> None:
    mapping, table = tmp_path / "m.yaml", tmp_path / "t.csv"
    mapping.write_text("event_type: login\nevent_time: t\naccount: who\n")
    table.write_text("t,who\n" + bad + f"{T0},a\n" * 1000)
    done = subprocess.run([sys.executable, "-c", _SLOW, mapping, table], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == code, done.stderr
    assert "terminate" not in done.stderr
    assert "Fatal" not in done.stderr


def test_a_pipe_is_refused_with_the_mend_and_not_waited_for(bench: Bench) -> None:
    pipe = bench.folder / "table.csv"
    os.mkfifo(pipe)
    for call in (lambda: bench.run(pipe, keys={}), lambda: guess_mapping(pipe)):
        with pytest.raises(TableError, match=r"is a pipe or a device, and a table is read twice; write it to a file, and give that"):
            call()


def test_an_output_that_is_a_pipe_is_refused(bench: Bench) -> None:
    os.mkfifo(bench.out)
    with pytest.raises(TableError, match="is a pipe or a device, where no finished file can be put"):
        bench.run(bench.csv(f"t,who\n{T0},a\n"), keys={})
    assert bench.out.is_fifo()
