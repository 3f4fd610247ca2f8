"""`ringwatch train`"""

from __future__ import annotations

import argparse
from pathlib import Path

EXAMPLE = "ringwatch train --events history.jsonl --out models/2026-06 --from 2026-01-01 --to 2026-06-01 --label-delay 7d"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=Path, nargs="+", required=True, metavar="E.jsonl", help="history with labels, in time order")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the model artifact")
    parser.add_argument("--from", dest="begin", metavar="DATE", help="learn from events of this day on (earlier ones fill the state)")
    parser.add_argument("--to", dest="end", metavar="DATE", help="learn from events before this day, and labels known by then")
    parser.add_argument("--label-delay", metavar="7d", help="an event this old without a fraud label counts as legitimate")
    parser.add_argument("--model", choices=["gnn", "gbt", "isolation_forest", "autoencoder"], help="kind of model (default: configured)")
    parser.add_argument("--seed", type=int)
