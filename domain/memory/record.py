"""The entity record: everything remembered of one account, device or address, as a few hundred bytes.

Layout, little-endian, sizes from `RecordLayout`:

    head | counters f4[H, C] | kinds f4[2, T] | bitmaps u1[N-1, 2, 32]
    event ids u8[n_ids] | book[n_labels] | links[n_links]

H half-lives, C counters, T event types, N entity kinds. Head, counters, kinds and bitmaps have a fixed size,
so that compiled rules and feature columns find each at its place. Ids, labels and links are as many as there
are; a label is laid out in `label_book.py`, a link in `link.py`.

What an entity learns is written in `habit.py`, `learning.py`, `label_learning.py` and `event_ids.py`:
compiled functions over these bytes.
"""

from __future__ import annotations

import math
import zlib
from functools import cached_property

import numpy as np

from domain.errors import SettingError
from domain.graph import EVENT_TYPES, GraphSettings
from domain.kernel.layouts import offset_of
from domain.memory.label_book import ENTRY_BYTES, MOST_ENTRIES, MOST_LABELS
from domain.memory.link import link_dtype
from domain.times import DAY_MS, DAY_S

VERSION = 6
RECORD_LIMIT_BYTES = 8192

COUNTERS = ("events", "amount", "unusual", "fraud_usual", "fraud_unusual", "legitimate", "meetings", "doubtful")
"""Events, their amounts, unusual amounts; known frauds at usual and at unusual amounts, and cleared events;
first meetings with a counterpart, and what is doubtful of them (`meetings.py`).

A fraud at an amount far from the account's habit is explained by the account; one at a usual amount is not,
and speaks of the other entities. The two are counted apart, see `habit.unusualness`.
"""
EVENTS, AMOUNT, UNUSUAL, FRAUD_USUAL, FRAUD_UNUSUAL, LEGITIMATE, MEETINGS, DOUBTFUL = range(len(COUNTERS))
KIND_HALF_LIVES_S = (3600.0, 7.0 * DAY_S)
"""Half-lives of the counters per event type."""
BITMAP_BYTES = 32
"""Marks of the counterparts of one kind in one window: 256 bits estimate up to a thousand within a tenth."""
_BITS = BITMAP_BYTES * 8
LINEAR_COUNT = tuple(_BITS * math.log(_BITS / max(1, _BITS - marks)) for marks in range(_BITS + 1))
"""Distinct items by the number of set bits, m ln(m / unset) (linear counting, Whang et al., TODS 1990)."""
NEVER = -1  # a time that has not happened

OTHER_HABITS = 2
"""Currencies without a rate of which an entity has a habit."""
RUN_GAP_MS = 14 * DAY_MS  # known frauds further apart than this begin a new run

RECORD_HEAD = np.dtype([
    ("version", "u1"), ("n_links", "u1"), ("tag", "<u2"), ("n_ids", "u1"), ("n_labels", "u1"), ("labels_gone", "u1"),
    ("first_seen", "<i8"), ("last_seen", "<i8"), ("clock", "<i8"), ("events", "<u4"), ("frauds", "<u4"), ("legitimates", "<u4"),
    ("habit_n", "<f4"), ("habit_mean", "<f4"), ("habit_var", "<f4"), ("hour_cos", "<f4"), ("hour_sin", "<f4"),
    ("usual_first", "<i8"), ("usual_last", "<i8"), ("usual_n", "<u4"),
    ("unusual_first", "<i8"), ("unusual_last", "<i8"), ("unusual_n", "<u4"),
    ("last_legit", "<i8"), ("legit_since", "<u2"), ("last_unusual", "<i8"),
    ("distinct_since", "<i8"), ("ring", "<u8"), ("ring_seen", "<i8"),
    ("other_unit_1", "<u2"), ("other_n_1", "<u2"), ("other_mean_1", "<f4"), ("other_var_1", "<f4"),
    ("other_unit_2", "<u2"), ("other_n_2", "<u2"), ("other_mean_2", "<f4"), ("other_var_2", "<f4"),
])  # fmt: skip
"""How a record begins, whatever the graph.

Times are event time in ms since 1970, `NEVER` for what has not happened. `clock` is the latest time heard
of, labels included: the decayed counters are as of then, and expiry counts from it. `last_seen` is the
entity's own latest event. `usual_*` and `unusual_*` are the present runs of known frauds, by their amount.
`n_labels` are the entries of its book of labels, and `labels_gone` is 1 once any had to go (`label_book.py`).
`ring` is the label of the entity's ring, and `ring_seen` when an event last joined it (`ring_labels.py`).
`habit_*` is of amounts in the reference currency, `other_*` are of others (`currency_habit.py`).
"""


class RecordLayout:
    """Sizes and dtypes of the records of one entity kind, which follow from the graph's settings."""

    def __init__(self, graph: GraphSettings, position: int) -> None:
        self.graph = graph
        self.position = position
        self.others = graph.others(position)
        self.counters_shape = (len(graph.half_lives_s), len(COUNTERS))
        self.kinds_shape = (len(KIND_HALF_LIVES_S), len(EVENT_TYPES))
        self.bitmaps_shape = (len(self.others), 2, BITMAP_BYTES)
        self.head_bytes = RECORD_HEAD.itemsize
        self.fixed_dtype = np.dtype([
            *((name, RECORD_HEAD[name]) for name in RECORD_HEAD.names or ()),
            ("counters", "<f4", self.counters_shape),
            ("kinds", "<f4", self.kinds_shape),
            ("bitmaps", "u1", self.bitmaps_shape),
        ])  # fmt: skip
        self.fixed_bytes = self.fixed_dtype.itemsize
        self.link_dtype = link_dtype(len(self.others), position)
        self.link_bytes = self.link_dtype.itemsize
        shape = (graph.entities, position, tuple(float(seconds) for seconds in graph.half_lives_s))
        self.tag = zlib.crc32(repr(shape).encode()) & 0xFFFF
        self.n_counters = math.prod(self.counters_shape)
        self.n_decayed = self.n_counters + math.prod(self.kinds_shape)
        self.bitmaps_at = self.head_bytes + 4 * self.n_decayed
        self.max_bytes = self.fixed_bytes + 8 * self.max_ids + ENTRY_BYTES * self.max_labels + graph.links * self.link_bytes
        if self.max_bytes > RECORD_LIMIT_BYTES:
            raise SettingError(
                f"a record of kind {graph.entities[position]} could take {self.max_bytes} bytes, at most {RECORD_LIMIT_BYTES} are "
                "allowed: lower graph.links or graph.duplicates"
            )

    @cached_property
    def max_ids(self) -> int:
        """Return how many event ids a record holds; only the first stage recognises duplicates."""
        return self.graph.duplicates if self.position == 0 else 0

    @cached_property
    def max_labels(self) -> int:
        """Return how many labels a record holds; only the first stage holds any of events to come."""
        return MOST_LABELS if self.position else MOST_ENTRIES

    @cached_property
    def n_ids_at(self) -> int:
        """Return where the head's `n_ids` is in an encoded record."""
        return offset_of(RECORD_HEAD, "n_ids")
