"""Whether files that are read one after the other follow each other in time: a look at their ends only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from domain.errors import SettingError
from domain.times import moment_ms, rfc3339
from domain.unpacked import is_packed, last_bytes, open_unpacked

LOOK_BYTES = 1 << 16
"""What is read of each end of a file: an event's longest line."""
_TIME = re.compile(rb'"event_time"\s*:\s*"?([0-9][0-9A-Za-z:.+ -]*)')
_MEND = "an event that comes late is decided from the state of a later time"


class FileTimes(NamedTuple):
    """Times (ms since 1970) of the first and the last line of a file that have one."""

    path: Path
    first_ms: int
    last_ms: int


def disorder(files: Sequence[Path], patience_s: float) -> str:
    """Return which two files do not follow each other in time, how many more, and the mend; empty if all do.

    `files` are in the order in which they are read. Times may go back by `patience_s`. Events in the middle
    of a file are not looked at, nor is the end of a packed file.
    """
    known = [found for path in files if (found := _times(path))]
    wrong = [said for one, other in pairwise(known) if (said := _disagreement(one, other, patience_s))]
    if not wrong:
        return ""
    others = len(wrong) - 1
    more = f" ({others:,} more {'pair' if others == 1 else 'pairs'} of files that follow each other likewise)" if others else ""
    return wrong[0] + more


def _disagreement(one: FileTimes, other: FileTimes, patience_s: float) -> str:
    """Return why `other` should not be read after `one`, and the mend; empty if it may."""
    if one.first_ms - other.first_ms > patience_s * 1000:
        return (
            f"{other.path} begins at {rfc3339(other.first_ms)} and is read after {one.path}, which begins at "
            f"{rfc3339(one.first_ms)}: {_MEND}; name the files so that the order of their names is that of their events"
        )
    if one.last_ms - other.first_ms > patience_s * 1000:
        return (
            f"{one.path} ends at {rfc3339(one.last_ms)}, and {other.path}, which is read after it, begins at "
            f"{rfc3339(other.first_ms)}: {_MEND}; sort the events of both by event_time"
        )
    return ""


def _times(path: Path) -> FileTimes | None:
    """Return the times of a file; None if it has none, or cannot be read: that is said elsewhere."""
    with suppress(OSError, SettingError):
        with open_unpacked(path) as file:
            first = _moments(file.read(LOOK_BYTES))[:1]
        last = [] if is_packed(path) else _moments(last_bytes(path, LOOK_BYTES))[-1:]
        if first:
            return FileTimes(path, first[0], (last or first)[0])
    return None


def _moments(text: bytes) -> list[int]:
    moments = []
    for found in _TIME.findall(text):
        with suppress(ValueError):
            moments.append(moment_ms(found.decode("ascii").strip()))
    return moments
