"""How events are scored for those who wait for the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.decisions.decision import APPROVE, BLOCK, DECISIONS
from domain.errors import SettingError
from domain.graph import EVENT_TYPES

LEAST_DEADLINE_MS, MOST_DEADLINE_MS = 10, 60_000
STEPS = 3
"""At which a request waits for the event loop: it is read, its time is over, its answer is written."""


@dataclass(frozen=True)
class ScoreSettings:
    """How `POST /v1/score` gets an event to the job and its decision back."""

    events: str = "redis:events"
    """Where events go, one of `job.sources`: `redis:NAME`, `redis:NAME?partitions=4` or
    `kafka://BROKER/TOPIC`.
    """
    decisions: str = "redis:decisions"
    """Where the job writes its decisions, as `job.decisions`: `redis:NAME`, or `kafka://BROKER/TOPIC` with
    `kafka.guarantee: at_least_once`.
    """
    deadline_ms: int = 1000
    """How long a request waits for the decision, if it does not say so itself; then the fallback is given."""
    reserve_ms: int = 100
    """How long before its deadline a request gets the fallback, so that the answer is there in time. While
    this process is late itself, as beside a job that starts again, it is longer by three times that; at most
    half of the deadline. Half it is at once where 20 wait and the job has decided nothing for 250 ms.
    """
    most_deadline_ms: int = 10_000
    """The longest deadline that a request may ask for."""
    fallback: str = APPROVE
    """What is answered where no decision has come in time: `approve`, `investigate` or `block`."""
    fallback_by_type: Mapping[str, str] = field(default_factory=dict)
    """The fallback of single event types, as `{refund_request: investigate}`."""
    most_waiting: int = 2000
    """Requests that wait in one instance at once; beyond that, 429."""
    remembered: int = 20_000
    """Newest decisions that an instance keeps in memory (some 1.5 KB each) for a request that comes again."""
    claim_s: int = 600
    """How long Redis remembers that an event was accepted, so that a repeat, at any instance, is not written
    again; some 200 bytes each. Older repeats are found in the case store.
    """

    def __post_init__(self) -> None:
        for name in ("deadline_ms", "most_deadline_ms"):
            if not LEAST_DEADLINE_MS <= getattr(self, name) <= MOST_DEADLINE_MS:
                raise SettingError(f"service.score.{name} must lie between {LEAST_DEADLINE_MS} and {MOST_DEADLINE_MS:,}")
        if not 0 <= self.reserve_ms <= MOST_DEADLINE_MS:
            raise SettingError(f"service.score.reserve_ms must lie between 0 and {MOST_DEADLINE_MS:,}")
        if self.deadline_ms > self.most_deadline_ms:
            raise SettingError("service.score.deadline_ms must not be more than service.score.most_deadline_ms")
        for name in ("most_waiting", "remembered", "claim_s"):
            if getattr(self, name) < 1:
                raise SettingError(f"service.score.{name} must be at least 1")
        _check_outcome(self.fallback, "service.score.fallback")
        for kind, outcome in self.fallback_by_type.items():
            if kind not in EVENT_TYPES:
                raise SettingError(f"service.score.fallback_by_type: {kind!r} is no event type; use some of {', '.join(EVENT_TYPES)}")
            _check_outcome(outcome, f"service.score.fallback_by_type.{kind}")

    def patience_s(self, deadline_s: float, late_s: float) -> float:
        """Return how long a decision is waited for, by a process that is late by so much at each step."""
        return deadline_s - min(self.reserve_ms / 1000 + STEPS * late_s, deadline_s / 2)

    @property
    def early_s(self) -> float:
        """Return how much earlier the fallback is given while the job says nothing: at half of its time."""
        return self.patience_s(self.deadline_ms / 1000, 0.0) - self.deadline_ms / 2000

    def fallback_of(self, event_type: str) -> str:
        """Return what is answered for an event of a type that nobody has decided in time."""
        return self.fallback_by_type.get(event_type, self.fallback)


def _check_outcome(outcome: str, name: str) -> None:
    if outcome not in DECISIONS:
        raise SettingError(f"{name} is {outcome!r}: write {', '.join(DECISIONS[:-1])} or {BLOCK}")
