"""What is on its way to the job's streams, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

SENT = "sent"
"""It is in the stream, by this attempt or one before it."""
KNOWN = "known"
"""Another request has sent it; the detail is the digest of that body."""
FULL = "full"
"""The stream is at its bound: nothing was written."""
WITHDRAWN = "withdrawn"
"""Nobody waits for it any more, and no attempt was made."""


@dataclass(slots=True, eq=False)
class Sending:
    """A line for a stream. `tell` is called once, with one of the words above and the detail."""

    stream: str
    """Key of the stream or partition in Redis, or topic of Kafka."""
    claim: str
    digest: str
    line: bytes
    tell: Callable[[str, str], None]
    account: str = ""
    """Kafka's key."""
    owner: str = ""
    """Names the attempt, so that one whose reply was lost knows its own claim. Given when it is sent."""
    is_withdrawn: bool = False


class Gate(Protocol):
    """The way into a stream."""

    @property
    def away_s(self) -> float:
        """Return for how long the server has taken nothing, 0 while it does."""
        ...

    @property
    def unsent(self) -> int:
        """Return how many lines wait to be sent."""
        ...

    async def start(self) -> None:
        """Begin to send. It need not reach the server."""
        ...

    def send(self, sending: Sending) -> None:
        """Send a line with the next batch, again and again until the server has it."""
        ...

    async def stop(self, within_s: float) -> None:
        """Send what waits, as far as that goes in so many seconds, and close."""
        ...


class Watch(Protocol):
    """The reader of decisions."""

    @property
    def away_s(self) -> float:
        """Return for how long the server has not answered, 0 while it does."""
        ...

    async def start(self) -> None:
        """Begin to read. It need not reach the server."""
        ...

    async def stop(self) -> None:
        """Read no more."""
        ...
