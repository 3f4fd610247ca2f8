"""From score to decision: thresholds, rules, lists; the strictest wins."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from domain.decisions.decision import APPROVE, BLOCK, INVESTIGATE
from domain.decisions.effects import Effects, ListEffect, RuleEffect
from domain.decisions.policy import Policy, PolicySettings, Rule
from domain.errors import SettingError
from domain.events.identity import MISSING, Pseudonyms
from domain.features.extractor import Feature
from domain.graph import GraphSettings

GRAPH = GraphSettings()
PSEUDONYMS = Pseudonyms(b"test")
FEATURES = (Feature("device.accounts_1h", "distinct", "accounts", "g", "log"), Feature("event.share", "share", "share", "g"))
ENTITIES = (PSEUDONYMS.of("account", "alice"), PSEUDONYMS.of("device", "d1"), MISSING)
BURST = Rule("device.accounts_1h", 6.0, INVESTIGATE, "BURST", "many accounts")
HARD = Rule("event.share", 0.7, BLOCK, "SHARE", "a large share")


def policy(**settings: Any) -> Policy:
    return Policy(PolicySettings(**settings), GRAPH, FEATURES, 0.5, 0.9, PSEUDONYMS)


def row(accounts: float = 0.0, share: float = 0.0) -> np.ndarray:
    return np.array([np.log1p(accounts), share], np.float32)


def decide(score: float, made: Policy, **values: float) -> tuple[str, list[str]]:
    decision, reasons = made.decide(score, ENTITIES, row(**values))
    return decision, [reason.code for reason in reasons]


@pytest.mark.parametrize(
    ("score", "decision"),
    [(0.0, APPROVE), (0.4999, APPROVE), (0.5, INVESTIGATE), (0.8999, INVESTIGATE), (0.9, BLOCK), (1.0, BLOCK)],
)
def test_thresholds_of_the_model(score: float, decision: str) -> None:
    assert decide(score, policy()) == (decision, [])


def test_thresholds_of_the_settings_come_first() -> None:
    made = policy(investigate_at=0.2, block_at=0.3)
    assert [decide(score, made)[0] for score in (0.1, 0.2, 0.3)] == [APPROVE, INVESTIGATE, BLOCK]


def test_zero_is_a_threshold_not_a_blank() -> None:
    assert decide(0.0, policy(investigate_at=0.0))[0] == INVESTIGATE
    assert decide(0.0, policy(investigate_at=0.0, block_at=0.0))[0] == BLOCK


def test_blocking_never_begins_below_investigating() -> None:
    made = policy(investigate_at=0.95)
    assert [decide(score, made)[0] for score in (0.94, 0.96)] == [APPROVE, BLOCK]


def test_a_rule_holds_at_exactly_its_limit() -> None:
    """Whatever a logarithm in 32 bits makes of the number."""
    for accounts in range(1, 200):
        made = policy(rules=(Rule("device.accounts_1h", float(accounts), INVESTIGATE, "BURST", "many accounts"),))
        assert decide(0.0, made, accounts=accounts) == (INVESTIGATE, ["BURST"])
        assert decide(0.0, made, accounts=accounts - 0.01) == (APPROVE, [])


@pytest.mark.parametrize("limit", [0.1, 0.3, 0.7, -1.0])
def test_a_rule_on_a_plain_column_holds_at_its_limit(limit: float) -> None:
    made = policy(rules=(Rule("event.share", limit, BLOCK, "SHARE", "share"),))
    assert decide(0.0, made, share=limit)[0] == BLOCK
    assert decide(0.0, made, share=limit - 0.01)[0] == APPROVE


def test_the_strictest_wins() -> None:
    for rules in ((BURST, HARD), (HARD, BURST)):
        made = policy(rules=rules)
        codes = [rule.code for rule in rules]
        assert decide(0.0, made, accounts=6, share=0.7) == (BLOCK, codes)
        assert decide(0.0, made, accounts=6) == (INVESTIGATE, ["BURST"])
        assert decide(0.95, made, accounts=6) == (BLOCK, ["BURST"]), "a rule never softens the score"
        assert decide(0.0, made) == (APPROVE, [])


def test_the_block_list_blocks_whatever_the_score() -> None:
    made = policy(block_list=("device: D1 ",), allow_list=("account:alice",), rules=(BURST,))
    assert decide(0.0, made, accounts=9) == (BLOCK, ["BLOCK_LIST", "BURST"])


def test_the_allow_list_only_spares_review() -> None:
    made = policy(allow_list=("account:alice",), rules=(HARD,))
    assert decide(0.6, made) == (APPROVE, ["ALLOW_LIST"])
    assert decide(0.95, made) == (BLOCK, [])
    assert decide(0.6, made, share=0.9) == (BLOCK, ["SHARE"])
    assert decide(0.1, made) == (APPROVE, [])


def test_lists_know_the_kind_of_an_identifier() -> None:
    assert decide(0.0, policy(block_list=("device:alice", "account:d1", "account:ALICE")))[0] == APPROVE


def test_a_listed_address_is_found_in_any_spelling() -> None:
    made = policy(block_list=("address:12 Main Street",))
    entities = (ENTITIES[0], MISSING, PSEUDONYMS.of("address", "12, MAIN ST."))
    assert made.decide(0.0, entities, row())[0] == BLOCK


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"investigate_at": 1.5}, "policy.investigate_at must lie between"),
        ({"block_at": -0.1}, "policy.block_at must lie between"),
        ({"investigate_at": math.nan}, "policy.investigate_at must lie between"),
        ({"investigate_at": 0.8, "block_at": 0.7}, "must not lie above"),
        ({"rules": (Rule("device.acounts", 1.0, BLOCK, "X", "x"),)}, "no feature 'device.acounts'"),
        ({"block_list": ("d1",)}, "policy.block_list: 'd1' is no entity kind"),
        ({"block_list": ("phone:1",)}, "'phone' is no entity kind"),
        ({"allow_list": ("device:",)}, "policy.allow_list"),
        ({"allow_list": ("email:a@b.c",)}, "email is not in graph.entities"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        policy(**settings)


def test_a_rule_cannot_approve() -> None:
    with pytest.raises(SettingError, match="must be investigate or block"):
        Rule("event.share", 1.0, APPROVE, "X", "x")


SPARE = "approve_unless_blocked"


def under(
    score: float, made: Policy, *, rules: tuple[str, ...] = (), lists: tuple[str, ...] = (), off: tuple[str, ...] = (), **more: Any
) -> Any:
    """What is decided under control records, `rules` by their decisions (in capitals in shadow)."""
    fired = tuple(RuleEffect(f"R{n}", 1, "shadow" if one.isupper() else "active", one.lower(), "") for n, one in enumerate(rules))
    hits = tuple(ListEffect(f"L-{one.lower()}", 1, "shadow" if one.isupper() else "active", one.lower(), "device") for one in lists)
    effects = Effects(7, fired, hits, "", off, more.pop("replaced", ()))
    decision, reasons = made.decide(score, ENTITIES, row(**more), effects)
    return decision, [reason.code for reason in reasons]


@pytest.mark.parametrize(("score", "effects", "expected"), [
    (0.1, {}, (APPROVE, [])),
    (0.6, {}, (INVESTIGATE, [])),
    (0.95, {}, (BLOCK, [])),
    # rules: the strictest wins, one in shadow decides nothing
    (0.1, {"rules": ("investigate",)}, (INVESTIGATE, ["R0"])),
    (0.1, {"rules": ("investigate", "block")}, (BLOCK, ["R0", "R1"])),
    (0.95, {"rules": ("investigate",)}, (BLOCK, ["R0"])),
    (0.1, {"rules": ("BLOCK",)}, (APPROVE, [])),
    # what spares a review never spares a block
    (0.1, {"rules": (SPARE,)}, (APPROVE, [])),
    (0.6, {"rules": (SPARE,)}, (APPROVE, ["R0"])),
    (0.95, {"rules": (SPARE,)}, (BLOCK, [])),
    (0.1, {"rules": (SPARE, "investigate")}, (APPROVE, ["R0", "R1"])),
    (0.1, {"rules": (SPARE, "block")}, (BLOCK, ["R1"])),
    (0.6, {"rules": (SPARE.upper(),)}, (INVESTIGATE, [])),
    (0.6, {"lists": ("allow",)}, (APPROVE, ["L-allow"])),
    (0.95, {"lists": ("allow",)}, (BLOCK, [])),
    (0.1, {"lists": ("allow",)}, (APPROVE, [])),
    # block lists come last
    (0.1, {"lists": ("block",)}, (BLOCK, ["L-block"])),
    (0.6, {"lists": ("block", "allow"), "rules": (SPARE,)}, (BLOCK, ["L-block"])),
    (0.6, {"lists": ("BLOCK", "ALLOW")}, (INVESTIGATE, [])),
    (0.6, {"lists": ("mules",)}, (INVESTIGATE, [])),
    # switches
    (0.95, {"off": ("auto_block",)}, (INVESTIGATE, [])),
    (0.1, {"lists": ("block",), "off": ("auto_block",)}, (INVESTIGATE, ["L-block"])),
    (0.95, {"lists": ("allow",), "off": ("auto_block",)}, (INVESTIGATE, [])),
    (0.6, {"lists": ("block", "allow"), "rules": (SPARE,), "off": ("auto_block",)}, (INVESTIGATE, ["L-block"])),
    (0.6, {"lists": ("block", "allow"), "off": ("lists",)}, (INVESTIGATE, [])),
    (0.1, {"rules": ("block",), "off": ("rules",)}, (APPROVE, [])),
])  # fmt: skip
def test_under_control_records(score: float, effects: dict[str, Any], expected: tuple[str, list[str]]) -> None:
    assert under(score, policy(), **effects) == expected


def test_settings_are_version_0_under_control_records() -> None:
    made = policy(rules=(BURST, HARD), block_list=("account:alice",))
    assert under(0.1, made, accounts=9, share=0.8) == (BLOCK, ["BLOCK_LIST", "BURST", "SHARE"])
    assert under(0.1, made, accounts=9, replaced=("BURST",), off=("lists",)) == (APPROVE, [])
    assert under(0.1, made, accounts=9, share=0.8, off=("rules",)) == (BLOCK, ["BLOCK_LIST"])
    assert under(0.1, made, off=("lists",)) == (APPROVE, [])
    assert under(0.6, policy(allow_list=("device:d1",)), off=("lists",)) == (INVESTIGATE, [])
    assert under(0.6, policy(allow_list=("device:d1",))) == (APPROVE, ["ALLOW_LIST"])


@pytest.mark.parametrize("score", [0.1, 0.6, 0.95])
def test_no_effects_and_none_are_the_same(score: float) -> None:
    made = policy(rules=(BURST, HARD), allow_list=("device:d1",))
    for accounts in (0.0, 9.0):
        plain = made.decide(score, ENTITIES, row(accounts=accounts))
        assert made.decide(score, ENTITIES, row(accounts=accounts), Effects()) == plain
