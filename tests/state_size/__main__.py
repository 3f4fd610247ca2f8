"""`python -m tests.state_size --backend rocksdb --entities 1000000 10000000`: fill the job's state with so
many entities, come back to some of them, and print what that took, beside the runs of before. Figures go to
run/state_size.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from flink_job.settings.state_backend import BACKENDS, HEAP
from ops.secrets import make_pseudonym_key
from tests.state_size.orders import KINDS
from tests.state_size.run import measure
from tests.state_size.table import keep, table

RESULTS = Path("run/state_size")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.state_size", description=__doc__)
    parser.add_argument("--backend", choices=BACKENDS, default=HEAP)
    sizes = f"one size after the other, rising; multiples of {KINDS}, as each new order makes so many"
    parser.add_argument("--entities", type=int, nargs="+", default=[350_000, 1_000_000], metavar="N", help=sizes)
    parser.add_argument("--revisits", type=int, default=100_000, help="orders of accounts drawn from all, at each size")
    parser.add_argument("--set", action="append", default=[], metavar="A.B=C", help="such as cluster.managed_memory=1g")
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()), help="some 3 kB of disk per entity")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="DIR")
    args = parser.parse_args()
    if sorted(set(args.entities)) != args.entities or any(one < KINDS or one % KINDS for one in args.entities):
        parser.error(f"--entities must be rising multiples of {KINDS}")
    make_pseudonym_key()
    with tempfile.TemporaryDirectory(prefix="ringwatch-state-", dir=args.scratch, ignore_cleanup_errors=True) as scratch:
        rows: list[dict[str, Any]] = []
        for run in measure(args.backend, args.entities, args.revisits, Path(scratch), args.set):
            rows = keep(run, args.out / "state_size.json")
            print(table(rows), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
