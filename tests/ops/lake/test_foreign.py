"""A lake that somebody else has made: what cannot be used of it is named, and nothing is written into it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from ops.lake.decided import read_events, read_labels
from ops.lake.delta import LakeTable
from ops.lake.erase import erase
from ops.lake.history import read_decided, write_history
from ops.lake.rows import schema_of
from ops.lake.storage import LakeRefusedError
from ops.lake.table_names import TABLES
from ops.lake.tables import tables
from ops.lake.upkeep import keep
from tests.ops.lake.lake_samples import FIRST_MS

DAY = date(2026, 3, 2)
READERS: dict[str, Callable[[str], object]] = {
    "train": lambda url: write_history(url, Path(url) / "events.jsonl", lambda *_: None),
    "decisions": lambda url: list(read_decided(url, ["block"])),
    "rules": lambda url: read_events(url, DAY, ["device.accounts_1h"]),
    "labels": lambda url: read_labels(url),
    "erase": lambda url: list(erase(url, "0" * 16)),
    "upkeep": lambda url: list(keep(url, TABLES, 30, 168, FIRST_MS)),
}


@pytest.mark.parametrize("reader", READERS)
def test_tables_of_other_columns_are_refused(reader: str, tmp_path: Path) -> None:
    for name in ("events", "labels", "decisions", "features"):
        write_deltalake(f"{tmp_path}/{name}", pa.table({"event_id": ["a"], "decision": [1]}))
    with pytest.raises(LakeRefusedError, match="name another lake, or move the table away"):
        READERS[reader](str(tmp_path))


def test_values_that_are_not_ours_are_refused(tmp_path: Path) -> None:
    table = tables()["events"]
    LakeTable(str(tmp_path), table).places([])
    row = {"day": DAY, "event_id": "a", "event_time": datetime(2026, 3, 2, tzinfo=UTC), "attributes": '{"a":'}
    write_deltalake(f"{tmp_path}/events", pa.Table.from_pylist([row], schema_of(table)), mode="append")
    with pytest.raises(LakeRefusedError, match="holds what ringwatch archive does not write"):
        READERS["train"](str(tmp_path))


@pytest.mark.parametrize(
    ("columns", "partitions", "said"),
    [({"decision": [1]}, ["day"], "column decision"), ({"decision": ["block"]}, None, "its partitions are not day")],
)
def test_an_archiver_leaves_a_foreign_table_as_it_is(
    columns: dict[str, list[object]], partitions: list[str] | None, said: str, tmp_path: Path
) -> None:
    write_deltalake(f"{tmp_path}/decisions", pa.table({"day": [DAY], **columns}), partition_by=partitions)
    with pytest.raises(LakeRefusedError, match=f"table decisions holds what .*{said}"):
        LakeTable(str(tmp_path), tables()["decisions"]).places([])
    assert DeltaTable(f"{tmp_path}/decisions").version() == 0
