"""Effects on their way to a decision, and in its document."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decisions.decision import APPROVE, INVESTIGATE, Decision, Shadow
from domain.decisions.decision_maker import DecisionMaker
from domain.decisions.effects import Effects, ListEffect, RuleEffect
from domain.events.event import Event
from domain.graph import GraphSettings

TEXTS = st.text(max_size=20)
RULES = st.builds(RuleEffect, TEXTS, st.integers(1, 2**53), st.sampled_from(["active", "shadow"]), st.just("block"), TEXTS)
LISTS = st.builds(ListEffect, TEXTS, st.integers(1, 2**53), st.just("active"), TEXTS, TEXTS)
EFFECTS = st.builds(
    Effects,
    st.integers(0, 2**53),
    st.lists(RULES, max_size=3).map(tuple),
    st.lists(LISTS, max_size=3).map(tuple),
    TEXTS,
    st.lists(TEXTS, max_size=2).map(tuple),
    st.lists(TEXTS, max_size=2).map(tuple),
)
FULL = Effects(
    57,
    (RuleEffect("R7", 3, "active", "investigate", "a wave"), RuleEffect("R8", 1, "shadow", "block", "")),
    (ListEffect("L1", 2, "active", "mules", "device"),),
    "b /b",
    ("auto_block",),
)
EVENT = Event("e1", 0, 1_790_000_000_000, (1, 2, 0), 5)


@given(EFFECTS)
def test_they_travel_as_text(effects: Effects) -> None:
    assert Effects.of(effects.to_json()) == effects


def test_no_text_is_no_effects() -> None:
    assert Effects.of(None) is Effects.of("") is None


def made(effects: Effects | None) -> Decision:
    return DecisionMaker(GraphSettings(), "m", "p").make(EVENT, 0.25, INVESTIGATE, 1, effects=effects)


@pytest.mark.parametrize("effects", [None, Effects()])
def test_a_document_without_control_is_as_before(effects: Effects | None) -> None:
    assert list(made(effects).to_document())[-1] == "decided_at"
    assert made(effects).to_json().endswith('"decided_at":1}')


def test_a_document_says_what_holds_and_no_more() -> None:
    assert made(Effects(9)).to_json().endswith('"decided_at":1,"control":9}')
    document = made(FULL).to_document()
    assert list(document)[-4:] == ["rules", "lists", "control", "switches"]
    assert document["rules"] == [
        {"id": "R7", "version": 3, "mode": "active", "decision": "investigate"},
        {"id": "R8", "version": 1, "mode": "shadow", "decision": "block"},
    ]
    assert document["lists"] == [{"id": "L1", "version": 2, "mode": "active", "list": "mules", "entity": "device"}]
    assert (document["control"], document["switches"]) == (57, {"auto_block": False})


@pytest.mark.parametrize("effects", [None, Effects(9), FULL])
@pytest.mark.parametrize("shadow", [None, Shadow("b", 0.5, APPROVE)])
def test_text_and_document_are_one_and_are_read_again(effects: Effects | None, shadow: Shadow | None) -> None:
    decision = made(effects)._replace(shadow=shadow)
    assert json.loads(decision.to_json()) == decision.to_document()
    assert decision.to_json() == json.dumps(decision.to_document(), separators=(",", ":"))
    assert Decision.of(json.loads(decision.to_json())).to_json() == decision.to_json()
