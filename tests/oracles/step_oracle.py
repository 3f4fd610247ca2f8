"""The step, slow and obvious: an entity is the list of all its events, and each number is computed anew from
that list.

No decayed counters, no bitmaps, no byte strings: sums over the whole history, exact sets, plain lists of
links.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from domain.events.event import Event
from domain.events.identity import MISSING
from domain.graph import AMOUNT_TYPES, EVENT_TYPES, GraphSettings
from domain.times import DAY_S

DAY_MS = 86_400_000
KIND_HALF_LIVES_S = (3600.0, 7 * 86400.0)
UNUSUAL_Z = 3.0
RUN_GAP_MS = 14 * DAY_MS
NOBODY = (0.0,) * 6


@dataclass
class Link:
    time_ms: int
    event: int
    others: tuple[int, ...]
    type_code: int
    unusual: bool
    amount: float
    z: float
    summaries: list[tuple[float, ...]]
    is_fraud: bool | None = None
    source: int = 0
    """Whose label that is; 0: nobody's that was named."""


@dataclass
class Entry:
    """An event as the entity learned it."""

    event: Event
    z: float
    summaries: list[tuple[float, ...]]


def worth_of(event: Event) -> int:
    """Return 0 without money, else which power of four the amount reaches, and one."""
    if event.is_label or EVENT_TYPES[event.type_code] not in AMOUNT_TYPES:
        return 0
    return 1 + sum(event.amount >= 4**power for power in range(1, 15))


@dataclass
class View:
    """What is known of an entity at its last event."""

    first_seen: int
    last_seen: int
    clock: int
    events: int
    counters: list[list[float]]
    """[half-life][events, amount, unusual, fraud at usual amounts, fraud at unusual amounts, legitimate]"""
    kinds: list[list[float]]
    habit_n: int
    habit_mean: float
    habit_var: float
    hour_cos: float
    hour_sin: float
    frauds: int
    legitimates: int
    usual_run: Run
    """The known frauds of the latest run at usual amounts,"""
    unusual_run: Run
    """and at unusual ones."""
    last_legit: int | None
    legit_since: int
    last_unusual: int | None
    met: list[set[int]]
    """Per other kind the counterparts of this window and the one before."""
    links: list[Link]
    ids: list[int]

    def z(self, amount: float) -> float:
        if math.isnan(amount) or self.habit_n < 3:
            return 0.0
        z = (amount - self.habit_mean) / (math.sqrt(self.habit_var) + 0.05 * self.habit_mean + 0.01)
        return min(20.0, max(-20.0, z))

    def summary(self, now_ms: int, half_lives_s: tuple[float, ...]) -> tuple[float, ...]:
        passed_s = max(0, now_ms - self.clock) / 1000
        nearest_day = sorted(range(len(half_lives_s)), key=lambda i: abs(half_lives_s[i] - DAY_S))[0]
        return (
            math.log(1 + max(0, now_ms - self.first_seen) / DAY_MS),
            math.log(1 + self.events),
            math.log(1 + self.counters[nearest_day][0] * 2 ** (-passed_s / half_lives_s[nearest_day])),
            self.frauds / (self.frauds + self.legitimates + 1),
            math.log(1 + max([len(met) for met in self.met], default=0)),
            math.log(1 + self.counters[-1][2] * 2 ** (-passed_s / half_lives_s[-1])),
        )


