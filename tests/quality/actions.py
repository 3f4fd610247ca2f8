"""What automatic blocks do to a simulated shop: `python -m tests.quality.actions`.

The default model decides 100,000 events of each seed, which it has not seen. The decisions on orders go
through the worker's own taker into a store, with the time of the events as its clock. Blocks are held
against the simulator's truth.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import func, select

from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.incidents.money import to_units, yardstick
from domain.times import HOUR_MS, MINUTE_MS
from flink_job.commands.serve_actions import read_cards
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.history.simulated_files import write_simulation
from gnn.scoring.decider import Decider
from gnn.scoring.offline_score import score_files
from ops.actions.settings import ActionBudget, ActionSettings
from ops.actions.taking import ActionTaker
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.cases.tables import ActionMinute, ActionRow
from tests.quality.splits import KEY
from tests.support.memory_folders import memory_folder

OUT = Path("run/quality/actions.json")
BUDGETS = {
    "default": ActionBudget(),
    "no budget": ActionBudget(10**9, 10**9, order_share=1.0, legitimate_share=1.0),
    "0.05% of legitimate orders": ActionBudget(legitimate_share=0.0005),
    "1 block an hour": ActionBudget(blocks_per_hour=1),
}


@dataclass(frozen=True)
class Shop:
    """Decisions on the orders of a simulated shop, in order of time, and which are fraud."""

    orders: list[dict[str, Any]]
    frauds: frozenset[str]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.quality.actions", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[12, 13, 14])
    args = parser.parse_args()
    found: dict[str, Any] = {}
    for seed in args.seeds:
        folder = memory_folder()
        try:
            shop = decided(args.events, seed, folder)
            for name, budget in BUDGETS.items():
                figures = acted(shop, ActionSettings(auto_block=True, budget=budget), folder / f"{len(found)}.db")
                found[f"{seed}, {name}"] = figures
                print(seed, name, json.dumps(figures), flush=True)
        finally:
            shutil.rmtree(folder)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def decided(events: int, seed: int, folder: Path) -> Shop:
    """Return a shop of a seed, decided by the default model from an empty state on."""
    graph, pseudonyms = GraphSettings(), Pseudonyms(KEY)
    write_simulation(events, seed, folder)
    decider = Decider(graph, load_scorer(PRETRAINED, graph), PolicySettings(), pseudonyms)
    score_files(Replay(graph, EventParser(graph, pseudonyms)), decider, [folder / "events.jsonl"], folder / "decisions.jsonl")
    with (folder / "decisions.jsonl").open(encoding="utf-8") as lines:
        orders = [{**one, "decided_at": one["event_time"]} for one in map(json.loads, lines) if one["event_type"] == "order"]
    truth = pd.read_parquet(folder / "truth.parquet", columns=["event_id", "is_fraud"])
    return Shop(orders, frozenset(truth.event_id[truth.is_fraud]))


def acted(shop: Shop, settings: ActionSettings, database: Path) -> dict[str, Any]:
    """Return the figures of the actions that follow from the decisions, minute by minute."""
    store, clock = Store(StoreSettings(url=f"sqlite:{database}")).open(), [0]
    cards = read_cards([str(PRETRAINED)])
    taker = ActionTaker(settings, lambda model: cards.get(model, ()), lambda: True, lambda: clock[0])
    for minute in _minutes(shop.orders):
        clock[0] = minute[-1]["event_time"]
        with store.begin() as session:
            taker.take(session, minute)
    with store.read() as session:
        actions = [(row.action, row.event_id, row.taken_at) for row in session.scalars(select(ActionRow))]
        spent = session.scalar(select(func.sum(ActionMinute.spent))) or 0
    store.close()
    blocked = {event_id for action, event_id, _ in actions if action == "block"}
    held = {event_id for action, event_id, _ in actions if action == "hold"}
    hour = max(_in_an_hour(sorted(at for action, _, at in actions if action == "block")), default=0)
    return {**_figures(shop, blocked, held), "spent": int(spent), "most_blocks_in_an_hour": hour}


def _minutes(orders: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    return (list(its) for _, its in groupby(orders, key=lambda one: one["event_time"] // MINUTE_MS))


def _in_an_hour(times: Iterable[int]) -> Iterator[int]:
    """Yield for each time how many there are in the hour that ends with it."""
    recent: deque[int] = deque()
    for at in times:
        recent.append(at)
        while recent[0] <= at - HOUR_MS:
            recent.popleft()
        yield len(recent)


def _figures(shop: Shop, blocked: set[str], held: set[str]) -> dict[str, Any]:
    frauds = [one for one in shop.orders if one["event_id"] in shop.frauds]
    legitimate = len(shop.orders) - len(frauds)
    right = [one for one in frauds if one["event_id"] in blocked]
    wrong = len(blocked) - len(right)
    return {
        "orders": len(shop.orders),
        "frauds": len(frauds),
        "blocks": len(blocked),
        "precision": round(len(right) / max(1, len(blocked)), 4),
        "legitimate_blocked_share": round(wrong / max(1, legitimate), 6),
        "frauds_blocked_share": round(len(right) / max(1, len(frauds)), 4),
        "money_stopped_share": round(_money(right) / max(1.0, _money(frauds)), 4),
        "money_stopped": round(_money(right)),
        "held": len(held),
        "held_precision": round(len(held & shop.frauds) / max(1, len(held)), 4),
    }


def _money(orders: Iterable[Mapping[str, Any]]) -> float:
    return sum(yardstick(to_units(one["amount"] or 0.0), one["currency"] or "") for one in orders)


if __name__ == "__main__":
    main()
