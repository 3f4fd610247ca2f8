"""The rules of `policy.rules` as rules of version 0."""

from __future__ import annotations

from domain.decisions.policy import PolicySettings
from domain.errors import SettingError
from domain.rules.conditions import ACTIVE, AT_LEAST, Comparison, FeatureIs, Rule
from domain.rules.names import RuleNames


def settings_rules(policy: PolicySettings, names: RuleNames) -> tuple[Rule, ...]:
    """Return the rules of the settings: their id is the code. Raise SettingError for an unknown feature."""
    rules = []
    for rule in policy.rules:
        if rule.feature not in names.features:
            raise SettingError(f"policy.rules: no feature {rule.feature!r}; ringwatch check --features lists the names")
        when = FeatureIs(rule.feature, Comparison(AT_LEAST, rule.at_least))
        rules.append(Rule(rule.code, 0, ACTIVE, when, rule.decision, rule.text, None, by="policy.rules", reason="settings"))
    return tuple(rules)