@dataclass
class Entity:
    graph: GraphSettings
    position: int
    entries: list[Entry] = field(default_factory=list)
    arrived: list[tuple[int, int]] = field(default_factory=list)
    """Id and worth of all its events, also of those that came too late to be entries."""

    @property
    def clock(self) -> int:
        return max(entry.event.time_ms for entry in self.entries)

    def ids(self) -> list[int]:
        """Ids that are remembered: where there is no room, one of least worth in the older half goes."""
        most, kept = self.graph.duplicates if self.position == 0 else 0, list[tuple[int, int]]()
        for one in self.arrived if most else ():
            if len(kept) == most:
                kept.remove(min(kept[: most - most // 2], key=lambda known: known[1]))
            kept.append(one)
        return [id_hash // 16 * 16 + worth for id_hash, worth in kept]

    def view(self) -> View:
        scored = [entry for entry in self.entries if not entry.event.is_label]
        labels = self._labels()
        return View(
            first_seen=min([self.entries[0].event.time_ms] + [entry.event.time_ms for entry in scored]),
            last_seen=max([self.entries[0].event.time_ms] + [entry.event.time_ms for entry in scored]),
            clock=self.clock,
            events=len(scored),
            counters=[self._counters(scored, labels, half_life) for half_life in self.graph.half_lives_s],
            kinds=[
                [
                    sum(self._weight(entry, half_life) for entry in scored if entry.event.type_code == code)
                    for code in range(len(EVENT_TYPES))
                ]
                for half_life in KIND_HALF_LIVES_S
            ],
            **_habit(scored),
            frauds=_known(labels, True),
            legitimates=_known(labels, False),
            usual_run=_run([label for label in labels if label.is_fraud and label.unusual < 0.5]),
            unusual_run=_run([label for label in labels if label.is_fraud and label.unusual >= 0.5]),
            last_legit=_last_legit(labels),
            legit_since=_legit_since(labels),
            last_unusual=max([entry.event.time_ms for entry in scored if entry.z >= UNUSUAL_Z], default=None),
            met=self._met(scored),
            links=self._links(len(self.entries)),
            ids=self.ids(),
        )

    def _weight(self, entry: Entry, half_life_s: float) -> float:
        return 2 ** (-(self.clock - entry.event.time_ms) / 1000 / half_life_s)

    def _counters(self, scored: list[Entry], labels: list[NewLabel], half_life_s: float) -> list[float]:
        columns = [0.0, 0.0, 0.0]
        for entry in scored:
            weight = self._weight(entry, half_life_s)
            columns[0] += weight
            columns[1] += weight * (0.0 if math.isnan(entry.event.amount) else entry.event.amount)
            columns[2] += weight * (entry.z >= UNUSUAL_Z)
        return [
            *columns,
            self._label_counter(labels, True, half_life_s, lambda label: 1.0 - label.unusual),
            self._label_counter(labels, True, half_life_s, lambda label: label.unusual),
            self._label_counter(labels, False, half_life_s, lambda label: 1.0),
        ]

    def _label_counter(self, labels: list[NewLabel], is_fraud: bool, half_life_s: float, share: Callable[[NewLabel], float]) -> float:
        """A label adds its share at its time; one that corrects another, or takes one back, takes that away,
        as far as there is so much.
        """

        def at(now_ms: int, steps: list[tuple[int, float]]) -> float:
            return sum(size * 2 ** (-(now_ms - time_ms) / 1000 / half_life_s) for time_ms, size in steps)

        steps: list[tuple[int, float]] = []
        for label in labels:
            if label.is_fraud == is_fraud and not label.takes_back:
                steps.append((label.arrived, share(label)))
            elif label.is_fraud == is_fraud or label.corrects:
                late = 2 ** (-(label.clock - label.arrived) / 1000 / half_life_s)
                steps.append((label.clock, -min(late * share(label), at(label.clock, steps))))
        return at(self.clock, steps)

    def _met(self, scored: list[Entry]) -> list[set[int]]:
        """Windows count from the entity's first event; a late event counts for the window it comes in."""
        others = self.graph.others(self.position)
        window_ms = int(self.graph.distinct_days * DAY_MS)
        born, now = self.entries[0].event.time_ms, 0
        met: list[tuple[int, tuple[int, ...]]] = []
        for entry in scored:
            now = max(now, (entry.event.time_ms - born) // window_ms)
            met.append((now, tuple(entry.event.entities[other] for other in others)))
        return [{keys[slot] for window, keys in met if now - window <= 1} - {MISSING} for slot in range(len(others))]

    def _is_hub(self, upto: int) -> bool:
        if self.position == 0:
            return False
        return len(self._met([entry for entry in self.entries[:upto] if not entry.event.is_label])[0]) > self.graph.hub_degree

    def _links(self, upto: int) -> list[Link]:
        """The links after the first `upto` entries."""
        links: list[Link] = []
        for index, entry in enumerate(self.entries[:upto]):
            event = entry.event
            if event.is_label:
                for link in self._subjects(links, event):
                    if event.is_fraud is not None or _is_withdrawn(link, event):
                        link.is_fraud, link.source = event.is_fraud, event.source if event.is_fraud is not None else 0
            elif not self._is_hub(index + 1) or event.id_hash % self.graph.hub_sample == 0:
                others = tuple(event.entities[other] for other in self.graph.others(self.position))
                unusual = entry.z >= UNUSUAL_Z
                links.append(Link(event.time_ms, event.id_hash, others, event.type_code, unusual, event.amount, entry.z, entry.summaries))
                links = links[-self.graph.links :]
                while len(links) > 1 and links[0].time_ms < event.time_ms - self.graph.link_days * DAY_MS:
                    links.pop(0)
        return links

    def _subjects(self, links: list[Link], label: Event) -> list[Link]:
        """The link of the event that an account and an id name as a label's subject; none if it is gone."""
        return [link for link in links if link.event == label.subject_hash and (self.position == 0 or link.others[0] == label.entities[0])][
            :1
        ]

    def _labels(self) -> list[NewLabel]:
        """The labels that said something new, in the order they came."""
        found = []
        for index, entry in enumerate(self.entries):
            event = entry.event
            if not event.is_label:
                continue
            subjects = self._subjects(self._links(index), event)
            known = subjects[0].is_fraud if subjects else None
            if event.is_fraud is None:
                is_new = bool(subjects) and _is_withdrawn(subjects[0], event)
            else:
                is_new = known is None or known != event.is_fraud
            if is_new:
                clock = max(earlier.event.time_ms for earlier in self.entries[: index + 1])
                when = subjects[0].time_ms if subjects else event.time_ms
                z = subjects[0].z if subjects else entry.z
                unusual = 0.0 if z <= 1.5 else 1.0 if z >= 3.0 else (z - 1.5) / 1.5
                takes_back = event.is_fraud is None
                is_fraud = bool(known if takes_back else event.is_fraud)
                corrects = known is not None and not takes_back
                found.append(NewLabel(is_fraud, event.time_ms, clock, when, unusual, corrects, takes_back))
        return found

    def z_of(self, label: Event) -> float | None:
        """The deviation of the labelled event's amount, while there is a link of it."""
        return next((link.z for link in self._subjects(self._links(len(self.entries)), label)), None)


@dataclass
class NewLabel:
    is_fraud: bool
    arrived: int
    clock: int
    """The entity's clock then."""
    when: int
    """When its subject happened, as far as that is still known; else when the label came."""
    unusual: float
    corrects: bool
    """Does it say the opposite of what was known?"""
    takes_back: bool
    """Does it take back what was known, which is `is_fraud`?"""


@dataclass
class Run:
    """Frauds that were known of, and how many of them were taken back since."""

    when: list[int] = field(default_factory=list)
    gone: int = 0

    @property
    def frauds(self) -> int:
        return len(self.when) - self.gone

    @property
    def first(self) -> int | None:
        return min(self.when, default=None)

    @property
    def last(self) -> int | None:
        return max(self.when, default=None)


def _is_withdrawn(link: Link, label: Event) -> bool:
    return link.is_fraud is not None and link.source in (0, label.source)


def _known(labels: list[NewLabel], is_fraud: bool) -> int:
    count = 0
    for label in labels:
        if label.is_fraud == is_fraud and not label.takes_back:
            count += 1
        elif (label.is_fraud == is_fraud or label.corrects) and count:
            count -= 1
    return count


def _run(frauds: list[NewLabel]) -> Run:
    """The latest run of frauds, each at most `RUN_GAP_MS` after the last one before, in the order they
    became known. One that is taken back is one fewer, and a run without any is none.
    """
    run = Run()
    for fraud in frauds:
        if fraud.takes_back:
            if run.first is not None and run.last is not None and run.first <= fraud.when <= run.last:
                run = Run(run.when, run.gone + 1) if run.frauds > 1 else Run()
        elif run.last is None or fraud.when - run.last > RUN_GAP_MS:
            run = Run([fraud.when])
        else:
            run = Run([*run.when, fraud.when], run.gone)
    return run


def _last_legit(labels: list[NewLabel]) -> int | None:
    """When the latest cleared event happened; nobody knows once all of them are taken back."""
    latest: int | None = None
    for index, label in enumerate(labels):
        if not label.is_fraud and not label.takes_back:
            latest = label.when if latest is None else max(latest, label.when)
        elif not label.is_fraud and not _known(labels[: index + 1], False):
            latest = None
    return latest


def _legit_since(labels: list[NewLabel]) -> int:
    """Cleared events since the last fraud at a usual amount became known."""
    count = 0
    for label in labels:
        if label.is_fraud:
            count = 0 if label.unusual < 0.5 and not label.takes_back else count
        else:
            count = max(0, count - 1) if label.takes_back else count + 1
    return count


def _habit(scored: list[Entry]) -> dict[str, float]:
    n, mean, var, cos, sin = 0, 0.0, 0.0, 0.0, 0.0
    for index, entry in enumerate(scored):
        rate = max(1 / 100, 1 / (index + 2))
        angle = 2 * math.pi * (entry.event.time_ms % DAY_MS) / DAY_MS
        cos, sin = cos + rate * (math.cos(angle) - cos), sin + rate * (math.sin(angle) - sin)
        amount = entry.event.amount
        if math.isnan(amount):
            continue
        if n >= 3:
            amount = min(amount, mean + 3 * (math.sqrt(var) + 0.05 * mean + 0.01))
        n += 1
        rate = max(1 / 100, 1 / n)
        mean, var = mean + rate * (amount - mean), (1 - rate) * (var + rate * (amount - mean) ** 2)
    return {"habit_n": n, "habit_mean": mean, "habit_var": var, "hour_cos": cos, "hour_sin": sin}


class Oracle:
    """Takes events like `Step`, and says what each entity must look like before and after."""

    def __init__(self, graph: GraphSettings) -> None:
        self.graph = graph
        self.entities: list[dict[int, Entity]] = [{} for _ in graph.entities]
        self.borderline = False
        """Has some z been so close to a limit that 32 bits may decide otherwise?"""
        self.z = 0.0
        self.summaries: list[tuple[float, ...]] = []

    def take(self, event: Event) -> list[View | None] | None:
        """Per kind the view before the event, None where there is none; None at all for a duplicate."""
        before: list[View | None] = []
        self.z, self.summaries = 0.0, []
        for position, key in enumerate(event.entities):
            entity = self._alive(position, key, event.time_ms)
            if position == 0 and entity is not None and event.id_hash // 16 in [known // 16 for known in entity.ids()]:
                return None
            view = entity.view() if entity is not None else None
            before.append(view)
            if position == 0 and view is not None and not event.is_label:
                self.z = view.z(event.amount)
                self.borderline |= min(abs(self.z - UNUSUAL_Z), abs(self.z - 2.25)) < 1e-3
            self.summaries.append(view.summary(event.time_ms, self.graph.half_lives_s) if view is not None else NOBODY)
            if key == MISSING:
                continue
            if entity is not None and entity.clock - event.time_ms > self.graph.late_days * DAY_MS:
                entity.arrived.append((event.id_hash, worth_of(event)))
                continue
            if entity is None:
                entity = self.entities[position][key] = Entity(self.graph, position)
            entity.arrived.append((event.id_hash, worth_of(event)))
            entity.entries.append(Entry(event, self.z, self.summaries[:position]))
            if event.is_label:
                known = entity.z_of(event)
                self.z = self.z if known is None else known
        return before

    def _alive(self, position: int, key: int, now_ms: int) -> Entity | None:
        entity = self.entities[position].get(key)
        if entity is None or now_ms - entity.clock > self.graph.ttl_days * DAY_MS:
            return None
        return entity
