"""A Parquet file, read in bounded batches of the columns that a mapping names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gnn.table_import.errors import TableError
from gnn.table_import.mapping import TableMapping
from gnn.table_import.tables.table import BATCH_ROWS, Table, first_line


class ParquetTable(Table):
    """A Parquet file; its columns keep their types."""

    def __init__(self, path: Path, mapping: TableMapping) -> None:
        super().__init__(path, mapping)
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise TableError(f"{path}: is not a readable Parquet file ({first_line(error)})") from None
        self.rows = self._file.metadata.num_rows
        self._check_columns(self._file.schema_arrow.names)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the columns that the mapping uses, batch by batch."""
        try:
            yield from self._file.iter_batches(BATCH_ROWS, columns=list(self._mapping.used))
        except (pa.ArrowException, OSError) as error:
            raise TableError(f"{self.path}: is damaged ({first_line(error)}); write it anew") from None
