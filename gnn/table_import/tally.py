"""What is counted while tables become lines, and the report of it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from domain.wording import counted
from gnn.table_import.mapping import TableMapping
from gnn.table_import.rows.batch import RowBatch
from gnn.table_import.rows.losses import NOTHING, Loss
from gnn.table_import.rows.rows import Encoded
from gnn.table_import.rows.watch import Watch, neither_words

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
    repeated: str
    """Events whose id another one has; empty if there are none."""
    lost: Loss = NOTHING
    """All that went with the bad rows."""
    kept: Loss = NOTHING
    """The other rows, with their labelled frauds and amounts."""
    span_ms: tuple[int, int] = (0, 0)
    """Times of the first and the last event."""
    neither: str = ""
    """Values of the label column that give no label; empty if there are none."""
    unknown: str = ""
    """Identifiers that the job takes for none, by kind, with the rows; empty if there are none."""
    warnings: tuple[str, ...] = ()
    """What a person should look at, a sentence each."""
    notes: tuple[str, ...] = ()
    """What was recognised by content, with the table's name: its packing, encoding, delimiter."""


@dataclass
class Tally:
    """What is counted while tables become lines."""

    rows: int = 0
    events: int = 0
    labels: int = 0
    frauds: int = 0
    renamed: int = 0
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
        return [
            f"{counted(self.malformed, 'row')} with a wrong number of fields: their amounts are in no sum; unread labels count as fraud"
        ]

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
            repeated=watch.repeated(),
            lost=self.lost,
            kept=self.kept,
            span_ms=(self.first_ms, self.last_ms),
            neither=neither_words(mapping.label, watch.neither),
            notes=tuple(self.notes),
            unknown=watch.identifiers.unknown(),
            warnings=(*watch.notes(self.first_ms, self.last_ms), *self._unread_money(mapping)),
        )
