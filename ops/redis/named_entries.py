"""The entries of all streams that name an account, and their end.

An entry cannot be changed, so it is deleted whole. What a consumer group has not handled yet, or a checkpoint
of the job may still need, stays until it is read, unless that is waived.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import RedisError

from domain.graph import FORGET
from ops.redis.connection import RedisReadError, connect, options_of, place, refuse_lasting
from ops.redis.mends import mend_away
from ops.redis.private_group import is_abandoned
from ops.redis.trimmed import place_of
from ops.redis.trimming import NEEDED

_PAGE, _TIMEOUT_S = 1000, 10.0
_GLOB = str.maketrans({sign: f"\\{sign}" for sign in "*?[]\\"})


Seen = Callable[[str], Mapping[str, str]]
"""From the text of an entry to pseudonyms by kind."""


@dataclass
class Named:
    """What a stream holds of an account."""

    stream: str
    """Without the prefix."""
    ids: list[str] = field(default_factory=list)
    """Entries that everybody has read."""
    unread: list[str] = field(default_factory=list)
    """Entries that some reader has still to read."""


class NamedEntries:
    """A search through the streams under a prefix, and deletion."""

    def __init__(
        self, url: str, prefix: str, names: Callable[[str], bool], kept: Collection[str], seen: Seen, timeout_s: float = 10.0
    ) -> None:
        """Connect at the first call.

        `names` says of a text whether it names the account, and `seen` of one that does, with which others;
        `kept` are streams that are left alone.
        Raises RedisReadError if `url` is no address.
        """
        self._prefix, self._names, self._kept, self._seen = prefix, names, frozenset(kept), seen
        self._client: Any = connect(url, prefix, _TIMEOUT_S)
        self.entities: dict[tuple[tuple[str, str], ...], None] = {}
        """With which entities the account was seen, as pairs of kind and pseudonym, sorted."""

    def find(self) -> Iterator[Named]:
        """Yield what each stream holds of the account, where it holds any. Raises RedisReadError."""
        try:
            pattern = f"{self._prefix.translate(_GLOB)}*"
            keys = sorted(set(self._client.scan_iter(pattern, count=_PAGE, _type="stream")))
            for key in keys:
                if (stream := key.removeprefix(self._prefix)) not in self._kept and (found := self._found(key, stream)):
                    yield found
        except RedisError as error:
            raise self._away(error) from None

    def delete(self, stream: str, ids: Collection[str]) -> int:
        """Delete entries; return how many were still there. Raises RedisReadError."""
        listed, gone = list(ids), 0
        try:
            for first in range(0, len(listed), _PAGE):
                gone += int(self._client.xdel(self._prefix + stream, *listed[first : first + _PAGE]))
        except RedisError as error:
            raise self._away(error) from None
        return gone

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _found(self, key: str, stream: str) -> Named | None:
        found, read, start = Named(stream), _read_by_all(self._client, key, self._prefix), "-"
        while page := list(self._client.xrange(key, start, "+", _PAGE)):
            for entry_id, fields in page:
                if not any(map(self._names, fields.values())):
                    continue
                is_read, document = place_of(entry_id) <= read, _document(fields)
                if is_read:
                    found.ids.append(entry_id)
                elif document.get("event_type") != FORGET:  # the job is to read it
                    found.unread.append(entry_id)
                self._note(fields)
            start = f"({page[-1][0]}"
        return found if found.ids or found.unread else None

    def _note(self, fields: Mapping[str, str]) -> None:
        if found := self._seen(_text(fields)):
            self.entities[tuple(sorted(found.items()))] = None

    def _away(self, error: RedisError) -> RedisReadError:
        refuse_lasting(self._client, error)
        mend = mend_away(error, options_of(self._client))
        return RedisReadError(f"Redis at {place(self._client)} does not answer ({error}): {mend}")


def _read_by_all(client: Any, key: str, prefix: str) -> tuple[int, int]:
    """Return up to which entry every group has handled the stream, and no checkpoint needs it."""
    needed = [place_of(after) for of, after in client.hgetall(prefix + NEEDED).items() if of.partition("#")[0] == key]
    for group in client.xinfo_groups(key):
        if not is_abandoned(client, key, group["name"]):
            needed.append(place_of(group["last-delivered-id"]))
            if group["pending"]:
                ms, number = place_of(client.xpending(key, group["name"])["min"])
                needed.append((ms, number - 1))
    return min(needed, default=(2**63, 0))


def _text(fields: Mapping[str, str]) -> str:
    return fields.get("json") or (next(iter(fields.values())) if len(fields) == 1 else "")


def _document(fields: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        found = json.loads(_text(fields))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
