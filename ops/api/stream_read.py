"""How far the job has read a stream."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StreamRead:
    """A stream, and what its readers have still to read."""

    stream: str
    entries: int
    unread: tuple[tuple[str, int | None], ...] = ()
    """Name of a group, and how many entries it has not been given; None where the server cannot tell."""
