"""Tables in, one file of events and labels in time order out."""

from __future__ import annotations

import errno
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from domain import times
from gnn.table_import.errors import ColumnError, TableError
from gnn.table_import.mapping import TableMapping
from gnn.table_import.refusal import check_end
from gnn.table_import.rows.batch import RowBatch
from gnn.table_import.rows.rows import Encoded, encode
from gnn.table_import.rows.watch import Watch
from gnn.table_import.sort import RUN_BYTES, LineSorter
from gnn.table_import.tables.table import Table
from gnn.table_import.tables.tables import open_table
from gnn.table_import.tally import ImportReport, Tally

Progress = Callable[[int, int | None], None]
"""Called with the rows read so far and those of all tables, None where that is not known before (CSV)."""


def import_tables(
    mapping: TableMapping,
    tables: Sequence[Path],
    out: Path,
    progress: Progress | None = None,
    run_bytes: int = RUN_BYTES,
    now_ms: int | None = None,
) -> ImportReport:
    """Write the tables' rows as events, and their labels as label events, to `out` in order of time.

    Lines of the same time keep the order of the rows; a label follows its event. `out` appears complete or
    not at all. Memory stays at a small multiple of `run_bytes` (bytes of text held before a sorted run goes
    to a temporary folder beside `out`). `now_ms` bounds times in the future. Raises `TableError`, also
    where no event comes of the tables.
    """
    opened = [open_table(path, mapping) for path in tables]
    if not opened:
        raise TableError(f"{mapping.path}: no table is given; name at least one CSV or Parquet file")
    check_names(tables, mapping)
    now_ms = times.now_ms() if now_ms is None else now_ms
    with _workplace(out) as folder:
        sorter, tally, watch = LineSorter(folder, run_bytes), Tally(), Watch(mapping)
        totals = [table.rows for table in opened]
        total = None if None in totals else sum(rows for rows in totals if rows is not None)
        for table in opened:
            for encoded in _encoded(table, mapping, tally, watch, now_ms):
                sorter.add(encoded.events)
                sorter.add(encoded.labels)
                if progress is not None:
                    progress(tally.rows, total)
            tally.notes += [f"{table.path.name} {note}" for note in table.notes()]
        check_end(mapping, tables, tally, watch)
        part = folder / out.name
        with part.open("wb") as file:
            for lines in sorter.drain():
                lines.write(file)
        part.replace(out)
    return tally.report(mapping, watch)


def _encoded(table: Table, mapping: TableMapping, tally: Tally, watch: Watch, now_ms: int) -> Iterator[Encoded]:
    row = 1
    watch.begin(table.path)
    for columns in table.batches():
        batch = RowBatch(mapping, columns, table.path.name, row, now_ms, watch)
        try:
            encoded = encode(batch, first_sequence=tally.rows)
        except ColumnError as error:
            raise TableError(f"{table.path}: {error}") from None
        if batch.faults.found and not mapping.skip_bad_rows:
            offset, clause = batch.faults.first()
            raise TableError(f"{table.path}: row {row + offset}, {clause}")
        row += columns.num_rows
        tally.count(batch, encoded)
        yield encoded
    tally.count_malformed(table.malformed, table.malformed_frauds)


def check_names(tables: Sequence[Path], mapping: TableMapping) -> None:
    """Raise `TableError` where two tables of one name would give their rows the same ids."""
    repeated = [name for name, n in Counter(path.name for path in tables).items() if n > 1]
    if repeated and mapping.event_id is None:
        raise TableError(f"{mapping.path}: names no event_id, and two tables are called {repeated[0]}; map event_id or rename one")


@contextmanager
def _workplace(out: Path) -> Iterator[Path]:
    """Lend a temporary folder beside `out`, so that the finished file can be moved there in one step."""
    if out.is_dir():
        raise TableError(f"{out}: is a folder; give the name of the file to write")
    if out.exists() and not out.is_file():
        raise TableError(f"{out}: is a pipe or a device, where no finished file can be put; give the name of a file")
    # The name is known before the folder is made: a signal in between leaves nothing.
    folder = out.with_name(f".{out.name[:64]}.{token_hex(4)}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        yield folder
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            problem = "the disk is full; free some, or write to another disk (about twice the output is needed)"
        else:
            problem = f"cannot be written ({os.strerror(error.errno) if error.errno else error}); choose another place"
        raise TableError(f"{out}: {problem}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
