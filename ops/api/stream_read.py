"""What is known of a stream that the job reads: the job itself keeps its place in its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StreamRead:
    """A stream, its newest entry, and what groups have still to read."""

    stream: str
    entries: int
    unread: tuple[tuple[str, int | None], ...] = ()
    """Name of a group, and how many entries it has not been given; None where the server cannot tell."""
    newest_at: int | None = None
    """When its newest entry came, ms since 1970; None without one."""
    is_decided: bool = False
    """Whether the job decides what it brings: events, not labels."""
