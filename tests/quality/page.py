"""Tables of docs/quality.md, made of the measured figures and written between their markers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

MODELS = {"gbt": "boosted trees", "gnn": "GNN", "combined": "combined"}

SEGMENTS = {"settled_segments": "flagged most, from the third week on", "segments": "flagged most, from the start"}

SIMULATED_HEAD = (
    "model", "shop", "AP", "calibration error", "rings", "flagged by their third member", "before a fourth acted", *SEGMENTS.values(),
)  # fmt: skip


def write_tables(results: Path, page: Path) -> None:
    """Put every table that has been measured between its markers `<!-- name -->` and `<!-- end -->`."""
    text = page.read_text(encoding="utf-8")
    for name, table in TABLES.items():
        measured = results / f"{name}.json"
        if measured.exists():
            lines = table(json.loads(measured.read_text(encoding="utf-8")))
            text, places = re.subn(
                rf"(<!-- {name} -->\n).*?(<!-- end -->)", lambda found, lines=lines: found[1] + lines + found[2], text, flags=re.S
            )
            if places != 1:
                raise SystemExit(f"{page} has {places} places for the table {name}; give it one")
    page.write_text(text, encoding="utf-8")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _handbook(found: Mapping[str, Any]) -> str:
    rows = []
    for model, seeds in found.items():
        means = {key: [np.mean([fold[key] for fold in folds.values()]) for folds in seeds.values()] for key in ("auc", "ap", "cp100")}
        folds = [np.mean([seed[day]["ap"] for seed in seeds.values()]) for day in next(iter(seeds.values()))]
        cells = [f"{np.mean(means[key]):.4f} ± {np.std(means[key]):.4f}" for key in means]
        rows.append([MODELS[model], *cells, " ".join(f"{value:.3f}" for value in folds), str(len(seeds))])
    return _table(("model", "AUC", "AP", "CP@100", "AP by fold", "seeds"), rows)


def _ablation(found: Mapping[str, Any]) -> str:
    whole = found["nothing hidden"]
    rows = []
    for name, folds in found.items():
        means = [np.mean([fold[key] for fold in folds.values()]) for key in ("auc", "ap", "cp100")]
        lost = [whole[day]["ap"] - folds[day]["ap"] for day in folds]
        rows.append([name, *(f"{mean:.4f}" for mean in means), f"{np.mean(lost):+.4f} ({min(lost):+.3f} to {max(lost):+.3f})"])
    return _table(("hidden from the trees", "AUC", "AP", "CP@100", "AP lost (least and most of four folds)"), rows)


def _samples(found: Mapping[str, Any]) -> str:
    rows = [
        [
            name,
            MODELS[model],
            f"{figures['auc']:.4f}",
            f"{figures['recall at 1%']:.4f}",
            f"{figures['frauds']:,.0f} of {figures['events']:,.0f}",
        ]
        for name, models in found.items()
        for model, figures in models.items()
    ]
    return _table(("set", "model", "AUC", "recall at 1% false positives", "frauds tested"), rows)


def _simulated(found: Mapping[str, Any]) -> str:
    rows = []
    for model, seeds in found.items():
        for number, doc in enumerate(seeds.values(), 1):
            most = [max(doc[name], key=lambda s: s["flagged_to_others"] or 0.0) for name in SEGMENTS]
            rows.append([
                MODELS.get(model, model),
                str(number),
                f"{doc['ranking']['average_precision']:.3f}",
                f"{doc['ranking']['calibration_error']:.4f}",
                str(doc["rings"]),
                str(doc["rings_flagged_by_third_member"]),
                str(doc["ring_detection"][0]["before_fourth_member"]),
                *(f"{its['name']} {its['flagged_to_others'] or 0:.1f}" for its in most),
            ])  # fmt: skip
    return _table(SIMULATED_HEAD, rows)


def _default_model(found: Mapping[str, Any]) -> str:
    kinds = sorted({scenario["kind"] for doc in found.values() for scenario in doc["scenarios"]} - {"none"})
    figures = [_of_a_shop(doc, kinds) for doc in found.values()]
    rows = [*zip(found, figures, strict=True), ("mean", [float(np.mean(column)) for column in zip(*figures, strict=True)])]
    head = ("shop", "AP", "frauds flagged", "blocked", "legitimate flagged", "kiosks, first two weeks", *(f"AP, {kind}" for kind in kinds))
    shown = (".3f", ".1%", ".1%", ".2%", ".1f", *(".3f" for _ in kinds))
    cells = [[name, *(f"{value:{form}}" for value, form in zip(of, shown, strict=True))] for name, of in rows]
    return _table(head, cells)


def _of_a_shop(doc: Mapping[str, Any], kinds: Sequence[str]) -> list[float]:
    """Return what a row of the default model's table shows."""
    kiosks = next(segment["flagged_to_others"] or 0.0 for segment in doc["early_segments"] if segment["name"] == "kiosk")
    of_kinds = {scenario["kind"]: scenario["average_precision"] for scenario in doc["scenarios"]}
    detected = (doc["flagged"]["recall"], doc["blocked"]["recall"], doc["flagged_legitimate"], kiosks)
    return [doc["ranking"]["average_precision"], *detected, *(of_kinds[kind] for kind in kinds)]


def _reasons(found: Mapping[str, Any]) -> str:
    rows = [
        [
            MODELS[model],
            f"{figures['events']:,}",
            f"{figures['named_drop']:.2f}",
            f"{figures['random_drop']:.2f}",
            f"{figures['named_above_random']:.1%}",
            f"{figures['decision_lost']:.1%}",
            f"{figures['decision_lost_at_random']:.1%}",
            f"{figures['ms_in_batch']:.1f}, {figures['ms_alone']:.1f}",
        ]
        for model, figures in found.items()
    ]
    head = (
        "model",
        "flagged events",
        "logit lost without what the reasons name",
        "without as much at random",
        "first above second",
        "no longer flagged",
        "at random",
        "ms per event in a batch, alone",
    )
    return _table(head, rows)


def _cost(found: Mapping[str, Any]) -> str:
    sizes = list(found["features"])
    rows = [["features", *(f"{found['features'][size]:.0f}" for size in sizes), ""]]
    rows += [
        [MODELS[model], *(f"{found[model][size]:.0f}" for size in sizes), f"{found[model]['replay']:,.0f}"]
        for model in found
        if model in MODELS
    ]
    return _table(("µs per event", *(f"batch of {size}" for size in sizes), "replay, events/s"), rows)


def _waves(found: Mapping[str, Any]) -> str:
    rows = []
    for shop, figures in found.items():
        for kind, sizes in figures["hours"].items():
            cells = [_found_in(hours) for hours in sizes.values()]
            false = f"{figures['false']} in {figures['weeks']:.0f} weeks"
            rows.append([shop, kind.replace("_", " "), *cells, false])
    sizes = [f"{size} events in three hours" for size in next(iter(next(iter(found.values()))["hours"].values()))]
    return _table(("events a day", "wave", *sizes, "found where there is none"), rows)


def _found_in(hours: Sequence[float | None]) -> str:
    """Return how many are found within the hour, and the median minutes to it."""
    known = [hour for hour in hours if hour is not None]
    within = sum(hour <= 1 for hour in known)
    return f"{within} of {len(hours)} within the hour, {len(known)} in all; {60 * float(np.median(known)):.0f} min" if known else "none"


TABLES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "handbook": _handbook,
    "ablation": _ablation,
    "samples": _samples,
    "default_model": _default_model,
    "simulated": _simulated,
    "reasons": _reasons,
    "cost": _cost,
    "waves": _waves,
    "waves_large": _waves,
}
