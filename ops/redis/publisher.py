"""Lines sent to a stream of the job, whole batches at a time, each batch once."""

from __future__ import annotations

import bisect
import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from uuid import uuid4

from redis.exceptions import NoScriptError, RedisError

from ops.redis.connection import RedisWriteError, connect, place, refuse_lasting
from ops.redis.trimming import NEEDED

LOG = logging.getLogger(__name__)

MOST_LINES, MOST_BYTES = 500, 4_000_000
"""Of one batch: a server serves nobody else while it takes one in."""
PUBLISHED = "published"
_KEPT_S = 86_400
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 5.0
_MOST_BATCHES = 20_000
"""Remembered for the lag, of a publisher that may run for years; a job that is further behind has it all."""

# KEYS: stream, `<prefix>published`, `<prefix>needed`. ARGV: who publishes, the batch's number, seconds
# that this is remembered, then the lines. Answers {id of the stream's last entry, its length, what is needed
# by checkpoints: field, id, field, id, ...}. A batch whose reply was lost comes again and finds its number.
_SCRIPT = """
local stream = KEYS[1]
if #ARGV > 3 and redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then
  local added = {}
  for i = 4, #ARGV do added[#added + 1] = redis.call('XADD', stream, '*', 'json', ARGV[i]) end
  local noted = redis.pcall('HSET', KEYS[2], ARGV[1], ARGV[2])
  if type(noted) == 'table' and noted.err then
    for _, id in ipairs(added) do redis.call('XDEL', stream, id) end
    return noted
  end
  redis.pcall('EXPIRE', KEYS[2], ARGV[3])
end
local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
local needed = redis.pcall('HGETALL', KEYS[3])
if needed.err then needed = {} end
return {last and last[1] or '0-0', redis.call('XLEN', stream), needed}
"""
_DIGEST = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()


def _wait_on() -> None:
    """Wait for the server however long it is away."""


