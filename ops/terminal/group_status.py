"""How far the consumer groups have read: the output of `ringwatch tail --status`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from redis.exceptions import NoPermissionError, RedisError, ResponseError

from domain.wording import counted
from ops.redis.connection import RedisReadError, connect, options_of, place, refuse_lasting
from ops.redis.mends import mend_away
from ops.redis.private_group import is_abandoned
from ops.redis.trimmed import first_id, gone_unread, readable
from ops.terminal.shown_values import plain


@dataclass(frozen=True)
class GroupStatus:
    """One consumer group of a stream.

    `pending` is read but not acknowledged, of it `pending_gone` no longer there. `unread` can still be read,
    None where the server cannot tell; `unread_gone` was trimmed before the group read it. `abandoned` is a
    private group whose reader is gone.
    """

    name: str
    members: int
    pending: int
    unread: int | None
    abandoned: bool = False
    unread_gone: int = 0
    pending_gone: int = 0

    def __str__(self) -> str:
        return f"{self._counts()}{self._gone()}"

    def _gone(self) -> str:
        gone = [
            *([f"{self.unread_gone:,} before it read them"] if self.unread_gone else []),
            *([f"{self.pending_gone:,} of those in hand"] if self.pending_gone else []),
        ]
        return f"; trimmed were {' and '.join(gone)}" if gone else ""

    def _counts(self) -> str:
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
        raise RedisReadError(f"Redis at {place(client)} cannot be read ({error}): {mend_away(error, options_of(client))}.") from error
    finally:
        client.close()


def _status(client: Any, key: str, stream: str) -> StreamStatus:
    try:
        groups = client.xinfo_groups(key)
    except ResponseError as error:
        if "no such key" not in str(error):
            raise
        groups = []
    facts = _facts(client, key) if groups else None
    return StreamStatus(stream, client.xlen(key), tuple(_group(client, key, group, facts) for group in groups))


def _facts(client: Any, key: str) -> Mapping[str, Any] | None:
    """Return what XINFO STREAM says, None where the user may not run it."""
    with suppress(NoPermissionError):
        facts: Mapping[str, Any] = client.xinfo_stream(key)
        return facts
    return None


def _group(client: Any, key: str, group: Mapping[str, Any], stream: Mapping[str, Any] | None) -> GroupStatus:
    name = group["name"]
    return GroupStatus(
        name=name,
        members=group["consumers"],
        pending=group["pending"],
        unread=readable(stream, group) if stream else group.get("lag"),
        abandoned=is_abandoned(client, key, name),
        unread_gone=gone_unread(stream, group) if stream else 0,
        pending_gone=_pending_gone(client, key, group, stream) if stream else 0,
    )


def _pending_gone(client: Any, key: str, group: Mapping[str, Any], stream: Mapping[str, Any]) -> int:
    """Return how many entries in the group's hands come before the first that is there."""
    if not group["pending"]:
        return 0
    first = first_id(stream)
    return len(client.xpending_range(key, group["name"], "-", f"({first}" if first else "+", group["pending"]))
