"""Blocks that are reviewed instead, as they are decided: only those of the score, and marked."""

from __future__ import annotations

import json

import pytest

from domain.decisions.decision import APPROVE, BLOCK, INVESTIGATE, Decision
from domain.decisions.effects import Effects, ListEffect, RuleEffect
from domain.decisions.exploration import ExploreSettings
from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.simulator import SimulatorSettings, simulate
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider

GRAPH, PSEUDONYMS = GraphSettings(), Pseudonyms(b"a key for the tests")
SCORER = load_scorer(PRETRAINED, GRAPH)
SHARE = 0.3
BY_RULE = Effects(3, fired=(RuleEffect("R1", 1, "active", BLOCK, "text"),))
BY_LIST = Effects(3, lists=(ListEffect("L1", 1, "active", "block", "account"),))
OFF = Effects(3, switches_off=("auto_block",))


@pytest.fixture(scope="module")
def trails() -> list[bytes]:
    replay = Replay(GRAPH, EventParser(GRAPH, PSEUDONYMS))
    lines = (json.dumps(document).encode() for document in simulate(SimulatorSettings(events=600, seed=3, fraud_share=0.2)).documents())
    return [taken[1] for taken in map(replay.take, lines) if taken is not None]


def decisions(trails: list[bytes], share: float, effects: Effects | None = None) -> list[Decision]:
    policy = PolicySettings(investigate_at=0.3, block_at=0.6, explore=ExploreSettings(share, 1e9))
    return Decider(GRAPH, SCORER, policy, PSEUDONYMS).decide(trails, lambda: 1, [effects] * len(trails))


def test_a_share_of_what_the_score_blocks_is_reviewed_and_says_so(trails: list[bytes]) -> None:
    before, after = decisions(trails, 0.0), decisions(trails, SHARE)
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    blocked = [one for one in before if one.outcome == BLOCK]
    assert len(blocked) > 20 and 0 < len(changed) < len(blocked) / 2
    for old, new in changed:
        assert (old.outcome, new.outcome, new.explored, new.reasons[0].code) == (BLOCK, INVESTIGATE, SHARE, "EXPLORED")
        assert new.to_document()["explored"] == SHARE
        assert json.loads(new.to_json()) == new.to_document() and Decision.of(new.to_document()) == new
    assert not any("explored" in one.to_document() for one in after if one.outcome in (BLOCK, APPROVE))


@pytest.mark.parametrize("effects", [BY_RULE, BY_LIST, OFF], ids=["rule", "list", "no automatic block"])
def test_what_a_rule_or_a_list_blocks_stays_blocked(trails: list[bytes], effects: Effects) -> None:
    assert decisions(trails, SHARE, effects) == decisions(trails, 0.0, effects)


def test_a_document_with_another_share_is_none(trails: list[bytes]) -> None:
    document = decisions(trails[:1], 0.0)[0].to_document()
    with pytest.raises(ValueError, match="explored"):
        Decision.of({**document, "explored": 2.0})
