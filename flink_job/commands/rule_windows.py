"""How much of a stream a rule is tried on within a time: its newest events, more of them while they fit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

FIRST, TIMES = 1_000, 4
"""Events of the first window, and how many times as many the next one has."""
Watch = Callable[[], None]
"""Called now and then while a window is tried; ends it by raising `OutOfTimeError`."""
Found = TypeVar("Found")


class OutOfTimeError(Exception):
    """A window that does not fit into the time."""


def widest(most: int, within_s: float | None, tried: Callable[[int, Watch], tuple[Found, int]]) -> Found:
    """Return what is found on the largest window of the newest events that the time allows, at most `most`.

    `tried` takes the size of a window and returns what it found, and how many events there were. The first
    window is tried however long it takes. Without a time there is one window.
    """
    if within_s is None:
        return tried(most, _goes_on)[0]
    end = time.monotonic() + within_s
    sizes = _sizes(most)
    begun, size = time.monotonic(), next(sizes)
    found, events = tried(size, _goes_on)
    for wanted in sizes:
        spent, begun = time.monotonic() - begun, time.monotonic()
        if events < size or begun + spent > end:
            break
        try:
            (found, events), size = tried(wanted, _until(end)), wanted
        except OutOfTimeError:
            break
    return found


def _sizes(most: int) -> Iterator[int]:
    size = FIRST
    while size < most:
        yield size
        size *= TIMES
    yield most


def _goes_on() -> None:
    """Let a window be tried to its end."""


def _until(end: float) -> Watch:
    def watch() -> None:
        if time.monotonic() > end:
            raise OutOfTimeError

    return watch
