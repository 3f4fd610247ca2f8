"""The step, slow and obvious: an entity is the list of all its events, and each number is computed anew from
that list.

No decayed counters, no bitmaps, no byte strings: sums over the whole history, exact sets, plain lists of
links.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

from domain.events.event import Event, source_code
from domain.events.identity import MISSING
from domain.graph import AMOUNT_TYPES, EVENT_TYPES, GraphSettings
from domain.times import DAY_S

DAY_MS = 86_400_000
SOON_MS = 3_600_000
KIND_HALF_LIVES_S = (3600.0, 7 * 86400.0)
UNUSUAL_Z = 3.0
RUN_GAP_MS = 14 * DAY_MS
NOBODY, NEVER = (0.0,) * 6, -1
HELD_MS, MOST_HELD = 30 * DAY_MS, 8
WEIGHTS = {source_code("chargeback"): 3, source_code("customer_report"): 1}


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
    born: int
    """From when it lets the entity count as seen."""
    z: float
    summaries: list[tuple[float, ...]]
    meets: bool = False
    is_doubtful: bool = False

    @property
    def is_of_fresh_account(self) -> bool:
        """Its account is less than a week old, or was first seen less than a week ago if nobody says."""
        if self.event.created_ms != NEVER:
            return self.event.time_ms - self.event.created_ms < 7 * DAY_MS
        return math.exp(self.summaries[0][0]) - 1 < 7 - 1e-6


def worth_of(event: Event) -> int:
    """Return 0 without money, 1 or 2 for what is tried, 0 or 4 to 15 for a payment by its power of four."""
    if event.is_label or EVENT_TYPES[event.type_code] not in AMOUNT_TYPES:
        return 0
    amount = event.amount if math.isnan(event.rate) else event.comparable
    power = sum(amount >= 4**power for power in range(1, 13))
    if EVENT_TYPES[event.type_code] == "payment":
        return 3 + power if power else 0
    return 2 if power else 1


@dataclass
class View:
    """What is known of an entity at its last event."""

    first_seen: int
    last_seen: int
    clock: int
    events: int
    counters: list[list[float]]
    """[half-life][events, amount, unusual, fraud at usual amounts, fraud at unusual amounts, legitimate,
    meetings, doubtful]"""
    kinds: list[list[float]]
    habits: dict[str, Habit]
    """By currency; "" is that of all amounts that can be compared."""
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

    def z(self, event: Event) -> float:
        currency, amount = money_of(event)
        habit = self.habits.get(currency, Habit())
        if math.isnan(amount) or habit.n < 3:
            return 0.0
        return min(20.0, max(-20.0, (amount - habit.mean) / (math.sqrt(habit.var) + 0.05 * habit.mean + 0.01)))

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


@dataclass(frozen=True)
class Known:
    """What counts of the labels of one event, as an entity has been told."""

    is_fraud: bool
    said: int
    source: int
    dated: int
    """When the event happened, 0 if nobody knew any more."""
    z: float

    @property
    def when(self) -> int:
        return self.dated or self.said

    @property
    def unusual(self) -> float:
        return 0.0 if self.z <= 1.5 else 1.0 if self.z >= 3.0 else (self.z - 1.5) / 1.5


@dataclass
class Entity:
    graph: GraphSettings
    position: int
    begun: int
    """The time of its first event,"""
    born: int
    """and from when it counts as seen by that."""
    entries: list[Entry] = field(default_factory=list)
    arrived: list[tuple[int, int, bool]] = field(default_factory=list)
    """Id and worth of all its events, and whether they pay, late ones included."""
    heard: list[int] = field(default_factory=list)
    """Times of the labels of which it was told."""
    known: dict[tuple[int, int], Known] = field(default_factory=dict)
    """By account and event id."""
    links: list[Link] = field(default_factory=list)

    @property
    def clock(self) -> int:
        return max([self.begun] + [entry.event.time_ms for entry in self.entries] + self.heard)

    def is_late(self, event: Event) -> bool:
        latest = max([self.born] + [entry.event.time_ms for entry in self.entries])
        return latest - event.time_ms > self.graph.late_days * DAY_MS

    def born_again(self, begun: int, born: int) -> Entity:
        """The account with another event: it has learnt none before, but perhaps of labels of late ones."""
        heard = [*self.heard, self.begun] if self.known else []
        return Entity(self.graph, self.position, begun, born, arrived=self.arrived, heard=heard, known=self.known)

    def ids(self) -> list[int]:
        """Ids that are remembered: where there is no room, one of least worth in the older half goes.

        A payment gives its worth to the last one of the latest half that was only tried.
        """
        most, kept = self.graph.duplicates if self.position == 0 else 0, list[tuple[int, int]]()
        for one in self.arrived if most else ():
            if len(kept) == most:
                kept.remove(min(kept[: most - most // 2], key=lambda known: known[1]))
            latest = range(max(0, len(kept) - most // 2), len(kept))
            tried = [at for at in latest if kept[at][1] in (1, 2)]
            id_hash, worth, is_payment = one
            if is_payment and tried:
                worth = max(worth, 3)
                kept[tried[-1]] = (kept[tried[-1]][0], worth)
            kept.append((id_hash, worth))
        return [id_hash // 32 * 32 + worth for id_hash, worth in kept]

    def has_seen(self, id_hash: int) -> bool:
        return id_hash // 32 in [known // 32 for known in self.ids()]

    def learn(self, entry: Entry) -> None:
        event = entry.event
        self._meet(entry)
        self.entries.append(entry)
        if self._is_hub() and event.id_hash % self.graph.hub_sample != 0:
            return
        others = tuple(event.entities[other] for other in self.graph.others(self.position))
        unusual = entry.z >= UNUSUAL_Z
        self.links.append(Link(event.time_ms, event.id_hash, others, event.type_code, unusual, event.comparable, entry.z, entry.summaries))
        self.links = self.links[-self.graph.links :]
        while len(self.links) > 1 and self.links[0].time_ms < event.time_ms - self.graph.link_days * DAY_MS:
            self.links.pop(0)

    def _meet(self, entry: Entry) -> None:
        """An account meets devices, and one that it does not name is doubtful; all else meets accounts."""
        others = self.graph.others(self.position)
        if not others:
            return
        other = entry.event.entities[others[0]]
        entry.meets = other != MISSING and not (self.entries and other in self._met(self.entries)[0])
        entry.is_doubtful = entry.meets and entry.is_of_fresh_account if self.position else other == MISSING

    def link_of(self, account: int, subject: int) -> Link | None:
        return next((link for link in self.links if link.event == subject and (self.position == 0 or link.others[0] == account)), None)

    def be_told(self, account: int, subject: int, said: Said | None, latest: int, when: int, z: float) -> None:
        """Hear which label of an event counts, None for none; what is known of the event here goes first."""
        self.heard.append(latest)
        link, before = self.link_of(account, subject), self.known.pop((account, subject), None)
        if said is not None:
            if before is not None:
                when, z = before.dated, before.z
            elif link is not None and self.position > 0:  # the account's registry knows when, of the first of two
                when, z = link.time_ms, link.z
            self.known[account, subject] = Known(said.is_fraud is True, said.time_ms, said.source, when, z)
        if link is not None:
            link.is_fraud, link.source = (None, 0) if said is None else (said.is_fraud, said.source)

    def view(self) -> View:
        scored, labels = [entry for entry in self.entries if not entry.event.is_label], list(self.known.values())
        usual, unusual = ([one for one in labels if one.is_fraud and (one.unusual >= 0.5) == is_unusual] for is_unusual in (False, True))
        cleared, last_usual = [one for one in labels if not one.is_fraud], max([one.said for one in usual], default=0)
        return View(
            first_seen=min(entry.born for entry in scored),
            last_seen=max([self.born] + [entry.event.time_ms for entry in scored]),
            clock=self.clock,
            events=len(scored),
            counters=[self._counters(scored, labels, half_life) for half_life in self.graph.half_lives_s],
            kinds=[
                [
                    sum(self._weight(entry.event.time_ms, half_life) for entry in scored if entry.event.type_code == code)
                    for code in range(len(EVENT_TYPES))
                ]
                for half_life in KIND_HALF_LIVES_S
            ],
            **_habit(scored),
            frauds=len(labels) - len(cleared),
            legitimates=len(cleared),
            usual_run=_run([one.when for one in usual]),
            unusual_run=_run([one.when for one in unusual]),
            last_legit=max([one.when for one in cleared], default=None),
            legit_since=sum(one.said > last_usual for one in cleared),
            last_unusual=max([entry.event.time_ms for entry in scored if entry.z >= UNUSUAL_Z], default=None),
            met=self._met(scored),
            links=[replace(link) for link in self.links],
            ids=self.ids(),
        )

    def _weight(self, time_ms: int, half_life_s: float) -> float:
        return 2 ** (-(self.clock - time_ms) / 1000 / half_life_s)

    def _counters(self, scored: list[Entry], labels: list[Known], half_life_s: float) -> list[float]:
        columns = [0.0] * 8
        for entry in scored:
            weight = self._weight(entry.event.time_ms, half_life_s)
            columns[0] += weight
            columns[1] += weight * (0.0 if math.isnan(entry.event.comparable) else entry.event.comparable)
            columns[2] += weight * (entry.z >= UNUSUAL_Z)
            columns[6] += weight * entry.meets
            columns[7] += weight * entry.is_doubtful
        for one in labels:
            weight = self._weight(one.said, half_life_s)
            columns[3] += weight * one.is_fraud * (1.0 - one.unusual)
            columns[4] += weight * one.is_fraud * one.unusual
            columns[5] += weight * (not one.is_fraud)
        return columns

    def _met(self, scored: list[Entry]) -> list[set[int]]:
        """Windows count from the entity's first event; a late event counts for the window it comes in."""
        others = self.graph.others(self.position)
        window_ms = int(self.graph.distinct_days * DAY_MS)
        now = 0
        met: list[tuple[int, tuple[int, ...]]] = []
        for entry in scored:
            now = max(now, (entry.event.time_ms - self.begun) // window_ms)
            met.append((now, tuple(entry.event.entities[other] for other in others)))
        return [{keys[slot] for window, keys in met if now - window <= 1} - {MISSING} for slot in range(len(others))]

    def _is_hub(self) -> bool:
        """Whether so many accounts were not fresh when they came, or ten times as many came."""
        if self.position == 0:
            return False
        accounts = -256 * math.log(1 - len(self._met(self.entries)[0]) / 256)  # as 256 marks tell it, each account with its own
        if accounts > 10 * self.graph.hub_degree:
            return True
        *_, meetings, doubtful = self._counters(self.entries, [], self.graph.half_lives_s[-1])
        share = min(1.0, doubtful / meetings) if meetings else 0.0
        return round(accounts * (1.0 - share)) > self.graph.hub_degree


@dataclass(frozen=True)
class Said:
    """One line of a label."""

    subject: int
    source: int
    is_fraud: bool | None
    time_ms: int
    kinds: frozenset[int]

    @property
    def rank(self) -> tuple[int, int]:
        """Of one source the later line counts; of one moment a withdrawal, then fraud."""
        return self.time_ms, {None: 2, True: 1, False: 0}[self.is_fraud]


@dataclass
class Registry:
    """All that was said of the events of one account."""

    said: list[Said] = field(default_factory=list)
    come: dict[int, tuple[int, float]] = field(default_factory=dict)
    """Events that have come: when (0 if nobody knows any more) and how unusual."""

    def latest(self, subject: int) -> list[Said]:
        """The latest word of each source about an event."""
        lines = [one for one in self.said if one.subject == subject]
        return [max((one for one in lines if one.source == source), key=lambda one: one.rank) for source in {one.source for one in lines}]

    def counts(self, subject: int) -> Said | None:
        """Which word counts, None for none."""
        latest = self.latest(subject)
        withdrawn = max([one.time_ms for one in latest if one.is_fraud is None], default=-1)
        standing = [one for one in latest if one.is_fraud is not None and (one.source != 0 or one.time_ms > withdrawn)]
        return max(standing, key=lambda one: (WEIGHTS.get(one.source, 2), one.rank, one.source), default=None)

    def forget_held(self, now_ms: int) -> bool:
        """Drop what is held for too long; return whether the rest is within bounds."""
        held = [one for subject in {one.subject for one in self.said} - self.come.keys() for one in self.latest(subject)]
        old = {(one.subject, one.source) for one in held if now_ms - one.time_ms > HELD_MS}
        self.said = [one for one in self.said if (one.subject, one.source) not in old]
        return len(held) - len(old) <= MOST_HELD


@dataclass
class Run:
    """Frauds of which each is at most `RUN_GAP_MS` before the next, the latest of all."""

    when: list[int]

    @property
    def frauds(self) -> int:
        return len(self.when)

    @property
    def first(self) -> int | None:
        return min(self.when, default=None)

    @property
    def last(self) -> int | None:
        return max(self.when, default=None)


def _run(frauds: list[int]) -> Run:
    run = Run([])
    for when in sorted(frauds, reverse=True):
        if run.first is not None and run.first - when > RUN_GAP_MS:
            break
        run.when.append(when)
    return run


@dataclass
class Habit:
    """The amounts of one currency."""

    n: int = 0
    mean: float = 0.0
    var: float = 0.0

    def learn(self, amount: float) -> None:
        if self.n >= 3:
            amount = min(amount, self.mean + 3 * (math.sqrt(self.var) + 0.05 * self.mean + 0.01))
        self.n += 1
        rate = max(1 / 100, 1 / self.n)
        self.mean, self.var = self.mean + rate * (amount - self.mean), (1 - rate) * (self.var + rate * (amount - self.mean) ** 2)


def money_of(event: Event) -> tuple[str, float]:
    """In which currency an amount is compared, "" for the reference, and the amount in it."""
    return (event.currency, event.amount) if math.isnan(event.rate) else ("", event.comparable)


def _habit(scored: list[Entry]) -> dict[str, Any]:
    habits, cos, sin = {"": Habit()}, 0.0, 0.0
    for index, entry in enumerate(scored):
        rate = max(1 / 100, 1 / (index + 2))
        angle = 2 * math.pi * (entry.event.time_ms % DAY_MS) / DAY_MS
        cos, sin = cos + rate * (math.cos(angle) - cos), sin + rate * (math.sin(angle) - sin)
        currency, amount = money_of(entry.event)
        if math.isnan(amount):
            continue
        if currency in habits or len(habits) <= 2:
            habits.setdefault(currency, Habit()).learn(amount)
            continue
        least = min((name for name in habits if name), key=lambda name: habits[name].n)
        if habits[least].n > 0:  # a stranger takes one off
            habits[least].n -= 1
        else:
            habits = {currency if name == least else name: habit for name, habit in habits.items()}
            habits[currency] = Habit()
            habits[currency].learn(amount)
    return {"habits": habits, "hour_cos": cos, "hour_sin": sin}


class Oracle:
    """Takes events like `Step`, and says what each entity must look like before and after."""

    def __init__(self, graph: GraphSettings) -> None:
        self.graph = graph
        self.entities: list[dict[int, Entity]] = [{} for _ in graph.entities]
        self.registries: dict[int, Registry] = {}
        self.borderline = False
        """Has some z been so close to a limit that 32 bits may decide otherwise, or too much been held? Or
        did a labelled event come again when its id was forgotten: which of the two is meant?
        """
        self.z = 0.0
        self.summaries: list[tuple[float, ...]] = []

    def take(self, event: Event, stream_ms: int | None = None) -> list[View | None] | None:
        """Per kind the view before the event, None where there is none; None at all for a duplicate.

        `stream_ms` is the time that the stream has reached; None: that of the event.
        """
        lag_ms = 0 if stream_ms is None else stream_ms - event.time_ms
        born = event.time_ms + max(0, lag_ms - SOON_MS)
        if event.is_label:
            return self._take_label(event, born)
        is_late = lag_ms > min(1, self.graph.late_days) * DAY_MS
        before: list[View | None] = []
        account = self._alive(0, event.entities[0], event.time_ms)
        heard = account.clock if account is not None else 0
        if account is None:
            self.registries[event.entities[0]] = Registry()
        if account is not None and account.has_seen(event.id_hash):
            return None
        self.borderline |= event.id_hash in self.registries.setdefault(event.entities[0], Registry()).come
        self.z, self.summaries = 0.0, []
        dated = (event.time_ms, 0.0)
        for position, key in enumerate(event.entities):
            entity = self._alive(position, key, event.time_ms)
            view = entity.view() if entity is not None and entity.entries else None
            before.append(view)
            if position == 0 and view is not None:
                self.z = view.z(event)
                self.borderline |= min(abs(self.z - UNUSUAL_Z), abs(self.z - 2.25)) < 1e-3
            self.summaries.append(view.summary(event.time_ms, self.graph.half_lives_s) if view is not None else NOBODY)
            if key == MISSING:
                continue
            if is_late and view is None and position > 0:
                continue
            late = is_late or (view is not None and entity is not None and entity.is_late(event))
            if entity is None:
                entity = Entity(self.graph, position, born if is_late else event.time_ms, born)
            elif not entity.entries:
                late_clock = entity.clock if entity.known else max(entity.clock, born)
                entity = entity.born_again(late_clock if is_late else event.time_ms, born)
            self.entities[position][key] = entity
            entity.arrived.append((event.id_hash, worth_of(event), EVENT_TYPES[event.type_code] == "payment"))
            if not late:
                entity.learn(Entry(event, born, self.z, self.summaries[:position]))
            if position == 0:
                dated = (0, 0.0) if late else (event.time_ms, self.z)
        self._tell_what_is_held(event, dated, max(heard, event.time_ms))
        return before

    def _take_label(self, label: Event, born: int) -> list[View | None] | None:
        account, subject = label.entities[0], label.subject_hash
        entity = self._alive(0, account, label.time_ms)
        if entity is None:
            entity, self.registries[account] = Entity(self.graph, 0, label.time_ms, born), Registry()
            self.entities[0][account] = entity
        registry, link = self.registries.setdefault(account, Registry()), entity.link_of(account, subject)
        if subject not in registry.come:
            if link is not None:
                registry.come[subject] = (link.time_ms, link.z)
            elif entity.has_seen(subject):
                registry.come[subject] = (0, 0.0)
        named = [(position, key) for position, key in enumerate(label.entities) if key != MISSING]
        kinds = frozenset(position for position, key in named if not position or link is None or link.others[position - 1] == key)
        mine = [one for one in registry.said if (one.subject, one.source) == (subject, label.source)]
        last = max(mine, key=lambda one: one.rank, default=None)
        if (
            last
            and (last.time_ms, last.is_fraud) == (label.time_ms, label.is_fraud)
            and kinds <= frozenset().union(*(one.kinds for one in mine))
        ):
            return None
        registry.said.append(Said(subject, label.source, label.is_fraud, label.time_ms, kinds))
        if subject in registry.come:
            self._tell(label, subject)
            return [None for _ in label.entities]
        if not entity.entries and not entity.known:
            entity.heard.append(label.time_ms)
        self.borderline |= not registry.forget_held(max(entity.clock, label.time_ms))
        return [None for _ in label.entities]

    def _tell_what_is_held(self, event: Event, dated: tuple[int, float], heard: int) -> None:
        registry = self.registries.setdefault(event.entities[0], Registry())
        registry.forget_held(heard)
        if event.id_hash not in registry.come and registry.latest(event.id_hash):
            registry.come[event.id_hash] = dated
            self._tell(event, event.id_hash)

    def _tell(self, event: Event, subject: int) -> None:
        """Tell the entities of an event, or of a label's line, what counts of an event."""
        account, registry = event.entities[0], self.registries[event.entities[0]]
        said, (when, z) = registry.counts(subject), registry.come[subject]
        latest = max(one.time_ms for one in registry.latest(subject))
        kinds = frozenset[int]().union(*(one.kinds for one in registry.said if one.subject == subject))
        for position, key in enumerate(event.entities):
            entity = self._alive(position, key, event.time_ms) if position else self.entities[0][account]
            if key != MISSING and position in kinds and entity is not None and (position == 0 or entity.entries):
                entity.be_told(account, subject, said, latest, when, z)

    def _alive(self, position: int, key: int, now_ms: int) -> Entity | None:
        entity = self.entities[position].get(key)
        if entity is None or now_ms - entity.clock > self.graph.ttl_days * DAY_MS:
            return None
        return entity
