"""Reading the job's Redis streams as a member of a consumer group: one member handles each entry, at least
once.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeVar

from redis.exceptions import RedisError, ResponseError

from ops.redis.connection import RedisReadError, connect, options_of, patiently, place, refuse_lasting
from ops.redis.dead_letters import DEAD, DeadLetters, Fate
from ops.redis.entry import Entry
from ops.redis.mends import mend_away
from ops.redis.private_group import is_private, remove_abandoned
from ops.redis.trimmed import Trimmed, place_of, read_before

__all__ = ["Entry", "RedisReadError", "StreamConsumer"]

LOG = logging.getLogger(__name__)

_REPLY_TIMEOUT_S = 5.0
_FROM_FIRST = "0-0"

_Reply = TypeVar("_Reply")


class StreamConsumer:
    """Member `name` of the consumer group `group` on each of `streams`.

    A group that does not exist is created at `start`: "0" for all that is in the streams, "$" for what comes
    from now on. An existing group goes on where it was. Iterating yields entries for ever and acknowledges
    each when the next one is asked for: what a member had in hand when it died is handed out again, first to
    a member of the same name, or after `claim_idle_s` to any other. Handling an entry must therefore be safe
    to repeat, and much shorter than `claim_idle_s`. A lost connection is opened again at growing intervals,
    for ever; only the first one, and a refused password, raise. A private group belongs to its one member,
    which removes it with `destroy_groups`; opening one removes those that were abandoned.

    An entry that has been given out `max_deliveries` times without being acknowledged is moved to the
    dead-letter stream instead of being given out again. What is given out again comes one at a time, so that
    an entry that kills its members does not use up the deliveries of those after it. Entries of the
    dead-letter stream itself stay.

    With `merged`, new entries come in the order of their ids over all streams, which is the order in which
    they were written. At most a batch per stream is held back for that; it counts as in hand.
    """

    def __init__(
        self,
        url: str,
        prefix: str,
        streams: Sequence[str],
        group: str,
        name: str,
        start: Literal["$", "0"] = "$",
        *,
        claim_idle_s: float = 60.0,
        block_s: float = 1.0,
        batch: int = 100,
        max_deliveries: int = 5,
        merged: bool = False,
    ) -> None:
        if max_deliveries < 2:
            raise ValueError("max_deliveries must be at least 2: entries come in batches the first time, and one may fail for another")
        self._streams = {f"{prefix}{stream}": stream for stream in streams}
        self._group = group
        self._name = name
        self._claim_idle_s = claim_idle_s
        self._block_s = block_s
        self._batch = batch
        self._merged = merged
        self._held: list[Entry] = []  # read, but later than what another stream may still give
        self._full_to: dict[str, tuple[int, int]] = {}  # streams that may have more at once: where their last batch ended
        # Where a stream's group is created again if the server has lost it.
        self._last_read = dict.fromkeys(self._streams, _FROM_FIRST if start == "0" else "$")
        self._own_pending: dict[Any, Any] = {}
        self._claim_from = dict.fromkeys(self._streams, _FROM_FIRST)
        self._next_claim = 0.0
        self._opened = False
        self._client = connect(url, prefix, block_s + _REPLY_TIMEOUT_S)
        self._trimmed = Trimmed(self._client, group)
        self._dead_letters = DeadLetters(self._client, prefix, group, name, max_deliveries)

    def open(self) -> None:
        """Create the missing groups; raise RedisReadError if the server is away or refuses."""
        if self._opened:
            return
        try:
            if is_private(self._group):
                remove_abandoned(self._client, self._streams)
            self._create_groups()
        except RedisError as error:
            refuse_lasting(self._client, error)
            raise RedisReadError(
                f"Redis at {place(self._client)} cannot be read ({error}): {mend_away(error, options_of(self._client))}."
            ) from error
        self._opened = True

    def __iter__(self) -> Iterator[Entry]:
        while True:
            for entry in self.poll(self._block_s):
                yield entry
                self.ack(entry)

    def poll(self, wait_s: float = 0.0) -> list[Entry]:
        """Return the next entries, at most a batch per stream; wait `wait_s` for one to come.

        In this order: what this member had in hand before it connected, what dead members left, what is new.
        What was trimmed before the group handled it is logged.
        """
        self.open()
        entries = self._patiently(lambda: self._own() or self._claimed() or self._new(min(wait_s, self._block_s)))
        self._trimmed.say()
        return entries

    def ack(self, entry: Entry) -> None:
        """Say that `entry` has been handled: no member of the group gets it again."""
        key = next(key for key, stream in self._streams.items() if stream == entry.stream)
        self._patiently(lambda: self._client.xack(key, self._group, entry.entry_id))

    def leave(self) -> None:
        """Take this member out of the groups where it has nothing in hand; others may claim the rest."""
        with contextlib.suppress(RedisError):  # staying listed does no harm
            for key in self._streams:
                if not self._client.xpending_range(key, self._group, "-", "+", 1, consumername=self._name):
                    self._client.xgroup_delconsumer(key, self._group, self._name)

    def destroy_groups(self) -> None:
        """Remove the group from every stream, for a reader whose group is nobody else's."""
        with contextlib.suppress(RedisError):  # a group left behind costs a few bytes
            for key in self._streams:
                self._client.xgroup_destroy(key, self._group)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _patiently(self, call: Callable[[], _Reply]) -> _Reply:
        return patiently(self._client, call, self._create_groups)

    def _own(self) -> list[Entry]:
        while self._own_pending:
            key = next(iter(self._own_pending))
            reply: Any = self._client.xreadgroup(self._group, self._name, {key: self._own_pending[key]}, count=1)
            rows = reply[0][1]
            if not rows:
                del self._own_pending[key]
                continue
            self._own_pending[key] = rows[-1][0]
            if entries := self._again(key, rows):
                return entries
        return []

    def _claimed(self) -> list[Entry]:
        if time.monotonic() < self._next_claim:
            return []
        idle_ms = int(self._claim_idle_s * 1000)
        for key in self._streams:
            reply = self._claim(key, idle_ms)
            while not reply[1] and any(reply[2:]) and reply[0] != _FROM_FIRST:  # trimmed, one at a time
                reply = self._claim(key, idle_ms)
            if entries := self._again(key, reply[1]):
                return entries
        if set(self._claim_from.values()) == {_FROM_FIRST}:
            self._next_claim = time.monotonic() + self._claim_idle_s / 2
        return []

    def _claim(self, key: str, idle_ms: int) -> Any:
        reply: Any = self._client.xautoclaim(key, self._group, self._name, idle_ms, start_id=self._claim_from[key], count=1)
        self._claim_from[key] = reply[0]
        self._trimmed.in_hand(key, sum(map(len, reply[2:])))  # Redis 6 gives none
        return reply

    def _new(self, wait_s: float) -> list[Entry]:
        held = {entry.stream for entry in self._held}
        keys = [key for key, stream in self._streams.items() if stream not in held]
        self._trimmed.look(keys)
        block_ms = None if held else int(wait_s * 1000) or None  # 0 would wait for ever
        reply: Any = self._client.xreadgroup(self._group, self._name, dict.fromkeys(keys, ">"), count=self._batch, block=block_ms)
        entries: list[Entry] = []
        for key in keys:
            self._full_to.pop(key, None)
        for key, rows in reply:
            self._last_read[key] = rows[-1][0]
            if len(rows) >= self._batch:
                self._full_to[key] = place_of(rows[-1][0])
            entries += self._entries(key, rows)
        return self._in_order(entries) if self._merged else entries

    def _in_order(self, entries: list[Entry]) -> list[Entry]:
        """Return what is held and `entries` by id; hold what is later than the end of a full batch."""
        waiting = sorted([*self._held, *entries], key=lambda entry: place_of(entry.entry_id))
        bound = min(self._full_to.values(), default=None)
        due = [entry for entry in waiting if bound is None or place_of(entry.entry_id) <= bound]
        self._held = waiting[len(due) :]
        return due

    def _again(self, key: str, rows: list[tuple[str, dict[str, str]]]) -> list[Entry]:
        """Return entries that have been given out before, but for those that have had their chances."""
        entries = self._entries(key, rows)
        return entries if self._streams[key] == DEAD else [entry for entry in entries if self._is_due(entry)]

    def _is_due(self, entry: Entry) -> bool:
        fate = self._dead_letters.fate(entry.stream, entry.entry_id)
        if fate is Fate.DEAD:
            LOG.warning("Entry %s of stream %s is in the dead-letter stream: nobody could handle it.", entry.entry_id, entry.stream)
        return fate is Fate.DUE

    def _entries(self, key: str, rows: list[tuple[str, dict[str, str]]]) -> list[Entry]:
        trimmed = [entry_id for entry_id, fields in rows if not fields]
        if trimmed:  # the stream was trimmed since they were handed out
            self._client.xack(key, self._group, *trimmed)
            self._trimmed.in_hand(key, len(trimmed))
        return [Entry(self._streams[key], entry_id, fields) for entry_id, fields in rows if fields]

    def _create_groups(self) -> None:
        for key, last_read in self._last_read.items():
            if last_read == "$":  # made definite, so that a group lost later is created at the same place
                newest: Any = self._client.xrevrange(key, count=1)
                self._last_read[key] = newest[0][0] if newest else _FROM_FIRST
            try:
                place = self._place_in(key)
                read = read_before(self._client, key, place)
                self._client.xgroup_create(key, self._group, id=place, mkstream=True, entries_read=read)
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise
        self._own_pending = dict.fromkeys(self._streams, _FROM_FIRST)

    def _place_in(self, key: str) -> str:
        """Return where to read on; at the start of a stream that was made anew with ids below those read."""
        last_read = self._last_read[key]
        if last_read == _FROM_FIRST:
            return last_read
        newest: Any = self._client.xrevrange(key, count=1)
        return last_read if newest and place_of(newest[0][0]) >= place_of(last_read) else _FROM_FIRST
