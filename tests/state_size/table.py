"""What runs showed, side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flink_job.bench.processes import TASKMANAGER, WORKERS
from tests.state_size.run import StateRun

HEAD = (
    "backend", "entities", "events/s, new / known", "us of CPU, new / known", "checkpoint, MiB", "written, MiB", "longest, s",
    "bytes per entity", "heap in use, MiB", "TaskManager, MiB", "Python, MiB", "its disk, MiB",
)  # fmt: skip


def keep(run: StateRun, file: Path) -> list[dict[str, Any]]:
    """Put a run among those that the file holds, in place of one of the same backend and size; return all."""
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    mine = {**asdict(run), "bytes_per_entity": run.bytes_per_entity}
    rows = [one for one in kept if (one["backend"], one["entities"]) != (run.backend, run.entities)] + [mine]
    rows.sort(key=lambda one: (one["backend"], one["entities"]))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return rows


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows as Markdown."""
    lines = [HEAD, ("---", *("---:",) * (len(HEAD) - 1)), *map(_cells, rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    mib = 2**20
    peaks = row["peak_mib"]
    taskmanager = max((value for name, value in peaks.items() if name.startswith(TASKMANAGER)), default=0.0)
    return (
        row["backend"], f"{row['entities']:,}", _both(row, "events_per_s"), _both(row, "cpu_us"), f"{row['state_bytes'] / mib:,.0f}",
        f"{row['written_bytes'] / mib:,.0f}", f"{row['checkpoint_s']:.1f}", f"{row['bytes_per_entity']:.0f}", f"{row['heap_mib']:,.0f}",
        f"{taskmanager:,.0f}", f"{peaks.get(WORKERS, 0.0):,.0f}", f"{row['disk_mib']:,.0f}",
    )  # fmt: skip


def _both(row: Mapping[str, Any], figure: str) -> str:
    """Return a figure of both parts; `-` for one that was over too soon."""
    return " / ".join(f"{row[part][figure]:,.0f}" if row[part] else "-" for part in ("new", "known"))
