"""Key skew: one entity with 30% of the events, and how long the decisions of all others take beside it.

One job, one level after the other at the same rate: without such an entity, with one of each kind, and
without one again, since Java still compiles at first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flink_job.bench.histories import simulated
from flink_job.bench.latency_part import FIRST_SHARE
from flink_job.bench.paced import latencies, percentiles
from flink_job.bench.paced_job import Offered, paced_job
from flink_job.bench.plan import Plan
from flink_job.bench.rig import Chosen
from gnn.history.replay import event_lines

NOBODY = "none"
CROWDED: Mapping[str, Mapping[str, Any]] = {
    "a device": {"device_fingerprint": "bench-crowded-device"},
    "an IP address": {"ip": "198.51.100.7"},
    "an address": {"address": {"line1": "1 Station Square", "city": "Springfield", "country": "US"}},
    "an account": {"account_id": "bench-crowded-account"},
}
"""What the events of one crowded entity have in common: a terminal, a carrier, a parcel station, a bot."""
SHARE = 0.3


@dataclass(frozen=True)
class SkewLevel:
    """ms from when an event was due to its decision, after the warm-up of the level."""

    crowded: str
    kept_up: bool
    others: Mapping[str, float]
    its_own: Mapping[str, float]
    """Of the crowded entity's events; nothing where there is none."""


@dataclass(frozen=True)
class Skew:
    source: str
    parallelism: int
    rate: float
    warm_up_s: float
    levels: tuple[SkewLevel, ...]


def measure(chosen: Chosen, plan: Plan, throughput: float, parallelism: int, with_kafka: bool) -> Skew:
    """Run the real job at one share of its throughput, level by level."""
    rate, kinds = plan.skew_share * throughput, (NOBODY, *CROWDED, NOBODY)
    count = int(rate * (plan.level_s + plan.level_warm_up_s))
    before = int(FIRST_SHARE * throughput * (plan.level_s + plan.level_warm_up_s))
    lines = event_lines([simulated(before + len(kinds) * count, plan.seed + 3, chosen.scratch)])
    with paced_job(chosen, f"skew-{parallelism}", parallelism, with_kafka) as job:
        first = job.offer(FIRST_SHARE * throughput, list(islice(lines, before)))
        parts = [crowd(list(islice(lines, count)), kind) for kind in kinds]
        offered = [job.offer(rate, part) for part, _ in parts]
        decided = job.decided(sum(len(one.due_ms) for one in (first, *offered)))
    warm_up_s = plan.level_warm_up_s
    levels = (_level(kind, one, own, warm_up_s, decided) for kind, one, (_, own) in zip(kinds, offered, parts, strict=True))
    return Skew("kafka" if with_kafka else "file", parallelism, rate, warm_up_s, tuple(levels))


def crowd(lines: Sequence[bytes], kind: str) -> tuple[list[bytes], set[str]]:
    """Return the lines, of which `SHARE` of the events name one entity of this kind, and the ids of these.

    Labels stay as they are. With `NOBODY` all lines do.
    """
    fields, out, own = CROWDED.get(kind), list(lines), set[str]()
    if fields is None:
        return out, own
    owed = 0.0
    for index, line in enumerate(lines):
        event = json.loads(line)
        if event["event_type"] == "label":
            continue
        owed += SHARE
        if owed >= 1:
            owed -= 1
            own.add(event["event_id"])
            out[index] = json.dumps(event | fields).encode()
    return out, own


def _level(kind: str, one: Offered, own: set[str], warm_up_s: float, decided: Sequence[tuple[str, int]]) -> SkewLevel:
    from_ms = one.from_ms(warm_up_s)
    others = percentiles(latencies(one.due_ms, (seen for seen in decided if seen[0] not in own), from_ms))
    its_own = percentiles(latencies(one.due_ms, (seen for seen in decided if seen[0] in own), from_ms))
    return SkewLevel(kind, one.kept_up, others, its_own)
