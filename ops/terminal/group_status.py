"""How far the consumer groups have read: the output of `ringwatch tail --status`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError, ResponseError

from domain.wording import counted
from ops.redis.connection import RedisReadError, connect, place, refuse_lasting
from ops.redis.mends import mend_away
from ops.redis.private_group import is_abandoned
from ops.terminal.shown_values import plain


@dataclass(frozen=True)
class GroupStatus:
    """One consumer group of a stream: `pending` is read but not acknowledged, `unread` None where the server
    cannot tell, `abandoned` a private one whose reader is gone.
    """

    name: str
    members: int
    pending: int
    unread: int | None
    abandoned: bool = False

    def __str__(self) -> str:
        unread = "unknown number" if self.unread is None else f"{self.unread:,}"
        gone = "; its reader is gone, it holds back nothing, the next tail removes it" if self.abandoned else ""
        return f"group {plain(self.name)}: {unread} to read, {self.pending:,} in hand, {counted(self.members, 'member')}{gone}"


@dataclass(frozen=True)
class StreamStatus:
    """A stream, without the prefix, its length, and its groups."""

    stream: str
    entries: int
    groups: tuple[GroupStatus, ...]

    def lines(self) -> Iterator[str]:
        """Return a line for the stream and one per group."""
        yield f"{self.stream}: {self.entries:,} {'entry' if self.entries == 1 else 'entries'}"
        for group in self.groups:
            yield f"  {group}"


def stream_status(url: str, prefix: str, streams: Sequence[str], timeout_s: float = 5.0) -> list[StreamStatus]:
    """Return the state of `streams` now; one that does not exist yet is empty.

    Raises:
        RedisReadError: the server is away or refuses.
    """
    client = connect(url, prefix, timeout_s)
    try:
        return [_status(client, f"{prefix}{stream}", stream) for stream in streams]
    except RedisError as error:
        refuse_lasting(client, error)
        raise RedisReadError(f"Redis at {place(client)} cannot be read ({error}): {mend_away(error)}.") from error
    finally:
        client.close()


def _status(client: Any, key: str, stream: str) -> StreamStatus:
    try:
        groups = client.xinfo_groups(key)
    except ResponseError as error:
        if "no such key" not in str(error):
            raise
        groups = []
    known = (
        GroupStatus(group["name"], group["consumers"], group["pending"], group.get("lag"), is_abandoned(client, key, group["name"]))
        for group in groups
    )
    return StreamStatus(stream, client.xlen(key), tuple(known))
