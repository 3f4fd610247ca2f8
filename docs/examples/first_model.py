"""A first model: simulate a shop, look at features, train, score, explain, evaluate. Run it, or read it cell
by cell.

python docs/examples/first_model.py [FOLDER] [EVENTS]
"""

# %% A shop under attack: events with late labels, and the truth that no shop has
from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pandas as pd

import gnn

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "run/first_model")
count = int(sys.argv[2]) if len(sys.argv) > 2 else 15_000
warnings.filterwarnings("ignore", "no model reads the attributes")  # here they would tell little
pd.set_option("display.width", 110, "display.max_columns", 8, "display.max_colwidth", 70)

events, truth = gnn.simulate(folder, events=count, seed=9)
history = gnn.read_events(events)
print(history[["event_type", "amount", "is_fraud"]].groupby("event_type").count())

# %% What a model sees: one row per event, from what was known before it
table = gnn.features(events)
names = gnn.feature_names().name
print(f"{len(table):,} events, {len(names)} features, {table.is_fraud.sum():,} labelled fraud")

# %% Which features tell fraud from the rest? Rank correlation with the label, the highest first
varied = table[names].loc[:, table[names].nunique() > 1]
with_label = varied.rank().corrwith(table.is_fraud.fillna(False).astype(float))
print(with_label.sort_values(key=abs, ascending=False).head(5).round(2))

# %% Train on the first half, validate on the next fifth, keep the rest for the test
model = gnn.train(events, folder / "model", model="gbt", split=(0.5, 0.2, 0.3), label_delay_days=3, labels="final", trees=80)
print(model)
print("thresholds:", {name: round(value, 3) for name, value in model.thresholds.items()}, "test from", model.test_from)

# %% Decide everything as the job would, and look at what is blocked
decisions = gnn.score(model, events)
test = decisions[decisions.event_time >= model.test_from]
print(test.decision.value_counts())

# %% Why? The reasons of the highest scores of the test part
highest = test.nlargest(3, "score")
print(gnn.explain(model, events, highest.event_id, most=3).drop(columns="event_id").to_string())

# %% How good is it on events that it has never seen, against the truth?
found = gnn.evaluate(decisions, truth, since=model.test_from)
print(f"{found.events:,} events of the test part, {found.frauds} fraud")
print(f"average precision {found.ranking.average_precision:.3f}" if found.ranking else "one class only")
for name, flag in (("flagged", found.flagged), ("blocked", found.blocked)):
    print(f"{name}: {flag.flagged} events, precision {flag.precision or 0:.0%}, recall {flag.recall or 0:.0%}")
