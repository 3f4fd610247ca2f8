"""Approval after the last stage: the scoring worker's decisions, and what is not approved goes on to it."""

from __future__ import annotations

import json
import pickle
import warnings
from dataclasses import replace
from typing import Any

import pytest

from domain.decisions.decision import INVESTIGATE
from domain.decisions.effects import Effects
from domain.decisions.enriched import Enricher
from domain.decisions.policy import PolicySettings, Rule
from domain.events.identity import Pseudonyms, as_text
from domain.events.parser import EventParser
from domain.features.event_row import EventRow
from domain.graph import GraphSettings
from domain.memory.trail import TrailCodec
from domain.simulator import SimulatorSettings, simulate
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.compiled.model import CompiledModel
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from gnn.scoring.early_approval import EarlyApproval
from tests.support.control_samples import in_force, listed, rule

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from ops.secrets import PSEUDONYM_KEY
    from tests.support.operator_runtime import Runtime
    from udfs.approve import Approve, EnrichedApprove

KEY, GRAPH = "a key for the tests", GraphSettings()
PSEUDONYMS, CODEC = Pseudonyms(KEY.encode()), TrailCodec(GRAPH)


@pytest.fixture(autouse=True)
def known_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY, KEY)


@pytest.fixture(scope="module")
def model() -> CompiledModel:
    compiled = load_scorer(PRETRAINED, GRAPH).compiled()
    assert compiled is not None
    return compiled


@pytest.fixture(scope="module")
def trails() -> list[bytes]:
    replay = Replay(GRAPH, EventParser(GRAPH, PSEUDONYMS))
    lines = (json.dumps(document).encode() for document in simulate(SimulatorSettings(events=3000, seed=11, fraud_share=0.2)).documents())
    return [taken[1] for taken in map(replay.take, lines) if taken is not None]


def opened(model: CompiledModel | None, policy: PolicySettings | None = None) -> tuple[Approve, Runtime]:
    """As a worker has it."""
    approve, runtime = pickle.loads(pickle.dumps(Approve(GRAPH, policy or PolicySettings(), model))), Runtime()
    approve.open(runtime)
    return approve, runtime


def timeless(document: dict[str, Any]) -> dict[str, Any]:
    assert document.pop("decided_at") > 1_700_000_000_000
    return document


@pytest.mark.parametrize("policy", [
    PolicySettings(),
    PolicySettings(investigate_at=0.001, block_at=0.01),
    PolicySettings(rules=(Rule("event.amount", 150.0, INVESTIGATE, "LARGE", "large"),)),
], ids=["of the model", "low thresholds", "a rule"])  # fmt: skip
def test_it_decides_as_the_worker_does(model: CompiledModel, trails: list[bytes], policy: PolicySettings) -> None:
    approve, _ = opened(model, policy)
    expected = Decider(GRAPH, load_scorer(PRETRAINED, GRAPH), policy, PSEUDONYMS).decide(trails, lambda: 1_800_000_000_000)
    left = 0
    for trail, decided in zip(trails, expected, strict=True):
        event = CODEC.event(trail)
        clock_ms, rest, document, *under = approve.row(trail, event if left % 2 else None)
        assert under == [None, None]
        assert clock_ms == CODEC.clock_ms(trail)
        if not decided.is_flagged:
            assert (rest, document and timeless(json.loads(document))) == (trail[: len(rest)], timeless(decided.to_document()))
        else:
            assert (rest, document) == (trail, None)
            left += 1
    assert 50 < left < len(trails) - 50, "both ways are gone"


def test_what_stands_on_a_list_is_left_to_the_worker(model: CompiledModel, trails: list[bytes]) -> None:
    plain = EarlyApproval(GRAPH, model, PolicySettings(), PSEUDONYMS)
    trail = next(trail for trail in trails if plain.decide(CODEC.event(trail), trail, 0))
    event = replace(CODEC.event(trail), entities=(PSEUDONYMS.of("account", "listed"), 0, 0))
    for name in ("block_list", "allow_list"):
        policy = PolicySettings(investigate_at=0.0, block_at=1.0, **{name: ("account:listed",)})
        assert EarlyApproval(GRAPH, model, policy, PSEUDONYMS).decide(event, trail, 0) is None
    assert EarlyApproval(GRAPH, model, PolicySettings(block_list=("account:listed",)), PSEUDONYMS).decide(event, trail, 0) is None
    assert plain.decide(event, trail, 0)


