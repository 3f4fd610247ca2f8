"""A model in shadow beside what decides: its own thresholds, the same rules, and nothing where it is gone."""

from __future__ import annotations

import json
import logging

import pytest

from domain.decisions.decision import BLOCK, INVESTIGATE, Decision
from domain.decisions.effects import Effects, RuleEffect
from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.memory.trail import TrailCodec
from domain.simulator import SimulatorSettings, simulate
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.card.card import ArtifactError
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from gnn.scoring.decider_switch import DeciderSwitch
from gnn.scoring.drift_tally import EVERY_S, DriftTally
from gnn.scoring.drift_texts import DriftReference
from gnn.scoring.scorer import Scorer
from gnn.scoring.shadow import RETRY_S, ShadowSwitch

GRAPH, PSEUDONYMS = GraphSettings(), Pseudonyms(b"a key for the tests")
SCORER = load_scorer(PRETRAINED, GRAPH)
NAMED = Effects(applied=3, shadow="b models/b")
RULE = Effects(applied=3, shadow="b models/b", fired=(RuleEffect("R1", 1, "active", BLOCK, "text"),))
IN_SHADOW = Effects(applied=3, shadow="b models/b", fired=(RuleEffect("R1", 1, "shadow", BLOCK, ""),))


@pytest.fixture(scope="module")
def trails() -> list[bytes]:
    replay = Replay(GRAPH, EventParser(GRAPH, PSEUDONYMS))
    lines = (json.dumps(document).encode() for document in simulate(SimulatorSettings(events=300, seed=3, fraud_share=0.2)).documents())
    return [taken[1] for taken in map(replay.take, lines) if taken is not None]


class WithoutCompiledForm:
    """A scorer that scores batches only."""

    def __init__(self, scorer: Scorer) -> None:
        self.card, self.reference, self.groups, self.inputs = scorer.card, scorer.reference, scorer.groups, scorer.inputs
        self.score, self.explain, self.logits_without = scorer.score, scorer.explain, scorer.logits_without

    def compiled(self) -> None:
        return None


def decider(scorer: Scorer = SCORER, **policy: float) -> Decider:
    return Decider(GRAPH, scorer, PolicySettings(**policy), PSEUDONYMS)  # type: ignore[arg-type]


def switch(shadow: Decider | Exception, clock: list[float] | None = None) -> DeciderSwitch:
    def make(name: str) -> Decider:
        assert name == "b models/b"
        if isinstance(shadow, Exception):
            raise shadow
        return shadow

    now = clock or [0.0]
    return DeciderSwitch(decider(investigate_at=0.5, block_at=0.9), TrailCodec(GRAPH), make, lambda: now[0])


def plain(decisions: list[Decision]) -> list[Decision]:
    return [decision._replace(shadow=None) for decision in decisions]


@pytest.mark.parametrize("scorer", [SCORER, WithoutCompiledForm(SCORER)], ids=["compiled", "batch"])
def test_the_shadow_has_its_own_thresholds_and_changes_nothing_else(scorer: Scorer, trails: list[bytes]) -> None:
    shadow = decider(scorer, investigate_at=0.01, block_at=0.2)
    effects = [NAMED] * len(trails)
    found = [decision for decision, _ in switch(shadow).decide_and_join(trails, lambda: 7, effects)]
    alone = [decision for decision, _ in decider(investigate_at=0.5, block_at=0.9).decide_and_join(trails, lambda: 7, effects)]
    assert plain(found) == alone
    for decision, expected in zip(found, shadow.decide(trails, lambda: 7, effects), strict=True):
        assert decision.shadow == (SCORER.card.model_id, expected.score, expected.outcome)
        assert decision.shadow and decision.to_document()["shadow"] == decision.shadow._asdict()
        assert Decision.of(json.loads(decision.to_json())).shadow == decision.shadow
    assert {decision.shadow.decision for decision in found if decision.shadow} >= {INVESTIGATE, BLOCK}


def test_rules_that_fire_hold_for_the_shadow_and_rules_in_shadow_for_neither(trails: list[bytes]) -> None:
    shadow = decider(investigate_at=1.0, block_at=1.0)
    for effects, outcome in ((RULE, BLOCK), (IN_SHADOW, "approve")):
        [(decision, _)] = switch(shadow).decide_and_join(trails[:1], lambda: 7, [effects])
        assert (decision.outcome, decision.shadow and decision.shadow.decision) == (outcome, outcome)


def test_only_events_that_name_a_shadow_have_one(trails: list[bytes]) -> None:
    effects = [None, NAMED, Effects(applied=4), NAMED]
    found = switch(decider()).decide_and_join(trails[:4], lambda: 7, effects)
    assert [decision.shadow is not None for decision, _ in found] == [False, True, False, True]
    assert all(decision.shadow is None for decision, _ in switch(decider()).decide_and_join(trails[:4], lambda: 7))


def test_a_shadow_that_cannot_be_loaded_stops_nothing_and_is_tried_again(trails: list[bytes], caplog: pytest.LogCaptureFixture) -> None:
    clock = [0.0]
    found = switch(ArtifactError("there is no model"), clock)
    with caplog.at_level(logging.ERROR):
        for at in (0.0, 1.0, RETRY_S, RETRY_S + 1):
            clock[0] = at
            [(decision, _)] = found.decide_and_join(trails[:1], lambda: 7, [NAMED])
            assert decision.shadow is None
    assert (found.shadow_failures, found.failures) == (2, 0)
    assert [record.getMessage() for record in caplog.records] == [
        "the model in shadow b models/b cannot be loaded, decisions go on without it: there is no model"
    ]


def test_one_shadow_is_kept_and_another_takes_its_place(trails: list[bytes]) -> None:
    made: list[str] = []

    def make(name: str) -> Decider:
        made.append(name)
        return decider()

    shadow, decided = ShadowSwitch(make), decider().decide_and_join(trails[:3], lambda: 7)
    one, other = NAMED, NAMED._replace(shadow="c models/c")
    shadow.beside(decided, trails[:3], [one, other, one])
    shadow.beside(decided, trails[:2], [one, None])
    assert made == ["b models/b", "c models/c", "b models/b"]


def test_what_is_decided_is_counted_for_drift_and_the_shadow_is_not(trails: list[bytes]) -> None:
    counted = Decider(GRAPH, SCORER, PolicySettings(), PSEUDONYMS, tally=DriftTally(DriftReference.of(SCORER)))
    found = DeciderSwitch(counted, TrailCodec(GRAPH), lambda name: decider())
    found.decide_and_join(trails, lambda: 7, [NAMED] * len(trails))
    lines = [json.loads(line) for line in (found.health(0.0) or found.health(EVERY_S) or "").split("\n")]
    assert sum(line.get("events", 0) for line in lines) == len(trails) and {line["model"] for line in lines} == {SCORER.card.model_id}
    assert found.health(EVERY_S) is None
