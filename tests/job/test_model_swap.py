"""Another model while the job runs, without Flink: control records, admission, deciders side by side, the
operators' skins.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decisions.decision import APPROVE, Decision
from domain.decisions.decision_maker import DecisionMaker
from domain.events.control import MAX_LINE_BYTES, MAX_PATH, model_path
from domain.events.event import Event, Rejected
from domain.events.identity import MISSING
from domain.graph import GraphSettings
from domain.memory.trail import Trail, TrailCodec
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.admission import admit, try_out
from gnn.artifact.artifact import read_card
from gnn.artifact.model_name import ModelName
from gnn.card.card import ArtifactError
from gnn.scoring.decider_switch import KEPT, RETRY_S, DeciderSwitch

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from udfs.admit_model import AdmitModel
    from udfs.engine.worker_match import load_everything
    from udfs.parse import Parse, ParseForModel
    from udfs.to_stages import SendToFirstStage

    load_everything()  # as an operator does when it opens

GRAPH = GraphSettings()
CODEC = TrailCodec(GRAPH)
MODEL = read_card(PRETRAINED).model_id

# --- control records
# ------------------------------------------------------------------------------------------------


def test_a_control_record_names_a_folder() -> None:
    assert model_path(b' {"path": "models/new", "control": "model"}\r') == "models/new"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "line: not a JSON object"),
        (b"\xff", "line: not a JSON object"),
        (b"[" * 4000, "line: not a JSON object"),
        (b"{" + b" " * MAX_LINE_BYTES, "line: 4,097 bytes are too long"),
        (b"[]", "control: unknown control record"),
        (b'{"control": "stop"}', "control: unknown control record"),
        (b'{"path": "models/new"}', "control: unknown control record"),
        (b'{"control": "model", "path": "a", "now": true}', "control: unknown field 'now'"),
        (b'{"control": "model"}', "path: the folder"),
        (b'{"control": "model", "path": 7}', "path: the folder"),
        (b'{"control": "model", "path": ""}', "path: the folder"),
        (b'{"control": "model", "path": "a\\u0000b"}', "path: the folder"),
        (json.dumps({"control": "model", "path": "x" * (MAX_PATH + 1)}).encode(), "path: the folder"),
    ],
)
def test_what_is_no_control_record(line: bytes, why: str) -> None:
    with pytest.raises(Rejected) as caught:
        model_path(line)
    assert str(caught.value).startswith(why)


@given(st.binary(max_size=200))
def test_no_line_breaks_the_reader_of_control_records(line: bytes) -> None:
    with pytest.raises(Rejected):
        model_path(line)


# --- admission
# ------------------------------------------------------------------------------------------------------


def test_a_name_survives_as_text_and_refuses_another_content() -> None:
    name = ModelName(MODEL, "/models/with spaces in it")
    assert ModelName.of(str(name)) == name
    assert ModelName(MODEL, str(PRETRAINED)).load(GRAPH).card.model_id == MODEL
    with pytest.raises(ArtifactError, match=f"holds the model {MODEL}, not other that was admitted: send the control record again"):
        ModelName("other", str(PRETRAINED)).load(GRAPH)


def test_a_model_is_tried_in_a_process_of_its_own() -> None:
    assert admit(PRETRAINED, GRAPH) == ModelName(MODEL, str(PRETRAINED))


@pytest.mark.parametrize("links", [16, 8])
def test_what_does_not_fit_the_graph_or_is_damaged_is_refused(links: int, tmp_path: Path) -> None:
    damaged = shutil.copytree(PRETRAINED, tmp_path / "damaged")
    (damaged / "weights.safetensors").write_bytes(b"nothing")
    expected = "is not the file its card describes" if links == 16 else "the model was trained with graph.links = 16, the config has 8"
    with pytest.raises(ArtifactError, match=expected):
        try_out(damaged, GraphSettings(links=links))


def test_the_reason_comes_back_from_the_other_process(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="there is no model at"):
        admit(tmp_path, GRAPH)


@pytest.mark.parametrize("answer", ["exit 3", "echo; echo nonsense"])
def test_a_process_that_dies_or_babbles_refuses_the_model(answer: str, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\ncat >/dev/null\n{answer}\n")
    python.chmod(0o755)
    with pytest.raises(ArtifactError, match="trying it ended with code"):
        admit(PRETRAINED, GRAPH, str(python))


def test_waiting_for_a_model_can_be_ended(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec sleep 60\n")
    python.chmod(0o755)

    def cancelled() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        admit(PRETRAINED, GRAPH, str(python), cancelled)


# --- deciders
# -------------------------------------------------------------------------------------------------------


class Named:
    """A decider whose documents say who decided what, and with how many others."""

    def __init__(self, name: str) -> None:
        self.name = name

    def decide_and_join(self, trails: list[bytes], clock: Callable[[], int]) -> list[tuple[Decision, list[str]]]:
        maker = DecisionMaker(GRAPH, self.name, "p")
        return [(maker.make(CODEC.event(trail), 0.0, APPROVE, clock()), []) for trail in trails]


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


# --- operators
# ------------------------------------------------------------------------------------------------------


class Runtime:
    """RuntimeContext, metrics and broadcast state at once."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.state: dict[str, str] = {}

    def get_metrics_group(self) -> Runtime:
        return self

    def add_group(self, label: str, value: str) -> Runtime:
        return Runtime()

    def counter(self, name: str) -> Any:
        runtime = self

        class Count:
            def inc(self, by: int = 1) -> None:
                runtime.counts[name] = runtime.counts.get(name, 0) + by

        return Count()

    def get_broadcast_state(self, descriptor: Any) -> Any:
        state = self.state

        class State:
            get = staticmethod(state.get)
            put = staticmethod(state.__setitem__)

        return State()


