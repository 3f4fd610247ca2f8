"""From a score to a decision: thresholds, then rules, then lists; the strictest wins, an allow list only
spares review. Rules and lists are those of the settings, and those that control records have put in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.decisions.decision import APPROVE, BLOCK, DECISIONS, INVESTIGATE, Reason
from domain.decisions.effects import ALLOW_LIST, AUTO_BLOCK, BLOCK_LIST, LISTS, RULES, SHADOW, Effects
from domain.decisions.exploration import ExploreSettings
from domain.errors import SettingError
from domain.events.identity import NoIdentifier, Pseudonyms
from domain.features.extractor import Feature
from domain.graph import ENTITY_FIELDS, GraphSettings
from domain.rules.conditions import APPROVE_UNLESS_BLOCKED

_ON_BLOCK_LIST = Reason("BLOCK_LIST", "an entity stands on the block list", 1.0)
_ON_ALLOW_LIST = Reason("ALLOW_LIST", "an entity stands on the allow list", 1.0)
_RANK = {decision: rank for rank, decision in enumerate(DECISIONS)}


@dataclass(frozen=True)
class Rule:
    """A hard rule on one feature, in the feature's own unit; `ringwatch check --features` lists the names."""

    feature: str
    at_least: float
    decision: str
    code: str
    text: str

    def __post_init__(self) -> None:
        if self.decision not in (INVESTIGATE, BLOCK):
            raise SettingError(f"policy.rules: decision {self.decision!r} of {self.code} must be investigate or block")


@dataclass(frozen=True)
class PolicySettings:
    """How scores become decisions. Thresholds left out come from the model's card."""

    name: str = "default"
    """Name of the policy; decisions carry it."""
    investigate_at: float | None = None
    """Score from which an event is investigated; null: the threshold on the model's card."""
    block_at: float | None = None
    """Score from which an event is blocked; null: the threshold on the model's card."""
    reasons: int = 4
    """Most reasons given for a flagged event, 1 to 20."""
    rules: tuple[Rule, ...] = ()
    """Hard rules on one feature, e.g. `{feature: device.accounts_1h, at_least: 8, decision: investigate,
    code: DEVICE_BURST, text: many accounts on one device}`. `ringwatch check --features` lists the features.
    """
    block_list: tuple[str, ...] = ()
    """Raw identifiers that are blocked, as `kind:value`, e.g. `device:4f2a`. They are hashed when the
    settings are read.
    """
    allow_list: tuple[str, ...] = ()
    """Raw identifiers that are spared a review, as `kind:value`. A block stays a block."""
    explore: ExploreSettings = field(default_factory=ExploreSettings)

    def __post_init__(self) -> None:
        if not 1 <= self.reasons <= 20:
            raise SettingError("policy.reasons must lie between 1 and 20")
        for name in ("investigate_at", "block_at"):
            threshold = getattr(self, name)
            if threshold is not None and not 0.0 <= threshold <= 1.0:
                raise SettingError(f"policy.{name} must lie between 0 and 1")
        if self.investigate_at is not None and self.block_at is not None and self.investigate_at > self.block_at:
            raise SettingError("policy.investigate_at must not lie above policy.block_at")


