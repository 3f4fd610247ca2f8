"""A rule tried on a history: what it would have caught, harmed and changed, by day, in events and money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from domain.decisions.decision import APPROVE, BLOCK, DECISIONS, INVESTIGATE
from domain.events.event import Event
from domain.rules.conditions import APPROVE_UNLESS_BLOCKED, Rule
from gnn.evaluation.intervals import Interval, share_interval

FRAUD, LEGITIMATE, UNKNOWN = "fraud", "legitimate", "unknown"
TRUTHS = (FRAUD, LEGITIMATE, UNKNOWN)
EXAMPLES = 5
"""Event ids that are kept of each kind."""
DECIDED = "decided"
"""Event ids whose decision would be another one."""


@dataclass
class Known:
    """What is known of all events of a history."""

    events: int = 0
    frauds: int = 0
    missed: int = 0
    """Of the frauds, those that are approved today."""

    def take(self, is_fraud: bool | None, decided: str) -> None:
        """Count one event."""
        self.events += 1
        if is_fraud:
            self.frauds += 1
            self.missed += decided == APPROVE

    def document(self) -> dict[str, int]:
        """Return the counts by name."""
        return {"events": self.events, "known_frauds": self.frauds, "known_frauds_approved": self.missed}


@dataclass
class Tally:
    """Counts of the events for which a rule fires."""

    truths: Counter[str] = field(default_factory=Counter)
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(the decision that was made, the one that would be) where they differ."""
    money: dict[str, Counter[str]] = field(default_factory=dict)
    """Currency -> truth -> sum of the amounts."""

    def take(self, event: Event, truth: str, before: str, after: str) -> None:
        """Count one event."""
        self.truths[truth] += 1
        if before != after:
            self.changed[before, after] += 1
        if event.currency and event.amount == event.amount:
            self.money.setdefault(event.currency, Counter())[truth] += event.amount  # type: ignore[assignment]

    def add(self, other: Tally) -> None:
        """Add the counts of another one."""
        self.truths.update(other.truths)
        self.changed.update(other.changed)
        for currency, sums in other.money.items():
            self.money.setdefault(currency, Counter()).update(sums)

    @property
    def fired(self) -> int:
        """Return for how many events the rule fires."""
        return self.truths.total()

    @property
    def added(self) -> int:
        """Return how many approved events would be looked at or blocked."""
        return sum(count for (before, _), count in self.changed.items() if before == APPROVE)

    @property
    def otherwise(self) -> int:
        """Return how many flagged events would be decided otherwise."""
        return self.changed.total() - self.added

    def document(self) -> dict[str, Any]:
        """Return the counts by name."""
        counts = {name: self.truths[name] for name in TRUTHS}
        money = {code: {name: round(sums[name], 2) for name in TRUTHS} for code, sums in sorted(self.money.items())}
        return {"fired": self.fired, **counts, "would_add": self.added, "would_change": self.otherwise, "money": money}


class RuleTrial:
    """What one rule does on a history that `take` is shown."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.total, self.days = Tally(), dict[int, Tally]()
        self.added = Counter[str]()
        """Truth -> approved events that would be looked at or blocked."""
        self.examples: dict[str, list[str]] = {name: [] for name in (*TRUTHS, DECIDED)}
        self.text = ""
        """What the rule says of the first event."""

    def take(self, event: Event, text: str, is_fraud: bool | None, before: str) -> None:
        """Count an event for which the rule fires; `before` is the decision without it."""
        truth = UNKNOWN if is_fraud is None else FRAUD if is_fraud else LEGITIMATE
        after = decided_with(self.rule.decision, before)
        for tally in (self.total, self.days.setdefault(event.time_ms // 86_400_000, Tally())):
            tally.take(event, truth, before, after)
        self.text = self.text or text
        self._keep(truth, event.event_id)
        if before != after:
            self._keep(DECIDED, event.event_id)
            self.added[truth] += before == APPROVE

    def _keep(self, name: str, event_id: str) -> None:
        if len(self.examples[name]) < EXAMPLES:
            self.examples[name].append(event_id)

    @property
    def judged(self) -> int:
        """Return for how many events with a known truth the rule fires."""
        return self.total.fired - self.total.truths[UNKNOWN]

    @property
    def precision(self) -> tuple[float, Interval] | None:
        """Return the share of fraud among those that are known, with its interval; None if none is known."""
        frauds = self.total.truths[FRAUD]
        return (frauds / self.judged, share_interval(frauds, self.judged)) if self.judged else None

    def periods(self, most: int = 31) -> Iterator[tuple[str, Tally]]:
        """Yield (day, counts) in order; months where there are more than `most` days."""
        by_name: dict[str, Tally] = {}
        for day, tally in sorted(self.days.items()):
            name = datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%d" if len(self.days) <= most else "%Y-%m")
            by_name.setdefault(name, Tally()).add(tally)
        yield from by_name.items()

    def document(self) -> dict[str, Any]:
        """Return all figures by name."""
        share = self.precision
        return {
            "rule": self.rule.id,
            "version": self.rule.version,
            "decision": self.rule.decision,
            "text": self.rule.text,
            **self.total.document(),
            "would_add_by_truth": {name: self.added[name] for name in TRUTHS},
            "changes": [{"from": one, "to": other, "events": count} for (one, other), count in sorted(self.total.changed.items())],
            "precision": None if share is None else {"value": share[0], "low": share[1].low, "high": share[1].high},
            "days": [{"day": name, **tally.document()} for name, tally in self.periods(most=len(self.days))],
            "examples": self.examples,
            "says": self.text,
        }


def decided_with(decision: str, before: str) -> str:
    """Return the decision on an event when a rule fires beside what decided before."""
    if decision == APPROVE_UNLESS_BLOCKED:
        return APPROVE if before == INVESTIGATE else before
    return BLOCK if BLOCK in (decision, before) else max(decision, before, key=DECISIONS.index)