LINE = '{"event_id": "e1", "event_type": "login", "event_time": "2026-01-31T12:00:00Z", "account_id": "a"}'


def model_of(operator: Any, runtime: Any) -> str:
    ((_, trail),) = operator.process_element(LINE, runtime)
    return CODEC.decode(trail).model


def test_events_name_the_model_from_the_control_record_on_and_after_a_restart() -> None:
    runtime = Runtime()
    operator = ParseForModel(Parse(GRAPH, None, SendToFirstStage(GRAPH)))
    operator.open(runtime)  # type: ignore[arg-type]
    assert model_of(operator, runtime) == ""
    assert list(operator.process_broadcast_element("new /models/new", runtime)) == []  # type: ignore[arg-type]
    assert model_of(operator, runtime) == "new /models/new"
    assert runtime.counts["model_swaps"] == 1
    restarted = ParseForModel(Parse(GRAPH, None, SendToFirstStage(GRAPH)))
    restarted.open(runtime)  # type: ignore[arg-type]
    assert model_of(restarted, runtime) == "new /models/new"
    assert list(restarted.process_broadcast_element("newer /models/newer", runtime)) == []  # type: ignore[arg-type]
    assert model_of(restarted, runtime) == "newer /models/newer"


def test_without_control_records_no_event_names_a_model() -> None:
    operator = Parse(GRAPH, None, SendToFirstStage(GRAPH))
    operator.open(Runtime())  # type: ignore[arg-type]
    assert model_of(operator, None) == ""


def test_control_records_are_admitted_or_rejected(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shutil.copytree(PRETRAINED, tmp_path / "new")
    runtime, tag = Runtime(), object()
    operator = AdmitModel(GRAPH, tag, str(tmp_path), sys.executable)  # type: ignore[arg-type]
    operator.open(runtime)  # type: ignore[arg-type]
    assert list(operator.process_element("  ", None)) == []  # type: ignore[arg-type]
    assert list(operator.process_element('{"control": "model", "path": "new"}', None)) == [f"{MODEL} {tmp_path / 'new'}"]  # type: ignore[arg-type]
    for line, field in (('{"control": "model", "path": "none"}', "path"), ("\xff", "line")):
        ((side, text),) = operator.process_element(line, None)  # type: ignore[arg-type]
        assert side is tag
        assert json.loads(text)["field"] == field
    assert runtime.counts == {"models_admitted": 1, "models_refused": 2}
    assert "there is no model at" in caplog.text
