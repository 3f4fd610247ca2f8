"""What counts of each alert of an incident, beside the counts: so that some of them can be taken back."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping

from domain.incidents.tally import Clue

MOST = 1000
"""Alerts of an incident; each has some 400 bytes. Twice as many as a document has ids of."""


class KeptClues:
    """The first alerts of an incident by their number, in a mapping of text."""

    def __init__(self, kept: MutableMapping[int, str]) -> None:
        self._kept = kept

    def add(self, number: int, clue: Clue) -> None:
        """Keep an alert, the incident's `number`-th from 0, if there is room."""
        if number < MOST:
            self._kept[number] = clue.to_text()

    def clues(self) -> list[Clue]:
        """Return what is kept, in the order in which it came."""
        return [Clue.from_text(self._kept[number]) for number in sorted(self._kept)]

    def replace(self, clues: Iterable[Clue]) -> None:
        """Keep these instead."""
        self.clear()
        for number, clue in enumerate(clues):
            self._kept[number] = clue.to_text()

    def clear(self) -> None:
        """Keep nothing."""
        self._kept.clear()
