"""Decisions and what a shadow would have decided, counted: outcomes, labels and money of each pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from domain.decisions.decision import APPROVE, BLOCK, INVESTIGATE, outcome_in

MODEL, RULE = "model", "rule"
"""Kinds of shadows."""
FRAUD, LEGITIMATE, UNKNOWN = "fraud", "legitimate", "unknown"
"""What labels say of an event so far."""
UNITS = 10_000  # of money
_FLAGS = (INVESTIGATE, BLOCK)
SHADOW = "shadow"
_COUNTED = ("decision", "amount", "currency", "shadow", "rules", "decided_at", "event_time")

Verdict = Callable[[Mapping[str, Any]], bool | None]
"""From a decision document to what its label says; None where none is known."""


class Cell(NamedTuple):
    """A kind of event: what was decided, what the shadow says, what labels say."""

    active: str
    shadow: str
    truth: str


@dataclass
class Cells:
    """Events and money by `Cell`; money is in ten-thousandths of its currency, so that sums are exact."""

    events: Counter[Cell] = field(default_factory=Counter)
    money: Counter[tuple[Cell, str]] = field(default_factory=Counter)
    first_ms: int | None = None
    """When the first event was decided, in ms since 1970; None where there is no event,"""
    last_ms: int | None = None
    """and the last one."""

    def add(self, cell: Cell, amount: float | None, currency: str | None, decided_ms: int) -> None:
        """Add an event, decided after those before."""
        self.events[cell] += 1
        self.first_ms = decided_ms if self.first_ms is None else self.first_ms
        self.last_ms = decided_ms
        if amount is not None and currency:
            self.money[cell, currency] += round(amount * UNITS)

    def less(self, other: Cells) -> Cells:
        """Return these without the events of others, which are among them."""
        return Cells(self.events - other.events, Counter({key: value - other.money[key] for key, value in self.money.items()}))


class Shadow(NamedTuple):
    """What computes beside the active model and decides nothing."""

    kind: str
    name: str
    """A model's id; a rule's id and version."""


class ShadowCounts:
    """Counts of decision documents in the order in which they were decided, per shadow that they name.

    A model in shadow is in each document; a rule only where it fires. So for a rule the events from its first
    firing on count, and where it did not fire it says what it says by silence. The first firing of a later
    version of its id ends it.
    """

    def __init__(self) -> None:
        self.documents = 0
        self._models: dict[Shadow, Cells] = {}
        self._rules: dict[Shadow, _RuleCounts] = {}
        self._all = Cells()  # of every event, as if nothing had fired

    def take(self, document: Mapping[str, Any], is_fraud: bool | None) -> None:
        """Count a document; raise ValueError naming the field that does not hold."""
        active, amount, currency = outcome_in(document), document.get("amount"), document.get("currency")
        truth = UNKNOWN if is_fraud is None else FRAUD if is_fraud else LEGITIMATE
        decided_ms, time_ms, _ = _decided_in(document)
        event = amount, currency, decided_ms or time_ms
        for shadow, decision, says in _shadows_of(document):
            if shadow.kind == MODEL:
                cells = self._models.setdefault(shadow, Cells())
                cells.add(Cell(active, decision, truth), *event)
                continue
            if shadow not in self._rules:
                self._begin(shadow, says)
            if self._rules[shadow].until is not None:
                continue
            self._rules[shadow].fired.add(Cell(active, decision, truth), *event)
            self._rules[shadow].fired_as.add(Cell(active, active, truth), *event)
        self._all.add(Cell(active, active, truth), *event)
        self.documents += 1

    def _begin(self, shadow: Shadow, says: str) -> None:
        """Begin to compare a version of a rule, which ends those before; one older than another has ended."""
        here, (rule, version), is_old = _copy(self._all), _version_of(shadow), False
        for other, counts in self._rules.items():
            if (known := _version_of(other))[0] == rule:
                is_old = is_old or known[1] > version
                if known[1] < version and counts.until is None:
                    counts.until = here
        self._rules[shadow] = _RuleCounts(says, here, until=here if is_old else None)

    def shadows(self) -> Iterator[tuple[Shadow, Cells]]:
        """Yield each shadow and its counts, models first."""
        yield from sorted(self._models.items())
        for shadow, counts in sorted(self._rules.items(), key=lambda item: item[0]):
            yield shadow, counts.cells(self._all)


@dataclass
class _RuleCounts:
    says: str
    """The decision of the rule's record."""
    before: Cells
    """What came before it fired first."""
    until: Cells | None = None
    """What came before a later version fired first; None while it is the latest."""
    fired: Cells = field(default_factory=Cells)
    fired_as: Cells = field(default_factory=Cells)
    """The same events as `ShadowCounts._all` has them."""

    def cells(self, everything: Cells) -> Cells:
        """Return all events from the first firing on, up to that of a later version."""
        silent, found = (self.until or everything).less(self.before).less(self.fired_as), _copy(self.fired)
        for cell, events in silent.events.items():
            found.events[self._silent(cell)] += events
        for (cell, currency), money in silent.money.items():
            found.money[self._silent(cell), currency] += money
        found.last_ms = (self.until or everything).last_ms if found.events else None
        return found

    def _silent(self, cell: Cell) -> Cell:
        """Return what an event counts as where the rule did not fire: one that spares leaves it alone."""
        return cell._replace(shadow=APPROVE if self.says in _FLAGS else cell.active)


