"""`python -m tests.quality NAME...`: measure tables into run/quality/NAME.json and write them into
docs/quality.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.quality import ablation, cost, default_model, handbook, reasons, samples, simulated, waves
from tests.quality.page import write_tables

RESULTS = Path("run/quality")
MODELS = ("gbt", "gnn", "combined")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.quality", description=__doc__)
    parser.add_argument("names", nargs="*", help="tables to measure anew (default: all); the others keep their figures")
    parser.add_argument("--data", type=Path, default=Path(), help="folder with handbook, aws-samples and fraudecom")
    parser.add_argument("--seeds", type=int, default=5, help="seeds per model")
    args = parser.parse_args()
    seeds = range(args.seeds)
    measured: dict[str, Callable[[], Any]] = {
        "handbook": lambda: handbook.measure(args.data, MODELS, seeds, RESULTS / "handbook-scores"),
        "ablation": lambda: ablation.measure(args.data),
        "samples": lambda: samples.measure(args.data, MODELS, seeds),
        "default_model": lambda: default_model.measure(30_000, (21, 22, 23, 24)),
        "simulated": lambda: simulated.measure(100_000, 11, (12, 13, 14)),
        "reasons": lambda: reasons.measure(30_000, 15, 16),
        "cost": lambda: cost.measure(30_000, 15),
        "waves": lambda: waves.measure(((20_000, 24.0),), (40, 80, 160), range(17, 17 + args.seeds)),
        "waves_large": lambda: waves.measure(((440_000, 22.0),), (40, 80, 160), range(17, 17 + args.seeds)),
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    for name in args.names or measured:
        (RESULTS / f"{name}.json").write_text(json.dumps(measured[name](), indent=1) + "\n", encoding="utf-8")
    write_tables(RESULTS, Path("docs/quality.md"))


if __name__ == "__main__":
    main()
