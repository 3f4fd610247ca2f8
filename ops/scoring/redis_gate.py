"""The gate into streams of Redis: what one tick brings goes in one round trip, each event once."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from redis.exceptions import NoScriptError, RedisError

from ops.redis.direct_link import DirectLink
from ops.scoring.sending import FULL, KNOWN, SENT, WITHDRAWN, Sending

LOG = logging.getLogger(__name__)
MOST_LINES, MOST_BYTES = 200, 1_000_000
"""Of one round trip: a server serves nobody else while it takes a batch in."""
CLAIM = "claim:"
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 2.0
_REPLICAS_WITHIN_MS = 500
_REFUSED_PAUSE_S = 0.5

# KEYS: stream, then the claim of each event. ARGV: seconds that a claim is kept, most entries of the stream,
# then by event the digest of its body, who sends it, and its line. Answers by event `+`: it is in the stream;
# `!`: the stream is full; else the claim of who has sent it before: digest and sender.
#
# A script runs alone, so no two instances add one event, and its claim is there exactly when the entry is. A
# server out of memory refuses a script's first write only, so XADD comes first. Who has lost a reply sends
# the same again and finds its own claim.
_SCRIPT = """
local stream, kept, most = KEYS[1], ARGV[1], tonumber(ARGV[2])
local length, said = redis.call('XLEN', stream), {}
for i = 2, #KEYS do
  local at = 3 * i - 3
  local mark = ARGV[at] .. ' ' .. ARGV[at + 1]
  local held = redis.call('GET', KEYS[i])
  if held == mark then
    said[i - 1] = '+'
  elseif held then
    said[i - 1] = held
  elseif length >= most then
    said[i - 1] = '!'
  else
    local entry = redis.call('XADD', stream, '*', 'json', ARGV[at + 2])
    local noted = redis.pcall('SET', KEYS[i], mark, 'EX', kept)
    if type(noted) == 'table' and noted.err then
      redis.call('XDEL', stream, entry)
      return noted
    end
    length, said[i - 1] = length + 1, '+'
  end
end
return said
"""
_DIGEST = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()


class RedisGate:
    """Sender of lines, in batches of what has gathered while the batch before was under way.

    Unread entries are bounded by the stream's length. That is one number, true within seconds: every 5 s the
    job trims what two checkpoints do not need, down to `redis.max_length`, and never what is unread.
    """

    def __init__(self, url: str, prefix: str, claim_s: int, most_unread: int, replicas: int = 0, timeout_s: float = 2.0) -> None:
        """Note the settings; raise ValueError if `url` is no address."""
        self._link = DirectLink(url, prefix, timeout_s)
        self._claims, self._claim_s, self._most_unread = prefix + CLAIM, claim_s, most_unread
        self._replicas = replicas
        self._waiting: deque[Sending] = deque()
        self._some = asyncio.Event()
        self._me, self._number = uuid4().hex[:8], 0
        self._away_since, self._has_said, self._refused = 0.0, False, 0
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False

    @property
    def away_s(self) -> float:
        """Return for how long the server has taken nothing, 0 while it does."""
        return time.monotonic() - self._away_since if self._away_since else 0.0

    @property
    def unsent(self) -> int:
        """Return how many lines wait to be sent."""
        return len(self._waiting) + self._refused

    async def start(self) -> None:
        """Begin to send. It need not reach the server."""
        self._task = asyncio.create_task(self._run(), name="redis gate")

    def send(self, sending: Sending) -> None:
        """Send a line with the next batch, again and again until the server has it."""
        self._number += 1
        sending.owner = f"{self._me}{self._number:x}"
        self._waiting.append(sending)
        self._some.set()

    async def stop(self, within_s: float) -> None:
        """Send what waits, as far as that goes in so many seconds, and close."""
        self._is_stopping = True
        self._some.set()
        if self._task:
            await asyncio.wait([self._task], timeout=within_s)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._link.close()

    async def _run(self) -> None:
        while self._waiting or not self._is_stopping:
            if not self._waiting:
                self._some.clear()
                await self._some.wait()
                continue
            batch = self._batch()
            if batch:
                await self._patiently(batch)

    def _batch(self) -> list[Sending]:
        batch, size = list[Sending](), 0
        while self._waiting and len(batch) < MOST_LINES and size < MOST_BYTES:
            sending = self._waiting.popleft()
            if sending.is_withdrawn:
                sending.tell(WITHDRAWN, "")
                continue
            batch.append(sending)
            size += len(sending.line)
        return batch

    async def _patiently(self, batch: list[Sending]) -> None:
        """Send a batch, again and again while the server does not answer."""
        pause_s = _FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            try:
                await self._attempt(batch)
            except Exception as error:  # also one of ours: the gate must not end while it has lines
                self._say(error)
                self._away_since = self._away_since or began
            else:
                self._away_since = 0.0
                return
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _attempt(self, batch: list[Sending]) -> None:
        """Send a batch; what the server refuses comes again later, for other streams may be in order."""
        by_stream: dict[str, list[Sending]] = defaultdict(list)
        for sending in batch:
            by_stream[sending.stream].append(sending)
        parts = list(by_stream.values())
        commands = [self._words("EVALSHA", _DIGEST, part) for part in parts]
        if self._replicas:
            commands.append(["WAIT", self._replicas, _REPLICAS_WITHIN_MS])
        replies = await self._link.calls(commands)
        if self._replicas and (isinstance(replies[-1], Exception) or replies[-1] < self._replicas):
            raise RedisError(f"fewer than {self._replicas} replicas (redis.replicas) have the entries")
        refused = False
        for part, reply in zip(parts, replies, strict=False):
            if isinstance(reply, NoScriptError):
                [reply] = await self._link.calls([self._words("EVAL", _SCRIPT, part)])
            if isinstance(reply, Exception):
                refused = True
                self._say(reply)
                self._come_again(part)
            else:
                _tell(part, reply)
        self._has_said = refused

    def _come_again(self, part: Sequence[Sending]) -> None:
        self._refused += len(part)
        asyncio.get_running_loop().call_later(_REFUSED_PAUSE_S, self._again, part)

    def _again(self, part: Sequence[Sending]) -> None:
        self._refused -= len(part)
        self._waiting.extendleft(reversed(part))
        self._some.set()

    def _say(self, error: Exception) -> None:
        if not self._has_said:
            LOG.warning("Redis takes no events or labels (%s); trying until it does.", error)
            self._has_said = True

    def _words(self, command: str, script: str, part: Sequence[Sending]) -> list[Any]:
        words: list[Any] = [command, script, 1 + len(part), part[0].stream]
        words += [self._claims + sending.claim for sending in part]
        words += [self._claim_s, self._most_unread]
        for sending in part:
            words += [sending.digest, sending.owner, sending.line]
        return words


def _tell(part: Sequence[Sending], replies: Sequence[bytes]) -> None:
    for sending, reply in zip(part, replies, strict=True):
        if reply == b"+":
            sending.tell(SENT, "")
        elif reply == b"!":
            sending.tell(FULL, "")
        else:
            sending.tell(KNOWN, reply.decode().partition(" ")[0])
