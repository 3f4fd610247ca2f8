"""The simulator's output as files: events.jsonl and truth.parquet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from domain.errors import SettingError
from domain.simulator import Sale, SimulatedWave, SimulatorSettings, simulate, write_events
from domain.whole_files import unfinished

TRUTH = pa.schema(
    [
        ("event_id", pa.string()),
        ("event_time", pa.int64()),
        ("event_type", pa.string()),
        ("account_id", pa.string()),
        ("is_fraud", pa.bool_()),
        ("ring_id", pa.string()),
        ("ring_kind", pa.string()),
        ("member", pa.int64()),
        ("label_time", pa.int64()),
        ("segment", pa.string()),
    ]
)
"""Columns of truth.parquet, one row per event that is no label; times in ms since 1970."""


def write_simulation(
    events: int,
    seed: int,
    out: Path,
    days: float | None = None,
    start_ms: int | None = None,
    waves: Sequence[SimulatedWave] = (),
    sales: Sequence[Sale] = (),
    **shares: float,
) -> tuple[int, int]:
    """Write a simulation to a folder, whole or not at all; returns (events, labels).

    Waves, bust-outs and strangers of rings come on top. `shares` are further ones of `SimulatorSettings`.
    """
    chosen = {name: value for name, value in (("days", days), ("start", start_ms)) if value is not None}
    try:
        settings = SimulatorSettings(events=events, seed=seed, waves=tuple(waves), sales=tuple(sales), **chosen, **shares)  # type: ignore[arg-type]
        simulation = simulate(settings)
    except ValueError as error:
        raise SettingError(f"--{error}") from None
    with unfinished(out / "truth.parquet", out / "events.jsonl") as (truth_file, events_file):
        pq.write_table(pa.table(simulation.truth(), schema=TRUTH), truth_file)
        with events_file.open("w", encoding="utf-8", newline="\n") as file:
            lines = write_events(simulation, file)
    return len(simulation.rows), lines - len(simulation.rows)
