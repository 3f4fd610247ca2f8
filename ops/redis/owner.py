"""The one job that a prefix belongs to.

`<prefix>owner` holds `{"job", "host", "pid", "checkpoints", "seen"}` and expires `EXPIRY_S` after the job has
last said that it lives. A job is known by an id that it keeps when it starts again, so that it takes its own
prefix over at once. The scripts run with the rights that docs/operate.md gives the job.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError

from domain.errors import SettingError
from ops.redis.connection import connect

OWNER = "owner"
"""Name of the key, after the prefix."""
EXPIRY_S = 30

_OTHER = """
local function other(held, job, now)
  local ok, owner = pcall(cjson.decode, held or '')
  if not ok or type(owner) ~= 'table' or owner['job'] == nil or owner['job'] == job then return '' end
  local ago = math.max(0, math.floor((tonumber(now) - (tonumber(owner['seen']) or 0)) / 1000))
  return string.format('a job on %s (checkpoints %s) seen %d s ago', tostring(owner['host']), tostring(owner['checkpoints']), ago)
end
"""
TAKE = (
    _OTHER
    + f"""
local held = redis.call('SET', KEYS[1], ARGV[2], 'PX', {EXPIRY_S * 1000}, 'NX', 'GET')
if not held then return '' end
local said = other(held, ARGV[1], ARGV[3])
if said == '' then redis.call('SET', KEYS[1], ARGV[2], 'PX', {EXPIRY_S * 1000}) end
return said
"""
)
"""KEYS: `<prefix>owner`. ARGV: id of the job, the document, ms since 1970.

Puts the document there, or answers which other job holds the prefix.
"""
LOOK = _OTHER + "return other(redis.call('GETRANGE', KEYS[1], 0, -1), ARGV[1], ARGV[2])\n"
"""KEYS: `<prefix>owner`. ARGV: id of the job, ms since 1970. Answers which other job holds the prefix."""
_GIVE = """
local held = redis.call('SET', KEYS[1], '', 'PX', 1, 'XX', 'GET')
if held and held ~= '' and string.find(held, '"job":"' .. ARGV[1] .. '"', 1, true) == nil then
  redis.call('SET', KEYS[1], held, 'PX', ARGV[2])
end
return ''
"""


def refusal(prefix: str) -> str:
    """Return the text that refuses a prefix, in which %s is the job that has it."""
    return (
        f"redis.prefix {prefix.replace('%', '%%')} belongs to %s: stop it, or choose another redis.prefix; "
        f"it is free {EXPIRY_S} s after that job has ended"
    )


def refuse_owned(url: str, prefix: str, job: str, now_ms: int, timeout_s: float = 5.0) -> None:
    """Raise `SettingError` where another job has the prefix.

    A user who may not look learns of it when the job starts.
    """
    if said := _asked(url, prefix, timeout_s, LOOK, job, str(now_ms)):
        raise SettingError(refusal(prefix) % said)


def give_up(url: str, prefix: str, job: str, timeout_s: float = 5.0) -> None:
    """Free a prefix whose job has ended; leave it to another job that has it."""
    _asked(url, prefix, timeout_s, _GIVE, job, str(EXPIRY_S * 1000))


def _asked(url: str, prefix: str, timeout_s: float, script: str, *words: str) -> str:
    """Return what a script answers; nothing where Redis is away or refuses, which others say."""
    client: Any = connect(url, prefix, timeout_s)
    try:
        with suppress(RedisError):
            return str(client.eval(script, 1, f"{prefix}{OWNER}", *words))
        return ""
    finally:
        client.close()
