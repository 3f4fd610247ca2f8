"""The service under load as tables of bench.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flink_job.bench.tables import number, table


def service_tables(service: Mapping[str, Any]) -> str:
    """Write answers at steady rates and while the job is killed as Markdown."""
    levels = [service["warm_up"], *service["levels"], service["killed"]]
    steady = [f"{level['rate']:g}/s" for level in service["levels"]]
    names = [f"{levels[0]['rate']:g}/s, a cold job", *steady, f"{levels[-1]['rate']:g}/s, TaskManager killed"]
    rows = [(name, *_row(level)) for name, level in zip(names, levels, strict=True)]
    processes = list(dict.fromkeys(name for level in levels for name in level["cpu_us"]))
    cpu = [(name, *(number(level["cpu_us"].get(process, 0.0)) for process in processes)) for name, level in zip(names, levels, strict=True)]
    events, once = service["events"], service["decided_once"]
    text = f"## POST /v1/score\n\nIn ms from when a request was due to the end of its answer; deadline {service['deadline_ms']:,} ms:\n\n"
    text += table(("offered", "requests", "p50 / p95 / p99 / p99.9", "longest", "after the deadline", "errors", "fallbacks"), rows)
    text += f"\nus of CPU per request, by process:\n\n{table(('offered', *processes), cpu)}"
    again, never = service["decided_again"], service["undecided"]
    told = f"{events:,} events were accepted: {once:,} were decided once, {again:,} again, {never:,} never"
    return text + f"\n{told}. Not accepted: {service['not_accepted']:,}.\n"


def _row(level: Mapping[str, Any]) -> tuple[str, ...]:
    errors = sum(count for status, count in level["statuses"].items() if status != "200") + level["foreign"]
    points = " / ".join(f"{value:,.0f}" for value in level["ms"].values())
    counts = (level["after_deadline"], errors, level["fallbacks"])
    return f"{level['requests']:,}", points, f"{level['longest_ms']:,.0f}", *(f"{count:,}" for count in counts)
