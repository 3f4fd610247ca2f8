"""Entries on their way to Redis: written in pipelines, and kept while it is away, so that nobody waits."""

from __future__ import annotations

import json
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from itertools import islice

from redis.exceptions import RedisError

from domain.json_text import as_json
from ops.redis.append_once import Append
from ops.redis.connection import RedisWriteError
from ops.redis.stream_entry import StreamEntry
from ops.redis.writer import RedisStreamWriter

LOG = logging.getLogger(__name__)

AT_ONCE = 500
"""Entries of one pipeline: about a megabyte, and 20 ms of the server's time."""
_FIRST_PAUSE_S = 0.1
_LOG_EVERY_S = 60.0


@dataclass(frozen=True)
class Written:
    """An entry that is in its stream, and whether it was added now, or by an attempt before."""

    stream: str
    entry: StreamEntry
    added: bool


@dataclass(frozen=True)
class _Waiting:
    number: int
    stream: str
    entry: StreamEntry
    append: Append


class Backlog:
    """Entries in the order in which they came, each in `kept` by its number until it is in its stream.

    Why each is there once: what comes back with an older `kept`, and what is sent again because a reply was
    lost, finds its marker (`ops.redis.append_once`). None is missing: an entry leaves `kept` only after the
    server has said that it has it.

    After a failure nothing is tried for a pause that grows to `longest_pause_s`. A server that refuses for
    good raises RedisWriteError; with `is_forgiving` it is as one that is away.

    `kept` is not looked at before the first call: state has a key only then.
    """

    def __init__(
        self,
        writer: RedisStreamWriter,
        kept: MutableMapping[int, str],
        longest_pause_s: float = 5.0,
        is_forgiving: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._writer, self._kept, self._clock = writer, kept, clock
        self._longest_pause_s, self._is_forgiving = longest_pause_s, is_forgiving
        self._entries: deque[_Waiting] | None = None
        self._next = 0
        self._pause_s, self._not_before_s = _FIRST_PAUSE_S, 0.0
        self._away_since_s: float | None = None
        self._next_log_s = 0.0

    def __len__(self) -> int:
        return len(self._waiting())

    @property
    def is_away(self) -> bool:
        """Return whether the last attempt failed."""
        return self._away_since_s is not None

    @property
    def pause_s(self) -> float:
        """Return how long nothing will be tried."""
        return max(0.0, self._not_before_s - self._clock())

    def add(self, stream: str, entry: StreamEntry) -> None:
        """Take an entry. It is kept when this returns, and not yet tried."""
        waiting = self._waiting()
        self._kept[self._next] = as_json({"stream": stream, **vars(entry)})
        waiting.append(self._prepared(self._next, stream, entry))
        self._next += 1

    def leave_out(self, account: str) -> None:
        """Drop the entries of an account that are not written yet."""
        waiting = self._waiting()
        for one in [one for one in waiting if one.entry.account == account]:
            waiting.remove(one)
            del self._kept[one.number]

    def attempt(self) -> list[Written]:
        """Write what waits as far as the server takes it; return what is written. It waits for no server."""
        done: list[Written] = []
        while self._waiting() and not self.pause_s:
            done += self._pipeline()
        return done

    def finish(self) -> list[Written]:
        """Write all that waits, however long that takes; return it. Raises as the writer does."""
        done = self.attempt()
        while waiting := self._waiting():
            added = self._writer.finish(waiting[0].append)
            self._note(None)
            done += [self._left(waiting.popleft(), added), *self.attempt()]
        return done

    def _waiting(self) -> deque[_Waiting]:
        if self._entries is None:
            self._entries = deque(self._restored())
            self._next = self._entries[-1].number + 1 if self._entries else 0
        return self._entries

    def _restored(self) -> Iterator[_Waiting]:
        for number in sorted(self._kept):
            fields = json.loads(self._kept[number])
            yield self._prepared(number, fields.pop("stream"), StreamEntry(**fields))

    def _prepared(self, number: int, stream: str, entry: StreamEntry) -> _Waiting:
        return _Waiting(number, stream, entry, self._writer.prepared(stream, entry))

    def _pipeline(self) -> list[Written]:
        waiting = self._waiting()
        tried = list(islice(waiting, 1 if self.is_away else AT_ONCE))  # one shows whether it is back
        self._writer.retries += self.is_away
        added, error = self._tried(tried)
        self._note(error)
        for _ in tried:
            waiting.popleft()
        waiting.extendleft(one for one, has in zip(reversed(tried), reversed(added), strict=True) if has is None)
        return [self._left(one, has) for one, has in zip(tried, added, strict=True) if has is not None]

    def _tried(self, tried: list[_Waiting]) -> tuple[list[bool | None], Exception | None]:
        try:
            return self._writer.attempt([one.append for one in tried])
        except RedisWriteError as error:
            if not self._is_forgiving:
                raise
            return [None] * len(tried), error

    def _left(self, one: _Waiting, added: bool) -> Written:
        del self._kept[one.number]
        return Written(one.stream, one.entry, added)

    def _note(self, error: RedisError | Exception | None) -> None:
        """Close or open the breaker."""
        now_s = self._clock()
        if error is None:
            if self._away_since_s is not None:
                LOG.warning("Redis takes writes again after %.1f s.", now_s - self._away_since_s)
            self._away_since_s, self._pause_s, self._not_before_s, self._writer.waiting_s = None, _FIRST_PAUSE_S, 0.0, 0
            return
        if self._away_since_s is None:
            self._away_since_s = self._next_log_s = now_s
        self._not_before_s = now_s + self._pause_s * random.uniform(0.5, 1.0)  # subtasks do not come back all at once
        self._pause_s = min(2 * self._pause_s, self._longest_pause_s)
        self._writer.waiting_s = int(now_s - self._away_since_s)
        self._log(error, now_s)

    def _log(self, error: Exception, now_s: float) -> None:
        if now_s >= self._next_log_s:
            self._next_log_s = now_s + _LOG_EVERY_S
            LOG.warning("Redis takes no writes (%s); %d entries wait, for %d s so far.", error, len(self), self._writer.waiting_s)
