"""A folder in which tables are imported, for the tests of imports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from gnn.table_import import ImportReport, import_tables, load_mapping

DAY = 86_400_000
T0 = 1_700_000_000_000
MINIMAL = {"event_type": "order", "event_time": {"column": "t", "unit": "ms"}, "account": "who"}


class Bench:
    """A folder with a mapping and tables, and the import of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "events.jsonl"
        self.report: ImportReport | None = None

    def mapping(self, **keys: Any) -> Path:
        path = self.folder / "m.yaml"
        path.write_text(yaml.safe_dump({k: v for k, v in {**MINIMAL, **keys}.items() if v is not None}), encoding="utf-8")
        return path

    def csv(self, text: str, name: str = "table.csv") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def parquet(self, columns: dict[str, Any], name: str = "table.parquet") -> Path:
        path = self.folder / name
        pq.write_table(pa.table(columns), path)
        return path

    def run(self, *tables: Path, keys: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
        self.report = import_tables(load_mapping(self.mapping(**keys)), tables, self.out, **options)
        return [json.loads(line) for line in self.out.read_bytes().splitlines()]


def split(lines: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    events = [line for line in lines if line["event_type"] != "label"]
    return events, [line for line in lines if line["event_type"] == "label"]
