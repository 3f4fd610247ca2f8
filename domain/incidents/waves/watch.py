"""The watch for waves: counts by the quarter of an hour in, revisions of waves out.

`WaveWatch` knows no engine: an operator feeds it counts and moves its clock. A quarter is looked at once it
is over, for all classes, so that nothing depends on how the counts were cut. All times are event time.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from domain.incidents.forgotten import Forgotten, ForgottenAccounts
from domain.incidents.incident import Incident, Status
from domain.incidents.money import NO_CURRENCY
from domain.incidents.settings import IncidentSettings
from domain.incidents.waves.chance import comes_by_chance
from domain.incidents.waves.classes import CLASSES, SERIES, TYPES, class_of
from domain.incidents.waves.counts import BUCKET_MS, Counts, Total
from domain.incidents.waves.currencies import Currencies
from domain.incidents.waves.neighbours import Neighbours
from domain.incidents.waves.sample import Sampled, Samples, WaveEvent, account_of, time_of
from domain.incidents.waves.slow_usual import LEAST, SCATTER, SLOW_BYTES, SlowUsual
from domain.incidents.waves.usual import USUAL_BYTES, Floats, Usual, growth_of, hour_of
from domain.incidents.waves.wave import Wave
from domain.json_text import as_json
from domain.memory.crowd import UNKNOWN_AGE

VERSION, _VERSION_WITHOUT_EVENTS, _VERSION_OF_HALF_DAYS = 3, 2, 1
_HEADER = struct.Struct("<BI")  # version, bytes of JSON
HOUR = 4  # buckets
WINDOWS = (1, HOUR, 3 * HOUR, 12 * HOUR)
"""Buckets over which events are counted: a burst in minutes, or a slow one over half a day."""
DAY = 24 * HOUR
KEPT = DAY
LEARNT_AFTER = 3 * HOUR
"""Buckets after which an hour is learnt: a wave in it has been found by then."""
CHANCE = 1e-6
"""A class is high over a window if chance gives such a count with less than this probability. With 56 series,
four windows and 672 quarters a week, of which neighbours overlap, that is far less than one false wave."""
_WINDOWED = np.array([[float(KEPT - at <= window) for at in range(KEPT)] for window in (*WINDOWS, DAY)])
FIRST_HOURS = 6
HUGE_EVENTS, HUGE_RATIO = 50, 10.0
"""What is a wave while too little is learnt."""
_RHYTHM_HOURS = 336  # then the rhythm is known, and quiet times excuse nothing
_GROWTH_EVENTS = 100.0  # so many usual events tell by how much all have grown
_OWN_EVENTS = 8.0
_MORE = 1.5  # when a shop is suddenly busy, classes of new accounts grow more than the others
_OF_TYPE = 0.75  # of the excess of a class is seen in its type as a whole
_TYPE_SCATTER, _TYPE_CHANCE = 0.1, 1e-4
_YOUNG_FROM = 30.0  # days known: before, accounts that are not new any more and not old are only beginning to be
_YOUNG = np.repeat([age == "young" for _, age in CLASSES], 2)
_LEAST_MEAN = 0.01  # events a bucket where a class was never seen
_GAP = 2 * KEPT  # without events nothing changes any more


class WaveWatch:
    """All classes, what is usual of each, and the open waves. Bounded: one wave a class, `KEPT` buckets."""

    def __init__(self, settings: IncidentSettings, silent_until_ms: int = 0) -> None:
        self._settings, self._silent_until_ms = settings, silent_until_ms
        self.usual, self.slow = Usual(), SlowUsual()
        self.late = 0
        """Events that came after their bucket was looked at, since this object was made."""
        self._pending: dict[int, dict[int, Total]] = {}  # bucket -> class -> what came
        self._details: dict[int, dict[int, Total]] = {}  # the same of the last buckets looked at
        self._texts: dict[int, str] = {}  # each of them as JSON: it does not change any more
        self._rows = np.zeros((KEPT, SERIES))  # counts of the last buckets, oldest first
        self._means = np.zeros((KEPT, SERIES))  # what was usual in them
        self._seen = -1  # the last bucket looked at
        self._waves: dict[int, Wave] = {}
        self._lasted: dict[int, int] = {}  # class -> bucket in which its wave was closed for its length
        self._untaught: dict[int, int] = {}  # class -> last bucket of its last wave
        self._samples, self._neighbours, self._currencies = Samples(), Neighbours(), Currencies()
        self._forgotten = ForgottenAccounts()

    def take(self, counts: Iterable[Counts], sampled: Iterable[Sampled] = ()) -> None:
        """Add counts, and the latest events of classes, in any order and cut in any way."""
        for at, of, latest in sampled:
            if at > self._seen:
                self._samples.take(at, of, [event for event in latest if not self._is_forgotten(event)])
        for bucket, crowd, currency, events, units, first_ms, last_ms in counts:
            if bucket <= self._seen:
                self.late += events
                continue
            position, is_disposable, names_others = class_of(crowd)
            money = {currency or NO_CURRENCY: units} if units else None
            total = Total(events, events if is_disposable else 0, first_ms, last_ms, money, events if names_others else 0)
            self._pending.setdefault(bucket, {}).setdefault(position, Total()).add(total)

    def forget(self, gone: Forgotten) -> None:
        """Name no events of an account, nor those of before that are still to come; they still count."""
        self._forgotten.add(gone)
        self._samples.leave_out(gone.account)
        for wave in self._waves.values():
            wave.leave_out(gone.account)

    def _is_forgotten(self, event: WaveEvent) -> bool:
        return self._forgotten.has(account_of(event), time_of(event))

    @property
    def next_deadline(self) -> int | None:
        """The event time at which `advance` must be called, None if there is nothing to look at."""
        if self._waves:
            return (self._seen + 2) * BUCKET_MS
        return (min(self._pending) + 1) * BUCKET_MS if self._pending else None

    def advance(self, now_ms: int) -> Iterator[Incident]:
        """Look at the buckets that are over at `now_ms`; yield the revisions to publish."""
        while self._pending or self._waves:
            bucket = self._next_bucket()
            if (bucket + 1) * BUCKET_MS > now_ms:
                return
            yield from self._look_at(bucket)

    def _next_bucket(self) -> int:
        """Return the bucket after the last one; after a long silence the first with events again."""
        first = min(self._pending, default=self._seen + 1)
        return first if self._seen < 0 or (not self._waves and first - self._seen > _GAP) else self._seen + 1

    def _look_at(self, bucket: int) -> Iterator[Incident]:
        came = self._pending.pop(bucket, {})
        if bucket - self._seen > _GAP:
            self._rows[:], self._means[:] = 0, 0
            self._details.clear()
            self._texts.clear()
        self._seen = bucket
        self._samples.look_at(bucket)
        self._tell_currencies_apart(bucket, came)
        self._shift(bucket, came)
        told_ms = (bucket + 1) * BUCKET_MS
        for position in sorted(self._waves):
            yield from self._go_on(self._waves[position], came.get(position, Total()), told_ms)
        if self.usual.hours >= FIRST_HOURS:
            found = [self._opened(position, start) for position, start in sorted(self._beginning().items())]
            self._waves |= {wave.position: wave for wave in found}
            slow = [self._opened(position, self._begun_slowly(position), is_slow=True) for position in self._beginning_slowly()]
            self._waves |= {wave.position: wave for wave in slow}
            for wave in (*found, *slow):
                yield from self._publish(wave, told_ms)
        if (bucket + 1) % HOUR == 0:
            self._learn(bucket - LEARNT_AFTER)

    def _tell_currencies_apart(self, bucket: int, came: dict[int, Total]) -> None:
        for position, total in came.items():
            forgotten = -1 if position in self._waves else bucket - KEPT
            if total.money:
                total.money = self._currencies.told_apart(position, bucket, total.money, forgotten)

    def _shift(self, bucket: int, came: dict[int, Total]) -> None:
        self._rows[:-1], self._means[:-1] = self._rows[1:], self._means[1:]
        self._rows[-1], self._means[-1] = 0, np.maximum(self.usual.mean(hour_of(bucket * BUCKET_MS)) / HOUR, _LEAST_MEAN)
        for position, total in came.items():
            self._rows[-1, 2 * position : 2 * position + 2] = total.events, total.disposable
        self._details[bucket], self._texts[bucket] = came, as_json(_document(bucket, came))
        self._details.pop(bucket - KEPT, None)
        self._texts.pop(bucket - KEPT, None)

    def _beginning(self) -> dict[int, int]:
        """Return each class in which a wave is found, and how many buckets ago it began."""
        found: dict[int, int] = {}
        waves = self._settings.waves
        least, ratio = (waves.least_events, waves.least_ratio) if self._is_known else (HUGE_EVENTS, max(HUGE_RATIO, waves.least_ratio))
        counts, means = (_WINDOWED @ self._rows)[:-1], (_WINDOWED @ self._means)[:-1]
        high = (counts >= least) & (counts >= ratio * self._floor * means) & (self._rows[-1] > 0)
        for at, series in np.argwhere(high).tolist():
            position, window = series // 2, WINDOWS[at]
            if position in self._waves or position in found:
                continue
            if self._is_high(series, int(counts[at, series]), float(means[at, series]), ratio, window):
                found[position] = self._begun(position, window)
        return found

    def _beginning_slowly(self) -> list[int]:
        """Return each class in which no hour stands out, but the day against those of weeks before."""
        if not self.slow.is_known:
            return []
        waves = self._settings.waves
        counts, means = self._rows.sum(0), np.maximum(self.slow.day, LEAST)
        high = (counts >= waves.least_events) & (counts >= waves.least_ratio * means) & (self._rows[-1] > 0)
        if self.slow.numbers[0] < _YOUNG_FROM:
            high &= ~_YOUNG
        positions = sorted({series // 2 for series in np.flatnonzero(high).tolist()} - self._waves.keys())
        return [position for position in positions if self._is_high_day(position)]

    def _is_high_day(self, position: int) -> bool:
        """Return whether a class has more events in the last day than chance gives, by its slow mean."""
        counts, means, waves = self._rows.sum(0), np.maximum(self.slow.day, LEAST), self._settings.waves
        growth = max(1.0, growth_of(counts[::2], self.slow.day[::2], position)) ** _MORE
        for series in (2 * position, 2 * position + 1):
            count, mean = int(counts[series]), growth * float(means[series])
            if count < max(waves.least_events, waves.least_ratio * mean) or comes_by_chance(count, mean, SCATTER, CHANCE):
                continue
            if self._is_more_of(position, count - mean, growth, counts, self.slow.day):
                return True
        return False

    def _begun(self, position: int, window: int) -> int:
        """Return how many buckets ago a wave began that is high over a window: where it is first high."""
        counts, means = self._rows[-window:, 2 * position], self._means[-window:, 2 * position]
        high = np.flatnonzero(counts > means * self._settings.waves.least_ratio)
        return window - int(high[0]) if len(high) else window

    def _begun_slowly(self, position: int) -> int:
        """Return the same of a slow one: the first quarter of the day with an event."""
        return KEPT - int(np.flatnonzero(self._rows[:, 2 * position])[0])

    @property
    def _floor(self) -> float:
        """Return how little a quiet time can make of the usual: below 1 while the week's rhythm is learnt."""
        return min(1.0, self.usual.hours / _RHYTHM_HOURS) if self._is_known else 1.0

    @property
    def _is_known(self) -> bool:
        return self.usual.hours >= 24 * self._settings.waves.learn_days

    def _is_high(self, series: int, count: int, mean: float, ratio: float, window: int) -> bool:
        """Return whether chance does not explain the count of a series in the last buckets."""
        scatter, floor = self.usual.scatter_of(series), self._floor
        if comes_by_chance(count, mean * floor, scatter, CHANCE):
            return False  # the usual case: how all have grown is not asked
        growth = max(floor, self._growth(series // 2, window))
        mean *= growth
        if count < ratio * mean or not self._is_more(series // 2, count - mean, growth, window):
            return False
        return not comes_by_chance(count, mean, scatter, CHANCE)

    def _growth(self, position: int, window: int) -> float:
        """Return by how much the other classes have grown: in the window, and in as long as tells it."""
        windows = [window] if self._weight(window) >= _OWN_EVENTS else []
        windows.append(next((long for long in WINDOWS[1:] if self._means[-long:, ::2].sum() >= _GROWTH_EVENTS), KEPT))
        growth = max(self._grown(own, position) for own in windows)
        return growth**_MORE if growth > 1 else growth

    def _weight(self, window: int) -> float:
        return float(self._means[-window:, ::2].sum() + self._rows[-window:, ::2].sum()) / 2

    def _grown(self, window: int, without: int = -1) -> float:
        return growth_of(self._rows[-window:, ::2].sum(0), self._means[-window:, ::2].sum(0), without)

    def _is_more(self, position: int, excess: float, growth: float, window: int) -> bool:
        """Return whether the type as a whole has more events: a field that is missing moves events only."""
        return self._is_more_of(position, excess, growth, self._rows[-window:].sum(0), self._means[-window:].sum(0))

    @staticmethod
    def _is_more_of(position: int, excess: float, growth: float, counts: Floats, means: Floats) -> bool:
        same = np.flatnonzero(np.array(TYPES) == TYPES[position]) * 2
        count, mean = float(counts[same].sum()), growth * float(means[same].sum())
        if CLASSES[position][1] == UNKNOWN_AGE and comes_by_chance(int(count), mean, _TYPE_SCATTER, _TYPE_CHANCE):
            return False
        return count - mean >= _OF_TYPE * excess

    def _opened(self, position: int, buckets: int, is_slow: bool = False) -> Wave:
        """Return a wave that began so many buckets ago."""
        first = self._seen + 1 - buckets
        wave = Wave(position, first, self._seen, is_slow=is_slow, found=self._seen)
        wave.goes_on = first - self._lasted.pop(position, -KEPT) <= LEARNT_AFTER
        for back in range(buckets, 0, -1):
            bucket = self._seen + 1 - back
            came = self._details.get(bucket, {}).get(position, Total())
            wave.take(bucket, came, self._usual_of(wave, back), bucket == self._seen)
        wave.before = self._samples.since(position, first * BUCKET_MS)
        return wave

    def _go_on(self, wave: Wave, came: Total, told_ms: int) -> Iterator[Incident]:
        wave.take(self._seen, came, self._usual_of(wave, 1), bool(came.events) and self._is_still_high(wave))
        if wave.high == self._seen:
            wave.latest = self._samples.since(wave.position, wave.start * BUCKET_MS)
        waves = self._settings.waves
        if (self._seen - wave.high) * BUCKET_MS >= 1000 * waves.quiet_s:
            self._forget(wave)
        elif (self._seen + 1 - (wave.found if wave.is_slow else wave.start)) * BUCKET_MS >= 1000 * waves.longest_s:
            self._lasted[wave.position] = self._seen
            if wave.is_slow:
                self._rows[:, 2 * wave.position : 2 * wave.position + 2] = 0
        else:
            yield from self._publish(wave, told_ms)
            return
        del self._waves[wave.position]
        self._neighbours.end(wave)
        if wave.revision:
            yield self._revised(wave, "closed", told_ms)

    def _revised(self, wave: Wave, status: Status, told_ms: int) -> Incident:
        return wave.revise(status, told_ms, self._settings.triage, self._neighbours.of_wave(wave, self._waves.values()))

    def _forget(self, wave: Wave) -> None:
        """Let the events of a wave that is over count for no other one, and teach nothing."""
        self._untaught[wave.position] = wave.high
        self._rows[: KEPT - (self._seen - wave.high), 2 * wave.position : 2 * wave.position + 2] = 0

    def _usual_of(self, wave: Wave, back: int) -> float:
        """Return how many events of a wave's class are usual in a bucket, the last but `back` - 1."""
        usual = float(self._means[-back, 2 * wave.position])
        return min(usual, float(self.slow.day[2 * wave.position]) / DAY) if wave.is_slow else usual

    def _is_still_high(self, wave: Wave) -> bool:
        """Return whether the last hour has twice the usual events, or more than they scatter; or, of a wave
        that was found by its day, the last day.
        """
        position = wave.position
        if wave.is_slow and self._is_high_day(position):
            return True
        ratio, scatter = self._settings.waves.least_ratio, self.usual.scatter()
        for series in (2 * position, 2 * position + 1):
            count, mean = float(self._rows[-HOUR:, series].sum()), float(self._means[-HOUR:, series].sum())
            mean *= max(1.0, self._growth(position, HOUR))
            if count >= max(3.0, ratio * mean, mean + 2 * (mean + scatter[series] * mean**2) ** 0.5):
                return True
        return False

    def _publish(self, wave: Wave, told_ms: int) -> Iterator[Incident]:
        if told_ms < self._silent_until_ms:
            return
        events, known = wave.total.events, wave.published
        if not wave.revision:
            yield self._revised(wave, "opened", told_ms)
        elif events >= max(known * self._settings.growth_factor, known + self._settings.growth_alerts):
            yield self._revised(wave, "grown", told_ms)

    def _learn(self, last: int) -> None:
        """Learn the hour that ends with the bucket `last`: late enough that a wave in it has been found."""
        end = KEPT - (self._seen - last)
        counts = self._rows[end - HOUR : end].sum(0)
        if not counts.any():
            return  # the stream stood still
        means = self._means[end - HOUR : end, ::2].sum(0)
        growth = growth_of(counts[::2], means) if self.usual.hours else 1.0
        kept_out = np.zeros(SERIES, np.bool_)
        in_wave = [position for position, wave in self._waves.items() if last >= wave.start and not wave.goes_on]
        for position in (*in_wave, *(position for position, high in self._untaught.items() if last <= high + HOUR)):
            kept_out[2 * position : 2 * position + 2] = True
        self.usual.learn(hour_of(last * BUCKET_MS), counts, max(growth, 1e-3), kept_out)
        told = np.zeros(SERIES, np.bool_)
        for position in self._waves:
            told[2 * position : 2 * position + 2] = True
        self.slow.learn(hour_of(last * BUCKET_MS), counts, told)

    def to_bytes(self) -> bytes:
        """Return all but `usual` as a versioned record: a header, JSON, then the last buckets as numbers."""
        state = {
            "seen": self._seen,
            "waves": [wave.to_state() for wave in self._waves.values()],
            "lasted": sorted(self._lasted.items()),
            "untaught": sorted(self._untaught.items()),
            "over": self._neighbours.to_state(),
            "currencies": self._currencies.to_state(),
        }
        details = "[" + ",".join(self._texts.values()) + "]"
        texts = {"pending": self.pending_bytes().decode(), "latest": self._samples.to_text(), "details": details}
        body = (as_json(state)[:-1] + "".join(f',"{name}":{text}' for name, text in texts.items()) + "}").encode()
        return _HEADER.pack(VERSION, len(body)) + body + self._rows.astype("<f8").tobytes() + self._means.astype("<f8").tobytes()

    def pending_bytes(self) -> bytes:
        """Return the counts and events that are not looked at yet, as JSON: all that `take` changes."""
        counts = [_document(bucket, totals) for bucket, totals in self._pending.items()]
        forgotten = self._forgotten.clocks
        return as_json({"counts": counts, "sampled": self._samples.waiting(), "forgotten": forgotten}).encode()

    def restore_pending(self, data: bytes) -> None:
        """Read what `pending_bytes` returned, in place of what `restore` read of it."""
        self._restore_pending(json.loads(data))

    def _restore_pending(self, state: Any) -> None:
        """Read what waits to be looked at; a build that sampled no events had the counts alone."""
        self._forgotten = ForgottenAccounts({} if isinstance(state, list) else state.get("forgotten", {}))
        counts, sampled = (state, []) if isinstance(state, list) else (state["counts"], state["sampled"])
        self._pending = _by_bucket(counts)
        self._samples.restore_waiting(sampled)

    def restore(self, data: bytes, usual: bytes | None) -> None:
        """Read what `to_bytes` and `Usual.to_bytes` returned. Raise ValueError for another version."""
        version, length = _HEADER.unpack_from(data)
        if version not in (VERSION, _VERSION_WITHOUT_EVENTS, _VERSION_OF_HALF_DAYS):
            raise ValueError(f"the watch for waves has version {version}, this build reads {VERSION}: restore a savepoint of this build")
        state, at = json.loads(data[_HEADER.size : _HEADER.size + length]), _HEADER.size + length
        kept = KEPT // 2 if version == _VERSION_OF_HALF_DAYS else KEPT
        self._rows[-kept:], self._means[-kept:] = np.frombuffer(data, "<f8", offset=at).reshape(2, kept, SERIES)
        self._seen, self._details = state["seen"], _by_bucket(state["details"])
        self._texts = {bucket: as_json(_document(bucket, came)) for bucket, came in self._details.items()}
        self._samples, self._neighbours = Samples.of(state.get("latest", ())), Neighbours.of(state.get("over", ()))
        self._currencies = Currencies.of(state.get("currencies", ()))
        self._restore_pending(state["pending"])
        self._waves = {wave.position: wave for wave in map(Wave.of, state["waves"])}
        self._lasted, self._untaught = dict(state["lasted"]), dict(state["untaught"])
        if usual:
            self._restore_usual(usual)

    def usual_bytes(self) -> bytes:
        """Return what is usual: of each hour of the week, and of a day."""
        return self.slow.to_bytes() + self.usual.to_bytes()

    def _restore_usual(self, data: bytes) -> None:
        """Read what `usual_bytes` returned, or a build that knew no days."""
        knows_days = len(data) > USUAL_BYTES
        self.usual = Usual.from_bytes(data[SLOW_BYTES:] if knows_days else data)
        self.slow = SlowUsual.from_bytes(data[:SLOW_BYTES]) if knows_days else SlowUsual.of_hours(self.usual)


def _document(bucket: int, totals: dict[int, Total]) -> list[Any]:
    return [bucket, [[position, total.to_state()] for position, total in totals.items()]]


def _by_bucket(documents: list[Any]) -> dict[int, dict[int, Total]]:
    return {bucket: {position: Total.of(state) for position, state in totals} for bucket, totals in documents}
