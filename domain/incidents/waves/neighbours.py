"""Waves of other classes at the same time: one attack may show in several classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Self

from domain.incidents.waves.wave import Wave, wave_id


class Neighbours:
    """Where the last wave of each class began and ended. Bounded: one a class."""

    def __init__(self) -> None:
        self._over: dict[int, tuple[int, int]] = {}  # class -> first and last bucket

    def end(self, wave: Wave) -> None:
        """Note a wave that is over, if it was published."""
        if wave.revision:
            self._over[wave.position] = (wave.start, wave.high)

    def of_wave(self, wave: Wave, open_waves: Iterable[Wave]) -> tuple[str, ...]:
        """Return the ids of the waves of other classes that overlap a wave in time, sorted."""
        spans = [*((at, *span) for at, span in self._over.items()), *((one.position, one.start, one.high) for one in open_waves)]
        return tuple(sorted(set(_overlapping(wave, spans))))

    def to_state(self) -> list[Any]:
        """Return it as JSON values."""
        return [[position, *span] for position, span in self._over.items()]

    @classmethod
    def of(cls, state: Iterable[Any]) -> Self:
        """Read what `to_state` returned."""
        neighbours = cls()
        neighbours._over = {position: (start, high) for position, start, high in state}
        return neighbours


def _overlapping(wave: Wave, spans: Iterable[tuple[int, int, int]]) -> Iterator[str]:
    for position, start, high in spans:
        if position != wave.position and start <= wave.high and wave.start <= high:
            yield wave_id(position, start)
