"""Decisions for the lake's tests, and an archiver of them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from ops.lake.delta import LakeTable
from ops.lake.meter import Meter
from ops.lake.redis_source import RedisSource
from ops.lake.tables import tables
from ops.lake.way import Way

FIRST_MS = 1_772_409_600_000
"""2026-03-02, at midnight in UTC."""


def decision(number: int, **fields: Any) -> dict[str, Any]:
    """A decision as the job writes it; one a second."""
    return {
        "event_id": f"e{number}",
        "event_time": FIRST_MS + 1000 * number,
        "event_type": "order",
        "decision": "approve",
        "score": 0.25,
        "reasons": [],
        "ring": None,
        "entities": {"account": f"{number % 7:016x}", "device": "45d4a0a3cdb12542"},
        "amount": 12.5,
        "currency": "EUR",
        "model": "m",
        "policy": "default",
        "decided_at": FIRST_MS + 1000 * number + 40,
        **fields,
    }


def fill(client: Any, prefix: str, numbers: range, stream: str = "decisions") -> None:
    """Add decisions to a stream."""
    with client.pipeline(transaction=False) as pipe:
        for number in numbers:
            pipe.xadd(f"{prefix}{stream}", {"json": json.dumps(decision(number))})
        pipe.execute()


def way(url: str, prefix: str, lake: Path | str, meter: Meter | None = None, most: int = 100_000) -> Way:
    """The way of decisions from Redis into a lake."""
    table = tables()["decisions"]
    source = RedisSource(url, prefix, ["decisions"], table.name)
    return Way(table, LakeTable(str(lake), table), source, most, meter or Meter())


def archived(lake: Path | str) -> Counter[str]:
    """How often the lake has each decision."""
    return Counter(DeltaTable(f"{lake}/decisions").to_pyarrow_table(columns=["event_id"]).column(0).to_pylist())


def expected(numbers: range) -> Counter[str]:
    """Each decision once."""
    return Counter(f"e{number}" for number in numbers)
