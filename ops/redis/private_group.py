"""Consumer groups that belong to one reader alone, which removes its group when it ends.

A reader that is killed leaves its group behind. Nobody reads with it again, so after `ABANDONED_S` it no
longer keeps entries in a stream, and the next private reader removes it.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from redis.exceptions import RedisError

PRIVATE = "private:"
"""Begins the name of a private group, and of no other: `tail --group` refuses it."""
ABANDONED_S = 3600.0
"""A living reader asks every second. A terminal that is held (Ctrl-S) asks for nothing, hence an hour."""


def private_name(reader: str) -> str:
    """Return a name that no other process has: containers share names of hosts and numbers of processes."""
    return f"{PRIVATE}{reader}-{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"


def is_private(group: str) -> bool:
    """Return whether a group belongs to one reader alone."""
    return group.startswith(PRIVATE)


def remove_abandoned(client: Any, keys: Iterable[str], abandoned_s: float = ABANDONED_S) -> None:
    """Remove from the streams `keys` the private groups that nobody has read with for `abandoned_s`.

    The server's clock counts. Without the permission to look, or where a stream is missing, they stay.
    """
    for key in keys:
        with contextlib.suppress(RedisError):
            for group in client.xinfo_groups(key):
                if is_abandoned(client, key, group["name"], abandoned_s):
                    client.xgroup_destroy(key, group["name"])


def is_abandoned(client: Any, key: str, group: str, abandoned_s: float = ABANDONED_S) -> bool:
    """Return whether a group of the stream `key` is private and nobody has read with it for `abandoned_s`.

    Without the permission to look it is not.
    """
    with contextlib.suppress(RedisError):
        return is_private(group) and _idle_s(client, key, group) >= abandoned_s
    return False


def _idle_s(client: Any, key: str, group: str) -> float:
    """Return the seconds since a member of the group has asked for entries; 0 where it has none yet."""
    return min((member["idle"] / 1000 for member in client.xinfo_consumers(key, group)), default=0.0)
