"""What is in force: the accepted control records of one judge, and what they say of an event.

The job keeps their bytes in broadcast state; `ringwatch score --control` has them from a file. Both call
`apply` in the order in which the records were accepted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from domain.control.changes import Change, chunk_of, is_chunk
from domain.control.rates import RatesInForce
from domain.control.records import LIST, MODEL, RATE, RULE, SHADOW_MODEL, SWITCH, ControlRecord, record_of
from domain.decisions.effects import ALLOW_LIST, BLOCK_LIST, RULES, SHADOW_SWITCH, Effects, ListEffect, RuleEffect
from domain.decisions.rule_reasons import RuleReasons
from domain.events.event import Event, Rejected
from domain.events.exchange_rates import USUAL_CURRENCY, CurrencySettings
from domain.events.identity import Pseudonyms
from domain.graph import GraphSettings
from domain.rules.conditions import ACTIVE, DELETED, SHADOW, Rule
from domain.rules.entity_lists import EntityLists, ListHit
from domain.rules.names import RuleNames
from domain.rules.rule_set import RuleSet

MOST_LISTS = 20
"""Most records of lists that effects name, those that decide first. Thousands may name one entity."""


class ControlInForce:
    """The rules, lists, switches, rates and models of one judge. Expiry is by the event's own time."""

    def __init__(
        self, graph: GraphSettings, pseudonyms: Pseudonyms, codes: Sequence[str] = (), currency: CurrencySettings = USUAL_CURRENCY
    ) -> None:
        """Begin with nothing in force. `codes` are those of the settings' rules, which are version 0."""
        self._rates = RatesInForce(currency)
        self._graph, self._pseudonyms, self._codes = graph, pseudonyms, frozenset(codes)
        self._names = RuleNames.of(graph)
        self._rules: dict[str, Rule] = {}
        self._lists = EntityLists(graph)
        self._chunks: dict[tuple[str, int], dict[int, bytes]] = defaultdict(dict)
        self._describe = RuleReasons(graph)
        self._set = RuleSet(graph, (), self._lists, pseudonyms)
        self._off: set[str] = set()
        self._replaced: set[str] = set()
        self._base, self._text = Effects(), ""
        self._is_current = True
        self.changes: dict[str, Change] = {}
        """The last change of each record that is in force, and of what was deleted until `forget`."""
        self.model = ""
        """Text of the `ModelName` that scores; empty: the configured one."""

    @property
    def applied(self) -> int:
        """Return the running number of the last change; 0 before the first."""
        return self._base.applied

    @property
    def shadow(self) -> str:
        """Return the text of the `ModelName` that scores in shadow, empty if none does."""
        return self._base.shadow

    @property
    def rates(self) -> Mapping[str, float]:
        """Return what a unit of each currency is worth, see `RatesInForce.table`."""
        return self._rates.table

    @property
    def lists(self) -> EntityLists:
        """Return the lists that are in force; they change in place."""
        return self._lists

    @property
    def needs_row(self) -> bool:
        """Return whether `judge` reads the row of features: only rules do."""
        self._make_current()
        return self._set.needs_row

    def apply(self, key: str, value: bytes) -> Change | None:
        """Put a change in force; return it, None for a chunk of a list that is to come.

        Raise `Rejected`, and change nothing, if the job has other settings by now and the record names what
        they no longer have.
        """
        if is_chunk(key):
            record, applied, part = chunk_of(key)
            self._chunks[record, applied][part] = value
            return None
        change = Change.of(value)
        record_now = record_of(dict(change.record), self._names, self._pseudonyms)
        self._put(record_now, change)
        self.changes[change.key] = change
        self._base = self._base._replace(
            applied=max(self.applied, change.applied),
            shadow="" if SHADOW_SWITCH in self._off else self.changes[SHADOW_MODEL].model if SHADOW_MODEL in self.changes else "",
            switches_off=tuple(sorted(self._off)),
            replaced=tuple(sorted(self._replaced)),
        )
        self._text = self._base.to_json()
        return change

    def start_with(self, model: str) -> None:
        """Put a model in force that a job of an older version had accepted."""
        self.model = model

    def forget(self, until: int) -> list[str]:
        """Drop records deleted up to a running number; return their keys, which the state may drop, too."""
        gone = [
            key
            for key, change in self.changes.items()
            if change.record.get("state") == DELETED and change.applied <= until and change.record.get("id") not in self._codes
        ]
        for key in gone:
            del self.changes[key]
        return gone

    def judge(self, event: Event, row: Sequence[float]) -> Effects:
        """Return what holds at an event; `row` is that of `FeatureBatch.flat`, read only if `needs_row`."""
        self._make_current()
        hits = self._lists.hits(event) if self._lists.entries else []
        fired = self._set.fired(event, row, hits) if len(self._set) else []
        if not hits and not fired:
            return self._base
        if len(hits) > MOST_LISTS:
            hits = sorted(hits, key=_decides, reverse=True)[:MOST_LISTS]
        return self._base._replace(
            fired=tuple([RuleEffect(rule.id, rule.version, rule.state, rule.decision, text) for rule, text in fired]),
            lists=tuple([ListEffect(record.id, record.version, record.state, record.list, kind) for record, kind in hits]),
        )

    def text_of(self, effects: Effects) -> str | None:
        """Return `Effects.to_json`, kept for events at which nothing fires; None before any change."""
        if effects is self._base:
            return self._text or None
        return effects.to_json()

    def _put(self, record: ControlRecord, change: Change) -> None:
        if record.kind == RULE:
            self._rules.pop(record.id, None)
            if record.rule is not None and record.is_in_force:
                self._rules[record.id] = record.rule
            if record.id in self._codes:
                self._replaced.add(record.id)
            self._is_current = False
        elif record.kind == LIST:
            self._put_list(record, change)
        elif record.kind == SWITCH:
            (self._off.discard if record.document["on"] else self._off.add)(record.id)
            self._is_current = False
        elif record.kind == MODEL:
            self.model = change.model
        elif record.kind == RATE:
            self._rates.put(record.id, record.rate)

    def _put_list(self, record: ControlRecord, change: Change) -> None:
        if record.listed is None:
            self._lists.remove(record.id)
        elif record.entity is not None:
            self._lists.put(record.listed, np.array([record.entity], np.uint64))
        else:
            parts = self._chunks.pop((change.key, change.applied), {})
            keys = np.frombuffer(b"".join(parts[part] for part in sorted(parts)), np.uint64)
            if len(keys) != change.entries:
                raise Rejected("file", f"{len(keys):,} of {change.entries:,} entries are there; send the list with a higher version")
            self._lists.put(record.listed, keys)

    def _make_current(self) -> None:
        """Make the set of rules anew after a change, at the next event: records often come in groups."""
        if self._is_current:
            return
        in_order = sorted(self._rules.items())  # not as they came: that differs from one start to the next
        rules = [] if RULES in self._off else [rule for _, rule in in_order]
        wanted = [rule for rule in rules if rule.state != SHADOW or SHADOW_SWITCH not in self._off]
        self._set = RuleSet(self._graph, wanted, self._lists, self._pseudonyms, self._describe)
        self._is_current = True


def _decides(hit: ListHit) -> bool:
    return hit.record.state == ACTIVE and hit.record.list in (BLOCK_LIST, ALLOW_LIST)
