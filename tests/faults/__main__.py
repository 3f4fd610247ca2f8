"""`python -m tests.faults NAME...`: put the running job to the test; figures go to run/faults/NAME.json."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults import dead_endpoint

RESULTS = Path("run/faults")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", help="what to try (default: all)")
    parser.add_argument("--seconds", type=float, default=300.0, help="of steady load per run, after a minute to warm up")
    parser.add_argument("--rate", type=float, default=500.0, help="lines per second")
    args = parser.parse_args()
    tried: dict[str, Callable[[], Any]] = {"dead-endpoint": lambda: dead_endpoint.measure(args.seconds, args.rate)}
    RESULTS.mkdir(parents=True, exist_ok=True)
    for name in args.names or tried:
        (RESULTS / f"{name}.json").write_text(json.dumps(tried[name](), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
