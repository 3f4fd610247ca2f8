"""What is known of an event: from labels among the events, or from a table of the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from domain.events.event import Event
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.paths import event_files
from gnn.evaluation.truth import read_truth
from gnn.history.event_labels import EventLabels

EventTruth = Callable[[Event], bool | None]
"""Returns whether an event is fraud, None if nobody knows."""


def truth_of_labels(files: Sequence[Path], parser: EventParser, progress: Callable[[str, int, int], None]) -> EventTruth:
    """Return what the labels in files say at their end."""
    labels = EventLabels.read(files, parser, progress)

    def truth(event: Event) -> bool | None:
        label = labels.of(event.identity)
        return None if label is None else label[0]

    return truth


def truth_of_file(path: Path, parser: EventParser, pseudonyms: Pseudonyms, progress: Callable[[str, int, int], None]) -> EventTruth:
    """Return what `ringwatch evaluate --truth` reads: a table, or events with labels."""
    if path.suffix == ".jsonl" or (path.is_dir() and any(path.glob("*.jsonl"))):
        return truth_of_labels(event_files([path], "--truth"), parser, progress)
    table = read_truth(path)
    ids = [pseudonyms.of_text("event", event_id) for event_id in table["event_id"].to_pylist()]
    whose = _accounts(table["account_id"].to_pylist(), pseudonyms) if "account_id" in table.column_names else [None] * len(ids)
    known = dict(zip(zip(whose, ids, strict=True), table["is_fraud"].to_pylist(), strict=True))

    def truth(event: Event) -> bool | None:
        found: bool | None = known.get((event.entities[0], event.id_hash))
        return known.get((None, event.id_hash)) if found is None else found

    return truth


def _accounts(named: Sequence[str | None], pseudonyms: Pseudonyms) -> list[int | None]:
    return [pseudonyms.of("account", account) if account else None for account in named]
