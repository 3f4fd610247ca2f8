"""PNG files: throughput over time, latency over offered load, growth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot(document: Mapping[str, Any], out: Path) -> None:
    """Plot what the document holds, each plot in a file of its own."""
    if runs := [run for part in ("job", "sql", "naive") for run in document.get(part, {}).get("runs", [])]:
        figure, (axes,) = _figure(1)
        _throughput(axes, runs)
        figure.savefig(out / "throughput.png", dpi=110)
    for run in document.get("latency", {}).get("runs", []):
        figure, (decisions, alerts) = _figure(2)
        _latency(decisions, run["levels"], "decisions", "ms to the decision")
        _latency(alerts, run["levels"], "alerts", "ms to the alert in Redis")
        figure.savefig(out / f"latency-{run['parallelism']}.png", dpi=110)
    if "growth" in document:
        figure, (entities, degree) = _figure(2)
        _growth(entities, document["growth"]["by_entities"], "entities in the state")
        _growth(degree, document["growth"]["by_degree"], "accounts per device and address")
        figure.savefig(out / "growth.png", dpi=110)


def _figure(columns: int) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9 if columns == 1 else 12, 4.5), layout="constrained")
    return figure, list(figure.subplots(1, columns, squeeze=False)[0])


def _throughput(axes: Axes, runs: list[Mapping[str, Any]]) -> None:
    for run in runs:
        axes.plot(run["series_s"], run["series_events_per_s"], label=f"{run['what']}, {run['source']}, parallelism {run['parallelism']}")
    axes.set(xlabel="seconds since the first event", ylabel="events/s", ylim=(0, None))
    axes.legend(fontsize="small")


def _latency(axes: Axes, levels: list[Mapping[str, Any]], key: str, label: str) -> None:
    measured = [level for level in levels if level[key]]
    for name in measured[0][key] if measured else ():
        axes.plot([level["offered_per_s"] for level in measured], [level[key][name] for level in measured], marker="o", label=name)
    axes.set(xlabel="offered, events/s", ylabel=label, yscale="log", xlim=(0, None))
    axes.legend() if measured else axes.set_title("none")


def _growth(axes: Axes, costs: list[Mapping[str, Any]], label: str) -> None:
    sizes = [cost["size"] for cost in costs]
    axes.plot(sizes, [cost["step_us"] for cost in costs], marker="o", label="parsing and step")
    axes.plot(sizes, [cost["score_us"] for cost in costs], marker="o", label="features and score")
    axes.plot(sizes, [cost["step_us"] + cost["score_us"] for cost in costs], marker="o", label="together")
    axes.set(xlabel=label, ylabel="us of CPU per event", xscale="log", ylim=(0, None))
    axes.legend()
