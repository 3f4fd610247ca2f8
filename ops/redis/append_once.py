"""The script of every write: add an entry to a stream once, and trim the stream now and then."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import redis
from redis.exceptions import NoScriptError, RedisError, TimeoutError

from ops.redis.trimming import AGED, TRIMMED

# KEYS: marker, stream. ARGV: marker's life in seconds, soft limit, hard limit, how to trim (0: not, 1: by the
# limits, else also what was added before this id, if all have read it), ms after
# which a private group is abandoned, whether replicas are waited for, the name of this write, then the
# entry's fields and values. Answers {1 if this write has added it, now or by an attempt before, unread
# entries dropped, the group that had not read them}.
#
# Why an entry is there once. The marker says that an id is in the stream, and a script runs alone, so
# between EXISTS and SET nobody else adds it. A writer that has lost the reply, or a job that comes back to
# an older checkpoint, sends the same id again and finds the marker. It holds the name of the write that
# added the entry, so a writer that sends it again knows its own; a user who may not run GETRANGE takes it
# for another's. What is no text is no marker: who may make groups could put an empty stream in its place. A
# server out of memory refuses a script's first write only, so XADD comes first: where it fails, nothing has
# been marked. SET can then fail only by permission; the entry is taken back, so that a retry adds it once. An
# error after that (trimming) leaves entry and marker together, and the retry finds the marker.
#
# What replicas are waited for. WAIT is for all that the server had written when this connection wrote last.
# A writer that has lost the reply comes with a new one, so the marker is written again: then WAIT counts the
# replicas that have it, and so the entry before it.
#
# What is trimmed: `ops.redis.trimming`.
_SCRIPT = (
    TRIMMED
    + AGED
    + """
local stream = KEYS[2]
local added = 0
local writer = false
if redis.call('EXISTS', KEYS[1]) == 1 then
  writer = redis.pcall('GETRANGE', KEYS[1], 0, -1)
  if type(writer) ~= 'string' then
    writer = not string.find(writer.err, 'WRONGTYPE', 1, true) and 'again'
  end
end
if not writer then
  local entry = redis.call('XADD', stream, '*', unpack(ARGV, 8))
  local marked = redis.pcall('SET', KEYS[1], ARGV[7], 'EX', ARGV[1])
  if marked.err then
    redis.call('XDEL', stream, entry)
    return marked
  end
  added = 1
else
  if writer == ARGV[7] then added = 1 end
  if ARGV[6] == '1' then redis.call('SET', KEYS[1], writer, 'EX', ARGV[1]) end
end
if ARGV[4] == '0' then return {added, 0, ''} end
local _, dropped, slowest = trimmed(stream, nil, ARGV[2], ARGV[3], ARGV[5])
if ARGV[4] ~= '1' then aged(stream, nil, ARGV[4], ARGV[5]) end
return {added, dropped, slowest}
"""
)
_DIGEST = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()


_OWN_ARGUMENTS = 5  # before those of the entry
_REPLICAS_WITHIN_MS = 1000


class TooFewReplicasError(TimeoutError):
    """The server has an entry that its replicas do not have yet; adding it again waits for them again."""


@dataclass(frozen=True)
class Appended:
    """What a write did, its attempts together: `dropped` entries went although `group` had not read them."""

    added: bool
    dropped: int
    group: str


@dataclass(frozen=True)
class Append:
    """One write."""

    keys: tuple[str, str]
    """Marker and stream."""
    arguments: tuple[str, ...]
    """Marker's life in seconds, soft limit, hard limit, how to trim, ms after which a private group is
    abandoned, then the entry's fields and values.
    """
    name: str
    """The same at each attempt, and no other's."""

    def command(self, is_known: bool, replicas: int) -> tuple[Any, ...]:
        """Return the command, in short where the server knows the script."""
        script = ("EVALSHA", _DIGEST) if is_known else ("EVAL", _SCRIPT)
        own = ("1" if replicas else "0", self.name)
        return (*script, len(self.keys), *self.keys, *self.arguments[:_OWN_ARGUMENTS], *own, *self.arguments[_OWN_ARGUMENTS:])


def append_once(client: redis.Redis, append: Append, replicas: int = 0) -> Appended:
    """Run the script in one round trip, in two where the server does not know it yet.

    `replicas` is how many must have the entry as well.

    Raises:
        TooFewReplicasError: they do not have it; the server does.
    """
    (done,) = append_all(client, [append], replicas)
    if isinstance(done, RedisError):
        raise done
    return done


def append_all(client: redis.Redis, appends: Sequence[Append], replicas: int = 0) -> list[Appended | RedisError]:
    """Do as `append_once` for each, all in one pipeline. Return what each did, or the error of it alone.

    Raises:
        RedisError: the connection failed; some may have been done.
    """
    done = _sent(client, [append.command(True, replicas) for append in appends], replicas)
    unknown = [place for place, one in enumerate(done) if isinstance(one, NoScriptError)]
    if unknown:  # the first of them teaches it to the server
        again = _sent(client, [appends[place].command(place != unknown[0], replicas) for place in unknown], replicas)
        for place, one in zip(unknown, again, strict=True):
            done[place] = one
    return done


def _sent(client: redis.Redis, commands: Sequence[tuple[Any, ...]], replicas: int) -> list[Appended | RedisError]:
    """Return the replies, once so many replicas have what was written: on the same connection."""
    with client.pipeline(transaction=False) as pipe:
        for command in commands:
            pipe.execute_command(*command)  # type: ignore[no-untyped-call]
        if replicas:
            pipe.execute_command("WAIT", replicas, _REPLICAS_WITHIN_MS)  # type: ignore[no-untyped-call]
        replies = pipe.execute(raise_on_error=False)  # else the text would begin with the script
    few = _too_few(replies.pop(), replicas) if replicas else None
    return [reply if isinstance(reply, RedisError) else few or _appended(reply) for reply in replies]


def _too_few(count: Any, replicas: int) -> RedisError | None:
    if isinstance(count, RedisError):
        return count
    return None if count >= replicas else TooFewReplicasError(f"{count} of {replicas} replicas (redis.replicas) have the entry")


def _appended(reply: Any) -> Appended:
    added, dropped, group = reply
    return Appended(bool(added), int(dropped), group)
