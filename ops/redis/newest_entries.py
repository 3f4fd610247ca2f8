"""The newest entries of streams, oldest first: what they still hold, within a bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis.exceptions import RedisError

from ops.redis.connection import RedisReadError, connect, options_of, place, refuse_lasting
from ops.redis.entry import Entry
from ops.redis.mends import mend_away
from ops.redis.trimmed import place_of

_PAGE = 1000


def newest_entries(url: str, prefix: str, streams: Sequence[str], most: int, since: str = "-", timeout_s: float = 10.0) -> list[Entry]:
    """Return the newest `most` entries of several streams together, in the order of their ids, from an id on.

    Raises RedisReadError.
    """
    client = connect(url, prefix, timeout_s)
    try:
        found = [entry for stream in streams for entry in _newest(client, prefix, stream, most, since)]
    except RedisError as error:
        refuse_lasting(client, error)
        raise RedisReadError(f"Redis at {place(client)} cannot be read ({error}): {mend_away(error, options_of(client))}.") from None
    finally:
        client.close()
    return sorted(found, key=lambda entry: place_of(entry.entry_id))[-most:]


def _newest(client: Any, prefix: str, stream: str, most: int, since: str) -> list[Entry]:
    found: list[Entry] = []
    before = "+"
    while len(found) < most:
        page = client.xrevrange(prefix + stream, before, since, min(_PAGE, most - len(found)))
        found += [Entry(stream, entry_id, fields) for entry_id, fields in page]
        if len(page) < _PAGE:
            break
        before = f"({page[-1][0]}"
    return found
