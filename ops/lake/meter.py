"""What an archiver counts, for its line of progress and its metrics."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass
class Meter:
    """Counts since the start by table, and what is so now."""

    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], float] = time.time
    rows: Counter[str] = field(default_factory=Counter)
    commits: Counter[str] = field(default_factory=Counter)
    overtaken: Counter[str] = field(default_factory=Counter)
    """Commits that another archiver had made."""
    failures: Counter[str] = field(default_factory=Counter)
    """Tries that failed as the lake or the stream was away, or by a fault."""
    committed_at: dict[str, float] = field(default_factory=dict)
    """When each table got its last commit of this archiver, in s since 1970."""
    waits_for: dict[str, str] = field(default_factory=dict)
    """What is away, by table."""
    _had_all: dict[str, float] = field(default_factory=dict)

    def follow(self, tables: Iterable[str]) -> None:
        """Begin to count for tables; none of them has anything yet."""
        self._had_all |= dict.fromkeys(tables, self.clock())

    def committed(self, table: str, rows: int) -> None:
        """Note a commit."""
        self.rows[table] += rows
        self.commits[table] += 1
        self.committed_at[table] = self.wall_clock()

    def had_all(self, table: str, at: float) -> None:
        """Note that a table has all that its stream had at a time of the clock."""
        self._had_all[table] = at

    def behind_s(self) -> dict[str, float]:
        """Return for how long each table has not had all of its stream."""
        now = self.clock()
        return {table: now - at for table, at in self._had_all.items()}
