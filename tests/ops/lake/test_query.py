"""SQL over the lake: what it answers, and that it reads nothing else, writes nothing, and ends."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from ops.lake.delta import LakeTable
from ops.lake.query import Limits, ask
from ops.lake.query_check import QueryError
from ops.lake.rows import Record, rows_of
from ops.lake.storage import LakeRefusedError
from ops.lake.table_names import TABLES
from ops.lake.tables import tables
from ops.lake.upkeep import keep
from tests.ops.lake.lake_samples import FIRST_MS, decision

LIMITS = Limits(10.0, 100, 256)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lake")
    table = tables()["decisions"]
    outcomes = ("approve", "approve", "block")
    documents = [decision(40_000 * number, decision=outcomes[number % 3], reasons=[{"code": f"R{number}"}]) for number in range(9)]
    batch = rows_of(table, [Record(json.dumps(document), FIRST_MS) for document in documents])
    made = LakeTable(str(folder), table)
    made.places([])
    made.append([batch], {"test": 1}, {})
    return folder


def rows(lake: Path, sql: str, **changes: Any) -> list[Any]:
    from dataclasses import replace

    return list(ask(str(lake), sql, replace(LIMITS, **changes)).rows)


def test_it_counts(lake: Path) -> None:
    assert rows(lake, "SELECT decision, count(*) FROM decisions GROUP BY ALL ORDER BY 1") == [("approve", 6), ("block", 3)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT count(*) FROM decisions WHERE day = DATE '2026-03-02'", [(3,)]),
        ("SELECT count(*) FROM decisions WHERE event_time >= TIMESTAMPTZ '2026-03-04 00:00:00'", [(4,)]),
        ("SELECT strftime(min(date_trunc('day', event_time)), '%Y-%m-%d') FROM decisions;", [("2026-03-02",)]),
        ("SELECT reasons->0->>'code' FROM decisions ORDER BY event_time DESC LIMIT 1", [("R8",)]),
        ("SELECT DISTINCT entities['device'] FROM decisions", [("45d4a0a3cdb12542",)]),
        ("SHOW TABLES", [("decisions",)]),
        ("FROM decisions SELECT sum(amount) -- all of them", [(112.5,)]),
        ("WITH a AS (SELECT unnest(range(3)) n) SELECT max(n) FROM a", [(2,)]),
    ],
)
def test_it_speaks_sql(lake: Path, sql: str, expected: list[Any]) -> None:
    assert rows(lake, sql) == expected


def test_more_rows_than_wanted_are_cut(lake: Path) -> None:
    answer = ask(str(lake), "SELECT event_id FROM decisions ORDER BY event_time", Limits(10.0, 4, 256))
    assert (len(answer.rows), answer.is_cut, answer.names) == (4, True, ["event_id"])
    assert not ask(str(lake), "SELECT 1", Limits(10.0, 1, 256)).is_cut


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM decision", "did you mean decisions"),
        ("SELECT * FROM alerts", "no table alerts yet: name it in lake.tables; it has decisions"),
        ("SELECT scor FROM decisions", "score"),
        ("SELEC 1", "syntax error"),
        ("", "one query"),
        ("SELECT 1; SELECT 2", "one query"),
        ("x" * 100_001, "100,000 are allowed"),
    ],
)
def test_what_cannot_be_answered_says_why(lake: Path, sql: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        rows(lake, sql)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("{garbage", "table alerts: it is damaged: restore its folder"),
        ('{"protocol":{"minReaderVersion":99,"minWriterVersion":99}}', "table alerts: a newer program has written it"),
    ],
)
def test_a_damaged_table_is_named_and_the_others_answer(damage: str, said: str, lake: Path, tmp_path: Path) -> None:
    shutil.copytree(lake / "decisions", tmp_path / "decisions")
    LakeTable(str(tmp_path), tables()["alerts"]).places([])
    (log,) = (tmp_path / "alerts" / "_delta_log").glob("*.json")
    good = [line for line in log.read_text().splitlines() if "protocol" not in json.loads(line)]
    log.write_text("\n".join([damage, *good]))
    assert rows(tmp_path, "SELECT count(*) FROM decisions") == [(9,)]
    with pytest.raises(QueryError, match=said) as caught:
        rows(tmp_path, "SELECT count(*) FROM alerts")
    assert "unknown>" not in str(caught.value)
    with pytest.raises(LakeRefusedError, match="table alerts"):
        for kept in keep(str(tmp_path), TABLES, 0, 168, FIRST_MS):
            assert kept.table == "decisions"
    assert len(list((tmp_path / "decisions").glob("day=*/*.parquet"))) > 0


def test_an_empty_lake_says_what_fills_it(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="ringwatch archive fills it"):
        rows(tmp_path, "SELECT * FROM decisions")


READING = [
    "SELECT * FROM '{secret}'",
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_blob('{secret}')",
    "SELECT * FROM read_json('{secret}')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM sniff_csv('{secret}')",
    "SELECT * FROM read_parquet('{lake}/decisions/*/*.parquet')",
    "SELECT * FROM parquet_metadata('{lake}/decisions/*/*.parquet')",
    "SELECT (SELECT max(content) FROM read_text('{secret}'))",
    "WITH a AS (SELECT * FROM read_text('{secret}')) SELECT * FROM a",
    "DESCRIBE SELECT * FROM read_text('{secret}')",
    "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')",
    "SELECT * FROM query_table('{secret}')",
    "SELECT * FROM arrow_scan(94000000, 94000000, 94000000)",
    "SELECT * FROM ARROW_SCAN(94000000, 94000000, 94000000)",
    "SELECT * FROM arrow_scan_dumb(1, 1, 1)",
    "SELECT * FROM pandas_scan(94000000)",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM sqlite_scan('{secret}', 'a')",
    "SELECT getenv('HOME')",
    "SELECT * FROM LIMITS",
    "ATTACH '{secret}'",
]
WRITING = [
    "COPY (SELECT 1) TO '{target}'",
    "COPY decisions TO '{target}'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{target}'",
    "EXPORT DATABASE '{target}'",
    "ATTACH '{target}' AS other",
    "CREATE TABLE x AS SELECT 1",
    "INSERT INTO decisions SELECT * FROM decisions",
    "DELETE FROM decisions",
    "UPDATE decisions SET score = 0",
    "DROP VIEW decisions",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "PRAGMA enable_profiling",
    "INSTALL httpfs",
    "LOAD httpfs",
    "CALL pragma_version()",
    "SELECT 1; COPY (SELECT 1) TO '{target}'",
    "SELECT 1) TO '{target}'; --",
]


@pytest.mark.parametrize("attack", [*READING, *WRITING])
def test_it_reads_nothing_but_the_lake_and_writes_nothing(attack: str, lake: Path, tmp_path: Path) -> None:
    secret, target = tmp_path / "secret.csv", tmp_path / "target"
    secret.write_text("password\nhunter2\n")
    sql = attack.format(secret=secret, target=target, folder=tmp_path, lake=lake)
    with pytest.raises(QueryError) as refused:
        rows(lake, sql)
    assert "hunter2" not in str(refused.value)
    assert list(tmp_path.iterdir()) == [secret]
    assert rows(lake, "SELECT count(*) FROM decisions") == [(9,)]


@pytest.mark.parametrize(
    "endless",
    [
        "SELECT count(*) FROM range(1000000000000)",
        "SELECT sum(a.range * b.range) FROM range(100000000) a, range(100000) b",
        "WITH RECURSIVE t AS (SELECT 1 a UNION ALL SELECT a + 1 FROM t) SELECT count(*) FROM t",
        "SELECT count(*) FROM decisions a, decisions b, decisions c, decisions d, decisions e, decisions f, decisions g, decisions h, "
        "decisions i, decisions j",
    ],
)
def test_a_query_without_an_end_is_ended(endless: str, lake: Path) -> None:
    began = time.monotonic()
    with pytest.raises(QueryError, match=r"more than 0\.5 s: ask about fewer days|needs more than"):
        rows(lake, endless, seconds=0.5)
    assert time.monotonic() - began < 10


def test_a_query_that_needs_too_much_memory_is_refused(lake: Path) -> None:
    with pytest.raises(QueryError, match="needs more than 64 MB"):
        rows(lake, "SELECT count(DISTINCT range) FROM range(50000000)", memory_mb=64, seconds=60.0)
