"""`python -m tests.faults NAME...`: break the running job; figures go to run/faults. Ends with 1 if
something was lost, doubled or died.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults import dead_endpoint, steady
from tests.faults.cases import CASES
from tests.faults.redis_loop import LOOP
from tests.faults.runs import Row
from tests.faults.standby import STANDBY
from tests.faults.suite import CLEAN, HISTORIES, cells_of, line_of, run_suite, write

RESULTS = Path("run/faults")
DEAD_ENDPOINT, STEADY = "dead-endpoint", "steady"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    known = (*HISTORIES, *CASES, *CLEAN, *LOOP, *STANDBY, DEAD_ENDPOINT, STEADY)
    names = f"default: all but {DEAD_ENDPOINT}; a name may be given more than once; {', '.join(known)}"
    parser.add_argument("names", nargs="*", choices=(*known, []), metavar="NAME", help=names)
    parser.add_argument("--events", type=int, default=100_000, help="in the history that every case reads")
    parser.add_argument(
        "--seconds", type=float, default=300.0, help=f"of steady load per run of {DEAD_ENDPOINT}, after a minute to warm up"
    )
    parser.add_argument("--rate", type=float, default=500.0, help="lines per second of that load")
    args = parser.parse_args()
    loads: dict[str, Callable[[], Any]] = {
        DEAD_ENDPOINT: lambda: dead_endpoint.measure(args.seconds, args.rate),
        STEADY: lambda: steady.measure(args.seconds, args.rate, RESULTS),
    }
    died: list[str] = []
    for name in loads.keys() & set(args.names):
        RESULTS.mkdir(parents=True, exist_ok=True)
        found = loads[name]()
        (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        died += found.get("died", ())
    if died:
        print(f"died under load: {', '.join(died)}", file=sys.stderr)
    names = [name for name in args.names if name not in loads]
    rows: list[Row] = []
    if names or not args.names:
        for row in run_suite(names, args.events):
            rows.append(row)
            print(line_of(cells_of(row)), end="" if row.passed else "FAILED\n", flush=True)
            write(rows, RESULTS)
    return 0 if not died and all(row.passed for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
