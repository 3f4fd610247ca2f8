"""Latency over offered load: one job, one level after the other, from when an event was due to its decision
and its alert.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from flink_job.bench.histories import simulated
from flink_job.bench.paced import latencies, percentiles
from flink_job.bench.paced_job import Offered, paced_job
from flink_job.bench.plan import Plan
from flink_job.bench.rig import Chosen
from gnn.history.replay import event_lines

FIRST_SHARE = 0.5
"""Of the throughput, before the first level: the JVM compiles what it runs."""


@dataclass(frozen=True)
class Level:
    """ms, after the warm-up of the level."""

    share: float
    offered_per_s: float
    kept_up: bool
    """The job had read everything when, or soon after, the level ended."""
    handed_over_late_ms: float
    """The latest event, by the sender itself; it is part of the latencies."""
    events: int
    decisions: Mapping[str, float]
    alerts: Mapping[str, float]
    alert_count: int


@dataclass(frozen=True)
class Latency:
    source: str
    parallelism: int
    throughput: float
    granularity_ms: float
    """How finely events were delivered; with files also how often the source looks for new ones, on top."""
    warm_up_s: float
    levels: tuple[Level, ...]


def measure(chosen: Chosen, plan: Plan, throughput: float, parallelism: int, with_kafka: bool) -> Latency:
    """Run the real job at several shares of its throughput."""
    level_s = plan.level_s + plan.level_warm_up_s
    shares = (FIRST_SHARE, *plan.shares)
    needed = sum(int(share * throughput * level_s) + 1 for share in shares)
    lines = event_lines([simulated(needed, plan.seed + 1, chosen.scratch)])
    with paced_job(chosen, f"latency-{parallelism}", parallelism, with_kafka) as job:
        offered = [job.offer(share * throughput, list(islice(lines, int(share * throughput * level_s)))) for share in shares]
        decided, alerts = job.decided(sum(len(one.due_ms) for one in offered)), job.alerts()
    warm_up_s = plan.level_warm_up_s
    levels = tuple(_level(share, one, warm_up_s, decided, alerts) for share, one in zip(shares[1:], offered[1:], strict=True))
    return Latency("kafka" if with_kafka else "file", parallelism, throughput, job.granularity_ms, warm_up_s, levels)


def _level(share: float, one: Offered, warm_up_s: float, decided: Sequence[tuple[str, int]], alerts: Sequence[tuple[str, int]]) -> Level:
    from_ms = one.from_ms(warm_up_s)
    to_decision, to_alert = latencies(one.due_ms, decided, from_ms), latencies(one.due_ms, alerts, from_ms)
    return Level(
        share=share,
        offered_per_s=one.rate,
        kept_up=one.kept_up,
        handed_over_late_ms=one.delivery.latest_ms,
        events=len(to_decision),
        decisions=percentiles(to_decision),
        alerts=percentiles(to_alert),
        alert_count=len(to_alert),
    )
