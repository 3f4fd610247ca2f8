"""Entries of the job's streams after given places, and a consumer group that shows how far their reader is.

The places are the reader's own: in its database, or in its lake. The group holds what it has not read.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError, ResponseError

from ops.redis.connection import RedisReadError, connect, options_of, place, refuse_lasting
from ops.redis.entry import Entry
from ops.redis.mends import mend_away
from ops.redis.trimmed import gone_unread, place_of, read_before

LOG = logging.getLogger(__name__)

GROUP = "store"
"""The group of the case store: it repeats the store's place, for `ringwatch tail --status`."""
START = "0-0"
_REPLY_TIMEOUT_S = 5.0


class AwayError(RuntimeError):
    """The server of the streams does not answer; it is tried again."""


class StreamReader:
    """A reader of several streams, each from a place of its own."""

    def __init__(self, url: str, prefix: str, count: int, block_s: float = 0.5, group: str = GROUP) -> None:
        """Connect at the first call; read up to `count` entries of a stream at once.

        Raises RedisReadError if `url` is no address.
        """
        self._prefix, self._count, self._block_ms, self._name = prefix, count, max(1, round(block_s * 1000)), group
        self._client = connect(url, prefix, block_s + _REPLY_TIMEOUT_S)
        self._had: dict[str, int | None] = {}
        """Entries that each stream has had up to the reader's place, None if nobody knows."""

    def read(self, places: Mapping[str, str], most: int | None = None) -> dict[str, list[Entry]]:
        """Return the next entries of each stream after its place, waiting a while for the first.

        `places` are ids by stream, without the prefix; `most` reads fewer at once. Raises AwayError,
        RedisReadError.
        """
        try:
            wanted = {self._prefix + stream: after for stream, after in places.items()}
            reply: Any = self._client.xread(wanted, most or self._count, self._block_ms)  # type: ignore[arg-type]
        except RedisError as error:
            raise self._away(error) from None
        found = {str(key).removeprefix(self._prefix): rows for key, rows in reply}
        return {stream: [Entry(stream, entry_id, fields) for entry_id, fields in rows] for stream, rows in found.items()}

    def begin(self, stream: str, after: str) -> str:
        """Return where to read a stream on: `after`, or its start if it was made anew since.

        Raises AwayError, RedisReadError.
        """
        key = self._prefix + stream
        try:
            newest: Any = self._client.xrevrange(key, count=1)
            if after != START and newest and place_of(newest[0][0]) < place_of(after):
                LOG.warning("Stream %s was made anew: it is read from its start.", stream)
                after = START
            group = self._group(key) or self._new_group(key, after)
            if group["last-delivered-id"] == after:
                self._had[key] = group["entries-read"]
            else:
                self._had[key] = read_before(self._client, key, after)
                self._mark(key, after)
            self._say_gone(key)
        except RedisError as error:
            raise self._away(error) from None
        return after

    def note(self, stream: str, entry_id: str, entries: int) -> None:
        """Show that the reader holds a stream up to an entry, so many more than before."""
        key = self._prefix + stream
        had = self._had.get(key)
        self._had[key] = None if had is None else had + entries
        with suppress(RedisError):  # the next one shows it
            self._mark(key, entry_id)
            if entries >= self._count:  # there may be more than the stream keeps
                self._say_gone(key)

    def first_after(self, streams: Mapping[str, str]) -> dict[str, str]:
        """Return the first id of each stream that comes after its place, for those that have one."""
        try:
            found = {stream: self._first(stream, after) for stream, after in streams.items()}
        except RedisError as error:
            raise self._away(error) from None
        return {stream: rows[0][0] for stream, rows in found.items() if rows}

    def _first(self, stream: str, after: str) -> list[Any]:
        rows: Any = self._client.xrange(self._prefix + stream, f"({after}", count=1)
        return list(rows)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _group(self, key: str) -> Any:
        with suppress(ResponseError):  # there is no such stream yet
            groups: Any = self._client.xinfo_groups(key)
            return next((group for group in groups if group["name"] == self._name), None)
        return None

    def _new_group(self, key: str, after: str) -> Any:
        had = read_before(self._client, key, after)
        with suppress(ResponseError):  # another worker was faster
            self._client.xgroup_create(key, self._name, after, mkstream=True, entries_read=had)
        return self._group(key)

    def _mark(self, key: str, entry_id: str) -> None:
        had = self._had[key]
        known = () if had is None else ("ENTRIESREAD", had)
        self._client.execute_command("XGROUP", "SETID", key, self._name, entry_id, *known)  # type: ignore[no-untyped-call]

    def _say_gone(self, key: str) -> None:
        """Say how many entries were trimmed before they were read, and count them as read."""
        stream: Any = self._client.xinfo_stream(key)
        if gone := gone_unread(stream, self._group(key)):
            self._had[key] = (self._had[key] or 0) + gone
            were = "1 entry was" if gone == 1 else f"{gone:,} entries were"
            LOG.warning("%s trimmed from stream %s before group %s had them: raise redis.max_length.", were, key, self._name)

    def _away(self, error: RedisError) -> AwayError:
        """Return an error that passes; raise RedisReadError for one that does not."""
        refuse_lasting(self._client, error, RedisReadError)
        self._client.connection_pool.disconnect()
        return AwayError(f"Redis at {place(self._client)} does not answer ({error}): {mend_away(error, options_of(self._client))}")
