"""The entries that a stream got in a time, page by page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from redis.exceptions import RedisError, ResponseError

from ops.redis.connection import RedisReadError, connect, options_of, place, refuse_lasting
from ops.redis.entry import Entry
from ops.redis.mends import mend_away
from ops.redis.trimmed import place_of

_PAGE = 1000


def entries_of_time(
    url: str, prefix: str, stream: str, start: int, before: int, take: Callable[[Sequence[Entry]], None], timeout_s: float = 2.0
) -> bool:
    """Hand the entries from one ms to before another over, the oldest first.

    Return whether they are all: the stream has lost none of that time. Raises RedisReadError.
    """
    client: Any = connect(url, prefix, timeout_s)
    try:
        is_whole, after = _is_whole(client, prefix + stream, start), str(start)
        while page := client.xrange(prefix + stream, after, str(before - 1), _PAGE):
            take([Entry(stream, entry_id, fields) for entry_id, fields in page])
            after = f"({page[-1][0]}"
        return is_whole
    except RedisError as error:
        refuse_lasting(client, error)
        raise RedisReadError(f"Redis at {place(client)} cannot be read ({error}): {mend_away(error, options_of(client))}.") from None
    finally:
        client.close()


def _is_whole(client: Any, key: str, start: int) -> bool:
    """Return whether a stream has all that came from a time on: it loses its oldest entries first."""
    try:
        info = client.xinfo_stream(key)
        if info["entries-added"] == info["length"]:
            return True
    except (ResponseError, KeyError) as error:  # Redis before 7 does not count, and a user may have no right to ask
        if str(error).startswith("no such key"):
            return True
    first = client.xrange(key, count=1)
    return bool(first) and place_of(first[0][0])[0] < start