def test_without_a_model_or_for_another_one_all_is_left_to_the_worker(model: CompiledModel, trails: list[bytes]) -> None:
    named = CODEC.decode(trails[0])
    named.model = "gnn-1 /models/other"
    other = CODEC.encode(named)
    assert opened(model)[0].row(other) == (CODEC.clock_ms(other), other, None, None, None)
    for trail in trails[:50]:
        assert opened(None)[0].row(trail) == (CODEC.clock_ms(trail), trail, None, None, None)


def test_approved_events_are_counted(model: CompiledModel, trails: list[bytes]) -> None:
    approve, runtime = opened(model)
    approved = sum(document is not None for _, _, document, *_ in map(approve.row, trails[:500]))
    assert 0 < approved < 500
    assert runtime.gauges["decisions{decision=approve}"]() == runtime.gauges["decision_latency_ms_count"]() == approved


def test_enriched_it_decides_the_same_and_adds_a_column(model: CompiledModel, trails: list[bytes]) -> None:
    plain, _ = opened(model)
    approve: Approve = pickle.loads(pickle.dumps(EnrichedApprove(GRAPH, PolicySettings(), model, with_features=True)))
    approve.open(Runtime())
    enricher, documents = Enricher(GRAPH, True), 0
    for trail in trails[:500]:
        *passed, enriched = approve.row(trail)
        assert passed[:2] == list(plain.row(trail)[:2])
        if passed[2] is None:
            assert enriched is None, "the worker enriches what it decides"
        else:
            assert enriched == enricher.text(trail, str(passed[2]))
            documents += 1
    assert 0 < documents < 500
    assert approve.label_row(CODEC.event(trails[0]), trails[0]) == (*plain.label_row(CODEC.event(trails[0]), trails[0]), None)


def test_under_control_it_decides_as_the_worker_does(model: CompiledModel, trails: list[bytes]) -> None:
    control = in_force(
        rule("R1", when={"all": [{"field": "event_type", "is": "signup"}]}),
        rule("R2", state="shadow", when={"all": [{"feature": "account.known", "at_least": 1}]}, decision="block"),
        listed("L1", list="mules", entity=f"device:{as_text(CODEC.event(trails[9]).entities[1])}"),
    )
    rows = EventRow(GRAPH)
    expected = [control.judge(CODEC.event(trail), rows.write(trail)) for trail in trails]
    wanted = Decider(GRAPH, load_scorer(PRETRAINED, GRAPH), PolicySettings(), PSEUDONYMS).decide(trails, lambda: 1, expected)
    assert any(effects.lists for effects in expected)
    assert {one.id for effects in expected for one in effects.fired} == {"R1", "R2"}
    for early in (model, None):
        approve, _ = opened(early)
        approve.control, approved = control, 0
        for trail, effects, decided in zip(trails, expected, wanted, strict=True):
            _, rest, document, text, _ = approve.row(trail)
            assert approve.judged is not None
            assert approve.judged.event_id == decided.event_id
            if document is None:
                assert (rest, Effects.of(text)) == (trail, effects)
            else:
                approved += 1
                assert {**json.loads(document), "decided_at": 1} == json.loads(decided.to_json())
        assert (50 < approved < len(trails) - 50) if early else not approved


def test_what_a_shadow_model_scores_is_left_to_the_worker(model: CompiledModel, trails: list[bytes]) -> None:
    approve, _ = opened(model)
    approve.control = in_force({"control": "shadow_model", "path": "b", "version": 1}, model="b-1 /b")
    for trail in trails[:50]:
        *_, document, text, _ = approve.row(trail)
        assert document is None
        assert (effects := Effects.of(text)) is not None
        assert effects.shadow == "b-1 /b"
