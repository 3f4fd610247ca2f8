"""What the subtasks tell each other about an endpoint by way of Redis: what is agreed, who negotiates, and
until when the endpoint asked to wait.

Keys: `<prefix>llm:agreed:<digest>`, and the same with `:negotiator` and `:gate`; the digest is that of
address, model and API version. Times are the server's. Without Redis each subtask knows what it has learned
itself.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import redis.asyncio
from redis.exceptions import RedisError

from domain.json_text import as_json
from ops.llm.endpoint.addresses import address_of
from ops.llm.endpoint.agreed import Agreed, agreed_from
from ops.llm.settings import LlmSettings

_KEPT_S = 86_400
_MOST_BYTES = 64 * 1024

# KEYS: agreement, gate. Returns both texts and the server's time in milliseconds.
_READ = """
local time = redis.call('TIME')
local agreed, gate = redis.call('GETRANGE', KEYS[1], 0, ARGV[1]), redis.call('GETRANGE', KEYS[2], 0, 1000)
return {agreed, gate, time[1] * 1000 + math.floor(time[2] / 1000)}
"""

# KEYS: gate. ARGV: milliseconds, reason. The longest wait that anybody was asked for counts.
_CLOSE = """
local time = redis.call('TIME')
local open_at = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
local before = tonumber(string.match(redis.call('GETRANGE', KEYS[1], 0, 30), '^%d+') or '0')
if before < open_at then redis.call('SET', KEYS[1], string.format('%.0f %s', open_at, ARGV[2]), 'PX', ARGV[1]) end
return 1
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the others know: the agreement, if there is one, and for how long the gate is closed, and why."""

    agreed: Agreed | None = None
    closed_s: float = 0.0
    reason: str = ""


class SharedTerms:
    """The keys of one endpoint and model. Nothing here raises where Redis is away."""

    def __init__(self, client: redis.asyncio.Redis, prefix: str, settings: LlmSettings) -> None:
        about = as_json([address_of(settings), settings.model, settings.azure_api_version])
        name = f"{prefix}llm:agreed:{hashlib.blake2b(about.encode(), digest_size=16).hexdigest()}"
        self._client, self._agreed, self._negotiator, self._gate = client, name, f"{name}:negotiator", f"{name}:gate"
        self._read, self._close = client.register_script(_READ), client.register_script(_CLOSE)

    async def read(self) -> Seen:
        """Return what is known."""
        try:
            agreed, gate, now = await self._read([self._agreed, self._gate], [_MOST_BYTES])
        except (RedisError, OSError, UnicodeDecodeError):
            return Seen()
        open_at, _, reason = str(gate).partition(" ")
        closed_s = (int(open_at) - int(now)) / 1000 if open_at.isdigit() else 0.0
        return Seen(_agreed_of(agreed), max(0.0, closed_s), reason)

    async def keep(self, agreed: Agreed) -> None:
        """Tell the others what is agreed."""
        try:
            await self._client.set(self._agreed, as_json(agreed.to_document()), ex=_KEPT_S)
        except (RedisError, OSError):
            return

    async def close_gate(self, seconds: float, reason: str) -> None:
        """Tell the others not to ask for so long."""
        try:
            await self._close([self._gate], [max(1, round(seconds * 1000)), reason])
        except (RedisError, OSError):
            return

    async def may_negotiate(self, seconds: float) -> bool:
        """Take the turn to negotiate for at most so long; False if another subtask has it."""
        try:
            return bool(await self._client.set(self._negotiator, "1", nx=True, px=max(1, round(seconds * 1000))))
        except (RedisError, OSError):
            return True

    async def has_negotiated(self) -> None:
        """Give the turn back."""
        try:
            await self._client.set(self._negotiator, "1", xx=True, px=1)
        except (RedisError, OSError):
            return


def _agreed_of(text: str) -> Agreed | None:
    try:
        return agreed_from(json.loads(text)) if text else None
    except (ValueError, RecursionError):
        return None