def counts_of(documents: Iterable[Mapping[str, Any]], verdict: Verdict) -> ShadowCounts:
    """Return the counts of decision documents in any order; raise ValueError.

    Files of a folder and partitions of a stream are read one after the other, so they are put in order here.
    """
    known = [(_decided_in(document), _counted_part(document), verdict(document)) for document in documents]
    known.sort(key=lambda item: item[0])
    counts = ShadowCounts()
    for _, document, is_fraud in known:
        counts.take(document, is_fraud)
    return counts


def _decided_in(document: Mapping[str, Any]) -> tuple[int, int, str]:
    """Return what decisions are ordered by: when they were made, event time, id; 0 where there is none."""
    decided_ms, time_ms = (value if isinstance(value := document.get(name), int) else 0 for name in ("decided_at", "event_time"))
    return decided_ms, time_ms, str(document.get("event_id", ""))


def _counted_part(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are counted: a document is much larger."""
    return {name: document[name] for name in _COUNTED if name in document}


def _shadows_of(document: Mapping[str, Any]) -> Iterator[tuple[Shadow, str, str]]:
    """Yield (shadow, what it decides on the event, what it says) of a document."""
    model = document.get("shadow")
    if model is not None:
        if not isinstance(model, dict) or not isinstance(model.get("model"), str):
            raise ValueError("shadow is not an object with a model")
        decision = outcome_in(model)
        yield Shadow(MODEL, model["model"]), decision, decision
    for rule in document.get("rules") or ():
        if not isinstance(rule, dict) or not isinstance(rule.get("id"), str):
            raise ValueError("rules is not a list of objects with an id")
        if rule.get("mode") == SHADOW:
            says = str(rule.get("decision"))
            yield Shadow(RULE, f"{rule['id']} version {rule.get('version', 0)}"), _with_rule(says, str(document["decision"])), says


def _version_of(rule: Shadow) -> tuple[str, int]:
    """Return the id and the version of a rule in shadow."""
    name, _, version = rule.name.rpartition(" version ")
    return name, int(version) if version.isdecimal() else 0


def _with_rule(says: str, active: str) -> str:
    """Return what a rule that fires decides: its own flag, or it spares a review, never a block."""
    return says if says in _FLAGS else APPROVE if active == INVESTIGATE else active


def _copy(cells: Cells) -> Cells:
    return Cells(Counter(cells.events), Counter(cells.money), cells.first_ms, cells.last_ms)
