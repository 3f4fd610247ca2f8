"""Entries that left a stream before a group handled them: trimmed, or deleted by someone.

Redis counts the entries that a stream has ever had, and those that a group has read. It counts so from
version 7 on, and not for a group that began in the middle of a stream by an id; then nobody knows.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from redis.exceptions import ResponseError

LOG = logging.getLogger(__name__)


class Trimmed:
    """Count of what a group can no longer read, until it is said. Without +xinfo|stream it knows a part."""

    def __init__(self, client: Any, group: str) -> None:
        self._client, self._group = client, group
        self._counts: Counter[str] = Counter()
        self._known: dict[str, str] = {}
        """Keys whose gap after this id is counted: it is there until the group reads on."""

    def in_hand(self, key: str, count: int) -> None:
        """Take entries of the stream `key` that the group had in hand and that are gone."""
        if count:
            self._counts[key] += count

    def look(self, keys: Sequence[str]) -> None:
        """Take what is gone between the last entry that the group has read and the first that is there."""
        for key in keys:
            with suppress(ResponseError):  # what is wrong with the stream, reading it says
                for group in self._client.xinfo_groups(key):
                    if group["name"] == self._group and group.get("lag") != 0:
                        self._take(key, group)

    def _take(self, key: str, group: Mapping[str, Any]) -> None:
        last_read = group["last-delivered-id"]
        if self._known.get(key) != last_read and (gone := gone_unread(self._client.xinfo_stream(key), group)):
            self._counts[key] += gone
            self._known[key] = last_read

    def say(self) -> None:
        """Log, once for each gap, how many entries are gone."""
        for key, count in self._counts.items():
            were = "1 entry of stream {} was" if count == 1 else f"{count:,} entries of stream {{}} were"
            mend = "raise redis.hard_max_length, or read more often"
            LOG.warning("%s trimmed before group %s had handled them; %s.", were.format(key), self._group, mend)
        self._counts.clear()


def gone_unread(stream: Mapping[str, Any], group: Mapping[str, Any]) -> int:
    """Return how many entries are gone that the group has not read, 0 if unknown.

    `stream` and `group` are what XINFO STREAM and XINFO GROUPS say.
    """
    added, read = stream.get("entries-added"), group.get("entries-read")
    if added is None or read is None or not _is_past(stream, group["last-delivered-id"]):
        return 0
    return max(0, int(added) - int(read) - int(stream["length"]))


def readable(stream: Mapping[str, Any], group: Mapping[str, Any]) -> int | None:
    """Return how many entries the group can still be given, None if the server cannot tell."""
    if _is_past(stream, group["last-delivered-id"]):
        return int(stream["length"])
    lag = group.get("lag")
    return None if lag is None else int(lag)


def read_before(client: Any, key: str, last_read: str) -> int | None:
    """Return how many entries the stream has had up to `last_read`, its start or its end; None if unknown."""
    with suppress(ResponseError):
        stream = client.xinfo_stream(key)
        if (added := stream.get("entries-added")) is None:
            return None
        if stream["last-entry"] and stream["last-entry"][0] == last_read:
            return int(added)
        if place_of(last_read) == (0, 0):
            return int(added) - int(stream["length"])
    return None


def first_id(stream: Mapping[str, Any]) -> str | None:
    """Return the id of the first entry that is there."""
    first = stream["first-entry"]
    return str(first[0]) if first else None


def place_of(entry_id: str) -> tuple[int, int]:
    """Return an entry's time in ms and its number within that ms."""
    time_ms, _, number = entry_id.partition("-")
    return int(time_ms), int(number or 0)


def _is_past(stream: Mapping[str, Any], last_read: str) -> bool:
    """Return whether the first entry that is there comes after `last_read`."""
    first = first_id(stream)
    return first is None or place_of(first) > place_of(last_read)