class Policy:
    """The settings made ready: lists hashed, rules bound to their columns of `FeatureBatch.flat`, the
    model's thresholds as default.
    """

    def __init__(
        self,
        settings: PolicySettings,
        graph: GraphSettings,
        features: Sequence[Feature],
        investigate_at: float,
        block_at: float,
        pseudonyms: Pseudonyms,
    ) -> None:
        self.name = settings.name
        self.investigate_at = investigate_at if settings.investigate_at is None else settings.investigate_at
        self.block_at = max(self.investigate_at, block_at if settings.block_at is None else settings.block_at)
        columns = {feature.name: index for index, feature in enumerate(features)}
        self._rules = []
        for rule in settings.rules:
            if rule.feature not in columns:
                raise SettingError(f"policy.rules: no feature {rule.feature!r}; ringwatch check --features lists the names")
            column = columns[rule.feature]
            # compared as the matrix holds it: back from a logarithm in 32 bits, 6 would be a little less
            # than 6
            self._rules.append((rule, column, features[column].column(rule.at_least)))
        self._blocked = _listed("block_list", settings.block_list, graph, pseudonyms)
        self._allowed = _listed("allow_list", settings.allow_list, graph, pseudonyms)

    def decide(
        self, score: float, entities: Sequence[int], row: Sequence[float], effects: Effects | None = None
    ) -> tuple[str, list[Reason]]:
        """Return (outcome, reasons of rules and lists); `row` is the event's row of `FeatureBatch.flat`.

        `effects` are those of control records; None where there is no control stream.
        """
        if effects is not None and (effects.fired or effects.lists or effects.switches_off or effects.replaced):
            return self._decide_under(effects, score, entities, row)
        decision = self._by_score(score)
        reasons: list[Reason] = []
        if self._rules:
            decision = self._by_rules(decision, row, reasons)
        if self._blocked and not self._blocked.isdisjoint(enumerate(entities)):
            return BLOCK, [_ON_BLOCK_LIST, *reasons]
        if decision == INVESTIGATE and self._allowed and not self._allowed.isdisjoint(enumerate(entities)):
            return APPROVE, [_ON_ALLOW_LIST, *reasons]
        return decision, reasons

    def blocks_unscored(self, entities: Sequence[int], row: Sequence[float], effects: Effects | None = None) -> bool:
        """Return whether rules and lists block an event, whatever its score."""
        return self.decide(0.0, entities, row, effects)[0] == BLOCK

    def _by_score(self, score: float) -> str:
        return BLOCK if score >= self.block_at else INVESTIGATE if score >= self.investigate_at else APPROVE

    def _by_rules(self, decision: str, row: Sequence[float], reasons: list[Reason], replaced: Sequence[str] = ()) -> str:
        """Return the strictest of `decision` and what the settings' rules say; add their reasons."""
        for rule, column, at_least in self._rules:
            if row[column] >= at_least and rule.code not in replaced:
                reasons.append(Reason(rule.code, rule.text, 1.0))
                decision = max(decision, rule.decision, key=_RANK.__getitem__)
        return decision

    def _decide_under(self, effects: Effects, score: float, entities: Sequence[int], row: Sequence[float]) -> tuple[str, list[Reason]]:
        off = effects.switches_off
        decision, reasons, spared, blocked = self._by_score(score), list[Reason](), list[Reason](), list[Reason]()
        if RULES not in off:
            decision = self._by_rules(decision, row, reasons, effects.replaced)
            for rule in effects.fired:
                if rule.mode == SHADOW:
                    continue
                (spared if rule.decision == APPROVE_UNLESS_BLOCKED else reasons).append(Reason(rule.id, rule.text, 1.0))
                decision = max(decision, rule.decision, key=lambda one: _RANK.get(one, -1))
        if LISTS not in off:
            self._add_listed(effects, entities, blocked, spared)
        if blocked:
            decision, reasons = BLOCK, [*blocked, *reasons]
        elif decision == INVESTIGATE and spared:
            decision, reasons = APPROVE, [*spared, *reasons]
        return INVESTIGATE if decision == BLOCK and AUTO_BLOCK in off else decision, reasons

    def _add_listed(self, effects: Effects, entities: Sequence[int], blocked: list[Reason], spared: list[Reason]) -> None:
        """Add the reasons of the lists of the settings and of control records."""
        if self._blocked and not self._blocked.isdisjoint(enumerate(entities)):
            blocked.append(_ON_BLOCK_LIST)
        if self._allowed and not self._allowed.isdisjoint(enumerate(entities)):
            spared.append(_ON_ALLOW_LIST)
        for one in effects.lists:
            if one.mode != SHADOW and one.list in (BLOCK_LIST, ALLOW_LIST):
                reason = Reason(one.id, f"the {one.kind} is on the {one.list} list", 1.0)
                (blocked if one.list == BLOCK_LIST else spared).append(reason)


def _listed(name: str, entries: Sequence[str], graph: GraphSettings, pseudonyms: Pseudonyms) -> frozenset[tuple[int, int]]:
    found = set()
    for entry in entries:
        kind, colon, value = entry.partition(":")
        if not colon or kind not in ENTITY_FIELDS or not value:
            kinds = ", ".join(ENTITY_FIELDS)
            raise SettingError(f"policy.{name}: {kind!r} is no entity kind; write kind:value with one of {kinds}")
        if kind not in graph.entities:
            raise SettingError(f"policy.{name}: {kind} is not in graph.entities, so no event could match")
        found.add((graph.entities.index(kind), _known(name, kind, value, pseudonyms)))
    return frozenset(found)


def _known(name: str, kind: str, value: str, pseudonyms: Pseudonyms) -> int:
    try:
        if pseudonyms.form(kind)(value):
            return pseudonyms.of(kind, value)
    except NoIdentifier as why:
        raise SettingError(f"policy.{name}: {why}") from None
    raise SettingError(f"policy.{name}: {value!r} is no known {kind}: no event could match")
