"""A stream of Redis read by one member of a group, whole batches at a time, acknowledged as a whole.

`ops.redis.consumer` shares a stream among members and hands out one entry at a time after a crash, since an
entry may kill its reader. Here none does: entries are passed on unread, in their order.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Literal

from redis.exceptions import ResponseError

from ops.redis.connection import connect, patiently
from ops.redis.entry import Entry
from ops.redis.trimmed import Trimmed, read_before

LOG = logging.getLogger(__name__)

_MEMBER = "bridge"
"""The one name of all that ever read: each goes on with what a dead one had in hand."""
_FIRST, _NEW = "0-0", ">"
_TIMEOUT_S = 10.0


class GroupReader:
    """A reader of one stream. `on_wait` is called while Redis is away, and may end the waiting by raising."""

    def __init__(
        self, url: str, prefix: str, stream: str, group: str, start: Literal["$", "0"], count: int, on_wait: Callable[[], None]
    ) -> None:
        """Connect at the first call. A group that is missing begins at the end, `$`, or at the start, `0`."""
        self._client = connect(url, prefix, _TIMEOUT_S)
        self._key, self._stream, self._group, self._count = f"{prefix}{stream}", stream, group, count
        self._begin = _FIRST if start == "0" else ""
        self._on_wait, self._trimmed = on_wait, Trimmed(self._client, group)
        self._after, self._is_said = "", False

    def read(self, wait_s: float) -> list[Entry]:
        """Return the next entries: first those that were given out and not acknowledged, then new ones."""
        entries: list[Entry] = patiently(self._client, lambda: self._read(wait_s), self._again)
        self._trimmed.say()
        return entries

    def acknowledge(self, entries: Sequence[Entry]) -> None:
        """Say that entries are done with."""
        if entries:
            ids = [entry.entry_id for entry in entries]
            patiently(self._client, lambda: self._client.xack(self._key, self._group, *ids), self._again)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _again(self) -> None:
        self._on_wait()
        self._after = ""

    def _read(self, wait_s: float) -> list[Entry]:
        if not self._after:
            self._make_group()
            self._after = _FIRST
        while self._after != _NEW:
            if rows := self._rows(self._after, None):
                self._after = rows[-1][0]
                if entries := self._entries(rows):
                    return entries
            else:
                self._after = _NEW
        self._trimmed.look([self._key])
        rows = self._rows(_NEW, int(1000 * wait_s))
        self._begin = rows[-1][0] if rows else self._begin
        return self._entries(rows)

    def _rows(self, after: str, block_ms: int | None) -> list[tuple[str, dict[str, str]]]:
        reply: Any = self._client.xreadgroup(self._group, _MEMBER, {self._key: after}, count=self._count, block=block_ms)
        return list(reply[0][1]) if reply else []

    def _entries(self, rows: Sequence[tuple[str, dict[str, str]]]) -> list[Entry]:
        trimmed = [entry_id for entry_id, fields in rows if not fields]
        if trimmed:  # since they were given out
            self._client.xack(self._key, self._group, *trimmed)
            self._trimmed.in_hand(self._key, len(trimmed))
        return [Entry(self._stream, entry_id, fields) for entry_id, fields in rows if fields]

    def _make_group(self) -> None:
        """Make the group where it is missing; one that the server has lost goes on after what was read."""
        newest: Any = self._client.xrevrange(self._key, count=1)
        if not newest and not self._is_said:
            self._is_said = True
            LOG.warning("There is no stream %s, or nothing is in it yet. Is the name right, and the job running?", self._key)
        if not self._begin:
            self._begin = newest[0][0] if newest else _FIRST
        read = read_before(self._client, self._key, self._begin)
        try:
            self._client.xgroup_create(self._key, self._group, id=self._begin, mkstream=True, entries_read=read)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
