"""Rules in force over one event: which of them fire, with a text for each that decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from domain.events.event import Event
from domain.events.identity import Pseudonyms
from domain.graph import GraphSettings
from domain.rules.conditions import ACTIVE, SHADOW, FeatureIs, Leaf, Rule, leaves
from domain.rules.entity_lists import EntityLists, ListHit
from domain.rules.input_writers import Cells
from domain.rules.inputs import Inputs
from domain.rules.names import RuleNames
from domain.rules.program import Program, fired_rules

Holds = Callable[[Leaf], bool]
Describe = Callable[[Rule, Event, Sequence[float], Holds], str]
"""Text of a rule that fired for (rule, event, row); the last argument says which comparisons held."""

MOST_DESCRIBED = 20
"""Most rules of one event whose text has numbers: each takes 25 us, and a decision has 20 reasons at most."""


class Fired(NamedTuple):
    """A rule that fired."""

    rule: Rule
    text: str
    """With the numbers; empty for a shadow rule."""


class RuleSet:
    """The rules that are active or in shadow. It is made anew when a rule changes; lists change in place."""

    def __init__(
        self,
        graph: GraphSettings,
        rules: Sequence[Rule],
        lists: EntityLists,
        pseudonyms: Pseudonyms,
        describe: Describe | None = None,
    ) -> None:
        """Compile rules whose names are all known. Without `describe` a rule's own text is given."""
        names = RuleNames.of(graph)
        self._rules = [rule for rule in rules if rule.state in (ACTIVE, SHADOW)]
        asked = [leaf for rule in self._rules for leaf in leaves(rule.when)]
        self._lists, self._describe = lists, describe
        self._inputs = Inputs(graph, names, asked, pseudonyms)
        self._program = Program(
            [rule.when for rule in self._rules], self._inputs.step, self._inputs.vector, self._inputs.read, len(names.features)
        )
        self._row: Cells = self._program.row.data
        self._vector: Cells = self._inputs.vector.data
        self._silent = [Fired(rule, "") for rule in self._rules]
        self._expire = any(rule.expires_ms is not None for rule in self._rules)
        self.needs_row = any(isinstance(leaf, FeatureIs) for leaf in asked)
        """Whether a rule asks for a feature; without, `fired` may be given an empty row."""

    def __len__(self) -> int:
        """Return how many rules are evaluated."""
        return len(self._rules)

    def fired(self, event: Event, row: Sequence[float], hits: Sequence[ListHit] | None = None) -> list[Fired]:
        """Return the rules that fire for an event, in the order in which they were given.

        `row` is the event's row of `FeatureBatch.flat`, f4[F]; `hits` what `EntityLists.hits` returns, where
        the caller has it already.
        """
        if not self._rules:
            return []
        if self._inputs.is_listed and hits is None:
            hits = self._lists.hits(event)
        self._inputs.fill(event, hits or ())
        if self.needs_row:
            try:
                self._row[:] = row
            except (TypeError, ValueError):
                self._program.row[:] = row
        count = fired_rules(self._program.address)
        return self._told(count, event, row) if count else []

    def _told(self, count: int, event: Event, row: Sequence[float]) -> list[Fired]:
        found = [self._silent[index] for index in self._program.fired[:count].tolist()]
        if self._expire:
            found = [one for one in found if one.rule.expires_ms is None or event.time_ms < one.rule.expires_ms]
        left = MOST_DESCRIBED
        for at, one in enumerate(found):
            if one.rule.state != SHADOW:
                found[at] = Fired(one.rule, self._text(one.rule, event, row) if left > 0 else one.rule.text)
                left -= 1
        return found

    def _text(self, rule: Rule, event: Event, row: Sequence[float]) -> str:
        return rule.text if self._describe is None else self._describe(rule, event, row, self._holds)

    def _holds(self, leaf: Leaf) -> bool:
        return self._inputs.step(leaf).holds(self._vector)
