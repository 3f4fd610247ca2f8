"""What can be set about scores that are asked for."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import SettingError


@dataclass(frozen=True)
class ScoreSettings:
    """`POST /v1/score`: where events go, where decisions come from, and what is answered in their place."""

    events: str = "redis:events"
    """Where events are sent: `redis:NAME` or `kafka://BROKER/TOPIC`, one of the job's `job.sources`."""
    decisions: str = "redis:decisions"
    """Where the job's decisions are read, its `job.decisions`."""
    deadline_ms: int = 1000
    """An event that is not decided within this time is answered with the fallback."""
    fallback: str = "approve"
    """What is answered then: approve, investigate or block."""

    def __post_init__(self) -> None:
        if self.deadline_ms < 1:
            raise SettingError("service.score.deadline_ms must be at least 1")
        if self.fallback not in ("approve", "investigate", "block"):
            raise SettingError(f"service.score.fallback is {self.fallback!r}: write approve, investigate or block")
