"""Why what was counted must not become a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gnn.table_import.errors import TableError
from gnn.table_import.mapping import TableMapping
from gnn.table_import.rows.losses import share_problem
from gnn.table_import.rows.watch import Watch
from gnn.table_import.tally import Tally


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
