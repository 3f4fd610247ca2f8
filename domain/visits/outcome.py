"""What became of an event at a stage."""

from __future__ import annotations

from enum import IntEnum


class Outcome(IntEnum):
    """What became of an event at a stage, in rising order of the attention that it asks for."""

    ABSENT = 0
    """The event has no entity of this kind: nothing read, nothing written."""
    LINKED = 1
    IDLE = 2
    """A label that changes nothing: a repeat, or one that counts less than what was said before."""
    HELD = 3
    """A label for an event that its account has not had: nothing is learnt before that comes."""
    LATE = 4
    """An event too long before the clock of the stream, or before the entity's latest: scored, but the entity
    learns its id and labels only.
    """
    DUPLICATE = 5
    """Its id was seen before, or a label's line came before: it goes no further."""


ABSENT, LINKED, IDLE, HELD, LATE, DUPLICATE = (outcome.value for outcome in Outcome)
NOT_CURRENT = 6
"""A stored record has to be migrated, or refused: nothing was done."""
