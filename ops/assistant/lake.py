"""The lake as tools ask it: SQL that code has made, by `ringwatch query` with its limits."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ops.assistant.child import output_of
from ops.cases.errors import Conflict

LONGEST_S = 30.0
"""Of one query, if `lake.query_s` is not shorter."""
_AT_ONCE, _WAIT_S = 2, 10.0
"""Queries at once, each with the memory that `lake.query_memory_mb` allows; another one waits for so long."""
_START_S = 20.0
"""To start and to end, beside the query itself."""

Rows = Sequence[Mapping[str, Any]]


class Lake(Protocol):
    """What answers SQL over the lake. Raises `Conflict`."""

    def rows(self, sql: str, most: int, within_s: float) -> Rows:
        """Return at most so many rows, each by column as JSON has it."""
        ...


class LakeByQuery:
    """The lake by a command that is `ringwatch query - --format json` with the settings of this one."""

    def __init__(self, command: Sequence[str], query_s: float) -> None:
        self._command, self._query_s = tuple(command), min(query_s, LONGEST_S)
        self._free = threading.BoundedSemaphore(_AT_ONCE)

    def rows(self, sql: str, most: int, within_s: float) -> Rows:
        """Return the rows of a query. Raises `Conflict` with why there is no answer."""
        seconds = max(0.1, min(self._query_s, within_s))
        command = [*self._command, "--rows", str(most), "--within-s", f"{seconds:.1f}"]
        if not self._free.acquire(timeout=_WAIT_S):
            raise Conflict("the lake answers other questions: ask again in a minute")
        try:
            return [json.loads(line) for line in output_of(command, sql, seconds + _START_S).splitlines()]
        finally:
            self._free.release()


def literal(text: str) -> str:
    """Return a text as SQL writes it: nothing but a quote ends one, and a quote is written twice."""
    return "'" + text.replace("'", "''") + "'"
