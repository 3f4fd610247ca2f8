"""`ringwatch evaluate`"""

from __future__ import annotations

import argparse
from pathlib import Path

EXAMPLE = "ringwatch evaluate --decisions run/decisions --truth simulated/truth.parquet --json quality.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--decisions", type=Path, required=True, metavar="PATH", help="decisions: a .jsonl file or a folder of them")
    parser.add_argument("--truth", type=Path, required=True, metavar="PATH", help="Parquet with event_id and is_fraud, as simulate writes")
    parser.add_argument("--json", type=Path, metavar="OUT.json", help="write the figures here as well")


def run(args: argparse.Namespace) -> int:
    import json

    from rich.console import Console

    from flink_job.evaluation_table import evaluation_table
    from gnn.evaluation import evaluate

    evaluation = evaluate(args.decisions, args.truth)
    if args.json:
        args.json.write_text(json.dumps(evaluation.document(), indent=2) + "\n", encoding="utf-8")
    Console().print(evaluation_table(evaluation))
    return 0
