"""Two texts side by side: what went, what came, what stayed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest


@dataclass(frozen=True)
class Pair:
    """A line of each text; None where one has nothing in its place."""

    left: str | None
    right: str | None

    @property
    def is_same(self) -> bool:
        """Whether nothing has changed."""
        return self.left == self.right


def side_by_side(left: str, right: str) -> Iterator[Pair]:
    """Yield the lines of two texts in pairs."""
    old, new = left.splitlines(), right.splitlines()
    for _, from_, to, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for one, other in zip_longest(old[from_:to], new[begin:end]):
            yield Pair(one, other)