class Publisher:
    """Sender of lines to a stream: entries with the field `json`, as `redis:NAME` reads them.

    A server that is away, loading or full is tried again, at growing intervals, until it takes the batch; a
    batch whose reply was lost is there once. `on_wait` is called before each attempt beyond the first and may
    end the waiting by raising.

    Attributes: `length` entries of the stream, after the latest batch; `waiting` whether a batch waits.
    """

    def __init__(
        self,
        url: str,
        prefix: str,
        keys: Sequence[str],
        partition_of: Callable[[bytes], int] | None = None,
        timeout_s: float = 10.0,
        on_wait: Callable[[], None] = _wait_on,
    ) -> None:
        """Connect at the first batch.

        `keys` are the stream's, one per partition; `partition_of` a line is its place among several.
        """
        self._client, self._who = connect(url, prefix, timeout_s, RedisWriteError), uuid4().hex[:12]
        self._partition_of, self._on_wait = partition_of, on_wait
        self._parts = [_Part(key) for key in keys]
        self._beside = (prefix + PUBLISHED, prefix + NEEDED)
        self._number = 0
        self.waiting = False

    def send(self, lines: Sequence[bytes]) -> None:
        """Append the lines in their order, those of a partition in theirs.

        Raises:
            RedisWriteError: the server refuses them for good.
        """
        for part, chosen in self._parted(lines):
            for batch in _batches(chosen):
                self._append(part, batch)

    def look(self) -> None:
        """Ask the server what `length` and `lag` are now."""
        for part in self._parts:
            self._append(part, ())

    def lag(self) -> int | None:
        """Return how many entries checkpoints of the job still need; None if no job has read the stream.

        It is the job's lag and what two checkpoints hold.
        """
        found = [part.lag() for part in self._parts]
        known = [count for count in found if count is not None]
        return sum(known) if known else None

    @property
    def length(self) -> int:
        """Return the entries of the longest partition."""
        return max(part.length for part in self._parts)

    @property
    def unread(self) -> int:
        """Return the entries of the longest partition that no job is known to have read."""
        return max(part.length if (lag := part.lag()) is None else lag for part in self._parts)

    def close(self) -> None:
        """Forget who has published what, and close the connection."""
        try:
            self._client.hdel(self._beside[0], self._who)
        except RedisError:
            pass  # it is forgotten by itself
        finally:
            self._client.close()

    def _parted(self, lines: Sequence[bytes]) -> Iterator[tuple[_Part, Sequence[bytes]]]:
        if len(self._parts) == 1 or self._partition_of is None:
            yield self._parts[0], lines
            return
        chosen: list[list[bytes]] = [[] for _ in self._parts]
        for line in lines:
            chosen[self._partition_of(line)].append(line)
        yield from ((part, its) for part, its in zip(self._parts, chosen, strict=True) if its)

    def _append(self, part: _Part, lines: Sequence[bytes]) -> None:
        self._number += 1
        words = (3, part.key, *self._beside, self._who, self._number, _KEPT_S, *lines)
        last, length, needed = self._patiently(words)
        part.note(len(lines), last, length, needed)

    def _patiently(self, words: tuple[object, ...]) -> tuple[str, int, list[str]]:
        """Run the script, again and again while the server is away."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                reply = self._run(words)
            except RedisError as error:
                refuse_lasting(self._client, error, RedisWriteError)
                if not self.waiting:
                    LOG.warning("Redis at %s takes no lines (%s); trying until it does.", place(self._client), error)
                self.waiting = True
                time.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
                self._client.connection_pool.disconnect()  # after a failover the name leads to another server
                self._on_wait()
            else:
                self.waiting = False
                return reply

    def _run(self, words: tuple[object, ...]) -> tuple[str, int, list[str]]:
        try:
            last, length, needed = self._client.execute_command("EVALSHA", _DIGEST, *words)  # type: ignore[no-untyped-call]
        except NoScriptError:
            last, length, needed = self._client.execute_command("EVAL", _SCRIPT, *words)  # type: ignore[no-untyped-call]
        return last, int(length), needed


class _Part:
    """One partition: what was sent to it, and how much of that the job may still need."""

    def __init__(self, key: str) -> None:
        self.key, self.length = key, 0
        self._ids: list[tuple[int, int]] = []  # the last of each batch
        self._sent: list[int] = []  # entries up to it, those that were there before included
        self._needed: tuple[int, int] | None = None

    def note(self, lines: int, last: str, length: int, needed: Sequence[str]) -> None:
        """Note what the server answered to a batch of so many lines."""
        self.length = length
        sent = self._sent[-1] + lines if self._sent else length
        if lines or not self._sent:
            self._ids.append(_id_of(last))
            self._sent.append(sent)
        ids = [_id_of(needed[at + 1]) for at in range(0, len(needed), 2) if needed[at].partition("#")[0] == self.key]
        self._needed = min(ids, default=None)
        del self._ids[:-_MOST_BATCHES], self._sent[:-_MOST_BATCHES]

    def lag(self) -> int | None:
        """Return how many entries lie after what is needed, by whole batches; None if nobody needs any."""
        if self._needed is None:
            return None
        passed = bisect.bisect_right(self._ids, self._needed)
        return min(self.length, self._sent[-1] - (self._sent[passed - 1] if passed else 0))


def _id_of(text: str) -> tuple[int, int]:
    ms, _, number = text.partition("-")
    return int(ms), int(number or 0)


def _batches(lines: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Yield the lines by `MOST_LINES` and `MOST_BYTES`; a longer line is a batch of its own."""
    begin = size = 0
    for at, line in enumerate(lines):
        if at > begin and (at - begin == MOST_LINES or size + len(line) > MOST_BYTES):
            yield lines[begin:at]
            begin, size = at, 0
        size += len(line)
    if begin < len(lines):
        yield lines[begin:]
