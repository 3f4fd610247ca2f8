"""The key under which an event travels to a stage."""

from __future__ import annotations

from domain.identity import MISSING
from domain.trail import Trail

_SIGN = 1 << 63


def stage_key(trail: Trail, position: int) -> int:
    """The pseudonym of the event's entity of that stage as a Java long.

    An event without such an entity is spread by its own id: it must pass the stage, but not pile up on one hot key.
    """
    key = trail.event.entities[position]
    return as_long(trail.event.id_hash if key == MISSING else key)


def as_long(unsigned: int) -> int:
    """The same 64 bits, read as a signed number."""
    return unsigned - (1 << 64) if unsigned & _SIGN else unsigned
