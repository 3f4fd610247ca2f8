"""Table files by what they hold: Parquet, or CSV, which may be packed."""

from __future__ import annotations

import stat
from pathlib import Path

from gnn.table_import.errors import TableError
from gnn.table_import.mapping import TableMapping
from gnn.table_import.tables.csv_table import CsvTable
from gnn.table_import.tables.parquet_table import ParquetTable
from gnn.table_import.tables.table import Table


def open_table(path: Path, mapping: TableMapping) -> Table:
    """Open a table and check its columns against the mapping. Raises `TableError`."""
    return ParquetTable(path, mapping) if is_parquet(path) else CsvTable(path, mapping)


def is_parquet(path: Path) -> bool:
    """Return whether a file is Parquet by its first bytes. Raises `TableError`."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise TableError(f"{path}: is a folder; name the files in it, such as {path / '*.parquet'}")
        if not stat.S_ISREG(mode):
            raise TableError(f"{path}: is a pipe or a device, and a table is read twice; write it to a file, and give that")
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror}); give the path of a CSV or Parquet file") from None
