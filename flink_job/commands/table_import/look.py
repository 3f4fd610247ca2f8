"""`ringwatch import --guess` and `--check`: a look at the first rows, before anything is imported."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gnn.table_import import Preview

SHOWN = 3
"""Rows that are shown as events."""


def guess(table: Path, out: Path | None) -> int:
    """Write a guessed mapping to `out`, else to stdout."""
    from domain.errors import SettingError
    from flink_job.commands.end_summary import print_summary
    from gnn.table_import import guess_mapping

    if out is not None and out.exists():
        raise SettingError(f"--out: {out} exists, and a guess does not replace what may be a corrected mapping: name another file")
    text, complete = guess_mapping(table)
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")
    mapping = "MAPPING.yaml" if out is None else str(out)
    title = "A mapping to read and correct" if complete else "No whole mapping: fill in what its comments say is not recognised"
    print_summary(title, [("file", mapping if out else "")], [f"ringwatch import --check {mapping} {table}"])
    return 0


def check(mapping_path: Path, tables: Sequence[Path]) -> int:
    """Show the first rows of each table as events; return 1 where an import would stop or write nothing."""
    from gnn.table_import import check_names, load_mapping, preview

    mapping, good = load_mapping(mapping_path), True
    check_names(tables, mapping)
    for table in tables:
        seen = preview(mapping, table)
        sys.stdout.write("".join(_event(event, seen) for event in seen.events[:SHOWN]))
        sys.stdout.flush()
        good &= not seen.problem
        _summary(table, seen)
    return 0 if good else 1


def _event(event: dict[str, Any], seen: Preview) -> str:
    """Return an event as lines of `name  value`, its label last."""
    label = seen.labels.get(event["event_id"])
    rows = list(_rows("", event))
    if label is not None:
        rows.append(("label", f"{'fraud' if label['is_fraud'] else 'legitimate'}, known {_time(label['event_time'])}"))
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:{width}}  {value}\n" for name, value in rows) + "\n"


def _rows(above: str, document: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    for name, value in document.items():
        if isinstance(value, dict):
            rows += _rows(f"{above}{name}.", value)
        else:
            rows.append((above + name, _time(value) if name in ("event_time", "account_created_at") and value is not None else str(value)))
    return rows


def _time(time_ms: int) -> str:
    from domain.times import rfc3339

    return rfc3339(time_ms)


def _summary(table: Path, seen: Preview) -> None:
    from domain.wording import counted
    from flink_job.commands.end_summary import print_summary
    from flink_job.commands.table_import.report import report_rows

    rows = report_rows(seen.report) if seen.events else [(f"bad {count:,}", reason) for reason, count in seen.report.skipped.items()]
    stops = f"judged by these rows, an import stops: {seen.problem}" if seen.problem else ""
    print_summary(f"Looked at the first {counted(seen.report.rows, 'row')} of {table}", [*rows, ("stops", stops)])
