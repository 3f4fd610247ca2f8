"""Whether a user of Redis may write what the job alone is to write."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import Any

from redis.exceptions import NoPermissionError, RedisError, ResponseError

from ops.redis.connection import connect

_NEVER = "0-0"
"""An id that no entry can have: who may write gets another error than who may not. Nothing is written."""


def writable(url: str, prefix: str, streams: Iterable[str], timeout_s: float = 2.0) -> list[str]:
    """Return which of the streams this user may write; none where the server does not say."""
    with closing(connect(url, prefix, timeout_s)) as client:
        return [stream for stream in streams if _may_write(client, prefix + stream)]


def _may_write(client: Any, key: str) -> bool:
    try:
        client.execute_command("XADD", key, _NEVER, "json", "")
    except NoPermissionError:
        return False
    except ResponseError as error:
        return "0-0" in str(error)
    except RedisError:
        return False
    return False
