"""bench.md: the figures of bench.json as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flink_job.bench.redis_tables import redis_tables
from flink_job.bench.service_tables import service_tables
from flink_job.bench.tables import number, table

__all__ = ["number", "report", "table"]


def report(document: Mapping[str, Any]) -> str:
    """Write the document as Markdown; parts that were not measured are left out."""
    return "\n".join(section for section in _sections(document) if section)


def _sections(document: Mapping[str, Any]) -> Iterator[str]:
    yield _where(document)
    yield _targets(document["targets"])
    runs = [run for part in ("job", "sql", "naive") for run in document.get(part, {}).get("runs", [])]
    if runs:
        yield _runs(runs)
        yield _processes(runs)
    for run in document.get("job", {}).get("runs", []):
        yield _threads(run)
    if "job" in document:
        yield _states(document["job"]["runs"])
    if "replay" in document:
        yield _replay("Replay in one process", document["replay"])
    for run in document.get("latency", {}).get("runs", []):
        yield _latency(run)
    if "skew" in document:
        yield _skew(document["skew"])
    if "redis" in document:
        yield redis_tables(document["redis"])
    if "service" in document:
        yield service_tables(document["service"])
    if "growth" in document:
        yield _growth(document["growth"])
    if "control" in document:
        yield _control(document["control"])


def _where(document: Mapping[str, Any]) -> str:
    machine, versions = document["machine"], document["versions"]
    load = ", ".join(f"{load:g}" for load in machine["load_before"])
    return (
        f"# ringwatch bench, {document['began']}\n\n"
        f"{machine['cores']} cores ({machine['cpu']}), {machine['memory_gib']} GiB, {machine['system']}; load before: {load}. "
        f"{', '.join(f'{name} {number}' for name, number in versions.items())}. Kafka: {document['kafka']}.\n"
    )


def _targets(verdicts: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for one in verdicts:
        value = "" if one["value"] is None else f"{number(one['value'])} {one['unit']}"
        rows.append((one["name"], value, number(one["must"]), number(one["aim"]), one["met"]))
    return table(("target", "measured", "must", "aim", "met"), rows)


def _runs(runs: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for run in runs:
        counted = f"{run['settled_events']:,} in {run['settled_s']:.0f} s" + ("" if run["warm"] else " (too short to be warm)")
        took = "" if run["checkpoint_ms"] is None else number(run["checkpoint_ms"])
        rows.append((_name(run), number(run["events_per_s"]), number(run["cpu_us_all"]), counted, str(run["checkpoints"]), took))
    head = ("run", "events/s", "CPU, us per event", "events counted", "checkpoints", "mean ms of one")
    return "## Full load\n\n" + table(head, rows)


def _processes(runs: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for run in runs for name in run["cpu_us"]))
    rows = []
    for run in runs:
        rows.append((_name(run), *(_both(run["cpu_us"].get(name), run["peak_mib"].get(name)) for name in names)))
    return "CPU per event, us / peak resident memory, MiB:\n\n" + table(("run", *names), rows)


def _both(cpu: float | None, peak: float | None) -> str:
    return "" if cpu is None or peak is None else f"{number(cpu)} / {peak:,.0f}"


def _threads(run: Mapping[str, Any]) -> str:
    if not run["thread_cpu_us"]:
        return ""
    threads = ", ".join(f"{name} {number(value)}" for name, value in run["thread_cpu_us"].items() if value >= 1)
    return f"Threads of the TaskManagers, {_name(run)}, us of CPU per event (names are cut at 15 characters): {threads}.\n"


def _states(runs: Sequence[Mapping[str, Any]]) -> str:
    counted = [run for run in runs if run["state"]]
    if not counted:
        return ""
    kinds = list(counted[0]["state"]["entities"])
    rows = []
    for run in counted:
        state = run["state"]
        each = [_of_kind(state["bytes_per_entity"].get(kind), count) for kind, count in state["entities"].items()]
        whole, mean = f"{state['state_bytes'] / 2**20:.1f}", number(state["mean_bytes_per_entity"])
        rows.append((_name(run), f"{state['events']:,}", whole, mean, *each))
    head = ("run", "after events", "checkpoint, MiB", "bytes per entity", *(f"{kind}: bytes x entities" for kind in kinds))
    return "## State\n\n" + table(head, rows)


def _of_kind(size: float | None, count: int) -> str:
    return f"{count:,}" if size is None else f"{number(size)} x {count:,}"


def _replay(title: str, run: Mapping[str, Any]) -> str:
    return (
        f"## {title}\n\n{run['events']:,} events: {number(run['events_per_s'])} events/s, {number(run['cpu_us'])} us of CPU per event; "
        f"{run['entities']:,} entities, {run['grown_mib']:,.0f} MiB more than before.\n"
    )


def _latency(latency: Mapping[str, Any]) -> str:
    rows = []
    for level in latency["levels"]:
        offered = f"{level['share']:.0%}, {number(level['offered_per_s'])}/s" + ("" if level["kept_up"] else ", not kept up with")
        rows.append((offered, _points(level["decisions"]), f"{level['events']:,}", _points(level["alerts"]), f"{level['alert_count']:,}"))
    files = " A delivery is a file, and to find and open it is part of the latency." if latency["source"] == "file" else ""
    text = (
        f"## Latency, from {latency['source']} at parallelism {latency['parallelism']}\n\n"
        f"p50 / p95 / p99 / p99.9 in ms from when an event was due, every {latency['granularity_ms']:g} ms a delivery, "
        f"{latency['warm_up_s']:g} s of warm-up per level left out."
        f"{files}\n\n"
    )
    return text + table(("offered", "to the decision", "events", "to the alert in Redis", "alerts"), rows)


def _skew(skew: Mapping[str, Any]) -> str:
    rows = []
    for level in skew["levels"]:
        crowded = level["crowded"] + ("" if level["kept_up"] else ", not kept up with")
        rows.append((crowded, _points(level["others"]), _points(level["its_own"])))
    text = (
        f"## Skew, from {skew['source']} at parallelism {skew['parallelism']}\n\n"
        f"p50 / p95 / p99 / p99.9 in ms from when an event was due to its decision, {number(skew['rate'])}/s, "
        f"{skew['warm_up_s']:g} s of warm-up per level left out.\n\n"
    )
    return text + table(("entity with 30% of the events", "all others", "its own"), rows)


def _points(points: Mapping[str, float]) -> str:
    return " / ".join(f"{value:,.0f}" for value in points.values()) or "none"


def _growth(growth: Mapping[str, Any]) -> str:
    head = ("parsing and step", "features and score", "together, us of CPU per event", "bytes per record")
    text = "## Growth\n\n"
    for name, key in (("entities in the state", "by_entities"), ("accounts per device and address", "by_degree")):
        rows = [
            (
                f"{cost['size']:,}",
                *(number(value) for value in (cost["step_us"], cost["score_us"], cost["step_us"] + cost["score_us"], cost["record_bytes"])),
            )
            for cost in growth[key]
        ]
        text += table((name, *head), rows) + "\n"
    scale = 100_000 / growth["train_events"]
    text += (
        f"Training on {growth['train_events']:,} events: {growth['train_s']:.0f} s, {growth['train_cpu_s']:.0f} s of CPU; "
        f"{growth['train_s'] * scale:.0f} s per 100,000.\n"
    )
    if growth["long_replay"]:
        text += "\n" + _replay("Long replay", growth["long_replay"])
    return text


def _control(control: Mapping[str, Any]) -> str:
    rows = [(f"{run['rules']} rules, {run['kind']}", number(run["us"]), number(run["compile_ms"])) for run in control["rules"]]
    one, (row_us, shadow_us, drift_us) = control["list"], (number(control[f"{name}_us"]) for name in ("row", "shadow", "drift"))
    listed = f"{number(one['build_ms'])} ms to build, {number(one['mib'])} MiB"
    hits = f"{number(one['miss_us'])} us an event without a hit, {number(one['hit_us'])} us with one"
    return (
        f"## Rules, lists and shadow, in one process\n\n{table(('rules', 'us of CPU per event', 'ms to compile'), rows)}\n"
        f"A list of {one['entries']:,} entries: {listed}, {hits}. The row of features, where nobody has it: {row_us} us.\n"
        f"A model in shadow, of the same kind as the one that decides: {shadow_us} us more. Counting for drift: {drift_us} us.\n"
    )


def _name(run: Mapping[str, Any]) -> str:
    return f"{run['what']}, {run['source']}, parallelism {run['parallelism']}"
