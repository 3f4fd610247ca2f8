"""Deciders side by side: each event is decided by the model that it names."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decisions.decision import APPROVE, Decision
from domain.decisions.decision_maker import DecisionMaker
from domain.decisions.effects import Effects
from domain.events.event import Event
from domain.events.identity import MISSING
from domain.graph import GraphSettings
from domain.memory.trail import Trail, TrailCodec
from gnn.card.card import ArtifactError
from gnn.scoring.decider_switch import KEPT, RETRY_S, DeciderSwitch

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from udfs.engine.worker_match import load_everything

    load_everything()  # as an operator does when it opens


GRAPH = GraphSettings()


CODEC = TrailCodec(GRAPH)


class Named:
    """A decider whose documents say who decided what, and with how many others."""

    def __init__(self, name: str) -> None:
        self.name = name

    def decide_and_join(self, trails: list[bytes], clock: Callable[[], int], effects: Any = None) -> list[tuple[Decision, list[str]]]:
        maker, found = DecisionMaker(GRAPH, self.name, "p"), effects or [None] * len(trails)
        return [(maker.make(CODEC.event(trail), 0.0, APPROVE, clock(), effects=one), []) for trail, one in zip(trails, found, strict=True)]


def trail_of(number: int, model: str) -> bytes:
    trail = Trail(Event(f"e{number}", 0, 0, (MISSING,) * 3, id_hash=1))
    trail.model = model
    return CODEC.encode(trail)


def deciders(make: Any = Named, clock: Any = lambda: 0.0) -> DeciderSwitch:
    return DeciderSwitch(Named("configured"), CODEC, make, clock)  # type: ignore[arg-type]


def decided_by(found: DeciderSwitch, models: Iterable[str]) -> list[str]:
    trails = [trail_of(number, model) for number, model in enumerate(models)]
    decisions = [decision for decision, _ in found.decide_and_join(trails, lambda: 0)]
    assert [decision.event_id for decision in decisions] == [f"e{number}" for number in range(len(trails))]
    return [decision.model for decision in decisions]


@given(st.lists(st.sampled_from(["", "new", "neuer ü"]), max_size=20))
def test_each_event_is_decided_by_the_model_it_names(models: list[str]) -> None:
    assert decided_by(deciders(), models) == [model or "configured" for model in models]


@given(st.lists(st.sampled_from(["", "new"]), max_size=20))
def test_each_event_keeps_its_own_effects(models: list[str]) -> None:
    trails, effects = [trail_of(number, model) for number, model in enumerate(models)], [Effects(n + 1) for n in range(len(models))]
    decided = deciders().decide_and_join(trails, lambda: 0, effects)
    assert [decision.control for decision, _ in decided] == [one.applied for one in effects]


def test_a_model_is_loaded_once_and_old_ones_are_let_go() -> None:
    made: list[str] = []

    def make(name: str) -> Named:
        made.append(name)
        return Named(name)

    found = deciders(make)
    for name in ("a", "a", "b", "a", "c", "c", "b"):
        assert decided_by(found, [name, name]) == [name, name]
    assert made == ["a", "b", "c"]
    assert len(found._made) == KEPT
    assert decided_by(found, ["a"]) == ["a"]
    assert made == ["a", "b", "c", "a"]


def test_a_model_that_cannot_be_loaded_leaves_the_one_before_and_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    now, broken = [0.0], {"gone"}

    def make(name: str) -> Named:
        if name in broken:
            raise ArtifactError("there is no model")
        return Named(name)

    found = deciders(make, lambda: now[0])
    with caplog.at_level(logging.ERROR):
        assert decided_by(found, ["gone"]) == ["configured"]
        assert decided_by(found, ["a", "gone", "gone"]) == ["a"] * 3
    assert found.failures == 1
    assert "the model gone cannot be loaded, the one before goes on: there is no model" in caplog.text
    now[0] = RETRY_S
    assert decided_by(found, ["gone"]) == ["a"]
    assert found.failures == 2
    broken.clear()
    now[0] = 2 * RETRY_S
    assert decided_by(found, ["gone"]) == ["gone"]
