"""Tables in, one file of events and labels in time order out."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from domain import times
from gnn.table_import.errors import ColumnError, TableError
from gnn.table_import.mapping import TableMapping
from gnn.table_import.rows.batch import RowBatch
from gnn.table_import.rows.losses import NOTHING, Loss, share_problem
from gnn.table_import.rows.rows import Encoded, encode
from gnn.table_import.rows.watch import Watch, neither_words
from gnn.table_import.sort import RUN_BYTES, LineSorter
from gnn.table_import.tables.table import Table
from gnn.table_import.tables.tables import open_table

Progress = Callable[[int, int | None], None]
"""Called with the rows read so far and those of all tables, None where that is not known before (CSV)."""

_MALFORMED = "rows with a wrong number of fields"


@dataclass(frozen=True)
class ImportReport:
    """What an import did: rows read, lines written, and what was left out."""

    rows: int
    events: int
    labels: int
    frauds: int
    """Labels that say fraud."""
    skipped: Mapping[str, int]
    """Rows (and labels not known before some future day) left out, by reason."""
    types: Mapping[str, int]
    """Events by type, most first."""
    losses: Mapping[str, Loss]
    """What went with the bad rows among the skipped, by reason."""
    renamed: int
    """Texts too long for an event (or ids that cannot be printed), written as their hash."""
    repeated: int
    """Event ids seen again close by; the job drops repeats wherever they are, this count misses far ones."""
    lost: Loss = NOTHING
    """All that went with the bad rows."""
    kept: Loss = NOTHING
    """The other rows, with their labelled frauds and amounts."""
    span_ms: tuple[int, int] = (0, 0)
    """Times of the first and the last event."""
    neither: str = ""
    """Values of the label column that give no label; empty if there are none."""
    warnings: tuple[str, ...] = ()
    """What a person should look at, a sentence each."""
    notes: tuple[str, ...] = ()
    """What was recognised by content, with the table's name: its packing, encoding, delimiter."""


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


@dataclass
class Tally:
    """What is counted while tables become lines."""

    rows: int = 0
    events: int = 0
    labels: int = 0
    frauds: int = 0
    renamed: int = 0
    repeated: int = 0
    malformed: int = 0
    """Rows with a wrong number of fields."""
    kept: Loss = NOTHING
    first_ms: int = sys.maxsize
    last_ms: int = -sys.maxsize

    def __post_init__(self) -> None:
        self.skipped, self.types = Counter[str](), Counter[str]()
        self.losses: dict[str, Loss] = {}
        self.notes: list[str] = []

    def count(self, batch: RowBatch, encoded: Encoded) -> None:
        """Take in a batch and its lines."""
        self.rows += batch.columns.num_rows
        self.events += len(encoded.events)
        self.labels += len(encoded.labels)
        self.frauds += encoded.frauds
        self.repeated += encoded.repeated
        self.renamed += batch.renamed
        self.types += encoded.types
        self.kept += encoded.kept
        if len(encoded.events):
            time = encoded.events.time
            self.first_ms, self.last_ms = min(self.first_ms, int(time.min())), max(self.last_ms, int(time.max()))
        for reason, loss in encoded.losses.items():
            self.losses[reason] = self.losses.get(reason, NOTHING) + loss
        self.skipped += encoded.left_out + Counter({reason: loss.rows for reason, loss in encoded.losses.items()})

    @property
    def lost(self) -> Loss:
        """Return what went with all bad rows; the money of malformed ones is not known."""
        return sum(self.losses.values(), NOTHING)

    def _unread_money(self, mapping: TableMapping) -> list[str]:
        if not self.malformed or (mapping.amount is None and mapping.label is None):
            return []
        return [f"{self.malformed:,} rows with a wrong number of fields: their amounts are in no sum; unread labels count as fraud"]

    def count_malformed(self, rows: int, frauds: int) -> None:
        """Take in rows that were left out for their number of fields."""
        if rows:
            self.rows += rows
            self.malformed += rows
            self.skipped[_MALFORMED] += rows
            self.losses[_MALFORMED] = self.losses.get(_MALFORMED, NOTHING) + Loss(rows, frauds)

    def report(self, mapping: TableMapping, watch: Watch) -> ImportReport:
        """Return all counts, with what a person should look at."""
        return ImportReport(
            rows=self.rows,
            events=self.events,
            labels=self.labels,
            frauds=self.frauds,
            skipped=dict(self.skipped),
            types=dict(self.types.most_common()),
            losses=self.losses,
            renamed=self.renamed,
            repeated=self.repeated,
            lost=self.lost,
            kept=self.kept,
            span_ms=(self.first_ms, self.last_ms),
            neither=neither_words(mapping.label, watch.neither),
            notes=tuple(self.notes),
            warnings=(*watch.notes(self.first_ms, self.last_ms), *self._unread_money(mapping)),
        )


def _encoded(table: Table, mapping: TableMapping, tally: Tally, watch: Watch, now_ms: int) -> Iterator[Encoded]:
    row = 1
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


def check_end(mapping: TableMapping, tables: Sequence[Path], tally: Tally, watch: Watch) -> None:
    """Raise `TableError` where what was counted must not become a file."""
    if not tally.events:
        raise TableError(nothing(tables, tally))
    watch.check()
    _check_share(mapping, tally)


def nothing(tables: Sequence[Path], tally: Tally) -> str:
    """Return why no event comes of tables."""
    names = ", ".join(map(str, tables))
    if not tally.rows:
        return f"{names}: holds no rows below its header; give a table with rows"
    reasons = "; ".join(f"{count:,} {reason}" for reason, count in tally.skipped.items())
    return f"{names}: all {tally.rows:,} rows are left out ({reasons}); mend the table, or the mapping for what the rows have in common"


def _check_share(mapping: TableMapping, tally: Tally) -> None:
    problem = None if mapping.skip is None else share_problem(tally.lost, tally.kept, mapping.skip)
    if problem is not None:
        reasons = "; ".join(f"{count:,} {reason}" for reason, count in tally.skipped.items())
        raise TableError(f"{mapping.path}: {problem} ({reasons}); mend the table or the mapping, or set on_error: {{skip: SHARE}} higher")


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
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name[:64]}.", dir=out.parent) as folder:
            yield Path(folder)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            problem = "the disk is full; free some, or write to another disk (about twice the output is needed)"
        else:
            problem = f"cannot be written ({os.strerror(error.errno) if error.errno else error}); choose another place"
        raise TableError(f"{out}: {problem}") from error
