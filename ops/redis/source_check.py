"""Whether the job can read its Redis streams: what `check` and `run` ask beside the server's version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import redis
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from domain.wording import counted
from ops.redis.connection import RedisReadError, connect, options_of, place, refuse_lasting
from ops.redis.mends import mend_away
from ops.redis.trimming import NEEDED

NO_FILE = "keeps no append-only file (appendonly no): what it forgets at a restart, events and decisions, is lost; set appendonly yes"


def look_at_streams(url: str, prefix: str, keys: Iterable[str], timeout_s: float = 5.0) -> tuple[list[str], list[str]]:
    """Return (what is in each stream, what is to be known of the server); `keys` have their prefix.

    Asks all that the job's readers ask, so that a right that is missing shows.

    Raises:
        RedisReadError: the streams cannot be read.
    """
    client = connect(url, prefix, timeout_s)
    try:
        found = [f"{key} {_held(client, key)}" for key in keys]
        client.hgetall(f"{prefix}{NEEDED}")
        return found, [f"Redis at {place(client)} {NO_FILE}"] if _forgets(client) else []
    except RedisError as error:
        refuse_lasting(client, error)
        raise RedisReadError(f"Redis at {place(client)} does not answer ({error}): {mend_away(error, options_of(client))}") from None
    finally:
        client.close()


def _held(client: redis.Redis, key: str) -> str:
    with client.pipeline(transaction=True) as pipe:
        pipe.xread({key: "0-0"}, count=1)
        pipe.xinfo_stream(key)
        try:
            entries, info = pipe.execute(raise_on_error=False)
        except ResponseError as error:  # of a command that was not let into the transaction, or of these themselves
            is_denied = any(words in str(error) for words in ("NOPERM", "without MULTI"))
            raise NoPermissionError(str(error)) if is_denied else error from None
    if isinstance(entries, RedisError):
        raise entries
    if isinstance(info, ResponseError) and str(info).startswith("no such key"):
        return "does not exist yet"
    if isinstance(info, RedisError):
        raise info
    if "entries-added" not in info:
        raise RedisReadError(f"Redis at {place(client)} does not count the entries of a stream: use Redis from version 7 on, or Valkey")
    return f"holds {counted(int(info['length']), 'entry')}"


def _forgets(client: redis.Redis) -> bool:
    """Return whether a server says that it keeps no append-only file."""
    try:
        facts: dict[str, Any] = client.info("persistence")  # type: ignore[assignment]
    except NoPermissionError:
        return False
    return facts.get("aof_enabled") == 0
