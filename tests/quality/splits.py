"""Train on the past, score the future: folds of a table, several models and seeds on one replay."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from gnn.table_import import import_tables, load_mapping
from gnn.training.backtest import Candidate, Fold, backtest

DAY_S = 86_400.0
MAPPINGS = Path("deploy/mappings")
KEY = b"measuring quality"


@dataclass(frozen=True)
class Scores:
    """One model's scores of one fold."""

    event_id: np.ndarray
    score: np.ndarray
    fraud: np.ndarray


@contextmanager
def imported(mapping: str, table: Path) -> Iterator[Path]:
    """A table as events, for as long as the context lasts."""
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder) / "events.jsonl"
        import_tables(load_mapping(MAPPINGS / f"{mapping}.yaml"), [table], events)
        yield events


def scored(events: Path, graph: GraphSettings, folds: Sequence[Fold], candidates: Mapping[str, Candidate]) -> dict[str, dict[str, Scores]]:
    """Candidate -> fold -> scores."""
    with tempfile.TemporaryDirectory() as folder:
        tables = {name: Path(folder) / f"{number}.parquet" for number, name in enumerate(candidates)}
        asked = [replace(candidate, out=tables[name]) for name, candidate in candidates.items()]
        backtest(asked, graph, [events], folds, EventParser(graph, Pseudonyms(KEY)), report)
        return {name: _by_fold(path) for name, path in tables.items()}


def _by_fold(path: Path) -> dict[str, Scores]:
    table = pq.read_table(path)
    fold = np.array(table["fold"].to_pylist())
    columns = [np.array(table[name].to_pylist()) for name in ("event_id", "score", "label")]
    return {str(name): Scores(*(column[fold == name] for column in columns[:2]), columns[2][fold == name] == 1) for name in np.unique(fold)}


_told = {"at": 0.0}


def report(phase: str, done: int, total: int) -> None:
    """A line every half minute."""
    if time.monotonic() - _told["at"] > 30:
        _told["at"] = time.monotonic()
        print(f"{phase}: {done:,}{f' of {total:,}' if total else ''}", file=sys.stderr, flush=True)
