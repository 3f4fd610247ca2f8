"""Plots of one model's scores, or of two models on the same events: SVG for the page, PNG for files."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter
from numpy.typing import NDArray

from gnn.card.detection_metrics import Curve, Floats, Ranking
from gnn.evaluation import ScoredTruth
from gnn.evaluation.calibration_table import calibrated_bins
from gnn.evaluation.costs import cost_curve, decision_costs
from gnn.evaluation.rings import ring_table
from gnn.history.train_settings import Costs
from gnn.report.svg import LINE, ONE, QUIET, TWO, inline_svg

COLOURS = (ONE, TWO)
MARKERS = ("o", "s")
DASH = (0, (4, 2))
MOST_POINTS = 400
HISTOGRAM_BINS = 40
LABEL_LETTERS = 28
PLOT_WIDTH, PLOT_HEIGHT, LEGEND_ROW = 5.0, 3.6, 0.2  # inches; a row of the legend makes the figure higher
_STYLE: Any = {"font.size": 12.0, "axes.labelsize": 12.0, "legend.fontsize": 11.0, "axes.spines.top": False, "axes.spines.right": False}


@dataclass(frozen=True)
class Plot:
    """A plot of the report, as SVG for the page and as PNG for a file."""

    name: str
    title: str
    caption: str
    """How to read it."""
    svg: str
    png: bytes


@dataclass(frozen=True)
class _Series:
    label: str
    colour: str
    marker: str
    scored: ScoredTruth
    curve: Curve


Draw = Callable[[Axes, Sequence[_Series]], None]


def draw_plots(models: Sequence[ScoredTruth], costs: Costs) -> list[Plot]:
    """Return the plots of one or two models whose events have both classes.

    Costs and rings are drawn only where decisions and rings are known.
    """
    rows, kinds = models[0].rows, list(_OF_SCORES)
    if "flagged" in rows:
        kinds.append(("costs", "Cost by threshold", _COST_CAPTION, lambda axes, series: _costs(axes, series, costs)))
    if "flagged" in rows and "time_ms" in rows and len(ring_table(rows)):
        kinds.append(_RINGS)
    with rc_context(_STYLE):
        series = [_series(scored, place, len(models)) for place, scored in enumerate(models)]
        return [_plot(name, title, caption, series, draw) for name, title, caption, draw in kinds]


def _plot(name: str, title: str, caption: str, series: Sequence[_Series], draw: Draw) -> Plot:
    # 360 points: readable on a phone
    figure = Figure(figsize=(PLOT_WIDTH, PLOT_HEIGHT), layout="constrained")
    axes = figure.add_subplot()
    draw(axes, series)
    axes.grid(color=LINE, alpha=0.45, linewidth=0.7)
    handles, labels = axes.get_legend_handles_labels()
    figure.set_figheight(PLOT_HEIGHT + LEGEND_ROW * len(labels))
    figure.legend(handles, labels, loc="outside upper left", frameon=False, borderaxespad=0.2, labelspacing=0.25)
    svg = inline_svg(figure)
    figure.suptitle(title)
    image = io.BytesIO()
    FigureCanvasAgg(figure)  # draws without a display
    figure.savefig(image, format="png", dpi=130, facecolor="white", metadata={"Software": None})
    return Plot(name, title, caption, svg, image.getvalue())


def _series(scored: ScoredTruth, place: int, models: int) -> _Series:
    curve = Ranking(scored.rows.score.to_numpy(), scored.rows.fraud.to_numpy()).curve(_ones(scored))
    label = f"{('first', 'second')[place]}: {_shown(scored.model)}" if models > 1 else _shown(scored.model)
    return _Series(label, COLOURS[place], MARKERS[place], scored, curve)


def _shown(model: str) -> str:
    """Return a name short enough for a legend, with neither markup nor letters that the font lacks."""
    plain = "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in model)
    plain = plain if len(plain) <= LABEL_LETTERS else plain[: LABEL_LETTERS - 3] + "..."
    return plain.replace("$", r"\$")


def _ones(scored: ScoredTruth) -> Floats:
    return np.ones(len(scored.rows))


def _thinned(count: int) -> NDArray[np.intp]:
    """Return at most `MOST_POINTS` positions, dense at the highest scores, where few events decide."""
    positions: NDArray[np.intp] = np.unique(np.append(np.geomspace(1, count, min(MOST_POINTS, count)).astype(np.intp) - 1, count - 1))
    return positions


def _precision_recall(axes: Axes, series: Sequence[_Series]) -> None:
    for one in series:
        at = _thinned(len(one.curve.true) - 1)
        recall = one.curve.true[1:] / one.curve.true[-1]
        label = f"{one.label}, average precision {one.curve.average_precision():.3f}"
        axes.plot(recall[at], one.curve.precision()[at], color=one.colour, label=label)
        _operating_points(axes, one, lambda caught, false, frauds, good: (caught / frauds, caught / max(caught + false, 1)))
    base = series[0].curve.true[-1] / (series[0].curve.true[-1] + series[0].curve.false[-1])
    axes.axhline(base, color=QUIET, linestyle=DASH, label=f"chance: {base:.3f}")
    axes.set(xlabel="frauds found", ylabel="flags that are right", xlim=(0, 1.02), ylim=(0, 1.03))
    _in_percent(axes)


def _roc(axes: Axes, series: Sequence[_Series]) -> None:
    least = 0.5 / max(one.curve.false[-1] for one in series)
    for one in series:
        at = _thinned(len(one.curve.true) - 1) + 1
        rate = np.maximum(one.curve.false[at] / one.curve.false[-1], least)  # a logarithmic axis has no zero
        axes.plot(rate, one.curve.true[at] / one.curve.true[-1], color=one.colour, label=f"{one.label}, AUC {one.curve.auc():.4f}")
        _operating_points(axes, one, lambda caught, false, frauds, good: (max(false / good, least), caught / frauds))
    axes.set(xlabel="legitimate events flagged", ylabel="frauds found", xscale="log")
    axes.set(xlim=(least, 1), ylim=(0, 1.03))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))


def _operating_points(axes: Axes, one: _Series, place: Callable[[int, int, int, int], tuple[float, float]]) -> None:
    """Mark what the decisions themselves reach: a full point for all flags, an open one for blocks alone."""
    rows = one.scored.rows
    for name, face in (("flagged", one.colour), ("blocked", "none")) if "flagged" in rows else ():
        flag, fraud = rows[name].to_numpy(), rows.fraud.to_numpy()
        if flag.any():
            x, y = place(int((flag & fraud).sum()), int((flag & ~fraud).sum()), int(fraud.sum()), int((~fraud).sum()))
            axes.plot([x], [y], one.marker, color=one.colour, markerfacecolor=face, markersize=8, linestyle="")


def _calibration(axes: Axes, series: Sequence[_Series]) -> None:
    axes.plot([0, 1], [0, 1], color=QUIET, linestyle=DASH, label="a score that means what it says")
    for one in series:
        bins = calibrated_bins(one.scored.rows.score.to_numpy(), one.scored.rows.fraud.to_numpy())
        score, share = np.array([each.score for each in bins]), np.array([each.share for each in bins])
        low, high = (np.array([getattr(each.interval, end) for each in bins]) for end in ("low", "high"))
        bars = np.stack([share - low, high - share]).clip(0)
        axes.errorbar(score, share, yerr=bars, color=one.colour, fmt=one.marker, capsize=3, label=one.label)
    axes.set(xlabel="mean score of a group of events", ylabel="share of fraud in it", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    _in_percent(axes)


def _histogram(axes: Axes, series: Sequence[_Series]) -> None:
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    for one in series:
        rows = one.scored.rows
        for fraud, style in ((True, "-"), (False, DASH)):
            counts = np.histogram(rows.score[rows.fraud == fraud], edges)[0]
            label = f"{one.label}, {'fraud' if fraud else 'legitimate'} ({counts.sum():,})"
            axes.stairs(counts, edges, color=one.colour, linestyle=style, linewidth=1.5, label=label)
    axes.set(xlabel="score", ylabel="events", yscale="symlog", xlim=(0, 1))
    _plain_numbers(axes)


def _costs(axes: Axes, series: Sequence[_Series], costs: Costs) -> None:
    for one in series:
        rows = one.scored.rows
        fraud, amount = rows.fraud.to_numpy(), rows.amount.to_numpy()
        curve = cost_curve(rows.score.to_numpy(), fraud, _ones(one.scored), amount, costs)
        at_least_one = [np.maximum(values, 1.0) for values in (curve.reviewing, curve.blocking)]
        axes.plot(curve.threshold, at_least_one[0], color=one.colour, label=f"{one.label}: review from there on")
        axes.plot(curve.threshold, at_least_one[1], color=one.colour, linestyle=DASH, label=f"{one.label}: block from there on")
        decided = max(float(decision_costs(fraud, rows.flagged.to_numpy(), rows.blocked.to_numpy(), amount, costs).sum()), 1.0)
        axes.axhline(decided, color=one.colour, linestyle=(0, (1, 1.5)), linewidth=2, label=f"{one.label}: as decided ({decided:,.0f})")
    axes.set(xlabel="threshold", ylabel="cost", yscale="log", xlim=(0, 1))
    low, high = axes.get_ylim()
    axes.set_ylim(10 ** np.floor(np.log10(low)), 10 ** np.ceil(np.log10(high)))
    _plain_numbers(axes)


def _ring_detection(axes: Axes, series: Sequence[_Series]) -> None:
    for one in series:
        seconds = ring_table(one.scored.rows).seconds
        found = np.sort(seconds.dropna().to_numpy()).clip(60.0)
        label = f"{one.label} ({len(found):,} of {len(seconds):,} rings)"
        axes.step(found, np.arange(1, len(found) + 1) / len(seconds), where="post", color=one.colour, label=label)
    axes.set(xlabel="after the ring's first event", ylabel="share of all rings", xscale="log", ylim=(0, 1.03))
    low, high = axes.get_xlim()
    ticks = {60: "1 min", 600: "10 min", 3600: "1 h", 21_600: "6 h", 86_400: "1 day", 604_800: "1 week", 2_592_000: "30 days"}
    axes.set_xticks([tick for tick in ticks if low <= tick <= high], [name for tick, name in ticks.items() if low <= tick <= high])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _in_percent(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _plain_numbers(axes: Axes) -> None:
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


_OF_SCORES: tuple[tuple[str, str, str, Draw], ...] = (
    (
        "precision_recall",
        "Precision and recall",
        "Up and to the right is better. Full mark: what the decisions flag, open mark: what they block.",
        _precision_recall,
    ),
    (
        "roc",
        "False alarms and recall",
        "Up and to the left is better; only the left end is affordable. Full mark: what the decisions flag, open mark: what they block.",
        _roc,
    ),
    (
        "calibration",
        "Calibration",
        "Each mark is a group of events with similar scores; the bar is its 95% interval. Long bars say little.",
        _calibration,
    ),
    ("scores", "Scores by label", "The left axis is logarithmic: a well-kept distance at the right end matters most.", _histogram),
)
_COST_CAPTION = "The left axis is logarithmic. Where a curve lies below the dotted line, one threshold alone is cheaper than the decisions."
_RINGS: tuple[str, str, str, Draw] = (
    "ring_detection",
    "Time to the first flag of a ring",
    "How many rings had a flagged event so long after their first one. The end of the line is the share that was found at all.",
    _ring_detection,
)
