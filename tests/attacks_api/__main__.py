"""Call every operation of the API many times as each role, on both databases; end with 1 if a check fails."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from schemathesis.core.failures import FailureGroup

from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from tests.support.api_attack import attack, fill
from tests.support.api_desk import OF_ROLE, Desk
from tests.support.postgres_server import PostgresServer, program


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks_api", description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="calls of each operation as each role (default %(default)s)")
    parser.add_argument("--number", type=int, default=time.time_ns() % 10**6, help="what is sent; the same number sends the same")
    args = parser.parse_args()
    structlog.configure(processors=[_drop])
    failed = 0
    with TemporaryDirectory() as folder:
        failed += _attack_all(f"sqlite:{Path(folder) / 'store.db'}", args.examples, args.number)
    if program("postgres") is None:
        print("PostgreSQL is not installed: only SQLite was attacked")
        return int(failed > 0)
    with PostgresServer() as server:
        server.run("CREATE DATABASE attacked")
        failed += _attack_all(server.url("attacked"), args.examples, args.number)
    return int(failed > 0)


def _attack_all(url: str, examples: int, number: int) -> int:
    """Attack a new store as each role and as nobody; return how many roles found something."""
    store, failed = Store(StoreSettings(url=url)).open(), 0
    desk = Desk(store)
    known = fill(desk)
    for role in (*OF_ROLE, None):
        begun = time.monotonic()
        try:
            calls = attack(desk, role, examples, known, number)
        except (Exception, FailureGroup) as found:
            failed += 1
            print(f"{url.partition(':')[0]}, {role or 'nobody'}, --number {number}: {found}", flush=True)
        else:
            print(f"{url.partition(':')[0]}, {role or 'nobody'}: {calls:,} calls hold, {time.monotonic() - begun:.0f} s", flush=True)
    store.close()
    return failed


def _drop(*_: object) -> None:
    raise structlog.DropEvent


if __name__ == "__main__":
    sys.exit(main())
