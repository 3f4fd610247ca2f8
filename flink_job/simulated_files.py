"""The simulator's output as files: events.jsonl and truth.parquet."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from domain.graph import SettingError
from domain.simulator import SimulatorSettings, simulate, write_events


def write_simulation(events: int, seed: int, out: Path, days: float | None = None) -> tuple[int, int]:
    """Write a simulation to a folder; returns (events, labels)."""
    span = {} if days is None else {"days": days}
    try:
        simulation = simulate(SimulatorSettings(events=events, seed=seed, **span))  # type: ignore[arg-type]
    except ValueError as error:
        raise SettingError(f"--{error}") from None
    out.mkdir(parents=True, exist_ok=True)
    with (out / "events.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        lines = write_events(simulation, file)
    pq.write_table(pa.table(simulation.truth()), out / "truth.parquet")
    return events, lines - events
