"""Flink's keyed map state as a mapping, so that the domain's objects need not know Flink."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class KeyedMap(MutableMapping[K, V]):
    """The entries of the key that the engine has set; Flink answers None for what is missing."""

    def __init__(self, state: Any) -> None:
        self._state = state

    def __getitem__(self, key: K) -> V:
        value: V | None = self._state.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: K, value: V) -> None:
        self._state.put(key, value)

    def __delitem__(self, key: K) -> None:
        self._state.remove(key)

    def clear(self) -> None:
        """Remove all entries at once."""
        self._state.clear()

    def __iter__(self) -> Iterator[K]:
        return iter(list(self._state.keys()))

    def __len__(self) -> int:
        return sum(1 for _ in self)
