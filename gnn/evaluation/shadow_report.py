"""A shadow beside what decides: how often they agree, which is right so far, and what that means in money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.decisions.decision import APPROVE, DECISIONS
from domain.health.intervals import share_document
from domain.times import rfc3339
from gnn.evaluation.paired import mcnemar
from gnn.evaluation.shadow_counts import FRAUD, LEGITIMATE, UNITS, UNKNOWN, Cell, Cells, Shadow, ShadowCounts

BOTH, ACTIVE_ALONE, SHADOW_ALONE = PARTS = ("both", "active_alone", "shadow_alone")
"""Who flags an event."""
SURE = 0.05  # p-value below which a difference is called one


@dataclass(frozen=True)
class Part:
    """Events that one or both flag, by what labels say of them so far."""

    name: str
    events: int
    frauds: int
    legitimate: int
    unknown: int


@dataclass(frozen=True)
class Money:
    """Money in one currency of flagged events that have a label: of frauds, and of legitimate ones."""

    currency: str
    active_caught: float
    active_false: float
    shadow_caught: float
    shadow_false: float


@dataclass(frozen=True)
class ShadowReport:
    """One shadow against what decides, on the events where both have had their say."""

    kind: str
    name: str
    events: int
    first_ms: int | None
    """When the first of the events was decided, in ms since 1970,"""
    last_ms: int | None
    """and the last: a rule is compared from its first firing on, up to that of a later version."""
    labelled: int
    agreement: dict[str, dict[str, int]]
    """Decision -> the shadow's decision -> events."""
    parts: tuple[Part, ...]
    active: dict[str, Any] | None
    """Precision so far: the share of frauds among the flagged that have a label, with its 95% interval."""
    shadow: dict[str, Any] | None
    active_right: int
    """Labelled events on which only what decides is right,"""
    shadow_right: int
    """and only the shadow."""
    p_value: float | None
    """That both are right equally often, by McNemar's test; None where they never differ on a label."""
    money: tuple[Money, ...]

    @property
    def agreed(self) -> int:
        """Return on how many events both decide the same."""
        return sum(row.get(decision, 0) for decision, row in self.agreement.items())

    @property
    def sentence(self) -> str:
        """Return the answer in a sentence."""
        if self.p_value is None:
            return "No label so far tells the two apart."
        if self.p_value >= SURE:
            return f"Labels so far do not tell the two apart (p = {self.p_value:.2f})."
        better = "The shadow is" if self.shadow_right > self.active_right else "What decides is"
        return f"{better} right more often on labels so far (p = {self.p_value:.1g})."

    def document(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            **{name: getattr(self, name) for name in ("kind", "name", "events", "labelled", "agreed", "agreement")},
            "from": None if self.first_ms is None else rfc3339(self.first_ms),
            "to": None if self.last_ms is None else rfc3339(self.last_ms),
            "flagged": {part.name: {name: value for name, value in vars(part).items() if name != "name"} for part in self.parts},
            "precision": {"active": self.active, "shadow": self.shadow},
            "difference": {"active_right": self.active_right, "shadow_right": self.shadow_right, "p_value": self.p_value},
            "money": {money.currency: {name: value for name, value in vars(money).items() if name != "currency"} for money in self.money},
            "sentence": self.sentence,
        }


def shadow_reports(counts: ShadowCounts, chosen: Callable[[Shadow], bool] = lambda shadow: True) -> list[ShadowReport]:
    """Return a report for each chosen shadow that the documents name."""
    return [_report(shadow, cells) for shadow, cells in counts.shadows() if chosen(shadow)]


def _report(shadow: Shadow, cells: Cells) -> ShadowReport:
    events = cells.events
    active_right = _sum(events, lambda cell: _is_right(cell.active, cell.truth) and not _is_right(cell.shadow, cell.truth))
    shadow_right = _sum(events, lambda cell: _is_right(cell.shadow, cell.truth) and not _is_right(cell.active, cell.truth))
    return ShadowReport(
        kind=shadow.kind,
        name=shadow.name,
        events=events.total(),
        first_ms=cells.first_ms,
        last_ms=cells.last_ms,
        labelled=_sum(events, lambda cell: cell.truth != UNKNOWN),
        agreement={one: {other: _sum(events, _pair(one, other)) for other in DECISIONS} for one in DECISIONS},
        parts=tuple(_part(events, name) for name in PARTS),
        active=_precision(events, lambda cell: cell.active),
        shadow=_precision(events, lambda cell: cell.shadow),
        active_right=active_right,
        shadow_right=shadow_right,
        p_value=mcnemar(active_right, shadow_right),
        money=tuple(_money(cells, currency) for currency in sorted({currency for _, currency in cells.money})),
    )


def _sum(events: Counter[Cell], chosen: Callable[[Cell], bool]) -> int:
    return sum(count for cell, count in events.items() if chosen(cell))


def _pair(active: str, shadow: str) -> Callable[[Cell], bool]:
    return lambda cell: (cell.active, cell.shadow) == (active, shadow)


def _is_right(outcome: str, truth: str) -> bool:
    """Return whether a decision fits the label. Where there is no label both count as right."""
    return truth == UNKNOWN or (outcome != APPROVE) == (truth == FRAUD)


def _part(events: Counter[Cell], name: str) -> Part:
    flags = {BOTH: (True, True), ACTIVE_ALONE: (True, False), SHADOW_ALONE: (False, True)}[name]
    found = Counter[str]()
    for cell, count in events.items():
        if (cell.active != APPROVE, cell.shadow != APPROVE) == flags:
            found[cell.truth] += count
    return Part(name, found.total(), found[FRAUD], found[LEGITIMATE], found[UNKNOWN])


def _precision(events: Counter[Cell], outcome: Callable[[Cell], str]) -> dict[str, Any] | None:
    hits = _sum(events, lambda cell: outcome(cell) != APPROVE and cell.truth == FRAUD)
    return share_document(hits, _sum(events, lambda cell: outcome(cell) != APPROVE and cell.truth != UNKNOWN))


def _money(cells: Cells, currency: str) -> Money:
    def total(outcome: Callable[[Cell], str], truth: str) -> float:
        of_it = (value for (cell, of), value in cells.money.items() if of == currency and cell.truth == truth and outcome(cell) != APPROVE)
        return sum(of_it) / UNITS

    outcomes: Sequence[Callable[[Cell], str]] = (lambda cell: cell.active, lambda cell: cell.shadow)
    return Money(currency, *(total(outcome, truth) for outcome in outcomes for truth in (FRAUD, LEGITIMATE)))
