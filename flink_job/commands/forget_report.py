"""What `ringwatch forget` did, place by place, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import SettingError

STATE = "job's state"
FAILS = (RuntimeError, OSError, SettingError)
"""Errors of a place that is away; the other places are done all the same."""


@dataclass(frozen=True)
class Done:
    """What was done in one place."""

    place: str
    what: str
    rows: int | None = None
    is_left: bool = False
    """Whether something is still there."""


def table(done: Sequence[Done]) -> list[str]:
    """Return the table's lines."""
    rows = [("place", "rows", "what was done"), *((one.place, "-" if one.rows is None else f"{one.rows:,}", one.what) for one in done)]
    wide, number = (max(len(row[column]) for row in rows) for column in (0, 1))
    return [f"{place:<{wide}}  {count:>{number}}  {what}" for place, count, what in rows]


def is_named(done: Sequence[Done]) -> bool:
    """Return whether any place but the job's state, which is told in any case, names or named the account."""
    return any(one.rows for one in done if one.place != STATE)


def unfinished(done: Sequence[Done]) -> list[str]:
    """Return the places where something is left."""
    return list(dict.fromkeys(one.place for one in done if one.is_left))
