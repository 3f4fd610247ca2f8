"""The job's one way into Redis: entries appended to a stream exactly once per id and revision.

Streams are `<prefix>alerts`, `<prefix>incidents` and `<prefix>rejected`. Works on Redis 7 and 8 and on Valkey.
"""

from __future__ import annotations

import hashlib
import logging
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import redis
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ConnectionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TimeoutError,
)

LOG = logging.getLogger(__name__)

# KEYS: marker, stream. ARGV: stream length, marker's life in seconds, then the entry's fields and values.
# A server out of memory refuses a script's first write only, so XADD comes first: where it fails, nothing has been
# marked. SET can then fail only by permission; the entry is taken back, so that a retry adds it once.
_APPEND_ONCE = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local entry = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[1], '*', unpack(ARGV, 3))
local marked = redis.pcall('SET', KEYS[1], entry, 'EX', ARGV[2])
if marked.err then
  redis.call('XDEL', KEYS[2], entry)
  return marked
end
return 1
"""
_DIGEST = hashlib.sha1(_APPEND_ONCE.encode(), usedforsecurity=False).hexdigest()

_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 5.0
# Replies of a server that is loading, full, failing over or unable to save: it takes writes again later.
_PASSING_ERRORS = (ConnectionError, TimeoutError, OutOfMemoryError, ReadOnlyError)
_PASSING_CODES = ("MISCONF", "NOREPLICAS", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY")


class RedisWriteError(RuntimeError):
    """An entry could not be written; the job fails and restarts from its checkpoint, so nothing is dropped."""


@dataclass(frozen=True)
class StreamEntry:
    """One entry of a stream; `time` in ms since epoch, `json` the whole document.

    `revision`, `action` and `headline` belong to incidents; left out of the entry where None.
    """

    id: str
    type: str
    severity: str
    time: int
    json: str
    revision: int | None = None
    action: str | None = None
    headline: str | None = None

    def fields(self) -> list[str]:
        """The entry as XADD takes it: field, value, field, value, ..."""
        return [str(part) for name, value in vars(self).items() if value is not None for part in (name, value)]

    def marker(self, prefix: str, stream: str) -> str:
        """The key that says that this id (and revision) is in the stream."""
        revision = "" if self.revision is None else f":{self.revision}"
        return f"{prefix}seen:{stream}:{self.id}{revision}"


class RedisStreamWriter:
    """Appends entries to `<prefix><stream>`, each id (and revision) once, trimming the stream to about `max_length`.

    Trimming is by whole nodes of the stream, so up to `stream-node-max-entries` (100 by default) more are kept.
    An id is known for `dedupe_ttl_s`, which must be longer than the job can take to come back to an event it has
    written before. The markers need a server that does not evict them (`maxmemory-policy noeviction`).

    A server that is away or full is tried again for `retry_s` at growing intervals; keep that below the checkpoint
    timeout, since the operator waits. Connects at the first write, so that Flink can ship the writer unconnected.

    Attributes: `written` entries added, `repeated` entries that were there already (or had been added by an
    attempt whose reply was lost), `retries` attempts beyond the first.
    """

    def __init__(
        self,
        url: str,
        prefix: str,
        max_length: int,
        dedupe_ttl_s: int,
        timeout_s: float = 5.0,
        retry_s: float = 120.0,
    ) -> None:
        self._url = url
        self._prefix = prefix
        self._max_length = max_length
        self._dedupe_ttl_s = dedupe_ttl_s
        self._timeout_s = timeout_s
        self._retry_s = retry_s
        self._connected: redis.Redis | None = None
        self.written = 0
        self.repeated = 0
        self.retries = 0

    def write(self, stream: str, entry: StreamEntry) -> bool:
        """Appends `entry` in one round trip; True if added, False if it was there already.

        Raises:
            RedisWriteError: the server refused the entry for good, or was away for longer than `retry_s`.
        """
        keys = [entry.marker(self._prefix, stream), f"{self._prefix}{stream}"]
        arguments = [*keys, str(self._max_length), str(self._dedupe_ttl_s), *entry.fields()]
        try:
            added = self._append(arguments)
        except RedisError as error:
            added = self._retry(arguments, error)
        self.written += added
        self.repeated += not added
        return added

    def close(self) -> None:
        """Lets go of the connection; a later write opens a new one."""
        if self._connected is not None:
            self._connected.close()
            self._connected = None

    def _append(self, arguments: list[str]) -> bool:
        client = self._client()
        try:
            return bool(client.evalsha(_DIGEST, 2, *arguments))
        except NoScriptError:
            return bool(client.eval(_APPEND_ONCE, 2, *arguments))

    def _retry(self, arguments: list[str], error: RedisError) -> bool:
        started = time.monotonic()
        first_retry = self.retries
        self._refuse_lasting(error)
        LOG.warning("Redis at %s takes no writes (%s); trying for up to %g s.", self._place(), error, self._retry_s)
        for pause_s in _pauses():
            left_s = started + self._retry_s - time.monotonic()
            if left_s <= 0:
                break
            time.sleep(min(pause_s, left_s))
            self._client().connection_pool.disconnect()  # after a failover the name leads to another server
            self.retries += 1
            try:
                added = self._append(arguments)
            except RedisError as again:
                self._refuse_lasting(again)
                error = again
                continue
            away_s, tries = time.monotonic() - started, self.retries - first_retry
            LOG.warning("Redis at %s takes writes again after %.1f s and %d retries.", self._place(), away_s, tries)
            return added
        raise RedisWriteError(
            f"Redis at {self._place()} took no write for {self._retry_s:g} s ({error}): "
            "start it or free its memory, or correct the setting redis.url."
        ) from error

    def _refuse_lasting(self, error: RedisError) -> None:
        """Raises for an error that no retry mends."""
        if isinstance(error, AuthenticationError | AuthorizationError):
            mend = "correct the user and password in the setting redis.url"
        elif isinstance(error, _PASSING_ERRORS) or str(error).startswith(_PASSING_CODES):
            return
        else:
            mend = "check the server, the user's permissions and the settings under redis, redis.url first"
        raise RedisWriteError(f"Redis at {self._place()} refuses to write ({error}): {mend}.") from error

    def _client(self) -> redis.Redis:
        if self._connected is None:
            try:
                self._connected = redis.Redis.from_url(
                    self._url,
                    socket_timeout=self._timeout_s,
                    socket_connect_timeout=self._timeout_s,
                    # Rejected raw text may hold half a surrogate pair, which must not fail the job.
                    encoding_errors="backslashreplace",
                )
            except ValueError:  # its text may quote a part of a password
                raise RedisWriteError("Setting redis.url is no address like redis://host:6379/0: correct it.") from None
        return self._connected

    def _place(self) -> str:
        """Where the server is, without user and password."""
        where: dict[str, Any] = self._client().connection_pool.connection_kwargs
        return str(where.get("path") or f"{where.get('host', 'localhost')}:{where.get('port', 6379)}")


def _pauses() -> Iterator[float]:
    """Seconds between attempts: doubling, with jitter so that subtasks do not come back all at once."""
    pause_s = _FIRST_PAUSE_S
    while True:
        yield pause_s * random.uniform(0.5, 1.0)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
