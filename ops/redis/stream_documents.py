"""All documents of one of the job's streams, as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from redis.exceptions import RedisError

from domain.control.signature import ControlKeys
from ops.redis.connection import RedisReadError, connect, options_of, place, refuse_lasting
from ops.redis.entry import Entry
from ops.redis.mends import mend_away
from ops.redis.signed_entries import SignedEntries

_PAGE = 1000


def stream_documents(
    url: str, prefix: str, stream: str, timeout_s: float = 10.0, after: str = "", keys: ControlKeys | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the documents in order, those after an entry's id; raise RedisReadError.

    Entries without a document are left out, and with `keys` those that the job has not signed.
    """
    signed = SignedEntries(keys, prefix)
    client, start = connect(url, prefix, timeout_s), f"({after}" if after else "-"
    try:
        while page := _page(client, prefix + stream, start):
            for entry_id, fields in page:
                document = Entry(stream, entry_id, fields).document()
                if document is not None and signed.has(stream, fields):
                    yield document
            start = f"({page[-1][0]}"
    except RedisError as error:
        refuse_lasting(client, error)
        raise RedisReadError(
            f"The stream {prefix}{stream} cannot be read from {place(client)} ({error}): {mend_away(error, options_of(client))}."
        ) from None
    finally:
        client.close()


def _page(client: Any, name: str, start: str) -> list[tuple[str, dict[str, str]]]:
    return list(client.xrange(name, start, "+", _PAGE))
