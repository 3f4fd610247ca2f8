"""What only the lake can say of a day. To know this, no lake need be there, nor what reads one."""

from __future__ import annotations

from dataclasses import dataclass

from ops.digest.figures import Counts, Sums

NO_LAKE = "there is no lake (lake.url)"
NO_READER = "this machine has nothing that reads a lake: pip install 'ringwatch[lake]'"


@dataclass(frozen=True)
class LakeDay:
    """A day in the lake. A text says why something is not known."""

    decisions: Counts | str
    missed: Sums | str
    missed_events: int | None = None


def unknown_day(why: str = NO_LAKE) -> LakeDay:
    """Return a day of which the lake says nothing, and why."""
    return LakeDay(why, why)
