"""A link: what an entity remembers of one of its events. Packed, little-endian:

    head | other pseudonyms u8[N-1] | tail | summaries f4[position, S]

N entity kinds, S numbers of a `SUMMARY`. `other pseudonyms` are those of the event's entities of the other
kinds, in the graph's order. `summaries` describe the entities of earlier stages as they were before the
event; later stages have not been visited yet.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, u64_at

SUMMARY = ("age", "events", "events_day", "fraud_rate", "counterparts", "unusual")
"""An entity in six numbers, f4, see `learning.summarise`."""
SUMMARY_BYTES = 4 * len(SUMMARY)
UNKNOWN, LEGIT_LABEL, FRAUD_LABEL = -1, 0, 1
"""What is known of the link's event: `label` in the tail."""

LINK_HEAD = np.dtype([("time", "<i8"), ("event", "<u8")])
"""Time of the event in ms since 1970, and the hash of its id."""
LINK_TAIL = np.dtype([("type", "u1"), ("label", "i1"), ("unusual", "u1"), ("source", "u1"), ("amount", "<f4"), ("z", "<f4")])
"""Type code, label, whether the amount was unusual for the account, the label's `Event.source` (0 where none
was named, or nobody noted it), the amount (NaN for none), and how many deviations it was away from the
account's habit.
"""
OTHERS_AT = LINK_HEAD.itemsize


def link_dtype(others: int, position: int) -> np.dtype:
    """Return the layout of a link with `others` other kinds, of the entity kind at `position`."""
    head, tail = ([(name, part[name]) for name in part.names or ()] for part in (LINK_HEAD, LINK_TAIL))
    return np.dtype([*head, ("others", "<u8", (others,)), *tail, ("summaries", "<f4", (position, len(SUMMARY)))])


@compiled
def link_head(links: Bytes, at: int) -> Any:
    """Return the `LINK_HEAD` of the link at `at`, to be read or written."""
    return array_at(links, at, 1, LINK_HEAD)[0]


@compiled
def link_tail(links: Bytes, at: int, stage: Any) -> Any:
    """Return the `LINK_TAIL` of the link at `at`, to be read or written."""
    return array_at(links, at + stage["tail_at"], 1, LINK_TAIL)[0]


@compiled
def other_in(links: Bytes, at: int, slot: int) -> np.uint64:
    """Return the pseudonym of the link's entity of another kind, by the kind's place among the others."""
    return u64_at(links, at + OTHERS_AT + 8 * slot)
