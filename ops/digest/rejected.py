"""Lines that the job has rejected on a day, by the field at fault, as the stream `rejected` has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ops.digest.day import Day
from ops.digest.drift import AWAY
from ops.digest.figures import Counts
from ops.redis.connection import RedisReadError
from ops.redis.entries_of_time import entries_of_time
from ops.redis.entry import Entry
from ops.redis.signed_entries import SignedEntries
from ops.terminal.shown_values import plain

REJECTED = "rejected"
FIELDS = 8
"""Fields that have a count of their own."""
OTHERS = "others"
_WORD = 40


def rejected_of(url: str, prefix: str, signed: SignedEntries, day: Day) -> Counts | str:
    """Return the lines of a day by field, the most frequent first, or why they are not known."""
    found = Counter[str]()

    def take(entries: Sequence[Entry]) -> None:
        found.update(plain(document.get("field"), _WORD) for entry in signed.of(entries) if _is_line(document := entry.document() or {}))

    try:
        is_whole = entries_of_time(url, prefix, REJECTED, day.start, day.before, take)
    except RedisReadError:
        return AWAY
    return _ordered(found) if is_whole else "the stream rejected no longer has all of this day"


def _is_line(document: dict[str, object]) -> bool:
    """Return whether it is of an event or a label: control records are among the changes."""
    return "field" in document and "of" not in document


def _ordered(found: Counter[str]) -> Counts:
    ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    more = sum(count for _, count in ordered[FIELDS:])
    return dict(ordered[:FIELDS]) | ({OTHERS: more} if more else {})
