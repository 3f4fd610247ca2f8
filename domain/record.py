"""The entity record: everything remembered of one account, device or address, as a few hundred bytes.

Layout, little-endian, sizes from `RecordLayout`:

    head | counters f4[H, C] | kinds f4[2, T] | bitmaps u1[N-1, 2, 32] | recent ids u8[n_ids] | links LINK[n_links]

H half-lives, C counters, T event types, N entity kinds. Head, counters, kinds and bitmaps have a fixed size, so that
a batch of records is decoded by numpy at once (features.py); ids and links are as many as there are.

The step runs under the interpreter's lock three times per event: what is odd here is so because it was measured to be
cheaper (docs/performance.md). All that decays is one flat vector, so that numpy is called once and not once per table;
the bitmaps are plain bytes, because a bit of numpy costs a microsecond.
"""

from __future__ import annotations

import math
import struct
import zlib
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from domain.graph import DAY_S, EVENT_TYPES, GraphSettings, SettingError

VERSION = 2
RECORD_LIMIT_BYTES = 8192

COUNTERS = ("events", "amount", "unusual", "fraud_usual", "fraud_unusual", "legitimate")
"""Events, their amounts, unusual amounts; then known frauds at a usual and at an unusual amount, and cleared events.

A fraud at an amount that is far from the account's habit is explained by the account; one at a usual amount is not, and
speaks of the other entities. The two are counted apart, see `unusualness`.
"""
EVENTS, AMOUNT, UNUSUAL, FRAUD_USUAL, FRAUD_UNUSUAL, LEGITIMATE = range(len(COUNTERS))
KIND_HALF_LIVES_S = (3600.0, 7.0 * DAY_S)
"""Half-lives of the counters per event type."""
BITMAP_BYTES = 32  # 256 bits estimate up to about a thousand distinct counterparts within a tenth
SUMMARY = ("age", "events", "events_day", "fraud_rate", "counterparts", "unusual")
"""What later stages store of an entity with each link; all f4, see `EntityRecord.summary`."""
UNKNOWN, LEGIT_LABEL, FRAUD_LABEL = -1, 0, 1
NEVER = -1  # a time that has not happened

HABIT_MEMORY = 100  # events the amount habit averages over: slow enough that a burst of fraud does not become the habit
HABIT_CLIP = 3.0  # standard deviations beyond which an amount is clipped before it enters the habit
HABIT_KNOWN = 3  # amounts before the habit means anything
UNUSUAL_Z = 3.0
USUAL_Z = 1.5  # up to here a fraud's amount explains nothing; from UNUSUAL_Z on it explains all
RUN_GAP_MS = 14 * DAY_S * 1000  # known frauds further apart than this begin a new run

_KIND_INVERSE = 1.0 / np.asarray(KIND_HALF_LIVES_S)
_HEAD = (
    ("version", "B"), ("n_links", "B"), ("tag", "H"), ("n_ids", "B"),
    ("first_seen", "q"), ("last_seen", "q"), ("clock", "q"), ("events", "I"), ("frauds", "I"), ("legitimates", "I"),
    ("habit_n", "f"), ("habit_mean", "f"), ("habit_var", "f"), ("hour_cos", "f"), ("hour_sin", "f"),
    ("usual_first", "q"), ("usual_last", "q"), ("usual_n", "I"),
    ("unusual_first", "q"), ("unusual_last", "q"), ("unusual_n", "I"),
    ("last_legit", "q"), ("legit_since", "H"), ("last_unusual", "q"),
    ("distinct_since", "q"), ("ring", "Q"), ("ring_seen", "q"),
)  # fmt: skip
_HEAD_STRUCT = struct.Struct("<" + "".join(code for _, code in _HEAD))
_HEAD_DTYPE = np.dtype([(name, "<" + {"q": "i8", "Q": "u8", "I": "u4", "H": "u2", "B": "u1", "f": "f4"}[code]) for name, code in _HEAD])


