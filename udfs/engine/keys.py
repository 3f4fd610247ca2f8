"""The key under which an event travels to a stage."""

from __future__ import annotations

from domain.events.identity import MISSING

_SIGN = 1 << 63

ONE_PLACE = "all"
"""The key of what one place must know: which rings have met, how many revisions an hour has had."""


def stage_key(key: int, way_hash: int) -> int:
    """Return the pseudonym of an event's entity as a Java long.

    An event without such an entity must pass the stage all the same. It is spread by its own id
    (`trail.way_hash`), so that such events do not pile up on one key.
    """
    return as_long(way_hash if key == MISSING else key)


def as_long(unsigned: int) -> int:
    """Return the same 64 bits, read as a signed number."""
    return unsigned - (1 << 64) if unsigned & _SIGN else unsigned
