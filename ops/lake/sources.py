"""Where the archiver reads: records after a place, and the place that they reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ops.lake.rows import Record


class SourceAwayError(RuntimeError):
    """The server of a source does not answer; it is tried again."""


class Source(Protocol):
    """A stream in one or several parts, each of which has an order of its own.

    A place is a few whole numbers by name, unique in the lake. `begin` is called before `read`, and again
    after an error. All raise SourceAwayError where the server is away.
    """

    def names(self) -> Sequence[str]:
        """Return the names of the numbers that a place has."""
        ...

    def begin(self, places: Mapping[str, int]) -> None:
        """Go to a place; numbers that are missing are those of the beginning."""
        ...

    def read(self, most: int) -> list[Record] | None:
        """Return the next records, about so many at most; None if there are none yet.

        Those that do not count are left out.
        """
        ...

    def places(self) -> Mapping[str, int]:
        """Return the place that `read` has reached."""
        ...

    def committed(self) -> None:
        """Take it that the lake has all that was read."""
        ...

    def close(self) -> None:
        """End the connections."""
        ...
