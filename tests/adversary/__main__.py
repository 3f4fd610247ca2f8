"""`python -m tests.adversary NAME...`: what each attack does to the shipped model, into docs/attacks.md."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from domain.simulator import SimulatorSettings, simulate
from domain.simulator.adversary import ATTACKS, Cost, History, history_of
from tests.adversary.besides import besides
from tests.adversary.figures import figures
from tests.adversary.page import write_tables
from tests.adversary.run import Run, Shop

RESULTS, PAGE = Path("run/attacks"), Path("docs/attacks.md")
SEEDS = (21, 22, 23)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.adversary", description=__doc__)
    told = f"attacks to measure anew, of {', '.join(ATTACKS)} (default: all); the others keep their figures"
    parser.add_argument("names", nargs="*", type=_known, metavar="NAME", help=told)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="shops, one a seed (default 21 22 23)")
    parser.add_argument("--events", type=int, default=30_000, help="events of each shop (default %(default)s)")
    parser.add_argument("--labels-apart", action="store_true", help="labels from the shop's own source alone, as job.labels says")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures are kept (default %(default)s)")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write the tables into (default %(default)s)")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    shop = Shop(args.labels_apart)
    for seed in args.seeds:
        _measure(shop, history_of(simulate(SimulatorSettings(args.events, seed))), seed, args.names or ATTACKS, args.out / f"{seed}.json")
    write_tables([args.out / f"{seed}.json" for seed in args.seeds], args.page)


def _known(name: str) -> str:
    if name not in ATTACKS:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(ATTACKS)}")
    return name


def _measure(shop: Shop, history: History, seed: int, names: Any, out: Path) -> None:
    """Write the figures of one seed, after each attack: those of attacks that are not named stay."""
    found = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    clean = shop.run(history)
    found["clean"] = figures(history, clean)
    for name in names:
        for form, of_form in ATTACKS[name].forms.items():
            begun, attacked = time.monotonic(), of_form.on(history, seed)
            run = shop.run(attacked)
            found[f"{name} {form}"] = _figures(name, history, attacked, run, clean)
            out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            print(f"{seed} {name} {form}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)


def _figures(name: str, history: History, attacked: History, run: Run, clean: Run) -> dict[str, Any]:
    cost = asdict(Cost.of(history, attacked))
    return {**figures(attacked, run), "cost": cost, "besides": besides(name, attacked, run, clean)}


if __name__ == "__main__":
    main()
