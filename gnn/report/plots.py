"""Plots of one model's scores, or of two models on the same events, as PNG images."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gnn.card.detection_metrics import Curve, Floats, Ranking, calibration_bins
from gnn.evaluation import ScoredTruth
from gnn.evaluation.costs import cost_curve, decision_costs
from gnn.evaluation.rings import ring_table
from gnn.history.train_settings import Costs

COLOURS = ("#0072b2", "#d55e00")  # told apart by colour-blind eyes, too
MOST_POINTS = 2000
HISTOGRAM_BINS = 50


@dataclass(frozen=True)
class Plot:
    name: str
    title: str
    png: bytes


@dataclass(frozen=True)
class _Series:
    label: str
    colour: str
    scored: ScoredTruth
    curve: Curve


def draw_plots(models: Sequence[ScoredTruth], costs: Costs) -> list[Plot]:
    """Plots of one or two models whose events have both classes; costs and rings only where decisions and
    rings are known.
    """
    series = [_series(scored, colour) for scored, colour in zip(models, COLOURS, strict=False)]
    rows = models[0].rows
    plots = [
        _plot("precision_recall", "Precision and recall", series, _precision_recall),
        _plot("roc", "False positives and recall", series, _roc),
        _plot("calibration", "Calibration", series, _calibration),
        _plot("scores", "Scores by label", series, _histogram),
    ]
    if "flagged" in rows:
        plots.append(_plot("costs", "Cost by threshold", series, lambda axes, all_series: _costs(axes, all_series, costs)))
    if "flagged" in rows and "time_ms" in rows and len(ring_table(rows)):
        plots.append(_plot("ring_detection", "Time to the first flag of a ring", series, _ring_detection))
    return plots


def _plot(name: str, title: str, series: Sequence[_Series], draw: Callable[[Axes, Sequence[_Series]], None]) -> Plot:
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.add_subplot()
    draw(axes, series)
    axes.set_title(title)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    image = io.BytesIO()
    FigureCanvasAgg(figure)  # draws without a display
    figure.savefig(image, format="png", metadata={"Software": None})
    return Plot(name, title, image.getvalue())


def _series(scored: ScoredTruth, colour: str) -> _Series:
    curve = Ranking(scored.rows.score.to_numpy(), scored.rows.fraud.to_numpy()).curve(_ones(scored))
    return _Series(_label(scored.model), colour, scored, curve)


def _label(model: str) -> str:
    """Neither markup nor letters that the font lacks."""
    plain = "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in model)
    return "model " + plain.replace("$", r"\$")


def _ones(scored: ScoredTruth) -> Floats:
    return np.ones(len(scored.rows))


def _thinned(count: int) -> NDArray[np.intp]:
    """At most `MOST_POINTS` of so many positions, dense at the highest scores, where few events decide."""
    positions: NDArray[np.intp] = np.unique(np.append(np.geomspace(1, count, min(MOST_POINTS, count)).astype(np.intp) - 1, count - 1))
    return positions


def _precision_recall(axes: Axes, series: Sequence[_Series]) -> None:
    for one in series:
        at = _thinned(len(one.curve.true) - 1)
        recall = one.curve.true[1:] / one.curve.true[-1]
        axes.plot(recall[at], one.curve.precision()[at], color=one.colour, label=f"{one.label}: {one.curve.average_precision():.3f}")
    base = series[0].curve.true[-1] / (series[0].curve.true[-1] + series[0].curve.false[-1])
    axes.axhline(base, color="grey", linestyle=":", label=f"chance: {base:.3f}")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))


def _roc(axes: Axes, series: Sequence[_Series]) -> None:
    least = 0.5 / max(one.curve.false[-1] for one in series)
    for one in series:
        at = _thinned(len(one.curve.true) - 1) + 1
        rate = np.maximum(one.curve.false[at] / one.curve.false[-1], least)  # a logarithmic axis has no zero
        axes.plot(rate, one.curve.true[at] / one.curve.true[-1], color=one.colour, label=f"{one.label}: {one.curve.auc():.4f}")
    for limit in (0.001, 0.01):
        axes.axvline(limit, color="grey", linestyle=":", linewidth=1)
    axes.set(xlabel="false positive rate (dotted: 0.1% and 1%)", ylabel="recall", xscale="log", xlim=(least, 1), ylim=(0, 1.02))


def _calibration(axes: Axes, series: Sequence[_Series]) -> None:
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="perfect")
    for one in series:
        rows = one.scored.rows
        bins = calibration_bins(rows.score.to_numpy(), rows.fraud.to_numpy(), _ones(one.scored))
        axes.plot(bins.score, bins.fraud, color=one.colour, marker="o", label=one.label)
    axes.set(xlabel="mean score of a bin", ylabel="share of fraud in it", xlim=(0, 1), ylim=(0, 1.02))


def _histogram(axes: Axes, series: Sequence[_Series]) -> None:
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    for one in series:
        rows = one.scored.rows
        for fraud, style in ((True, "-"), (False, "--")):
            counts = np.histogram(rows.score[rows.fraud == fraud], edges)[0]
            label = f"{one.label}, {'fraud' if fraud else 'legitimate'}"
            axes.stairs(counts, edges, color=one.colour, linestyle=style, label=label)
    axes.set(xlabel="score", ylabel="events", yscale="symlog", xlim=(0, 1))


def _costs(axes: Axes, series: Sequence[_Series], costs: Costs) -> None:
    highest = 0.0
    for one in series:
        rows = one.scored.rows
        fraud, amount = rows.fraud.to_numpy(), rows.amount.to_numpy()
        curve = cost_curve(rows.score.to_numpy(), fraud, _ones(one.scored), amount, costs)
        axes.plot(curve.threshold, curve.reviewing, color=one.colour, label=f"{one.label}, review from there on")
        axes.plot(curve.threshold, curve.blocking, color=one.colour, linestyle="--", label=f"{one.label}, block from there on")
        decided = decision_costs(fraud, rows.flagged.to_numpy(), rows.blocked.to_numpy(), amount, costs).sum()
        axes.axhline(decided, color=one.colour, linestyle=":", label=f"{one.label}, as decided")
        highest = max(highest, decided, curve.reviewing[-1])
    # low thresholds cost many times as much as approving everything, which is about where the curves end
    axes.set(xlabel="threshold", ylabel="cost", xlim=(0, 1), ylim=(0, 1.3 * highest or 1.0))


def _ring_detection(axes: Axes, series: Sequence[_Series]) -> None:
    for one in series:
        seconds = ring_table(one.scored.rows).seconds
        found = np.sort(seconds.dropna().to_numpy()).clip(1.0) / 3600
        axes.step(found, np.arange(1, len(found) + 1) / len(seconds), where="post", color=one.colour, label=one.label)
    axes.set(xlabel="hours after the ring's first event", ylabel="share of all rings", xscale="log", ylim=(0, 1.02))