class RecordLayout:
    """Sizes and dtypes of the records of one entity kind, which follow from the graph's settings."""

    def __init__(self, graph: GraphSettings, position: int) -> None:
        self.graph = graph
        self.position = position
        self.others = graph.others(position)
        self.counters_shape = (len(graph.half_lives_s), len(COUNTERS))
        self.kinds_shape = (len(KIND_HALF_LIVES_S), len(EVENT_TYPES))
        self.bitmaps_shape = (len(self.others), 2, BITMAP_BYTES)
        self.head_bytes = _HEAD_STRUCT.size
        self.fixed_dtype = np.dtype([
            *((name, _HEAD_DTYPE[name]) for name in _HEAD_DTYPE.names or ()),
            ("counters", "<f4", self.counters_shape),
            ("kinds", "<f4", self.kinds_shape),
            ("bitmaps", "u1", self.bitmaps_shape),
        ])  # fmt: skip
        self.fixed_bytes = self.fixed_dtype.itemsize
        # the entities of earlier stages are in the trail already: their summaries are stored with the link
        self.link_head = struct.Struct(f"<qQ{len(self.others)}QBbBxff")  # without the summaries
        self.link_struct = struct.Struct(f"{self.link_head.format}{position * len(SUMMARY)}f")
        self.link_dtype = np.dtype([
            ("time", "<i8"), ("event", "<u8"), ("others", "<u8", (len(self.others),)),
            ("type", "u1"), ("label", "i1"), ("unusual", "u1"), ("pad", "u1"),
            ("amount", "<f4"), ("z", "<f4"), ("summaries", "<f4", (position, len(SUMMARY))),
        ])  # fmt: skip
        self.link_bytes = self.link_struct.size
        self.label_field, self.z_field = len(self.others) + 3, len(self.others) + 6  # in the tuple of `link_struct`
        shape = (graph.entities, position, tuple(float(seconds) for seconds in graph.half_lives_s))
        self.tag = zlib.crc32(repr(shape).encode()) & 0xFFFF
        self.window_ms = int(graph.distinct_days * DAY_S * 1000)
        self.tag_bytes = self.tag.to_bytes(2, "little")
        self.inverse_half_lives = 1.0 / np.asarray(graph.half_lives_s)
        self._vectors()
        self.max_bytes = self.fixed_bytes + 8 * self.max_ids + graph.links * self.link_bytes
        if self.max_bytes > RECORD_LIMIT_BYTES:
            raise SettingError(
                f"a record of kind {graph.entities[position]} could take {self.max_bytes} bytes, at most {RECORD_LIMIT_BYTES} are "
                "allowed: lower graph.links or graph.duplicates"
            )

    def _vectors(self) -> None:
        """Where things stand in `EntityRecord.decayed`: f4[H*C + 2*T], the counters row by row, then the kinds."""
        columns, counters = len(COUNTERS), math.prod(self.counters_shape)
        self.n_counters, self.n_decayed = counters, counters + math.prod(self.kinds_shape)
        self.bitmaps_at = self.head_bytes + 4 * self.n_decayed
        repeats = [columns] * len(self.inverse_half_lives) + [len(EVENT_TYPES)] * len(_KIND_INVERSE)
        self.inverse_decayed = np.repeat(np.concatenate([self.inverse_half_lives, _KIND_INVERSE]), repeats)
        self.amounts, self.unusuals = slice(AMOUNT, counters, columns), slice(UNUSUAL, counters, columns)
        self.one_event = np.zeros((len(EVENT_TYPES), self.n_decayed), np.float32)
        self.one_event[:, EVENTS:counters:columns] = 1.0
        for code, row in enumerate(self.one_event):
            row[counters + code :: len(EVENT_TYPES)] = 1.0
        half_lives_s = self.graph.half_lives_s
        day = min(range(len(half_lives_s)), key=lambda i: abs(half_lives_s[i] - DAY_S))
        self.day_events_at, self.day_rate = columns * day + EVENTS, -1.0 / half_lives_s[day]
        self.last_unusual_at, self.last_rate = counters - columns + UNUSUAL, -1.0 / half_lives_s[-1]

    @cached_property
    def max_ids(self) -> int:
        """Only the first stage recognises duplicates."""
        return self.graph.duplicates if self.position == 0 else 0

    @cached_property
    def n_ids_at(self) -> int:
        """Offset of the head's `n_ids` in an encoded record."""
        return struct.calcsize("<BBH")

    def links_of(self, data: bytes) -> NDArray[np.void]:
        """The links of one encoded record, oldest first, shape [n_links]."""
        return np.frombuffer(data, self.link_dtype, offset=self.fixed_bytes + 8 * data[self.n_ids_at])


