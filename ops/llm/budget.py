"""The budget of all calls to the language model: requests and tokens per minute, money per day, held by
Redis.

Every call is booked before it is made, at the most it can use, in one atomic script: so that whatever
subtasks and restarts do, the caps are not overspent. Afterwards a booking is corrected to what was used, if
that is certain.

Keys: `<prefix>llm:budget:minute`, the bookings of the last 60 seconds (sorted set, by time), and
`<prefix>llm:budget:day`, the money booked on the current UTC day (hash). Times are the server's, so that
workers' clocks do not matter.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass

import redis.asyncio
from redis.exceptions import RedisError

from domain.summaries.summary import COST_DIGITS, LlmUsage
from ops.llm.settings import LlmSettings

_MICROS = 1_000_000  # money is counted in whole millionths, rounded up

# A price is per million tokens, so that tokens times price are millionths of the currency.

# KEYS: minute, day. ARGV: booking's id, tokens, micros; caps: requests, tokens, micros. Returns {"", UTC
# day} or the name of the cap that would be overspent. A clock that was set back spends no cap twice:
# bookings from its future go on counting.
_BOOK = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local day = math.floor(time[1] / 86400)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 60000)
local booked = redis.call('ZRANGE', KEYS[1], 0, -1)
if #booked + 1 > tonumber(ARGV[4]) then return {'requests_per_minute'} end
local tokens = tonumber(ARGV[2])
for _, member in ipairs(booked) do tokens = tokens + tonumber(string.match(member, ':(%d+)$')) end
if tokens > tonumber(ARGV[5]) then return {'tokens_per_minute'} end
local spent = redis.call('HMGET', KEYS[2], 'day', 'micros')
local micros = 0
if spent[1] and tonumber(spent[1]) >= day then day, micros = tonumber(spent[1]), tonumber(spent[2]) end
micros = micros + tonumber(ARGV[3])
if micros > tonumber(ARGV[6]) then return {'money_per_day'} end
redis.call('HSET', KEYS[2], 'day', day, 'micros', string.format('%.0f', micros))
redis.call('EXPIRE', KEYS[2], 172800)
redis.call('ZADD', KEYS[1], now, ARGV[1] .. ':' .. ARGV[2])
redis.call('EXPIRE', KEYS[1], 120)
return {'', day}
"""

# KEYS: minute, day. ARGV: booking's id, tokens booked, tokens used (empty: no call was made), UTC day booked
# on, micros used less micros booked.
_SETTLE = """
local member = ARGV[1] .. ':' .. ARGV[2]
local time = redis.call('ZSCORE', KEYS[1], member)
if time then
  redis.call('ZREM', KEYS[1], member)
  if ARGV[3] ~= '' then redis.call('ZADD', KEYS[1], time, ARGV[1] .. ':' .. ARGV[3]) end
end
if redis.call('HGET', KEYS[2], 'day') == ARGV[4] then redis.call('HINCRBY', KEYS[2], 'micros', ARGV[5]) end
return 1
"""


class NotInBudgetError(Exception):
    """A call must not be made: a cap would be overspent, or Redis is away so that nobody knows."""


@dataclass(frozen=True, slots=True)
class Booking:
    """One call's share of the budget: the most that it may use."""

    id: str
    usage: LlmUsage
    day: int


class LlmBudget:
    """Book of the calls to the model.

    `client` answers in str, and never tries a command twice: a correction made twice would be wrong.
    """

    def __init__(self, client: redis.asyncio.Redis, prefix: str, settings: LlmSettings) -> None:
        self._settings = settings
        self._keys = [f"{prefix}llm:budget:minute", f"{prefix}llm:budget:day"]
        self._book, self._settle = client.register_script(_BOOK), client.register_script(_SETTLE)

    async def book(self, input_tokens: int, output_tokens: int) -> Booking:
        """Book one call of at most so many tokens. After NotInBudgetError the call must not be made."""
        booking, usage = uuid.uuid4().hex, self._usage(input_tokens, output_tokens)
        caps = (self._settings.requests_per_minute, self._settings.tokens_per_minute, math.floor(self._settings.money_per_day * _MICROS))
        try:
            spent, *day = await self._book(self._keys, [booking, _tokens(usage), _micros(usage), *caps])
        except (RedisError, OSError) as error:  # the booking may have been made all the same, which errs on the safe side
            raise NotInBudgetError(f"budget unknown, Redis gives {type(error).__name__}") from error
        if spent:
            raise NotInBudgetError(f"llm.{spent} is used up")
        return Booking(booking, usage, int(day[0]))

    async def settle(self, booking: Booking, input_tokens: int, output_tokens: int) -> LlmUsage:
        """Correct a booking to what its call used, and return what is booked now. Call it once, and only
        where the use is certain.
        """
        usage = self._usage(input_tokens, output_tokens)
        correction = _micros(usage) - _micros(booking.usage)
        try:
            await self._settle(self._keys, [booking.id, _tokens(booking.usage), _tokens(usage), booking.day, correction])
        except (RedisError, OSError):
            return booking.usage
        return usage

    async def withdraw(self, booking: Booking) -> LlmUsage:
        """Take back a booking whose call reached no server, and return what is booked now."""
        correction = -_micros(booking.usage)
        try:
            await self._settle(self._keys, [booking.id, _tokens(booking.usage), "", booking.day, correction])
        except (RedisError, OSError):
            return booking.usage
        return LlmUsage()

    def _usage(self, input_tokens: int, output_tokens: int) -> LlmUsage:
        cost = (input_tokens * self._settings.input_price + output_tokens * self._settings.output_price) / _MICROS
        return LlmUsage(input_tokens, output_tokens, round(cost, COST_DIGITS), calls=1)


def _tokens(usage: LlmUsage) -> int:
    return usage.input_tokens + usage.output_tokens


def _micros(usage: LlmUsage) -> int:
    return math.ceil(round(usage.cost * _MICROS, 3))
