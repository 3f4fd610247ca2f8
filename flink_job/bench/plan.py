"""What one run of the bench measures, and with how much."""

from __future__ import annotations

from dataclasses import dataclass

JOB, LATENCY, SKEW, REDIS, SERVICE = "job", "latency", "skew", "redis", "service"
REPLAY, SQL, NAIVE, GROWTH, CONTROL = "replay", "sql", "naive", "growth", "control"
PARTS = (JOB, LATENCY, SKEW, REDIS, SERVICE, REPLAY, SQL, NAIVE, GROWTH, CONTROL)


@dataclass(frozen=True)
class Plan:
    """The sizes of the parts."""

    parts: tuple[str, ...] = PARTS
    events: int = 400_000
    """Simulated events of `job`, `replay`, `sql` and `control`; labels come on top."""
    seed: int = 7
    parallelisms: tuple[int, ...] = (1, 2)
    with_kafka: bool = True
    """Where its jars are."""
    naive_events: int = 40_000
    shares: tuple[float, ...] = (0.1, 0.3, 0.5, 0.7, 0.9)
    """Of the throughput, offered in `latency`."""
    level_s: float = 60.0
    level_warm_up_s: float = 30.0
    throughput: float | None = None
    """Lines per second that `latency` and `skew` take shares of; None: what `job` has measured in this run at
    the same parallelism.
    """
    skew_share: float = 0.5
    """Of the throughput, offered in `skew`, at the last parallelism."""
    redis_events: int = 60_000
    """Offered at once in `redis`; labels come on top."""
    redis_rates: tuple[float, ...] = (100.0, 300.0, 500.0)
    """Lines per second, offered in `redis` one after the other."""
    redis_steady_s: float = 600.0
    """At the highest of them, with early approval."""
    service_rates: tuple[float, ...] = (50.0, 150.0, 300.0)
    """Requests per second of `service`, offered one after the other."""
    service_level_s: float = 300.0
    service_warm_up_s: float = 60.0
    """At the middle rate, before the first level."""
    service_killed_s: float = 120.0
    """Of the level in which the TaskManager is killed."""
    entities: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    degrees: tuple[int, ...] = (2, 16, 1_000)
    growth_events: int = 10_000
    """Measured at each size."""
    train_events: int = 100_000
    long_replay_events: int = 0
    """Events of the one very long replay; 0: none."""


QUICK = Plan(
    events=40_000,
    parallelisms=(1,),
    naive_events=3_000,
    shares=(0.3, 0.7),
    level_s=15.0,
    level_warm_up_s=5.0,
    redis_events=5_000,
    redis_rates=(100.0, 300.0),
    redis_steady_s=20.0,
    service_level_s=20.0,
    service_warm_up_s=20.0,
    service_killed_s=60.0,
    entities=(10_000, 50_000),
    growth_events=2_000,
    train_events=10_000,
)
"""A few minutes, to see that everything works: its figures are those of cold machines."""
FULL_REPLAY_EVENTS = 10_000_000
