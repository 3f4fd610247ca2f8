"""The loop on Redis alone as tables of bench.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flink_job.bench.tables import number, table


def redis_tables(redis: Mapping[str, Any]) -> str:
    """Write full load, latencies and the memory of Redis as Markdown."""
    runs = redis["runs"]
    processes = list(dict.fromkeys(name for run in runs for name in run["cpu_us"]))
    full = [(_name(run), number(run["events_per_s"]), *(number(run["cpu_us"].get(name, 0.0)) for name in processes)) for run in runs]
    levels = [
        (f"{_name(run)}, {level['rate']:g}/s{'' if level['kept_up'] else ', not kept up with'}", _points(level["decisions"]))
        for run in runs
        for level in run["levels"]
    ]
    text = "## Redis alone\n\nEverything on this machine; us of CPU per line, by process:\n\n"
    text += table(("full load", "events/s", *processes), full)
    text += "\np50 / p95 / p99 / p99.9 in ms from when an event was due to its decision's entry:\n\n"
    text += table(("offered", "to the decision"), levels)
    return text + "".join(_steady(run["steady"], redis["max_length"]) for run in runs if run["steady"])


def _name(run: Mapping[str, Any]) -> str:
    return "early approval" if run["early_approval"] else "as by default"


def _points(points: Mapping[str, float]) -> str:
    return " / ".join(f"{value:,.0f}" for value in points.values()) or "none"


def _steady(steady: Mapping[str, Any], max_length: int) -> str:
    memory, keys = steady["redis_mib"], steady["keys"]
    third = len(memory) // 3
    counted = ", ".join(f"{count} {kind}" for kind, count in sorted(keys.items()))
    grew = f"{memory[0]:.0f} MiB first, {memory[third]:.0f} after a third, {max(memory):.0f} at most, {memory[-1]:.0f} at the end"
    where = f"{steady['seconds']:g} s at {steady['rate']:g}/s, streams of about {max_length:,} entries"
    return f"\n{where}: Redis used {grew}; keys at the end: {counted}.\n"
