"""The picture of a ring with its steps: one for each revision that it is drawn from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from ops.desk.ring_picture.ring import RingPicture


@dataclass(frozen=True)
class Step:
    """One revision of the picture."""

    number: int
    words: str


class RingSteps:
    """A ring's picture at one of its revisions."""

    def __init__(self, revisions: Sequence[Mapping[str, Any]], alerts: Sequence[Mapping[str, Any]], title: str, wanted: int | None) -> None:
        self._picture = RingPicture.of(revisions, alerts, title)
        self.numbers = self._picture.revisions
        """Of the revisions, rising."""
        self._wanted = wanted
        self.at = self.numbers[self._place_of(wanted)]
        """The revision that is shown."""

    @property
    def place(self) -> int:
        """Which of the revisions it is, from 0."""
        return self._place_of(self.at)

    @property
    def before(self) -> int | None:
        """The revision before, None at the first."""
        return self.numbers[self.place - 1] if self.place else None

    @property
    def after(self) -> int | None:
        """The revision after, None at the newest."""
        return self.numbers[self.place + 1] if self.place + 1 < len(self.numbers) else None

    @cached_property
    def svg(self) -> Markup:
        """The picture; of the newest revision nothing is marked as new, unless it was asked for."""
        return self._picture.svg(None if self._wanted is None else self.at)

    @cached_property
    def legend(self) -> Markup:
        """What its shapes mean."""
        return self._picture.legend()

    @cached_property
    def steps(self) -> list[Step]:
        """Each revision with its words."""
        newest = self.numbers[-1]
        return [Step(number, " ".join(self._picture.words(None if number == newest else number))) for number in self.numbers]

    def _place_of(self, wanted: int | None) -> int:
        return len(self.numbers) - 1 if wanted is None else max(0, bisect_right(self.numbers, wanted) - 1)