class EntityRecord:
    """One entity, decoded. Times are event time in ms since 1970; amounts in the event's own currency.

    `clock` is the latest time heard of, labels included: the decayed counters are as of then, and expiry counts from it.
    `last_seen` is the entity's own latest event. `ring` is the label of the entity's ring and `ring_seen` when an
    event last joined it (`ring.py`).
    """

    __slots__ = (*(name for name, _ in _HEAD), "bitmaps", "decayed", "ids", "layout", "links")

    def __init__(self, layout: RecordLayout, now_ms: int) -> None:
        """A fresh entity, first seen now."""
        self.layout = layout
        self.version, self.tag, self.n_links, self.n_ids = VERSION, layout.tag, 0, 0
        self.first_seen = self.last_seen = self.clock = self.distinct_since = now_ms
        self.events = self.frauds = self.legitimates = self.usual_n = self.unusual_n = self.legit_since = self.ring = 0
        self.habit_n = self.habit_mean = self.habit_var = self.hour_cos = self.hour_sin = 0.0
        self.usual_first = self.usual_last = self.unusual_first = self.unusual_last = self.last_legit = self.last_unusual = NEVER
        self.ring_seen = NEVER
        self.decayed = np.zeros(layout.n_decayed, np.float32)
        self.bitmaps = bytearray(layout.fixed_bytes - layout.bitmaps_at)
        self.ids = b""
        self.links = b""

    @classmethod
    def decode(cls, data: bytes, layout: RecordLayout) -> EntityRecord:
        """Read a current record (see `migrate` for older ones)."""
        record = cls.__new__(cls)
        record.layout = layout
        (  # written out: a loop over names takes seven times as long
            record.version, record.n_links, record.tag, record.n_ids, record.first_seen, record.last_seen,
            record.clock, record.events, record.frauds, record.legitimates, record.habit_n, record.habit_mean,
            record.habit_var, record.hour_cos, record.hour_sin, record.usual_first, record.usual_last, record.usual_n,
            record.unusual_first, record.unusual_last, record.unusual_n, record.last_legit, record.legit_since,
            record.last_unusual, record.distinct_since, record.ring, record.ring_seen,
        ) = _HEAD_STRUCT.unpack_from(data)  # fmt: skip
        record.decayed = np.frombuffer(data, np.float32, layout.n_decayed, layout.head_bytes)
        record.bitmaps = bytearray(data[layout.bitmaps_at : layout.fixed_bytes])
        ids_end = layout.fixed_bytes + 8 * record.n_ids
        record.ids = data[layout.fixed_bytes : ids_end]
        record.links = data[ids_end:]
        return record

    def encode(self) -> bytes:
        head = _HEAD_STRUCT.pack(
            self.version, self.n_links, self.tag, self.n_ids, self.first_seen, self.last_seen,
            self.clock, self.events, self.frauds, self.legitimates, self.habit_n, self.habit_mean,
            self.habit_var, self.hour_cos, self.hour_sin, self.usual_first, self.usual_last, self.usual_n,
            self.unusual_first, self.unusual_last, self.unusual_n, self.last_legit, self.legit_since,
            self.last_unusual, self.distinct_since, self.ring, self.ring_seen,
        )  # fmt: skip
        return b"".join((head, self.decayed.tobytes(), self.bitmaps, self.ids, self.links))

    @property
    def counters(self) -> NDArray[np.float32]:
        """View of the decayed counters, f4[H, C]."""
        return self.decayed[: self.layout.n_counters].reshape(self.layout.counters_shape)

    @property
    def kinds(self) -> NDArray[np.float32]:
        """View of the decayed counters per event type, f4[2, T]."""
        return self.decayed[self.layout.n_counters :].reshape(self.layout.kinds_shape)

    def has_seen(self, id_hash: int) -> bool:
        """Is this event id among the recent ones?"""
        wanted = id_hash.to_bytes(8, "little")
        at = self.ids.find(wanted)
        while at >= 0 and at % 8:
            at = self.ids.find(wanted, at + 1)
        return at >= 0

    def remember_id(self, id_hash: int) -> None:
        if self.layout.max_ids:
            self.ids = (self.ids + id_hash.to_bytes(8, "little"))[-8 * self.layout.max_ids :]
            self.n_ids = len(self.ids) // 8

    def advance(self, now_ms: int) -> float:
        """Decay the counters to `now_ms`; returns how far `now_ms` lies behind the clock instead, in seconds (0 if not)."""
        passed = (now_ms - self.clock) / 1000.0
        if passed < 0:
            return -passed
        if passed > 0:
            self.decayed = self.decayed * np.exp2(-passed * self.layout.inverse_decayed).astype(np.float32)
            self.clock = now_ms
        return 0.0

    def count(self, late_s: float, type_code: int, amount: float, unusual: bool, time_ms: int) -> None:
        """Add one event to the decayed counters, weighed down if it is late."""
        layout = self.layout
        weights = np.exp2(-late_s * layout.inverse_decayed) if late_s else None
        event = layout.one_event[type_code]
        self.decayed = self.decayed + event if weights is None else (self.decayed + weights * event).astype(np.float32)
        if amount > 0.0:  # false for NaN
            self.decayed[layout.amounts] += np.float32(amount) if weights is None else weights[layout.amounts] * np.float32(amount)
        if unusual:
            self.decayed[layout.unusuals] += np.float32(1.0) if weights is None else weights[layout.unusuals]
        self.events += 1
        if unusual:
            self.last_unusual = max(self.last_unusual, time_ms)

    def z_of(self, amount: float) -> float:
        """Standard deviations between an amount and the entity's habit, clipped to ±20; 0 while no habit is known."""
        if math.isnan(amount) or self.habit_n < HABIT_KNOWN:
            return 0.0
        deviation = math.sqrt(self.habit_var) + 0.05 * self.habit_mean + 0.01
        return max(-20.0, min(20.0, (amount - self.habit_mean) / deviation))

    def adopt_habit(self, amount: float, hour: tuple[float, float]) -> None:
        """Learn the usual amount (clipped, so that an outlier or a fraud moves it little) and time of day.

        Exponentially weighted mean and variance (Finch, Incremental calculation of weighted mean and variance, 2009, eq. 124-143).
        """
        rate = max(1.0 / HABIT_MEMORY, 1.0 / (self.events + 1))
        self.hour_cos += rate * (hour[0] - self.hour_cos)
        self.hour_sin += rate * (hour[1] - self.hour_sin)
        if math.isnan(amount):
            return
        if self.habit_n >= HABIT_KNOWN:
            reach = HABIT_CLIP * (math.sqrt(self.habit_var) + 0.05 * self.habit_mean + 0.01)
            amount = min(amount, self.habit_mean + reach)
        self.habit_n += 1.0
        rate = max(1.0 / HABIT_MEMORY, 1.0 / self.habit_n)
        delta = amount - self.habit_mean
        self.habit_mean += rate * delta
        self.habit_var = (1.0 - rate) * (self.habit_var + rate * delta * delta)

    def meet(self, others: tuple[int, ...], now_ms: int) -> None:
        """Mark the event's counterparts as met; the marks of the window before last fade."""
        window_ms = self.layout.window_ms
        windows = (now_ms - self.distinct_since) // window_ms
        if windows > 0:
            for at in range(0, len(self.bitmaps), 2 * BITMAP_BYTES):
                met = self.bitmaps[at : at + BITMAP_BYTES] if windows == 1 else bytes(BITMAP_BYTES)
                self.bitmaps[at : at + 2 * BITMAP_BYTES] = bytes(BITMAP_BYTES) + met
            self.distinct_since += windows * window_ms
        at = 0
        for other in others:
            if other:
                self.bitmaps[at + (other >> 3) % BITMAP_BYTES] |= 1 << (other & 7)
            at += 2 * BITMAP_BYTES

    def distinct(self, slot: int) -> float:
        """Estimated distinct counterparts of one kind (linear counting, Whang et al., TODS 1990)."""
        at = 2 * BITMAP_BYTES * slot
        middle = at + BITMAP_BYTES
        now, before = self.bitmaps[at:middle], self.bitmaps[middle : middle + BITMAP_BYTES]
        return _LINEAR_COUNT[(int.from_bytes(now, "little") | int.from_bytes(before, "little")).bit_count()]

    def add_link(self, link: bytes, oldest_ms: int) -> None:
        """Append a link; links before `oldest_ms` and those over the limit go, oldest first."""
        size, links = self.layout.link_bytes, self.links + link
        start = max(0, len(links) // size - self.layout.graph.links) * size
        while start + size < len(links) and int.from_bytes(links[start : start + 8], "little", signed=True) < oldest_ms:
            start += size
        self.links = links[start:]
        self.n_links = len(self.links) // size

    def learn_label(self, subject_hash: int, is_fraud: bool, label_ms: int, late_s: float, z: float) -> float:
        """Take in a label: on its link if that is still there, in the counters, and in the runs of known frauds.

        A label that repeats what is known counts once; one that corrects it replaces it. Returns the deviation of the
        subject's amount from the account's habit as the link has it, `z` if the link is gone.
        """
        subject_ms, before, z = self._mark_link(subject_hash, FRAUD_LABEL if is_fraud else LEGIT_LABEL, z)
        now = FRAUD_LABEL if is_fraud else LEGIT_LABEL
        if before == now:
            return z
        self.decayed = self.decayed.copy()
        weight = np.exp2(-late_s * self.layout.inverse_half_lives)
        unusual = unusualness(z)
        shares = {FRAUD_USUAL: 1.0 - unusual, FRAUD_UNUSUAL: unusual}
        if before != UNKNOWN:
            for column, share in ({LEGITIMATE: 1.0} if is_fraud else shares).items():
                self.counters[:, column] = np.maximum(0.0, self.counters[:, column] - share * weight)
            if is_fraud:
                self.legitimates -= self.legitimates > 0
            else:
                self.frauds -= self.frauds > 0
        for column, share in (shares if is_fraud else {LEGITIMATE: 1.0}).items():
            self.counters[:, column] += share * weight
        when = label_ms if subject_ms == NEVER else subject_ms
        if is_fraud:
            self.frauds += 1
            self._extend_run(when, unusual)
        else:
            self.legitimates += 1
            self.legit_since = min(self.legit_since + 1, 0xFFFF)
            self.last_legit = max(self.last_legit, when)
        return z

    def _mark_link(self, subject_hash: int, label: int, z: float) -> tuple[int, int, float]:
        """(time, label before, z) of the link made by that event; (NEVER, UNKNOWN, `z`) if it is gone."""
        layout = self.layout
        at = self.links.find(subject_hash.to_bytes(8, "little"), 8)
        while at >= 0 and at % layout.link_bytes != 8:
            at = self.links.find(subject_hash.to_bytes(8, "little"), at + 1)
        if at < 0:
            return NEVER, UNKNOWN, z
        link = layout.link_struct.unpack_from(self.links, at - 8)
        label_at = at + 8 + 8 * len(layout.others) + 1
        self.links = self.links[:label_at] + label.to_bytes(1, "little", signed=True) + self.links[label_at + 1 :]
        return link[0], link[layout.label_field], link[layout.z_field]

    def _extend_run(self, fraud_ms: int, unusual: float) -> None:
        """A fraud goes into the run of its kind: at a usual amount or at an unusual one."""
        if unusual < 0.5:
            self.usual_first, self.usual_last, self.usual_n = _extended(self.usual_first, self.usual_last, self.usual_n, fraud_ms)
            self.legit_since = 0
        else:
            self.unusual_first, self.unusual_last, self.unusual_n = _extended(
                self.unusual_first, self.unusual_last, self.unusual_n, fraud_ms
            )

    def summary(self, now_ms: int) -> tuple[float, ...]:
        """The entity in six numbers, as `SUMMARY` names them, each about 0 to 10.

        ln(1 + age in days), ln(1 + events), ln(1 + events of about a day), share of known labels that are fraud (one
        legitimate label assumed), ln(1 + distinct counterparts), ln(1 + unusual amounts of the longest half-life).
        """
        layout, passed = self.layout, max(0.0, (now_ms - self.clock) / 1000.0)
        counterparts = max([self.distinct(slot) for slot in range(len(layout.others))], default=0.0)
        return (
            math.log1p(max(0, now_ms - self.first_seen) / 86_400_000),
            math.log1p(self.events),
            math.log1p(float(self.decayed[layout.day_events_at]) * math.exp2(passed * layout.day_rate)),
            self.frauds / (self.frauds + self.legitimates + 1.0),
            math.log1p(counterparts),
            math.log1p(float(self.decayed[layout.last_unusual_at]) * math.exp2(passed * layout.last_rate)),
        )


def unusualness(z: float) -> float:
    """How far an amount is from the account's habit, from 0 (usual, or no habit known) to 1, by its deviation `z`."""
    return min(1.0, max(0.0, (z - USUAL_Z) / (UNUSUAL_Z - USUAL_Z)))


def _extended(first: int, last: int, count: int, fraud_ms: int) -> tuple[int, int, int]:
    """(first, last, count) of a run with one more fraud, or of the new run that it begins."""
    if last == NEVER or fraud_ms - last > RUN_GAP_MS:
        return fraud_ms, max(last, fraud_ms), 1
    return min(first, fraud_ms), max(last, fraud_ms), count + 1


_BITS = BITMAP_BYTES * 8
_LINEAR_COUNT = tuple(_BITS * math.log(_BITS / max(1, _BITS - marks)) for marks in range(_BITS + 1))


def linear_count(marks: int) -> float:
    """Distinct items behind `marks` set bits: m ln(m / unset)."""
    return _LINEAR_COUNT[marks]


def is_hub(record: EntityRecord) -> bool:
    """Does the entity have more distinct accounts than `graph.hub_degree`? An account itself is no hub."""
    return record.layout.position != 0 and round(record.distinct(0)) > record.layout.graph.hub_degree
