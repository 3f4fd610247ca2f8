"""Tables of docs/attacks.md, means over the seeds, written between their markers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from domain.simulator.adversary import ATTACKS

CAUGHT_HEAD = (
    "attack", "form", "flagged", "of clean", "blocked", "of clean", "customers flagged", "blocked", "first revision, min", "never",
)  # fmt: skip
NAMED_HEAD = ("attack", "what its author does (weak, strong)", "who that is, and at what price")
COST_HEAD = ("attack", "form", "events", "accounts", "labels", "EUR paid", "besides")
CLEAN = "clean"
Figures = Mapping[str, Any]


def write_tables(results: Sequence[Path], page: Path) -> None:
    """Put the tables between their markers."""
    seeds = [json.loads(path.read_text(encoding="utf-8")) for path in results]
    text = page.read_text(encoding="utf-8")
    for name, table in (("attacks", named()), ("caught", caught(seeds)), ("cost", cost(seeds))):
        text, places = re.subn(rf"(<!-- {name} -->\n).*?(<!-- end -->)", lambda at, t=table: at[1] + t + at[2], text, flags=re.S)
        if places != 1:
            raise SystemExit(f"{page} has {places} places for the table {name}; give it one")
    page.write_text(text, encoding="utf-8")


def named() -> str:
    """Return the table of what the attacks are."""
    return _table(NAMED_HEAD, [[f"`{one.name}`", one.what, " ".join(one.author.split())] for one in ATTACKS.values()])


def caught(seeds: Sequence[Figures]) -> str:
    """Return the table of what is caught and who is harmed."""
    rows = [[*_named(key), *_caught(seeds, key)] for key in (CLEAN, *_keys(seeds))]
    return _table(CAUGHT_HEAD, rows)


def _caught(seeds: Sequence[Figures], key: str) -> list[str]:
    def of(name: str) -> float:
        return mean(seed[key][name] for seed in seeds)

    def of_clean(name: str) -> str:
        return f"{mean(seed[key][name] / seed[CLEAN][name] for seed in seeds):.2f}"

    waits = [seed[key]["first_revision_min"] for seed in seeds if seed[key]["first_revision_min"] >= 0]
    return [
        *(f"{of('flagged'):.1%}", of_clean("flagged"), f"{of('blocked'):.1%}", of_clean("blocked")),
        *(f"{of('customers_flagged'):.0f}", f"{of('customers_blocked'):.0f}"),
        *(f"{mean(waits):,.0f}" if waits else "-", f"{of('never'):.0%}"),
    ]


def cost(seeds: Sequence[Figures]) -> str:
    """Return the table of what attacks cost their authors, and of what else they do."""
    rows = []
    for key in _keys(seeds):
        spent = [f"{mean(seed[key]['cost'][name] for seed in seeds):,.0f}" for name in ("events", "accounts", "labels", "money")]
        own = {name: _known_mean([seed[key]["besides"].get(name, 0) for seed in seeds]) for name in seeds[0][key]["besides"]}
        rows.append([*_named(key), *spent, ", ".join(f"{name} {_number(value)}" for name, value in own.items())])
    return _table(COST_HEAD, rows)


def _known_mean(values: Sequence[float]) -> float:
    """Return the mean of those that are not -1; -1 if all are."""
    return mean([value for value in values if value != -1] or [-1])


def _number(value: float) -> str:
    return "never" if value == -1 else f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.1f}"


def _keys(seeds: Sequence[Figures]) -> Iterator[str]:
    return (key for key in (f"{name} {form}" for name in ATTACKS for form in ATTACKS[name].forms) if all(key in seed for seed in seeds))


def _named(key: str) -> tuple[str, str]:
    name, _, form = key.partition(" ")
    return (f"`{name}`" if form else name), form


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
