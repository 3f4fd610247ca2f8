"""Rules that fire, and what a model in shadow would have decided, as closed lists of counters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from domain.decisions.decision import DECISIONS, Decision
from udfs.metrics.labelled_counter import LabelledCounter

if TYPE_CHECKING:
    from pyflink.metrics import MetricGroup

MODES = ("active", "shadow")
PAIRS = tuple(f"{decided}-{shadow}" for decided in DECISIONS for shadow in DECISIONS)
"""What was decided, and what the model in shadow would have decided."""


class RuleMetrics:
    """Counter of the rules of control records that fire, by mode."""

    def __init__(self, group: MetricGroup) -> None:
        self._fired = LabelledCounter(group, "rules_fired", "mode", MODES)

    def count(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """Count the rules that a decision names."""
        for rule in rules:
            self._fired.inc(str(rule["mode"]))


class ShadowMetrics:
    """Counters of the worker, raised only where control records are at work."""

    def __init__(self, group: MetricGroup) -> None:
        self._rules = RuleMetrics(group)
        self._pairs = LabelledCounter(group, "shadow_decisions", "pair", PAIRS)
        self._failures, self._shown = group.counter("shadow_load_failures"), 0

    def count(self, decided: Sequence[Decision], failures: int) -> None:
        """Count a micro-batch; failures to load the model in shadow since the worker began."""
        for decision in decided:
            if decision.rules:
                self._rules.count(decision.rules)
            if decision.shadow is not None:
                self._pairs.inc(f"{decision.outcome}-{decision.shadow.decision}")
        if failures != self._shown:
            self._failures.inc(failures - self._shown)
            self._shown = failures
