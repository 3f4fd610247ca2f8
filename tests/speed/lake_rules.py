"""How long a rule takes on a month of a lake's rows of features.

`python -m tests.speed.lake_rules --rows 1000000 --lake run/speed/features` writes a lake of rows as the
archiver writes them, from the enriched events of a simulated shop that is repeated with other ids and times
over thirty days, and then times `ringwatch rules try --lake` on it, from start to end of the process.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from domain.graph import GraphSettings
from domain.rules.names import RuleNames
from ops.lake.delta import LakeTable
from ops.lake.rows import Record, rows_of
from ops.lake.tables import tables
from ops.lake.upkeep import keep

BATCH, DAYS, DAY_MS = 20_000, 30, 86_400_000
FIRST_MS = 1_772_409_600_000
RULES: dict[str, Any] = {
    "two features": {"all": [{"feature": "device.accounts_1h", "at_least": 2}, {"feature": "account.age", "below": 1}]},
    "all kinds": {
        "any": [
            {"all": [{"feature": "device.accounts_1h", "at_least": 2}, {"field": "event_type", "is": "order"}]},
            {"all": [{"field": "amount", "at_least": 400, "currency": "EUR"}, {"entity": "address", "is": "missing"}]},
            {"time_of_day": {"from": "01:00", "to": "03:00", "zone": "Europe/Berlin"}},
        ]
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enriched", type=Path, required=True, help="of ringwatch score --enriched, with job.enriched_features")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--lake", type=Path, default=Path("run/speed/features"))
    chosen = parser.parse_args()
    shutil.rmtree(chosen.lake, ignore_errors=True)
    work = fill(chosen.lake, [json.loads(line) for line in chosen.enriched.read_text().splitlines()], chosen.rows)
    list(keep(str(chosen.lake), ["features"], 0, 1, FIRST_MS))
    size = sum(DeltaTable(str(chosen.lake / "features")).get_add_actions(flatten=True).column("size_bytes").to_pylist())
    print(f"{chosen.rows:,} rows of features: {size / chosen.rows:.0f} bytes and {1e6 * work / chosen.rows:.0f} us of CPU each", flush=True)
    for name, when in RULES.items():
        print(f"{name}: {tried(chosen.lake, when)}", flush=True)


def fill(lake: Path, documents: list[dict[str, Any]], rows: int) -> float:
    """Write rows; return the seconds of CPU that they took, JSON included."""
    table, work = tables(tuple(RuleNames.of(GraphSettings()).features))["features"], 0.0
    into = LakeTable(str(lake), table)
    into.places([])
    for first in range(0, rows, BATCH):
        records = [record(documents, number, rows) for number in range(first, min(first + BATCH, rows))]
        worked = time.process_time()
        into.append([rows_of(table, records)], {"speed": first}, {})
        work += time.process_time() - worked
    return work


def record(documents: list[dict[str, Any]], number: int, rows: int) -> Record:
    document = documents[number % len(documents)]
    at = FIRST_MS + DAYS * DAY_MS * number // rows
    event = {**document["event"], "event_id": f"e{number}", "event_time": at}
    return Record(json.dumps({**document, "event_id": f"e{number}", "event_time": at, "event": event}), at, number)


def tried(lake: Path, when: dict[str, Any]) -> str:
    rule = lake / "rule.json"
    rule.write_text(json.dumps({"when": when, "decision": "investigate"}))
    words = [sys.executable, "-m", "flink_job.cli", "rules", "try", str(rule), "--lake", str(lake), "--json"]
    began = time.perf_counter()
    figures = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return f"{time.perf_counter() - began:.1f} s, fires for {figures['rules'][0]['fired']:,} of {figures['events']:,} events"


if __name__ == "__main__":
    main()
