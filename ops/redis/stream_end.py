"""Where a stream ends now."""

from __future__ import annotations

from typing import Any

from redis.exceptions import RedisError, ResponseError

from ops.redis.connection import RedisReadError, connect, options_of, place, refuse_lasting
from ops.redis.mends import mend_away


def last_id(url: str, prefix: str, stream: str, timeout_s: float = 10.0) -> str:
    """Return the last id that a stream has given, `0-0` where there is none; raise RedisReadError."""
    client: Any = connect(url, prefix, timeout_s)
    try:
        return str(client.xinfo_stream(f"{prefix}{stream}")["last-generated-id"])
    except RedisError as error:
        if isinstance(error, ResponseError) and "no such key" in str(error):
            return "0-0"
        refuse_lasting(client, error)
        raise RedisReadError(
            f"The stream {prefix}{stream} cannot be read from {place(client)} ({error}): {mend_away(error, options_of(client))}."
        ) from None
    finally:
        client.close()
