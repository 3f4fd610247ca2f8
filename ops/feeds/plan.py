"""How a stream of Kinesis is read, and what takes its events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

EARLIEST = "earliest"


class Target(Protocol):
    """A stream of the job, as `ringwatch publish` fills it."""

    @property
    def unread(self) -> int:
        """Return the lines there that no job is known to have read."""
        ...

    def send(self, lines: Sequence[bytes]) -> None:
        """Send lines; they are there when this returns."""
        ...

    def look(self) -> None:
        """Ask anew what `unread` is."""
        ...


@dataclass(frozen=True)
class Plan:
    """How a stream is read."""

    start: str
    """`earliest`, ms since 1970, or empty for now; for shards without a checkpoint."""
    follow: bool = True
    """Go on when all that is there was read."""
    poll_s: float = 0.25
    """Between two calls to a shard that had nothing more."""
    hard_max_length: int = 1_000_000
    """As many unread lines stop the reading."""
